"""Watching sources: a data version for each of their partitions, so that late data is found and not guessed.

Files are measured again only when their name, size or modification time changed. A file is looked at before it is
measured, never after: a change that slips in between then shows next time.
"""

from __future__ import annotations

import glob
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from swathe.engine.adapter import FILE_COLUMN, Engine, Row, Session
from swathe.model.definition import Column, Source, WatchKind
from swathe.partition.granularity import TimeSpan
from swathe.partition.grid import NULL_LINE, STRIDE, Grid, Scheme, known, line_scheme, slice_number
from swathe.partition.numbers import RangeScheme
from swathe.partition.scheme import TimeScheme
from swathe.partition.values import NULL, Listed
from swathe.plan.versions import Versions, mixed
from swathe.sql.cut import bucket_sql, number_bucket_sql, ordinal_of, values_sql
from swathe.sql.literal import identifier, relation_sql, text_literal
from swathe.state.store import StateStore, insert_rows

_RACY = timedelta(seconds=2)
"""A file modified this shortly before it was measured may have changed again within its clock's resolution."""

_FILES_PER_QUERY = 1000
_ROOM = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What is known of a file without reading it. `modified_ns` is nanoseconds since 1970."""

    path: str
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One partition's measure within one file (or the table, with an empty path): a slice's text and its place along
    the line. Rows with NULL along the line are at `NULL_LINE`: counted in the whole, in no run of partitions.
    """

    path: str
    part: str
    ordinal: int
    row_count: int
    version: int


@dataclass(frozen=True, slots=True)
class Observation:
    """A source, measured. `scheme` is its cut with the slices that were found.

    `fresh` and `stamps` are what the cache does not hold yet; `gone` are files that are no longer there.
    """

    source: Source
    scheme: Scheme
    versions: Versions
    measure: str
    fresh: tuple[Measured, ...] = ()
    stamps: tuple[FileStamp, ...] = ()
    gone: tuple[str, ...] = ()
    measured_at: datetime | None = None


def observe(
    source: Source,
    columns: Sequence[Column],
    engine: Engine,
    session: Session,
    store: StateStore | None,
    root: Path,
) -> Observation | None:
    """The versions of a source now; None when it is not watched. `store` None has no cache. Reads, never writes."""
    if source.watch.kind is WatchKind.NONE:
        return None
    measure = f"{source.watch.kind}|{source.watch.expression or ''}|{source.scheme.unit}|" + ",".join(
        sorted(f"{column.name} {column.type}" for column in columns)
    )
    measured_at = datetime.now(UTC).replace(tzinfo=None)
    if source.location is None or "://" in source.location:
        fresh = _measure(source, columns, engine, session, None, root)
        return _observation(source, fresh, measure, tuple(fresh), measured_at=measured_at)
    stamps = _stamps(source.location, root)
    trusted = _trusted(source, measure, session, store, stamps) if store else set()
    changed = [stamp for stamp in stamps if stamp.path not in trusted]
    cached = _cached(source, trusted, session, store) if store and trusted else []
    fresh = []
    for start in range(0, len(changed), _FILES_PER_QUERY):
        paths = [stamp.path for stamp in changed[start : start + _FILES_PER_QUERY]]
        fresh += _measure(source, columns, engine, session, paths, root)
    present = {stamp.path for stamp in stamps}
    gone = tuple(path for path in _known_paths(source, session, store) if path not in present)
    return _observation(source, [*cached, *fresh], measure, tuple(fresh), tuple(changed), gone, measured_at)


def _observation(
    source: Source,
    measured: Sequence[Measured],
    measure: str,
    fresh: tuple[Measured, ...],
    stamps: tuple[FileStamp, ...] = (),
    gone: tuple[str, ...] = (),
    measured_at: datetime | None = None,
) -> Observation:
    scheme = known(source.scheme, {entry.part for entry in measured if entry.part})
    versions = versions_of(source, scheme, measured)
    return Observation(source, scheme, versions, measure, fresh, stamps, gone, measured_at)


def remember(observation: Observation, session: Session, store: StateStore) -> None:
    """Store what was measured. Call inside a transaction. Writes state."""
    name = observation.source.name
    whole = observation.source.location is None or not observation.stamps
    replaced = [stamp.path for stamp in observation.stamps] + list(observation.gone)
    if whole and not replaced:
        replaced = [""] if observation.fresh else []
    for table in ("source_files", "source_versions"):
        session.execute(
            f"DELETE FROM {store.table(table)} WHERE source = ? AND path IN (SELECT UNNEST(CAST(? AS VARCHAR[])))",
            [name, replaced],
        )
    insert_rows(
        session,
        store.table("source_files"),
        "source_files",
        [
            (name, stamp.path, stamp.size, stamp.modified_ns, observation.measured_at, observation.measure)
            for stamp in observation.stamps
        ],
    )
    insert_rows(
        session,
        store.table("source_versions"),
        "source_versions",
        [
            (
                name,
                entry.path,
                entry.part,
                None if entry.ordinal == NULL_LINE else entry.ordinal,
                entry.row_count,
                entry.version,
            )
            for entry in observation.fresh
        ],
    )


