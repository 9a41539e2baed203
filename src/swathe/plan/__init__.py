"""Verdicts, plans and their order: values in, a value out. Pure."""
