"""What an engine is to the rest of swathe. An adapter is thin: execute, transact, describe, translate errors."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol

from swathe.frozen import frozen
from swathe.model.definition import Column, Relation
from swathe.sql.native import NativeTable

Row = tuple[Any, ...]

FILE_COLUMN = "__swathe_file"


@frozen
class Capabilities:
    """What an engine can do, so that the core asks this and never the engine's name."""

    dialect: str
    default_schema: str
    one_process: bool
    """Only one process may have the warehouse open for writing."""
    reads_files: bool
    """Sources may be files."""
    indexed: bool
    """Rows of small tables are found by indexes."""
    unlocked_rows: str = ""
    """What ends a SELECT of only those rows that no transaction is changing; empty where changing such a row fails at
    once.
    """
    native_partitions: bool = False
    """Tables are kept in leaves: `Engine.native_table` describes them, and `Session.exchange` replaces them."""
    ordered_tables: bool = False
    """Rows are found by what they were written beside: a partition is read fast where its rows lie together."""
    row_group: int = 0
    """So many rows, in the order in which they lie, are read or passed over together; 0 where rows have no such order.
    """
    longest_name: int | None = None
    """The bytes of a name that are not cut off; None where nothing is."""
    binder: str = ""
    """Names the binder whose word on a query depends on nothing but the query and the tables that were declared; empty
    where the database's own functions and types have a say.
    """


class Session(Protocol):
    """One connection with its own transaction. Not shared between threads."""

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Run a statement to its end. Without parameters it may be several, with `;` between them."""

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Run a statement and fetch everything."""

    def insert(self, table: str, types: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Insert many rows into a table, whose name is quoted, with one statement. `types` are those of its columns."""

    def fetch(self, sql: str) -> tuple[tuple[str, ...], list[Row]]:
        """Column names and all rows, for people: values that Python has no type for come as text."""

    def transaction(self) -> AbstractContextManager[None]:
        """Commit on leaving, roll back on any exception. Each statement sees what had committed when it began, or when
        the transaction did.
        """

    def snapshot(self) -> AbstractContextManager[None]:
        """A transaction that only reads: all its statements see the same moment."""

    def make_room(self) -> None:
        """Let what the transaction sums up have as much memory as one large query may need."""

    def lock(self, name: str) -> None:
        """Wait for the lock of this name, which is held until the transaction ends. One holder at a time, across all
        processes that may have the warehouse open.
        """

    def hold(self, name: str) -> None:
        """Hold a name, so that others can see this session is there, until it is closed or its connection is lost.
        Doing it again gets back what was lost.
        """

    def is_held(self, name: str) -> bool:
        """Whether any session of any process holds a name."""

    def exchange(self, statements: Sequence[str]) -> None:
        """Run statements that need a table for themselves, all or none of them, again until it is free; what the
        transaction has done before is kept. Raises TransientError when that takes too long.
        """

    def interrupt(self) -> None:
        """Stop the running statement, from another thread."""

    def close(self) -> None: ...


class FileReader(Protocol):
    """How an engine spells reading files. Needs no warehouse."""

    def files_sql(self, location: str) -> str:
        """The expression that reads a glob of files (relative to the project), to stand after FROM."""


class Engine(FileReader, Protocol):
    """A warehouse, opened."""

    capabilities: Capabilities

    def session(self) -> Session: ...

    def table_columns(self, session: Session, relation: Relation) -> tuple[Column, ...] | None:
        """A table's or view's columns in order; None when there is none of that name."""

    def columns_of(self, session: Session, relations: Collection[Relation]) -> dict[Relation, tuple[Column, ...]]:
        """The same of many with one question, without those that are not there."""

    def compares_texts_exactly(self, session: Session) -> bool:
        """Whether two texts of the warehouse are equal only where they are the same, as far as can be told."""

    def relations(self, session: Session) -> frozenset[Relation]:
        """Every table and view of the warehouse."""

    def relation_kind(self, session: Session, relation: Relation) -> Literal["TABLE", "VIEW"] | None:
        """What stands under a name; None when nothing does."""

    def native_table(self, session: Session, relation: Relation) -> NativeTable | None:
        """How a table is kept in leaves; None where there is no such table, or it has none. Touches no table."""

    def has_schema(self, session: Session, schema: str) -> bool:
        """Whether there is a schema of that name."""

    def names_in(self, session: Session, schema: str) -> frozenset[str]:
        """All names of a schema that no new table can have."""

    def file_list_sql(self, location: str, paths: Sequence[str]) -> str:
        """The expression that reads these files of a glob, with one more column `__swathe_file`: each row's file."""

    def checksum_sql(self, columns: Sequence[Column]) -> str:
        """An aggregate over rows: an order-free checksum of these columns and their types, as an integer from 0 to
        2^63 - 1. Without any column it tells how many rows there are.

        Checksums of disjoint sets of rows add up (modulo 2^63) to that of their union.
        """

    def mixed_sql(self, one: str, other: str) -> str:
        """A hash of two integers, neither of them NULL, as an integer. Of no use to another engine, or to a later
        version of this one. Those of many pairs, combined by BIT_XOR, tell sets of pairs apart.
        """

    def reclaim(self, session: Session) -> None:
        """Let new rows take the place of deleted ones, as far as nobody needs them. Call outside a transaction."""

    def close(self) -> None: ...


class Binder(Protocol):
    """Binds queries against empty tables, so that columns and types are the engine's own word and nothing is read."""

    def declare(self, relation: tuple[str, str], columns: Sequence[Column]) -> None: ...

    def declare_unknown(self, relation: tuple[str, str], names: Sequence[str]) -> None:
        """A table of which only column names are known: each may be of any type."""

    def describe(self, sql: str) -> tuple[Column, ...]:
        """A query's output. Raises EngineError with the engine's message."""

    def describe_files(self, location: str) -> tuple[Column, ...]:
        """The columns of a glob of files. Raises EngineError when none match."""

    def close(self) -> None: ...
