"""Audits as SQL: one statement counts the bad rows of all audits of some partitions, and one shows a few of them.

A count is told by partition, so that a warning says where the bad rows are. That of a query of the user's own is told
of all the rows together: nobody knows which of them it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, date, datetime, time

from swathe.frozen import frozen
from swathe.model.audit import (
    AcceptedValues,
    Audit,
    BadRows,
    Holds,
    NotNull,
    Relationships,
    RowCount,
    Scalar,
    Unique,
    Within,
)
from swathe.model.definition import Column, InputName
from swathe.partition.rectangle import Rectangle
from swathe.partition.values import ValueKind
from swathe.sql.literal import ColumnClock, identifier, text_literal, time_literal, value_kind
from swathe.sql.region import Region
from swathe.sql.rendered import THIS_SCHEMA
from swathe.sql.template import QueryTemplate, Scan

_SAME = "__swathe_same"
_OF_PARTITIONS, _OF_ALL = "1", "0"


@frozen
class AuditSql:
    """An audit, understood. Its columns are spelled as the table spells them.

    `where` and `condition` are single expressions, checked. `query` gives the bad rows. `reads` are the inputs that it
    names, the table itself among them where it does.
    """

    audit: Audit
    where: str | None = None
    condition: str | None = None
    query: QueryTemplate | None = None
    reads: frozenset[InputName] = frozenset()


@frozen
class Counts:
    """The rows that one audit counted, by partition; or `overall`, for a query of the user's own."""

    by_partition: Mapping[int, int] = field(default_factory=dict)
    overall: int = 0


