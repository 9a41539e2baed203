"""How a table's columns must change to hold what the query gives now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from swathe.errors import PlanError
from swathe.model.definition import Column, OnSchemaChange

_WIDER = {
    "TINYINT": {"SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE"},
    "SMALLINT": {"INTEGER", "BIGINT", "HUGEINT", "DOUBLE"},
    "INTEGER": {"BIGINT", "HUGEINT", "DOUBLE"},
    "BIGINT": {"HUGEINT"},
    "FLOAT": {"DOUBLE"},
    "DATE": {"TIMESTAMP"},
}
"""For each type, those that hold every one of its values."""

_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


@dataclass(frozen=True, slots=True)
class ColumnChanges:
    """What `ALTER TABLE` will do. `kept` are columns that the query no longer gives: they stay, and hold NULL."""

    added: tuple[Column, ...] = ()
    dropped: tuple[Column, ...] = ()
    kept: tuple[Column, ...] = ()
    retyped: tuple[Column, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.dropped or self.retyped)

    def describe(self) -> tuple[str, ...]:
        """One line each, for people."""
        return (
            *(f"add column `{c.name}` {c.type}" for c in self.added),
            *(f"change column `{c.name}` to {c.type}" for c in self.retyped),
            *(f"drop column `{c.name}`" for c in self.dropped),
            *(f"keep column `{c.name}`, which the query no longer gives, as NULL" for c in self.kept),
        )


def column_changes(
    table: Sequence[Column], query: Sequence[Column], policy: OnSchemaChange, name: str, *, frozen: int = 0
) -> ColumnChanges:
    """Raises PlanError when the policy does not allow what would be needed, or so many frozen partitions forbid it."""
    held = {column.name.lower(): column for column in table}
    given = {column.name.lower(): column for column in query}
    added = tuple(column for key, column in given.items() if key not in held)
    gone = tuple(column for key, column in held.items() if key not in given)
    retyped = tuple(
        column for key, column in given.items() if key in held and held[key].type.upper() != column.type.upper()
    )
    if policy is OnSchemaChange.FAIL and (added or gone or retyped):
        names = ", ".join(f"`{column.name}`" for column in (*added, *gone, *retyped))
        raise PlanError(
            f"the columns of `{name}` changed ({names}), and its `on_schema_change` is `fail`",
            hint="set `on_schema_change` to `append` or `sync`",
        )
    if policy is OnSchemaChange.SYNC:
        if frozen and (gone or retyped):
            names = ", ".join(f"`{column.name}`" for column in (*gone, *retyped))
            raise PlanError(
                f"`on_schema_change: sync` would drop or change columns of frozen partitions of `{name}` ({names})",
                hint="thaw them first with `swathe thaw`, or set `on_schema_change` to `append`",
            )
        return ColumnChanges(added, gone, (), retyped)
    widened = []
    for column in retyped:
        before = held[column.name.lower()].type
        if holds_all(column.type, before):
            widened.append(column)
        elif not holds_all(before, column.type):
            raise PlanError(
                f"column `{column.name}` of `{name}` is {before} in the table and {column.type} in the query",
                hint="cast it to the old type, or set `on_schema_change` to `sync` to change the table",
            )
    return ColumnChanges(added, (), gone, tuple(widened))


def misfits(table: Sequence[Column], query: Sequence[Column]) -> tuple[str, ...]:
    """Why a table can't hold a query's rows as they are, in words; columns that only the table has are no reason.

    >>> misfits([Column("a", "VARCHAR")], [Column("A", "DATE"), Column("b", "DATE")])
    ('it has no column `b`', '`A` is VARCHAR and not DATE')
    """
    held = {column.name.lower(): column.type for column in table}
    gone = [column.name for column in query if column.name.lower() not in held]
    found = [f"it has no column {', '.join(f'`{name}`' for name in gone)}"] if gone else []
    for column in query:
        there = held.get(column.name.lower())
        if there is not None and not (holds_all(there, column.type) or holds_all(column.type, there)):
            found.append(f"`{column.name}` is {there} and not {column.type}")
    return tuple(found)


def holds_all(wide: str, narrow: str) -> bool:
    """Whether every value of one type is a value of another.

    >>> holds_all("BIGINT", "INTEGER"), holds_all("INTEGER", "BIGINT"), holds_all("DECIMAL(10,2)", "DECIMAL(8,2)")
    (True, False, True)
    """
    wide, narrow = wide.upper(), narrow.upper()
    if wide == narrow or wide in _WIDER.get(narrow, ()):
        return True
    big, small = _DECIMAL.fullmatch(wide), _DECIMAL.fullmatch(narrow)
    if big is None or small is None:
        return False
    (precision, scale), (least, decimals) = map(int, big.groups()), map(int, small.groups())
    return scale >= decimals and precision - scale >= least - decimals
