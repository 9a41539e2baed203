"""swathe keeps partitioned warehouse tables true."""

__version__ = "0.1.0"