@frozen
class AuditedRows:
    """The rows that audits look at: those of a table, in a rectangle of its partitions; None is the whole table.

    `reads` is the expression after FROM for each input.
    """

    table: str
    columns: Sequence[Column]
    dialect: str
    reads: Mapping[InputName, str] = field(default_factory=dict)
    region: Region | None = None
    partitions: Rectangle | None = None

    def counting(self, audits: Sequence[AuditSql]) -> str:
        """One statement that counts for all of them. `counts` reads what it gives."""
        each = [self._counted(audit) or "CAST(0 AS BIGINT)" for audit in audits]
        branches = [self._select(_OF_PARTITIONS, self._buckets, each, f"{self.table}{self._inside(where=None)}")]
        for number, audit in enumerate(audits):
            if (branch := self._branch(audit, number, len(audits))) is not None:
                branches.append(branch)
        return "\nUNION ALL\n".join(branches)

    def counts(self, audits: Sequence[AuditSql], fetched: Iterable[Sequence[object]]) -> tuple[Counts, ...]:
        """What the statement gave, audit by audit. Partitions without rows are left out."""
        width = len(self._buckets)
        found: list[dict[int, int]] = [{} for _ in audits]
        overall = [0] * len(audits)
        for scope, *row in fetched:
            numbers = [int(str(number)) for number in row[width:]]
            if str(scope) == _OF_ALL:
                overall = [one + other for one, other in zip(overall, numbers, strict=True)]
                continue
            ordinal = 0 if self.region is None else self.region.ordinal_of(row[:width])
            if ordinal is not None:
                for counted, number in zip(found, numbers, strict=True):
                    counted[ordinal] = counted.get(ordinal, 0) + number
        return tuple(Counts(by, total) for by, total in zip(found, overall, strict=True))

    def bad_rows(self, audit: AuditSql, most: int) -> str | None:
        """A few of the bad rows, the columns that tell most first. None for an audit that has no bad rows to show."""
        check = audit.audit.check
        if audit.query is not None:
            return f"SELECT * FROM (\n{self._query(audit)}\n) AS q LIMIT {most}"
        if isinstance(check, RowCount):
            return None
        told = self._told(audit)
        shown = [*told, *(name for name in self._names if name not in told)]
        listed = ", ".join(self._quoted(name) for name in shown)
        order = f"\nORDER BY {', '.join(self._quoted(name) for name in told)}" if told else ""
        return f"SELECT {listed}\nFROM {self._bad(audit)}{order}\nLIMIT {most}"

    def _bad(self, audit: AuditSql) -> str:
        """What stands after FROM so that there are only bad rows."""
        match audit.audit.check:
            case Unique(columns, Within.PARTITION):
                same = ", ".join([*self._buckets, *map(self._quoted, columns)])
                rows = f"SELECT *, COUNT(*) OVER (PARTITION BY {same}) AS {_SAME} FROM {self.table}"
                return f"({rows}{self._inside(self._whole(columns), where=audit.where)}) AS r\nWHERE {_SAME} > 1"
            case Unique(columns):
                listed = ", ".join(map(self._quoted, columns))
                rows = f"SELECT {listed} FROM {self.table}{_where([self._whole(columns)], audit.where)}"
                twice = f"{_row(listed)} IN ({rows} GROUP BY {listed} HAVING COUNT(*) > 1)"
                return f"{self.table}{self._inside(self._whole(columns), twice, where=audit.where)}"
            case Relationships(column, to, name):
                inside = self._inside(self._whole([column]), where=audit.where)
                orphan = self._orphan(to, name, f"r.{self._quoted(column)}")
                return f"(SELECT * FROM {self.table}{inside}) AS r\nWHERE {orphan}"
            case _:
                return f"{self.table}{self._inside(self._predicate(audit), where=audit.where)}"

    def _counted(self, audit: AuditSql) -> str | None:
        """For an audit that looks at one row at a time, the count of bad ones; of all rows where they are counted."""
        predicate = self._predicate(audit)
        if isinstance(audit.audit.check, RowCount):
            predicate = "TRUE"
        if predicate is None:
            return None
        within = f" AND {_inner(audit.where)}" if audit.where else ""
        return f"COUNT(CASE WHEN ({predicate}){within} THEN 1 END)"

    def _predicate(self, audit: AuditSql) -> str | None:
        match audit.audit.check:
            case NotNull(columns):
                return " OR ".join(f"{self._quoted(column)} IS NULL" for column in columns)
            case AcceptedValues(column, values):
                kind = value_kind(next(each.type for each in self.columns if each.name == column))
                listed = ", ".join(scalar_literal(value, kind, self.dialect) for value in values)
                return f"{self._quoted(column)} NOT IN ({listed})"
            case Holds():
                return f"NOT {_inner(audit.condition or 'TRUE')}"
        return None

    def _branch(self, audit: AuditSql, number: int, of: int) -> str | None:
        """A SELECT that counts for one audit alone, where that takes more than a look at each row."""

        def counts(expression: str) -> list[str]:
            return [expression if place == number else "0" for place in range(of)]

        buckets = [f"b{place}" for place in range(len(self._buckets))]
        match audit.audit.check:
            case BadRows():
                nulls = ["NULL"] * len(buckets)
                given = ", ".join([_OF_ALL, *nulls, *counts("COUNT(*)")])
                return f"SELECT {given}\nFROM (\n{self._query(audit)}\n) AS q"
            case Unique(columns, Within.TABLE):
                return self._select(_OF_PARTITIONS, buckets, counts("COUNT(*)"), self._shared(columns, audit.where))
            case Unique(columns):
                grouped = ", ".join([*buckets, *_keys(columns)])
                given = ", ".join([*buckets, "COUNT(*) AS n"])
                same = f"SELECT {given} FROM {self._keyed(columns, audit.where)} AS r GROUP BY {grouped}"
                total = counts("CAST(COALESCE(SUM(n), 0) AS BIGINT)")
                return self._select(_OF_PARTITIONS, buckets, total, f"({same} HAVING COUNT(*) > 1) AS d")
            case Relationships(column, to, name):
                rows = f"{self._keyed([column], audit.where)} AS r\nWHERE {self._orphan(to, name, 'r.k0')}"
                return self._select(_OF_PARTITIONS, buckets, counts("COUNT(*)"), rows)
        return None

    def _shared(self, columns: Sequence[str], where: str | None) -> str:
        """What stands after FROM so that there are only rows whose key another row of the whole table has, too."""
        keyed, listed = self._keyed(columns, where), ", ".join(_keys(columns))
        named = ", ".join(f"{self._quoted(name)} AS {key}" for name, key in zip(columns, _keys(columns), strict=True))
        whole = f"SELECT {named} FROM {self.table}{_where([self._whole(columns)], where)}"
        # Only keys that are asked about are grouped: those of a large table would fill the memory.
        ours = f"{_row(listed)} IN (SELECT {listed} FROM {keyed} AS o)"
        twice = f"SELECT {listed} FROM ({whole}) AS a WHERE {ours} GROUP BY {listed} HAVING COUNT(*) > 1"
        return f"{keyed} AS r\nWHERE {_row(listed)} IN ({twice})"

    def _select(self, scope: str, buckets: Sequence[str], counts: Sequence[str], rows: str) -> str:
        grouped = f"\nGROUP BY {', '.join(str(place + 2) for place in range(len(buckets)))}" if buckets else ""
        return f"SELECT {', '.join([scope, *buckets, *counts])}\nFROM {rows}{grouped}"

    def _keyed(self, columns: Sequence[str], where: str | None) -> str:
        """The rows with a whole key: what partition each is in as `b0` …, its key as `k0` …."""
        buckets = [f"{bucket} AS b{place}" for place, bucket in enumerate(self._buckets)]
        keys = [f"{self._quoted(name)} AS {key}" for name, key in zip(columns, _keys(columns), strict=True)]
        inside = self._inside(self._whole(columns), where=where)
        return f"(SELECT {', '.join([*buckets, *keys])} FROM {self.table}{inside})"

    def _whole(self, columns: Sequence[str]) -> str:
        return " AND ".join(f"{self._quoted(column)} IS NOT NULL" for column in columns)

    def _orphan(self, to: InputName, name: str, value: str) -> str:
        return f"NOT EXISTS (SELECT 1 FROM {self.reads[to]} AS p WHERE p.{self._quoted(name)} = {value})"

    def _query(self, audit: AuditSql) -> str:
        assert audit.query is not None  # noqa: S101 - asked only of queries

        def scan_sql(scan: Scan) -> str:
            alias = f" AS {self._quoted(scan.alias)}" if scan.alias else ""
            if scan.relation[0] == THIS_SCHEMA:
                return f"(SELECT * FROM {self.table}{self._inside(where=audit.where)}){alias}"
            return f"{self.reads[scan.input.name]}{alias}"

        return audit.query.fill(scan_sql, None)

    def _told(self, audit: AuditSql) -> list[str]:
        """The columns that say which row it is and what is wrong with it."""
        cut = self.region.partition_by.names if self.region else ()
        check = audit.audit.check
        own: tuple[str, ...] = ()
        match check:
            case NotNull(columns) | Unique(columns):
                own = columns
            case AcceptedValues(column) | Relationships(column):
                own = (column,)
        return list(dict.fromkeys((*cut, *own)))

    @property
    def _names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def _buckets(self) -> list[str]:
        return [] if self.region is None else self.region.buckets(self.partitions)

    def _inside(self, *more: str | None, where: str | None) -> str:
        within = self.region.predicate(self.partitions) if self.region and self.partitions else "TRUE"
        return _where([None if within == "TRUE" else within, *more], where)

    def _quoted(self, name: str) -> str:
        return identifier(name, self.dialect)


