"""The statements that overwrite a rectangle of partitions. sqlglot prints INSERT OVERWRITE for engines that have none,
so the overwrite is ours.

A partition is the rows of the whole query whose partition columns lie in it, so the outer filter is always there,
and the filters at the scans are only an optimisation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from swathe.frozen import frozen
from swathe.model.definition import Column, InputName, PartitionBy, Relation
from swathe.partition.grid import Scheme
from swathe.partition.interval import IntervalSet
from swathe.partition.rectangle import Rectangle
from swathe.sql.audits import AuditSql
from swathe.sql.layout import Layouts
from swathe.sql.literal import identifier, relation_sql
from swathe.sql.logic import Logic
from swathe.sql.native import NativeTable
from swathe.sql.region import Region
from swathe.sql.rendered import THIS_SCHEMA
from swathe.sql.swap import swap_of, whole_leaves
from swathe.sql.template import Scan

STAGE = "swathe_stage"

_TAKES_FILTERS_IN = frozenset({"postgres"})
"""Engines that push a filter on a computed column into the query, and then guess that next to no rows pass it: they
sort and loop over what is better hashed. `OFFSET 0` keeps it out.
"""


@frozen
class Overwrite:
    """The statements for one rectangle of partitions, in order.

    `delete` None: the rows are written to another place, and `exchange` puts it in the place of the old one, last
    before COMMIT. Each of `inserts` writes a part of the rectangle. `outside` counts the rows that the query gave and
    no partition took.
    """

    prepare: tuple[str, ...]
    delete: str | None
    inserts: tuple[str, ...]
    outside: str | None = None
    cleanup: tuple[str, ...] = ()
    exchange: tuple[str, ...] = ()

    @property
    def statements(self) -> tuple[str, ...]:
        """Those that write the rows."""
        return (*self.prepare, *(() if self.delete is None else (self.delete,)), *self.inserts)


@frozen
class ModelSql:
    """Everything needed to write statements for one model. `reads` is the expression after FROM for each input, those
    of its audits among them.

    `read` are the sets of the table's columns, in lower case, that somebody reads: its versions are kept over each.
    `layouts` is how the engine keeps the table in leaves, where it does, and `swaps` says that leaves are replaced.
    """

    relation: Relation
    logic: Logic
    partition_by: PartitionBy | None
    scheme: Scheme
    reads: Mapping[InputName, str]
    dialect: str
    read: tuple[frozenset[str], ...] = ()
    audits: tuple[AuditSql, ...] = ()
    layouts: Layouts | None = None
    swaps: bool = False
    orders_rows: bool = False

    @property
    def table(self) -> str:
        return relation_sql(self.relation, self.dialect)

    @property
    def region(self) -> Region | None:
        """Which rows lie in which partitions; None for a table in one piece."""
        if self.partition_by is None:
            return None
        return Region(self.partition_by, self.scheme, self.logic.columns, self.dialect)

    def query(self, partitions: Rectangle | None) -> str:
        """The model's query with the filters that a rectangle of partitions allows; None filters nothing."""
        region = self.region
        values = region.template_values(partitions) if partitions and region else None
        text = self.logic.template.fill(lambda scan: self._scan_sql(scan, partitions), values)
        return text.lstrip("\n")  # what a template's `config()` leaves

    def slice(self, partitions: Rectangle) -> str:
        """A SELECT of exactly the rows that lie in a rectangle of partitions."""
        query = f"(\n{self.query(partitions)}\n) AS q"
        if self.dialect in _TAKES_FILTERS_IN and self._is_filtered(partitions):
            query = f"(SELECT * FROM {query} OFFSET 0) AS q"
        return f"SELECT {self._columns()}\nFROM {query}{self._where(partitions)}"

    def stored(self, partitions: Rectangle) -> str:
        """A SELECT of the table's rows that lie in a rectangle of partitions."""
        return f"SELECT *\nFROM {self.table}{self._where(partitions)}"

    def strays(self, lines: IntervalSet) -> str | None:
        """The query's rows that have no partition, counted column by column: see `Region.strays`. None where there
        can't be any, or that can't be asked.
        """
        region = self.region
        if region is None or self.logic.template.uses_partition:
            return None
        return region.strays(f"(\n{self.query(None)}\n) AS q", lines)

    def delete(self, partitions: Rectangle) -> str:
        """Delete the rows of a rectangle of partitions."""
        return f"DELETE FROM {self.table}{self._where(partitions)}"

    def overwrite(self, partitions: Rectangle, limit: int | None = None) -> Overwrite:
        """Delete the rows of a rectangle of partitions and insert exactly the query's rows that lie in it: those of at
        most `limit` partitions with one statement, unless the query is another one for each.
        """
        delete = self.delete(partitions)
        into = f"INSERT INTO {self.table} ({self._columns()})"
        region = self.region
        if not self.logic.template.uses_partition or region is None:
            parts = partitions.parts(limit)
            return Overwrite((), delete, tuple(f"{into}\n{self.slice(part)}{self._order(part)}" for part in parts))
        inside = region.predicate(partitions)
        return Overwrite(
            prepare=(f"CREATE TEMPORARY TABLE {STAGE} AS\n{self.query(partitions)}",),
            delete=delete,
            inserts=(f"{into}\nSELECT {self._columns()}\nFROM {STAGE}\nWHERE {inside}",),
            outside=f"SELECT COUNT(*) FROM {STAGE} WHERE ({inside}) IS NOT TRUE",
            cleanup=(f"DROP TABLE IF EXISTS {STAGE}",),
        )

    def overwrite_in(
        self, table: NativeTable | None, partitions: Rectangle, mark: str, limit: int | None
    ) -> tuple[ModelSql, Overwrite]:
        """The statements for a rectangle of a table that is there, of at most `limit` partitions each, and what the
        written rows are to be measured with before they are exchanged. `mark` is unlike that of any other batch.
        """
        chosen = None
        if self.swaps and self.layouts is not None and table is not None:
            chosen = whole_leaves(self.layouts, table, partitions, self.scheme, self.dialect)
        if chosen is None or self.layouts is None:
            return self, self.overwrite(partitions, limit)
        swap = swap_of(self.relation, chosen, self.layouts.clause(self.dialect), mark, self.dialect)
        staged = replace(self, relation=swap.stage)
        made = staged.overwrite(partitions, limit)
        prepare = (*swap.prepare, *made.prepare)
        return staged, replace(made, prepare=prepare, delete=None, exchange=swap.exchange)

    def spelled(self, columns: Iterable[str] | None) -> list[Column] | None:
        """Some columns as the query gives them; None is all. Gives None where the query has not all of them."""
        known = {column.name.lower(): column for column in self.logic.columns}
        wanted = known if columns is None else frozenset(columns)
        return [known[name] for name in sorted(wanted)] if known.keys() >= frozenset(wanted) else None

    def measure(self, partitions: Rectangle | None, checksums: Sequence[str]) -> str:
        """Buckets, row count and checksums of each partition of a rectangle that holds rows, from the table itself.

        `Region.ordinal_of` tells which partition the buckets are of. None is the whole table.
        """
        region = self.region
        measures = ", ".join(("COUNT(*)", *checksums))
        if region is None:
            return f"SELECT {measures} FROM {self.table}"
        buckets = region.buckets(partitions)
        where = "" if partitions is None else self._where(partitions)
        grouped = ", ".join(str(number + 1) for number in range(len(buckets)))
        return f"SELECT {', '.join(buckets)}, {measures}\nFROM {self.table}{where}\nGROUP BY {grouped}"

    def create_table(self) -> str:
        listed = ",\n  ".join(f"{identifier(c.name, self.dialect)} {c.type}" for c in self.logic.columns)
        clause = "" if self.layouts is None else f" {self.layouts.clause(self.dialect)}"
        return f"CREATE TABLE {self.table} (\n  {listed}\n){clause}"

    def create_view(self) -> str:
        return f"CREATE OR REPLACE VIEW {self.table} AS\n{self.query(None)}"

    def _columns(self) -> str:
        return ", ".join(identifier(column.name, self.dialect) for column in self.logic.columns)

    def _is_filtered(self, partitions: Rectangle) -> bool:
        """Whether any scan has a filter of its own, so that the one on the result has not much left to do."""
        region = self.region
        return region is not None and any(
            any(region.scan_predicates(self.logic.filter_of(scan), partitions)) for scan in self.logic.template.scans
        )

    def _order(self, partitions: Rectangle) -> str:
        """Where an engine finds rows by what lies beside them, those of a partition are to lie together."""
        line = self.partition_by.line if self.partition_by else None
        if not self.orders_rows or not self.logic.shuffles or line is None or len(partitions.lines) == 1:
            return ""
        return f"\nORDER BY {identifier(line.column, self.dialect)}"

    def _where(self, partitions: Rectangle) -> str:
        predicate = self.region.predicate(partitions) if self.region else "TRUE"
        return "" if predicate == "TRUE" else f"\nWHERE {predicate}"

    def _scan_sql(self, scan: Scan, partitions: Rectangle | None) -> str:
        read = self.reads[scan.input.name]
        alias = f" AS {identifier(scan.alias, self.dialect)}" if scan.alias else ""
        region = self.region
        if partitions is None or region is None:
            return f"{read}{alias}"
        predicates: list[str] = []
        # A query that asks for its partition's bounds does its own filtering. Ours would hide the rows that it lets
        # through by mistake, and those are to be counted.
        if not self.logic.template.uses_bounds or scan.input.lookback is not None:
            predicates += region.scan_predicates(self.logic.filter_of(scan), partitions)
        if scan.relation[0] == THIS_SCHEMA:
            # A table that reads itself reads what lies before the partition, and never what a later run left there.
            predicates.append(region.before(partitions))
        if not predicates:
            return f"{read}{alias}"
        return f"(SELECT * FROM {read} WHERE {' AND '.join(predicates)}){alias}"
