"""Reads and writes the metadata schema. The only home of its SQL."""
