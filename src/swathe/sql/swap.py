"""Overwriting by putting leaves in the place of leaves.

The rows of a batch are written into leaves of a table of their own, the stage. Nobody waits for that. Then, last before
COMMIT, the stage's leaves go to the table and the table's own are dropped: that takes the table for itself, for some
milliseconds. Until then no statement may touch the table itself: two such transactions that held it would wait for each
other.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from swathe.frozen import frozen
from swathe.model.definition import Relation
from swathe.partition.grid import NULL_LINE, Grid, Scheme
from swathe.partition.interval import IntervalSet
from swathe.partition.rectangle import Rectangle
from swathe.partition.values import NULL, REST, Coordinate, Listed
from swathe.sql.layout import Layouts, ListLayout, RangeLayout
from swathe.sql.leaves import occupied, points_of, slots_of, stored_text, values_predicate, within
from swathe.sql.literal import identifier, relation_sql
from swathe.sql.native import Leaf, NativeTable

_CHECK = "swathe_bounds"


@frozen
class Chosen:
    """A leaf to be replaced. `predicate` is true of its rows and of no others; None where it holds what is left."""

    leaf: Leaf
    predicate: str | None


@frozen
class Swap:
    """`stage` is where the rows are written and measured; `prepare` makes it, and `exchange` puts its leaves in the
    place of the table's.
    """

    stage: Relation
    prepare: tuple[str, ...]
    exchange: tuple[str, ...]


def misfit(layouts: Layouts, table: NativeTable | None, partitions: IntervalSet) -> str | None:
    """Why these partitions can't each be a leaf of a table that is there; None when they can."""
    if table is None:
        return "it is in one piece, without leaves"
    layout = layouts.of(table)
    if layout is None or layout.way is not layouts.made.way:
        return f"its leaves are by {table.way.lower()} of {', '.join(f'`{name}`' for name in table.columns)}"
    if isinstance(layout, RangeLayout):
        slots = {slot.points for slot in slots_of(layout.axis, partitions)}
        wanted = IntervalSet.merge(slots)
        for leaf in table.leaves:
            points = points_of(layout.axis, leaf)
            if points is not None and points not in slots and IntervalSet.of(points) & wanted:
                return f"its leaf `{leaf.relation.name}` is not one partition"
    elif several := next((leaf for leaf in table.leaves if len(leaf.values) > 1), None):
        return f"its leaf `{several.relation.name}` is not one partition"
    return None


def whole_leaves(
    layouts: Layouts, table: NativeTable, partitions: Rectangle, scheme: Scheme, dialect: str
) -> tuple[Chosen, ...] | None:
    """The leaves that hold the rows of a rectangle and no others; None where there are none such.

    There are none where a clock was set back into the day before, or a default leaf still holds what got a leaf since.
    """
    layout = layouts.of(table)
    if isinstance(layout, RangeLayout):
        return _along(layout, table, partitions, dialect)
    if isinstance(layout, ListLayout) and isinstance(scheme, Grid):
        return _listed(layout, table, {scheme.slices[number][0] for number in partitions.slices}, dialect)
    return None


def swap_of(table: Relation, leaves: Sequence[Chosen], way: str, mark: str, dialect: str) -> Swap:
    """`way` is the table's own PARTITION BY; `mark` makes the names of the stage unlike all others."""
    stage = Relation(table.schema, f"swathe_{mark}")
    parent, staged = relation_sql(table, dialect), relation_sql(stage, dialect)
    old = [relation_sql(chosen.leaf.relation, dialect) for chosen in leaves]
    new = [relation_sql(Relation(table.schema, f"{stage.name}_{n}"), dialect) for n in range(len(leaves))]
    prepare = [f"CREATE TABLE {staged} (LIKE {old[0]}) {way}"]
    take, give, tidy = [], [], []
    for chosen, old_leaf, new_leaf in zip(leaves, old, new, strict=True):
        leaf = chosen.leaf
        # With it the engine need not read the rows again while it holds the table.
        check = f", CONSTRAINT {_CHECK} CHECK ({chosen.predicate})" if chosen.predicate else ""
        prepare.append(f"CREATE TABLE {new_leaf} (LIKE {old_leaf} INCLUDING ALL{check})")
        prepare.append(f"ALTER TABLE {staged} ATTACH PARTITION {new_leaf} {leaf.words}")
        take.append(f"ALTER TABLE {staged} DETACH PARTITION {new_leaf}")
        give.append(f"ALTER TABLE {parent} DETACH PARTITION {old_leaf}")
        give.append(f"ALTER TABLE {parent} ATTACH PARTITION {new_leaf} {leaf.words}")
        tidy.append(f"DROP TABLE {old_leaf}")
        tidy.append(f"ALTER TABLE {new_leaf} RENAME TO {identifier(leaf.relation.name, dialect)}")
        if chosen.predicate:
            tidy.append(f"ALTER TABLE {old_leaf} DROP CONSTRAINT {_CHECK}")
    return Swap(stage, tuple(prepare), (*take, f"DROP TABLE {staged}", *give, *tidy))


def _along(layout: RangeLayout, table: NativeTable, partitions: Rectangle, dialect: str) -> tuple[Chosen, ...] | None:
    column = identifier(layout.column, dialect)
    if partitions.lines.start == NULL_LINE:
        return (Chosen(table.default, f"{column} IS NULL"),) if layout.null and table.default else None
    wanted = layout.axis.holds(partitions.lines)
    if wanted - occupied(layout.axis, table):
        return None
    found = []
    for leaf in table.leaves:
        points = points_of(layout.axis, leaf)
        if points is None or not IntervalSet.of(points) & wanted:
            continue
        if IntervalSet.of(points) - wanted:
            return None
        found.append(Chosen(leaf, within(layout.axis, points, column)))
    return tuple(found) or None


def _listed(layout: ListLayout, table: NativeTable, wanted: Set[Coordinate], dialect: str) -> tuple[Chosen, ...] | None:
    by_text = {stored_text(layout, at): at for at in layout.dimension.coordinates if isinstance(at, Listed)}
    left: set[Coordinate] = {REST, *layout.dimension.coordinates}
    found = []
    for leaf in table.leaves:
        held = {NULL if text is None else by_text.get(text, REST) for text in leaf.values}
        left -= held - {REST}
        if held & wanted:
            if held - wanted:
                return None
            found.append(Chosen(leaf, values_predicate(layout, leaf.values, dialect)))
    if left & wanted:
        if table.default is None or left - wanted:
            return None
        found.append(Chosen(table.default, None))
    return tuple(found) or None
