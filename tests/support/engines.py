"""The engines that the contract of tests/engine holds for. Another engine is another class here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from swathe.engine.adapter import Binder, Engine
from swathe.engine.connection import ConnectionSpec
from swathe.engine.registry import open_binder, open_engine


@dataclass(frozen=True)
class DuckDBWarehouse:
    """A database file in a project's folder."""

    root: Path
    name: str = "duckdb"

    @property
    def spec(self) -> ConnectionSpec:
        return ConnectionSpec("duckdb", {"path": str(self.root / "w.duckdb")}, self.root)

    def open(self, *, read_only: bool = False) -> Engine:
        return open_engine(self.spec, read_only=read_only)

    def binder(self) -> Binder:
        return open_binder(self.spec)


Warehouse = DuckDBWarehouse
WAREHOUSES = (DuckDBWarehouse,)


def write_file(path: Path, query: str) -> None:
    """The rows of a query as a Parquet, CSV or JSON file, by its suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.parent / f"made{path.suffix}"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{made}'")
    made.replace(path)