def _stamps(location: str, root: Path) -> list[FileStamp]:
    found = []
    for path in sorted(glob.glob(location, root_dir=root, recursive=True, include_hidden=True)):
        try:
            status = (root / path).stat()
        except FileNotFoundError:
            continue
        found.append(FileStamp(path, status.st_size, status.st_mtime_ns))
    return found


def _trusted(
    source: Source, measure: str, session: Session, store: StateStore, stamps: Sequence[FileStamp]
) -> set[str]:
    rows = session.query(
        f"SELECT path, size_bytes, modified_ns, measured_at FROM {store.table('source_files')} "
        "WHERE source = ? AND measure = ?",
        [source.name, measure],
    )
    known = {path: (size, modified, measured_at) for path, size, modified, measured_at in rows}
    trusted = set()
    for stamp in stamps:
        entry = known.get(stamp.path)
        if entry is None or entry[:2] != (stamp.size, stamp.modified_ns):
            continue
        modified_at = datetime.fromtimestamp(stamp.modified_ns / 1e9, UTC).replace(tzinfo=None)
        if entry[2] - modified_at > _RACY:
            trusted.add(stamp.path)
    return trusted


def _cached(source: Source, paths: set[str], session: Session, store: StateStore) -> list[Measured]:
    rows = session.query(
        f"SELECT path, slice, ordinal, row_count, version FROM {store.table('source_versions')} WHERE source = ?",
        [source.name],
    )
    return [
        Measured(path, part, NULL_LINE if ordinal is None else ordinal, count, version)
        for path, part, ordinal, count, version in rows
        if path in paths
    ]


def _known_paths(source: Source, session: Session, store: StateStore | None) -> list[str]:
    if store is None:
        return []
    return [
        row[0]
        for row in session.query(f"SELECT path FROM {store.table('source_files')} WHERE source = ?", [source.name])
    ]


def _measure(
    source: Source,
    columns: Sequence[Column],
    engine: Engine,
    session: Session,
    paths: Sequence[str] | None,
    root: Path,
) -> list[Measured]:
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
    keys = [path, key, *(identifier(dimension.column, dialect) for dimension in dimensions)]
    grouped = ", ".join(str(number + 1) for number in range(len(keys)))
    rows = session.query(
        f"SELECT {', '.join(keys)}, COUNT(*), {_version_sql(source, columns, engine)} "
        f"FROM {relation} GROUP BY {grouped}"
    )
    names = {str(root / name): name for name in paths or ()}
    return [_measured(source, names[row[0]] if paths else "", row) for row in rows]


def _values(scheme: TimeScheme, relation: str, dialect: str, session: Session) -> TimeSpan | None:
    """What the partition column spans, with room for rows that come before it is measured."""
    ((first, last),) = session.query(values_sql(scheme, relation, dialect))
    return None if first is None else TimeSpan(first - _ROOM, last + _ROOM)


def _version_sql(source: Source, columns: Sequence[Column], engine: Engine) -> str:
    match source.watch.kind:
        case WatchKind.CHECKSUM:
            return engine.checksum_sql([column.name for column in columns])
        case WatchKind.AGGREGATE:
            return f"CAST({source.watch.expression} AS VARCHAR)"
        case _:
            return "COUNT(*)"


def _measured(source: Source, path: str, row: Row) -> Measured:
    _, bucket, *values, count, value = row
    scheme = source.scheme
    line = line_scheme(scheme)
    ordinal: int | None = 0
    if isinstance(line, TimeScheme):
        ordinal = ordinal_of(line, bucket)
    elif isinstance(line, RangeScheme):
        ordinal = None if bucket is None else line.ordinal(int(str(bucket)))
    along = NULL_LINE if ordinal is None else ordinal
    part = ""
    if isinstance(scheme, Grid):
        part = scheme.spell([NULL if value is None else Listed(value) for value in values])
    if source.watch.kind is WatchKind.AGGREGATE:
        return Measured(path, part, along, count, mixed(along, str(value), part))
    return Measured(path, part, along, count, int(str(value)))


def versions_of(source: Source, scheme: Scheme, measured: Sequence[Measured]) -> Versions:
    """Of each partition over all files. A count becomes a version only now, since counts add up and versions of
    counts do not.
    """
    numbers = {part: slice_number(scheme, part) or 0 for part in {entry.part for entry in measured}}
    if source.watch.kind is not WatchKind.COUNT:
        return Versions.of(
            scheme.unit, ((numbers[entry.part] * STRIDE + entry.ordinal, entry.version) for entry in measured)
        )
    counts: dict[tuple[str, int], int] = defaultdict(int)
    for entry in measured:
        counts[entry.part, entry.ordinal] += entry.row_count
    return Versions.of(
        scheme.unit,
        (
            (numbers[part] * STRIDE + ordinal, mixed(ordinal, str(count), part))
            for (part, ordinal), count in counts.items()
        ),
    )