def scalar_literal(value: Scalar, kind: ValueKind | None, dialect: str) -> str:
    """A literal that can be compared with a column of this kind."""
    if isinstance(value, str) or kind is ValueKind.TEXT:
        return text_literal(str(value).lower() if isinstance(value, bool) else str(value), dialect)
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case datetime() if value.tzinfo is not None:
            return time_literal(value.astimezone(UTC).replace(tzinfo=None), ColumnClock.INSTANT)
        case datetime():
            return time_literal(value, ColumnClock.TIMESTAMP)
        case date():
            return time_literal(datetime.combine(value, time()), ColumnClock.DATE)
        case _:
            from sqlglot import exp

            return exp.Literal.number(value).sql(dialect=dialect)


def _keys(columns: Sequence[str]) -> list[str]:
    return [f"k{place}" for place in range(len(columns))]


def _inner(text: str) -> str:
    """An expression of the user's own. A comment at its end ends with the line."""
    return f"(\n{text}\n)"


def _row(listed: str) -> str:
    return f"({listed})" if "," in listed else listed


def _where(parts: Iterable[str | None], own: str | None) -> str:
    """A WHERE of conditions of ours and one of the user's own; nothing where there are none."""
    given = [f"({part})" for part in parts if part] + ([_inner(own)] if own else [])
    return f" WHERE {' AND '.join(given)}" if given else ""
