"""DuckDB, the embedded engine. The only package that imports its driver."""
