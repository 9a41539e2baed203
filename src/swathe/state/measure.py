"""One look at a source: how many rows lie in each of its partitions, and a version of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from swathe.engine.adapter import FILE_COLUMN, Engine, Row, Session
from swathe.frozen import frozen
from swathe.model.definition import Column, Source, WatchKind
from swathe.partition.granularity import TimeSpan
from swathe.partition.grid import NULL_LINE, STRIDE, Grid, Scheme, line_scheme, slice_number
from swathe.partition.numbers import RangeScheme
from swathe.partition.scheme import Line, TimeScheme
from swathe.partition.values import NULL, Listed
from swathe.plan.versions import ColumnSet, Versions, mixed
from swathe.sql.cut import bucket_sql, number_bucket_sql, ordinals_of, values_sql
from swathe.sql.grouping import group_by_few
from swathe.sql.literal import identifier, relation_sql, text_literal

_ROOM = timedelta(days=366)


@frozen
class Measured:
    """One partition's measure within one file (or the table, with an empty path): a slice's text and its place along
    the line. Rows with NULL along the line are at `NULL_LINE`: counted in the whole, in no run of partitions.

    The version is over some `columns`; None is whole rows, or what does not ask for columns.
    """

    path: str
    part: str
    ordinal: int
    row_count: int
    version: int
    columns: ColumnSet | None = None


def measure(
    source: Source,
    columns: Sequence[Column],
    engine: Engine,
    session: Session,
    paths: Sequence[str] | None,
    root: Path,
    sets: Sequence[ColumnSet | None],
) -> list[Measured]:
    """Over each of some sets of columns. `paths` are the files to look at, relative to the project's root; None is all
    of a table, or of a URL.
    """
    if not sets:
        return []
    dialect = engine.capabilities.dialect
    scheme = source.scheme
    if paths is not None:
        relation = engine.file_list_sql(source.location or "", paths)
        path = identifier(FILE_COLUMN, dialect)
    else:
        relation = (
            relation_sql(source.relation, dialect) if source.location is None else engine.files_sql(source.location)
        )
        path = text_literal("", dialect)
    line = line_scheme(scheme)
    key = "NULL"
    if isinstance(line, TimeScheme):
        kind = next((column.type for column in columns if column.name.lower() == line.column.lower()), "")
        values = _values(line, relation, dialect, session) if line.is_zoned else None
        key = bucket_sql(line, values, kind, dialect)
    elif isinstance(line, RangeScheme):
        key = number_bucket_sql(line, dialect)
    dimensions = scheme.dimensions if isinstance(scheme, Grid) else ()
    relation, keys = group_by_few(relation, [key, *(identifier(each.column, dialect) for each in dimensions)], dialect)
    keys = [path, *keys]
    grouped = ", ".join(str(number + 1) for number in range(0 if paths is not None else 1, len(keys)))
    measures = ", ".join(_version_sql(source, columns, engine, asked) for asked in sets)
    rows = session.query(f"SELECT {', '.join(keys)}, COUNT(*), {measures} FROM {relation} GROUP BY {grouped}")
    names = {"": ""} if paths is None else {str(root / name): name for name in paths}
    return list(_measured(source, rows, sets, names))


def _values(scheme: TimeScheme, relation: str, dialect: str, session: Session) -> TimeSpan | None:
    """What the partition column spans, with room for rows that come before it is measured."""
    ((first, last),) = session.query(values_sql(scheme, relation, dialect))
    return None if first is None else TimeSpan(first - _ROOM, last + _ROOM)


def _version_sql(source: Source, columns: Sequence[Column], engine: Engine, asked: ColumnSet | None) -> str:
    match source.watch.kind:
        case WatchKind.CHECKSUM:
            return engine.checksum_sql([c for c in columns if asked is None or c.name.lower() in asked])
        case WatchKind.AGGREGATE:
            return f"CAST({source.watch.expression} AS VARCHAR)"
        case _:
            return "COUNT(*)"


def _measured(
    source: Source, rows: Sequence[Row], sets: Sequence[ColumnSet | None], names: Mapping[str, str]
) -> Iterator[Measured]:
    """What rows tell, each of the file whose name is known here, over each of some sets of columns."""
    scheme, of_values = source.scheme, source.watch.kind is WatchKind.AGGREGATE
    width = len(sets)
    part = ""
    for row, place in zip(rows, _places(line_scheme(scheme), [row[1] for row in rows]), strict=True):
        count, along = row[-width - 1], NULL_LINE if place is None else place
        if isinstance(scheme, Grid):
            part = scheme.spell([NULL if value is None else Listed(value) for value in row[2 : -width - 1]])
        for columns, value in zip(sets, row[-width:], strict=True):
            version = mixed(along, str(value), part) if of_values else int(value)
            yield Measured(names[row[0]], part, along, count, version, None if of_values else columns)


def _places(line: Line, buckets: Sequence[object]) -> Sequence[int | None]:
    """Along the line, by what rows were grouped by; None for a NULL."""
    if isinstance(line, TimeScheme):
        return ordinals_of(line, buckets)
    if isinstance(line, RangeScheme):
        return [None if bucket is None else line.ordinal(int(str(bucket))) for bucket in buckets]
    return [0] * len(buckets)


def versions_of(
    source: Source, scheme: Scheme, measured: Sequence[Measured], sets: Iterable[ColumnSet | None]
) -> Versions:
    """Of each partition over all files, over each of some sets of columns. A count becomes a version only now, since
    counts add up and versions of counts do not.
    """
    numbers = {part: slice_number(scheme, part) or 0 for part in {entry.part for entry in measured}}
    if source.watch.kind is not WatchKind.COUNT:
        pairs: dict[ColumnSet | None, list[tuple[int, int]]] = {columns: [] for columns in sets}
        for entry in measured:
            pairs[entry.columns].append((numbers[entry.part] * STRIDE + entry.ordinal, entry.version))
        return Versions.by_columns(scheme.unit, pairs)
    counts: dict[str, dict[int, int]] = {part: defaultdict(int) for part in numbers}
    for entry in measured:
        counts[entry.part][entry.ordinal] += entry.row_count
    return Versions.of(
        scheme.unit,
        (
            (numbers[part] * STRIDE + ordinal, mixed(ordinal, str(count), part))
            for part, listed in counts.items()
            for ordinal, count in listed.items()
        ),
    )
