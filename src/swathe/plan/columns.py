"""How a table's columns must change to hold what the query gives now."""

from __future__ import annotations

from collections.abc import Sequence

from swathe.errors import PlanError
from swathe.frozen import frozen
from swathe.model.column_types import holds_all, is_same
from swathe.model.definition import Column, OnSchemaChange


@frozen
class ColumnChanges:
    """What `ALTER TABLE` will do. `kept` are columns that the query no longer gives: they stay, and hold NULL.

    `narrowed` are those of `retyped` whose new type does not hold all values of the old one, each with the old one.
    Stored rows are cast, and are no more what their records say: all partitions are to be built again.
    """

    added: tuple[Column, ...] = ()
    dropped: tuple[Column, ...] = ()
    kept: tuple[Column, ...] = ()
    retyped: tuple[Column, ...] = ()
    narrowed: tuple[Column, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.dropped or self.retyped)

    def describe(self) -> tuple[str, ...]:
        """One line each, for people."""
        return (
            *(f"add column `{c.name}` {c.type}" for c in self.added),
            *(f"change column `{c.name}` to {c.type}{self._at_what_cost(c)}" for c in self.retyped),
            *(f"drop column `{c.name}`" for c in self.dropped),
            *(f"keep column `{c.name}`, which the query no longer gives, as NULL" for c in self.kept),
        )

    @property
    def invalidates(self) -> str | None:
        """Why all partitions are to be built again; None when they are not."""
        return "; ".join(
            f"column `{old.name}` was {old.type}, and {new.type} does not hold all of its values"
            for old, new in self._narrowings()
        ) or None  # fmt: skip

    def _narrowings(self) -> list[tuple[Column, Column]]:
        now = {column.name.lower(): column for column in self.retyped}
        return [(old, now[old.name.lower()]) for old in self.narrowed]

    def _at_what_cost(self, column: Column) -> str:
        old = next((old for old, new in self._narrowings() if new == column), None)
        if old is None:
            return ""
        return f", which does not hold all values of {old.type}: all partitions are built again"


def column_changes(
    table: Sequence[Column], query: Sequence[Column], policy: OnSchemaChange, name: str, *, frozen: int = 0
) -> ColumnChanges:
    """Raises PlanError when the policy does not allow what would be needed, or so many frozen partitions forbid it."""
    held = {column.name.lower(): column for column in table}
    given = {column.name.lower(): column for column in query}
    added = tuple(column for key, column in given.items() if key not in held)
    gone = tuple(column for key, column in held.items() if key not in given)
    retyped = tuple(column for key, column in given.items() if key in held and not is_same(held[key].type, column.type))
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
        before = [(held[column.name.lower()], column) for column in retyped]
        narrowed = tuple(old for old, new in before if not holds_all(new.type, old.type))
        return ColumnChanges(added, gone, (), retyped, narrowed)
    widened = []
    for column in retyped:
        there = held[column.name.lower()].type
        if holds_all(column.type, there):
            widened.append(column)
        elif not holds_all(there, column.type):
            raise PlanError(
                f"column `{column.name}` of `{name}` is {there} in the table and {column.type} in the query",
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
