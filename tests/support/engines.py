"""The engines that the contract of tests/engine holds for. Another engine is another class here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import duckdb
import pytest

from swathe.engine.adapter import Binder, Engine
from swathe.engine.connection import ConnectionSpec
from swathe.engine.registry import open_binder, open_engine


@dataclass(frozen=True)
class Spelling:
    """What the SQL of the tests can't say in one way for all engines."""

    default_schema: str
    series: str
    """What stands after FROM for the numbers from 0 to below `{0}`, as `n`."""
    types: Mapping[str, str]
    """What the engine calls the types that tests declare."""
    folds_case: bool
    """Names that differ in their case alone are one name, though they are quoted."""
    nul: str
    """What the character 0 is in a text that is stored."""

    def numbers(self, count: int) -> str:
        return self.series.format(count)

    def held(self, value: object) -> object:
        """What a value is once it is stored."""
        return value.replace("\0", self.nul) if isinstance(value, str) else value


@dataclass(frozen=True)
class Warehouse(ABC):
    """An empty warehouse of one test, and the folder of its project."""

    root: Path
    name: ClassVar[str]
    spelling: ClassVar[Spelling]
    reads_files: ClassVar[bool]

    @classmethod
    @abstractmethod
    def create(cls, root: Path, fixture: Callable[[str], Any]) -> Self:
        """`fixture` gives another fixture by its name, so that what no test asks for is not started."""

    @property
    @abstractmethod
    def spec(self) -> ConnectionSpec: ...

    def open(self, *, read_only: bool = False) -> Engine:
        return open_engine(self.spec, read_only=read_only)

    def binder(self) -> Binder:
        return open_binder(self.spec)


@dataclass(frozen=True)
class DuckDBWarehouse(Warehouse):
    """A database file in a project's folder."""

    name: ClassVar[str] = "duckdb"
    reads_files: ClassVar[bool] = True
    spelling: ClassVar[Spelling] = Spelling(
        default_schema="main",
        series="range({0}) AS s(n)",
        types={
            "DATE": "DATE", "INTEGER": "INTEGER", "BIGINT": "BIGINT", "VARCHAR": "VARCHAR", "TEXT": "VARCHAR",
            "DOUBLE PRECISION": "DOUBLE", "BOOLEAN": "BOOLEAN", "DECIMAL(10, 2)": "DECIMAL(10,2)",
            "TIMESTAMP": "TIMESTAMP", "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE",
        },
        folds_case=True,
        nul="\0",
    )  # fmt: skip

    @classmethod
    def create(cls, root: Path, fixture: Callable[[str], Any]) -> Self:
        return cls(root)

    @property
    def spec(self) -> ConnectionSpec:
        return ConnectionSpec("duckdb", {"path": str(self.root / "w.duckdb")}, self.root)


@dataclass(frozen=True)
class PostgresWarehouse(Warehouse):
    """A database of the tests' server."""

    keywords: Mapping[str, Any] = field(repr=False)
    name: ClassVar[str] = "postgres"
    reads_files: ClassVar[bool] = False
    spelling: ClassVar[Spelling] = Spelling(
        default_schema="public",
        series="generate_series(0, {0} - 1) AS s(n)",
        types={
            "DATE": "DATE", "INTEGER": "INTEGER", "BIGINT": "BIGINT", "VARCHAR": "CHARACTER VARYING", "TEXT": "TEXT",
            "DOUBLE PRECISION": "DOUBLE PRECISION", "BOOLEAN": "BOOLEAN", "DECIMAL(10, 2)": "NUMERIC(10,2)",
            "TIMESTAMP": "TIMESTAMP WITHOUT TIME ZONE", "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE",
        },
        folds_case=False,
        nul="\N{SYMBOL FOR NULL}",
    )  # fmt: skip

    @classmethod
    def create(cls, root: Path, fixture: Callable[[str], Any]) -> Self:
        return cls(root, fixture("postgres_database").keywords)

    @property
    def spec(self) -> ConnectionSpec:
        return ConnectionSpec("postgres", self.keywords, self.root)


WAREHOUSES: tuple[type[Warehouse], ...] = (DuckDBWarehouse, PostgresWarehouse)


def only(*kinds: type[Warehouse]) -> pytest.MarkDecorator:
    """For what is asked of these engines alone."""
    return pytest.mark.parametrize("warehouse", kinds, indirect=True, ids=[kind.name for kind in kinds])


READERS_OF_FILES = [kind for kind in WAREHOUSES if kind.reads_files]
OTHERS = [kind for kind in WAREHOUSES if not kind.reads_files]


def write_file(path: Path, query: str) -> None:
    """The rows of a query as a Parquet, CSV or JSON file, by its suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.parent / f"made{path.suffix}"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{made}'")
    made.replace(path)
