"""Definitions of models and sources, their configuration, their graph and the selection syntax. Pure."""
