"""The statements that overwrite a run of partitions. sqlglot prints INSERT OVERWRITE for engines that have none, so the
overwrite is ours.

A partition is the rows of the whole query whose partition column lies in it, so the outer filter is always there,
and the filters at the scans are only an optimisation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from swathe.model.definition import InputName, PartitionBy, Relation
from swathe.partition.granularity import Granularity, TimeSpan
from swathe.partition.interval import Interval
from swathe.sql.cut import before_predicate, bucket_sql, partitions_predicate
from swathe.sql.literal import (
    ColumnClock,
    column_clock,
    identifier,
    relation_sql,
    span_predicate,
    text_literal,
    time_literal,
)
from swathe.sql.logic import Logic
from swathe.sql.render_names import THIS_SCHEMA
from swathe.sql.template import PartitionField, PartitionText, Scan

STAGE = "swathe_stage"


@dataclass(frozen=True, slots=True)
class Overwrite:
    """The statements for one run of partitions, in order.

    `outside` counts the rows that the query gave and no partition took.
    """

    prepare: tuple[str, ...]
    delete: str
    insert: str
    outside: str | None = None
    cleanup: tuple[str, ...] = ()

    @property
    def statements(self) -> tuple[str, ...]:
        return (*self.prepare, self.delete, self.insert)


@dataclass(frozen=True, slots=True)
class ModelSql:
    """Everything needed to write statements for one model. `reads` is the expression after FROM for each input."""

    relation: Relation
    logic: Logic
    partition_by: PartitionBy | None
    reads: Mapping[InputName, str]
    dialect: str

    @property
    def table(self) -> str:
        return relation_sql(self.relation, self.dialect)

    @property
    def clock(self) -> ColumnClock | None:
        """What the partition column holds."""
        if self.partition_by is None:
            return None
        wanted = self.partition_by.column.lower()
        return next((column_clock(c.type) for c in self.logic.columns if c.name.lower() == wanted), None)

    def query(self, partitions: Interval | None) -> str:
        """The model's query with the filters that a run of partitions allows; None filters nothing."""
        text = self.logic.template.fill(
            lambda scan: self._scan_sql(scan, partitions), self._partition_text(partitions) if partitions else None
        )
        return text.lstrip("\n")  # what a template's `config()` leaves

    def slice(self, partitions: Interval) -> str:
        """A SELECT of exactly the rows that lie in a run of partitions."""
        return f"SELECT {self._columns()}\nFROM (\n{self.query(partitions)}\n) AS q{self._where(partitions)}"

    def null_keys(self) -> str | None:
        """A count of the rows whose partition column is NULL; None where that can't be or can't be asked."""
        if self.partition_by is None or self.logic.template.uses_partition:
            return None
        column = identifier(self.partition_by.column, self.dialect)
        return f"SELECT COUNT(*) FROM (\n{self.query(None)}\n) AS q\nWHERE {column} IS NULL"

    def delete(self, partitions: Interval) -> str:
        """Delete the rows of a run of partitions."""
        return f"DELETE FROM {self.table}{self._where(partitions)}"

    def overwrite(self, partitions: Interval) -> Overwrite:
        """Delete the rows of a run of partitions and insert exactly the query's rows that lie in it."""
        delete = self.delete(partitions)
        into = f"INSERT INTO {self.table} ({self._columns()})"
        if not self.logic.template.uses_partition or self.partition_by is None:
            return Overwrite((), delete, f"{into}\n{self.slice(partitions)}")
        column = identifier(self.partition_by.column, self.dialect)
        inside = self.predicate(partitions)
        return Overwrite(
            prepare=(f"CREATE OR REPLACE TEMPORARY TABLE {STAGE} AS\n{self.query(partitions)}",),
            delete=delete,
            insert=f"{into}\nSELECT {self._columns()}\nFROM {STAGE}\nWHERE {inside}",
            outside=f"SELECT COUNT(*) FROM {STAGE} WHERE NOT ({inside}) OR {column} IS NULL",
            cleanup=(f"DROP TABLE IF EXISTS {STAGE}",),
        )

    def measure(self, partitions: Interval | None, checksum: str, *, keyless: bool = False) -> str:
        """Bucket, row count and checksum of each partition of a run that holds rows, from the table itself.

        `cut.ordinal_of` tells which partition a bucket is. None is the whole table. `keyless` adds the rows without a
        key, whose bucket is NULL.
        """
        if self.partition_by is None:
            return f"SELECT NULL, COUNT(*), {checksum} FROM {self.table}"
        column = identifier(self.partition_by.column, self.dialect)
        wanted = self.partition_by.column.lower()
        held = next((c.type for c in self.logic.columns if c.name.lower() == wanted), "")
        bucket = bucket_sql(self.partition_by.scheme, self._span(partitions), held, self.dialect)
        where = "" if partitions is None else self._where(partitions)
        if where and keyless:
            where = f"{where.replace('WHERE ', 'WHERE (', 1)}) OR {column} IS NULL"
        return f"SELECT {bucket}, COUNT(*), {checksum}\nFROM {self.table}{where}\nGROUP BY 1"

    def predicate(self, partitions: Interval) -> str:
        """The partition column lies in a run of partitions."""
        clock = self.clock
        if self.partition_by is None or clock is None:
            return "TRUE"
        return partitions_predicate(self.partition_by.scheme, partitions, clock, self.dialect)

    def create_table(self) -> str:
        listed = ",\n  ".join(f"{identifier(c.name, self.dialect)} {c.type}" for c in self.logic.columns)
        return f"CREATE TABLE {self.table} (\n  {listed}\n)"

    def create_view(self) -> str:
        return f"CREATE OR REPLACE VIEW {self.table} AS\n{self.query(None)}"

    def _columns(self) -> str:
        return ", ".join(identifier(column.name, self.dialect) for column in self.logic.columns)

    def _where(self, partitions: Interval) -> str:
        predicate = self.predicate(partitions)
        return "" if predicate == "TRUE" else f"\nWHERE {predicate}"

    def _span(self, partitions: Interval | None) -> TimeSpan | None:
        if partitions is None or self.partition_by is None:
            return None
        return self.partition_by.scheme.bounds(partitions)

    def _scan_sql(self, scan: Scan, partitions: Interval | None) -> str:
        span = self._span(partitions)
        read = self.reads[scan.input.name]
        alias = f" AS {identifier(scan.alias, self.dialect)}" if scan.alias else ""
        predicates = []
        # A query that asks for its partition's bounds does its own filtering. Ours would hide the rows that it lets
        # through by mistake, and those are to be counted.
        own = self.logic.template.uses_bounds and scan.input.lookback is None
        for pruned in () if span is None or own else self.logic.filters_of(scan):
            clock = column_clock(pruned.column_type)
            if clock is None or span is None:
                continue
            try:
                predicate = span_predicate(pruned.column, clock, pruned.window.apply(span), self.dialect)
            except (OverflowError, ValueError):  # beyond the years 1 to 9999: read everything
                continue
            if predicate != "TRUE":
                predicates.append(predicate)
        if scan.relation[0] == THIS_SCHEMA and partitions and self.partition_by and self.clock:
            # A table that reads itself reads what lies before the partition, and never what a later run left there.
            predicates.append(before_predicate(self.partition_by.scheme, partitions.start, self.clock, self.dialect))
        if not predicates:
            return f"{read}{alias}"
        return f"(SELECT * FROM {read} WHERE {' AND '.join(predicates)}){alias}"

    def _partition_text(self, partitions: Interval) -> PartitionText | None:
        if self.partition_by is None:
            return None
        scheme = self.partition_by.scheme
        span = scheme.bounds(partitions)
        clock = self.clock or ColumnClock.TIMESTAMP
        first, last = scheme.key(partitions.start), scheme.key(partitions.last)
        key = first if first == last else f"{first}..{last}"
        start, end = span.start, span.end
        if start is None or end is None:
            raise ValueError("a partition has two ends")
        plain = "%Y-%m-%d" if scheme.granularity is not Granularity.HOUR else "%Y-%m-%d %H:%M:%S"
        if scheme.is_zoned:
            plain = "%Y-%m-%d %H:%M:%S+00:00"
        return PartitionText(
            literals={
                PartitionField.START: time_literal(start, clock),
                PartitionField.END: time_literal(end, clock),
                PartitionField.KEY: text_literal(key, self.dialect),
            },
            texts={
                PartitionField.START: start.strftime(plain),
                PartitionField.END: end.strftime(plain),
                PartitionField.KEY: key,
            },
        )
