"""The corpus: realistic queries, each with the slices of its inputs that decide a partition.

A file begins with its title, the column and granularity that cut its table, and one line for each input, in the words
of `swathe compile`. After `all:` stands a part of the reason. `theory:` below an input is a narrower window that would
be right as well, and that no rule finds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from swathe.api.compile import CompiledInput
from swathe.cli.compile import window_in_words
from swathe.errors import Location
from swathe.model.definition import (
    Column,
    InputName,
    InputRef,
    Materialized,
    ModelConfig,
    PartitionBy,
    Relation,
    TimeColumn,
)
from swathe.partition.granularity import Granularity, TimeSpan
from swathe.partition.interval import Interval
from swathe.partition.mapping import units_window
from swathe.partition.rectangle import Rectangle
from swathe.partition.relative import relative_window
from swathe.partition.scheme import TimeScheme
from swathe.sql.analyse import analyse
from swathe.sql.literal import ColumnClock, column_clock
from swathe.sql.logic import Database, InputCut, InputWindow, Logic
from swathe.sql.parse import parse_query
from swathe.sql.statements import ModelSql

FOLDER = Path(__file__).resolve().parents[1] / "corpus"
SCHEMA = "raw"
CUT_BY = {
    "accounts": "snapshot_day",
    "ad_spend": "spend_day",
    "clicks": "clicked_at",
    "events": "event_at",
    "exposures": "exposed_at",
    "flights": "flight_date",
    "legs": "departs_at",
    "movements": "moved_at",
    "order_items": "item_day",
    "orders": "ordered_at",
    "payments": "paid_at",
    "pos_sales": "sale_day",
    "prices": "valid_from",
    "rates": "rate_day",
    "readings": "read_at",
    "refunds": "refunded_on",
    "stock": "snapshot_day",
    "subscriptions": "starts_on",
    "tickets": "opened_at",
    "timesheets": "worked_on",
    "users": "signed_up_at",
    "weather": "observed_at",
}
"""The column that each table is cut by, into days. The others are in one piece."""

_SAMPLE = datetime(2024, 1, 1)
"""Offsets that vary, as the lengths of months do, are given for the year from here."""


Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a file says of one input. `theory` is the narrower window that no rule finds."""

    words: str
    theory: str | None
    offsets: tuple[int | None, int | None]
    """The first and the last partition that is read at least, from the one that is built; None without bound."""

    @classmethod
    def of(cls, words: str, theory: str | None) -> Expected:
        least = theory or words
        if least.partition(":")[0] == "all":
            return cls(words, theory, (None, None))
        first, _, last = least.partition(" up to ")
        return cls(words, theory, (_offset(first), _offset(last or first)))

    def fits(self, words: str) -> bool:
        if self.words.startswith("all: "):
            return words.startswith("all: ") and self.words.removeprefix("all: ") in words
        return words.partition(": ")[0] == self.words

    def span(self, column: TimeColumn, batch: Rectangle) -> TimeSpan:
        """The slice that these partitions read at least."""
        (first, last), units = self.offsets, column.units
        return TimeSpan(
            None if first is None else units.start(batch.lines.start + first),
            None if last is None else units.start(batch.lines.end + last),
        )

    def narrower(self, side: str) -> Expected | None:
        """One partition less on one side; None where that side has no bound."""
        first, last = self.offsets
        if side == "start":
            return None if first is None else replace(self, offsets=(first + 1, last))
        return None if last is None else replace(self, offsets=(first, last - 1))


def _offset(words: str) -> int | None:
    """One side of a window in words, as a number of partitions."""
    if words in ("everything", "the end"):
        return None
    if words.startswith("the same "):
        return 0
    number, _, direction = words.split()
    return -int(number) if direction == "before" else int(number)


@dataclass(frozen=True, slots=True)
class CorpusQuery:
    """One file."""

    name: str
    title: str
    column: TimeColumn
    inputs: dict[str, Expected]
    text: str


_LINE = re.compile(r"-- ( *)(\w+): (.+)")


def read_query(path: Path) -> CorpusQuery:
    text = path.read_text(encoding="utf-8")
    title, *header = (line for line in text.splitlines() if line.startswith("--"))
    said: dict[str, str] = {}
    theories: dict[str, str] = {}
    for line in header:
        if (found := _LINE.fullmatch(line)) is None:
            continue
        indent, name, words = found.groups()
        if name == "theory":
            assert indent, f"{path.name}: `theory` stands indented, below an input"
            theories[list(said)[-1]] = words
        else:
            said[name] = words
    column, granularity = said.pop("partition").split()
    return CorpusQuery(
        path.stem,
        title.removeprefix("-- "),
        TimeColumn(column, Granularity(granularity)),
        {name: Expected.of(words, theories.get(name)) for name, words in said.items()},
        text,
    )


CORPUS = [read_query(path) for path in sorted(FOLDER.glob("queries/*.sql"))]


