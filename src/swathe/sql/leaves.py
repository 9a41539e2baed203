"""Which leaves a table lacks for the partitions that are to be written, and the statements that make them.

A leaf is made as a table of its own and then attached, since CREATE TABLE … PARTITION OF would wait for all readers of
the table, and ATTACH waits for none. A table that nobody can see yet has no readers, and its leaves are made at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from hashlib import blake2b
from itertools import count

from swathe.frozen import frozen
from swathe.model.definition import Relation
from swathe.partition.grid import NULL_LINE, by_slice
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.values import NULL_KEY, REST_KEY, Coordinate, Listed, Null, Rest, ValueKind
from swathe.sql.axis import FIRST, LAST, Axis, Slot
from swathe.sql.layout import HashLayout, Layouts, ListLayout, RangeLayout
from swathe.sql.literal import identifier, relation_sql, value_literal
from swathe.sql.native import Leaf, NativeTable, Way

DEFAULT = "DEFAULT"
_BY_ITSELF = "default"


@frozen
class NewLeaf:
    """A leaf to be made. `name` goes after its table's; `words` say what it holds.

    `predicate` is true of the rows that it holds; None where it is what is left. `check` is a condition that its rows
    must fulfil besides.
    """

    name: str
    words: str
    predicate: str | None = None
    check: str | None = None


def new_leaves(layouts: Layouts, table: NativeTable, partitions: IntervalSet, dialect: str) -> tuple[NewLeaf, ...]:
    """What a table lacks. Whatever it was made by, each partition has a leaf then, at worst the default one."""
    match layouts.of(table):
        case RangeLayout() as layout:
            return tuple(_along(layout, table, partitions, dialect))
        case ListLayout() as layout:
            return tuple(_listed(layout, table, dialect))
        case HashLayout(leaves=leaves) if not table.leaves:
            return tuple(
                NewLeaf(f"{n:02d}", f"FOR VALUES WITH (MODULUS {leaves}, REMAINDER {n})") for n in range(leaves)
            )
        case HashLayout():
            return ()
    return () if table.default or table.way is Way.HASH else (NewLeaf(_BY_ITSELF, DEFAULT),)


def first_leaf_statements(table: Relation, leaf: Relation, new: NewLeaf, dialect: str) -> tuple[str, ...]:
    """Make a leaf of a table that was made in the same transaction."""
    parent, name = relation_sql(table, dialect), relation_sql(leaf, dialect)
    check = f" (CHECK ({new.check}))" if new.check else ""
    return (f"CREATE TABLE {name} PARTITION OF {parent}{check} {new.words}",)


def leaf_statements(table: Relation, leaf: Relation, new: NewLeaf, dialect: str) -> tuple[str, ...]:
    """Make a leaf and attach it. Indexes come with being attached."""
    parent, name = relation_sql(table, dialect), relation_sql(leaf, dialect)
    check = f", CHECK ({new.check})" if new.check else ""
    return (
        f"CREATE TABLE {name} (LIKE {parent} INCLUDING ALL EXCLUDING INDEXES{check})",
        f"ALTER TABLE {parent} ATTACH PARTITION {name} {new.words}",
    )


def named(
    table: Relation, new: Iterable[NewLeaf], taken: Set[str], longest: int | None
) -> Iterator[tuple[Relation, NewLeaf]]:
    """Each leaf with a name of its own: `<table>__<what it holds>`, where that is not taken and not too long."""
    given: set[str] = set()
    for leaf in new:
        name = next(name for name in _names(table.name, leaf.name, longest) if name not in taken and name not in given)
        given.add(name)
        yield Relation(table.schema, name), leaf


def _names(table: str, name: str, longest: int | None) -> Iterator[str]:
    """None longer than `longest` bytes; the best first."""
    plain = f"{table}__{name}"
    if longest is None or len(plain.encode()) <= longest:
        yield plain
    for number in count():
        digest = blake2b(f"{table}\0{name}\0{number}".encode(), digest_size=4).hexdigest()
        most = None if longest is None else longest - 1 - len(digest)
        yield f"{plain.encode()[:most].decode(errors='ignore')}_{digest}"


def occupied(axis: Axis, table: NativeTable) -> IntervalSet:
    """Where a table has leaves along a line."""
    return IntervalSet.merge(points for leaf in table.leaves if (points := points_of(axis, leaf)) is not None)


def points_of(axis: Axis, leaf: Leaf) -> Interval | None:
    """Where a leaf lies along a line; None for the default one. What lies outside the calendar has no bound here."""
    if leaf.is_default:
        return None
    start = None if leaf.start is None else axis.read(leaf.start)
    end = None if leaf.end is None else axis.read(leaf.end)
    return Interval(FIRST if start is None else start, LAST if end is None else end)


def slots_of(axis: Axis, partitions: IntervalSet) -> Iterator[Slot]:
    """The leaves for some partitions, each once, in order; none for NULL."""
    last = FIRST
    for run in lines_of(partitions) - _NULL:
        for slot in axis.slots(run):
            if slot.points.end > last:
                yield slot
                last = slot.points.end


def lines_of(partitions: IntervalSet) -> IntervalSet:
    """The ordinals along the line, of all slices."""
    return IntervalSet.merge(run for lines in by_slice(partitions).values() for run in lines)


_NULL = IntervalSet.span(NULL_LINE, NULL_LINE + 1)


def _along(layout: RangeLayout, table: NativeTable, partitions: IntervalSet, dialect: str) -> Iterator[NewLeaf]:
    axis, column = layout.axis, identifier(layout.column, dialect)
    taken = occupied(axis, table)
    for slot in slots_of(axis, partitions):
        for gap in IntervalSet.of(slot.points) - taken:
            start, end = _bound(axis, gap.start), _bound(axis, gap.end)
            name = slot.name if gap.start == slot.points.start else f"{slot.name}_from_{axis.spell(gap.start)}"
            yield NewLeaf(name, f"FOR VALUES FROM ({start}) TO ({end})", within(axis, gap, column))
    if layout.null and table.default is None:
        yield NewLeaf(_name_of(Null(), ""), DEFAULT, check=f"{column} IS NULL")


def within(axis: Axis, points: Interval, column: str) -> str:
    """A column has a value between two points."""
    parts = [f"{column} IS NOT NULL"]
    parts += [f"{column} >= {axis.literal(points.start)}"] if points.start > FIRST else []
    parts += [f"{column} < {axis.literal(points.end)}"] if points.end < LAST else []
    return " AND ".join(parts)


def _bound(axis: Axis, point: int) -> str:
    if point <= FIRST:
        return "MINVALUE"
    return "MAXVALUE" if point >= LAST else axis.literal(point)


def _listed(layout: ListLayout, table: NativeTable, dialect: str) -> Iterator[NewLeaf]:
    dimension, column = layout.dimension, identifier(layout.column, dialect)
    taken = {value for leaf in table.leaves for value in leaf.values}
    rest, elsewhere = False, [text for text in taken if text is not None]
    for coordinate in dimension.coordinates:
        name = _name_of(coordinate, dimension.spell(coordinate))
        match coordinate:
            case Listed(value) if stored_text(layout, coordinate) not in taken:
                elsewhere.append(stored_text(layout, coordinate))
                literal = value_literal(value, dimension.kind, dialect)
                yield NewLeaf(name, f"FOR VALUES IN ({literal})", f"{column} = {literal}")
            case Null() if None not in taken:
                yield NewLeaf(name, "FOR VALUES IN (NULL)", f"{column} IS NULL")
            case Rest():
                rest = table.default is None
    if rest:
        # What the leaf of all others holds anyhow. Where it is said, it is not read when a leaf is put beside it.
        listed = ", ".join(_literals(layout, sorted(elsewhere), dialect))
        yield NewLeaf(_name_of(Rest(), ""), DEFAULT, check=f"{column} IS NOT NULL AND {column} NOT IN ({listed})")


def stored_text(layout: ListLayout, coordinate: Listed) -> str:
    """A value as the engine says it in a bound."""
    kind = layout.dimension.kind
    return str(coordinate.value) if isinstance(coordinate.value, str) else kind.spell(coordinate.value)


def values_predicate(layout: ListLayout, texts: Sequence[str | None], dialect: str) -> str:
    """A column has one of these values, as the engine says them; None is NULL."""
    column = identifier(layout.column, dialect)
    literals = _literals(layout, [text for text in texts if text is not None], dialect)
    parts = [f"{column} IS NULL"] if None in texts else []
    parts += [f"{column} IS NOT NULL AND {column} IN ({', '.join(literals)})"] if literals else []
    return " OR ".join(parts)


def _literals(layout: ListLayout, texts: Sequence[str], dialect: str) -> list[str]:
    kind = layout.dimension.kind
    values = [text if kind is ValueKind.TEXT else kind.read(text) for text in texts]
    return [value_literal(value, kind, dialect) for value in values]


def _name_of(coordinate: Coordinate, spelled: str) -> str:
    match coordinate:
        case Null():
            return NULL_KEY.strip("_")
        case Rest():
            return REST_KEY.strip("_")
    return spelled