class Warehouse:
    """The tables of `warehouse.sql` in memory."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute("set timezone = 'UTC'")
        self.connection.execute((FOLDER / "warehouse.sql").read_text(encoding="utf-8"))
        found = self.connection.execute(
            "select table_name, column_name, data_type from information_schema.columns"
            " where table_schema = ? order by table_name, ordinal_position",
            [SCHEMA],
        ).fetchall()
        self.tables: dict[str, list[Column]] = {}
        for table, name, type_ in found:
            self.tables.setdefault(table, []).append(Column(name, type_))
        self._models: dict[str, ModelSql] = {}
        self._batches: dict[str, list[tuple[Rectangle, list[Row]]]] = {}

    def model(self, query: CorpusQuery) -> ModelSql:
        """The query as `swathe` understands it."""
        if query.name not in self._models:
            self._models[query.name] = self._model(query)
        return self._models[query.name]

    def _model(self, query: CorpusQuery) -> ModelSql:
        inputs = {(SCHEMA, table): InputRef(InputName(f"{SCHEMA}.{table}")) for table in self.tables}
        parsed = parse_query(query.text, inputs, "duckdb", lambda offset: Location(query.name, offset, 1))
        described = self.connection.execute(f"describe {query.text}").fetchall()
        columns = tuple(Column(name, type_) for name, type_, *_ in described)
        by = PartitionBy((query.column,))
        logic = analyse(
            parsed,
            parsed,
            columns,
            {(SCHEMA, table): columns for table, columns in self.tables.items()},
            {InputName(f"{SCHEMA}.{table}"): self.cut(table) for table in self.tables},
            by,
            Database("duckdb"),
            lambda offset: Location(query.name, offset, 1),
        )
        reads = {InputName(f"{SCHEMA}.{table}"): f"{SCHEMA}.{table}" for table in self.tables}
        return ModelSql(Relation("main", query.name), logic, by, by.scheme, reads, "duckdb")

    def cut(self, table: str) -> InputCut:
        column = next((column for column in self.tables[table] if column.name == CUT_BY.get(table)), None)
        if column is None:
            return InputCut(None, None)
        instants = column_clock(column.type) is ColumnClock.INSTANT
        return InputCut(TimeColumn(column.name, Granularity.DAY, instants=instants), column.type)

    def in_words(self, query: CorpusQuery, logic: Logic) -> dict[str, str]:
        """What `swathe compile` says of each input."""
        config = ModelConfig(Materialized.PARTITIONED, PartitionBy((query.column,)))
        return {
            name: window_in_words(_compiled(query.column, window, self.cut(name)), config)
            for window in logic.inputs
            for name in [window.name.removeprefix(f"{SCHEMA}.")]
        }

    def slice_of(self, query: CorpusQuery, batch: Rectangle, spans: Mapping[str, TimeSpan]) -> str:
        """A SELECT of the rows in some partitions, where of each table only a slice is read."""
        model = self.model(query)
        reads = {name: f"({self._within(name.removeprefix(f'{SCHEMA}.'), spans)})" for name in model.reads}
        assert model.region is not None
        return f"select * from ({replace(model, reads=reads).query(None)}) where {model.region.predicate(batch)}"

    def _within(self, table: str, spans: Mapping[str, TimeSpan]) -> str:
        span = spans.get(table, TimeSpan(None, None))
        bounds = [f"{CUT_BY[table]} >= timestamp '{span.start}'"] if span.start else []
        bounds += [f"{CUT_BY[table]} < timestamp '{span.end}'"] if span.end else []
        return f"select * from {SCHEMA}.{table}" + (f" where {' and '.join(bounds)}" if bounds else "")

    def in_batches(self, query: CorpusQuery, wanted: Sequence[Rectangle]) -> list[tuple[Rectangle, list[Row]]]:
        """Batches, each with its rows by a full refresh. Always the same batches."""
        if query.name not in self._batches:
            region = self.model(query).region
            assert region is not None
            self.connection.execute(f"create or replace temp table everything as {query.text}")
            self._batches[query.name] = [
                (batch, self.rows(f"select * from everything where {region.predicate(batch)}")) for batch in wanted
            ]
        return self._batches[query.name]

    def rows(self, sql: str) -> list[Row]:
        """The rows as text, in order."""
        return self.connection.execute(f"select cast(columns(*) as varchar) from ({sql}) order by all").fetchall()


def _compiled(column: TimeColumn, window: InputWindow, cut: InputCut) -> CompiledInput:
    if window.window is None:
        return CompiledInput(window, whole=True)
    scheme = column.scheme
    read = cut.line.scheme if cut.line else None
    between = units_window(window.window, scheme, read) if isinstance(read, TimeScheme) else window.window
    first, last = relative_window(between, column.units, column.units.ordinal(_SAMPLE))
    return CompiledInput(window, whole=False, first=first, last=last)


def batches(column: TimeColumn, moments: Sequence[datetime], lengths: Sequence[int]) -> list[Rectangle]:
    """Runs of partitions from those in which the moments lie."""
    starts = [column.units.ordinal(moment) for moment in moments]
    runs = {(start, start + length) for start, length in zip(starts, lengths, strict=True)}
    return [Rectangle(Interval(start, end)) for start, end in sorted(runs)]
