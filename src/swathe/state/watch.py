"""Watching sources: a data version for each of their partitions, so that late data is found and not guessed.

Files are measured again only when their name, size or modification time changed. A file is looked at before it is
measured, never after: a change that slips in between then shows next time.

A checksum is kept over each set of columns that somebody reads, each as a measure of its own: what nobody reads may
change, come and go, and a new set is measured alone.
"""

from __future__ import annotations

import glob
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from swathe.engine.adapter import Engine, Row, Session
from swathe.frozen import frozen
from swathe.model.definition import Column, Source, WatchKind
from swathe.partition.grid import NULL_LINE, Scheme, known
from swathe.plan.versions import ColumnSet, Versions
from swathe.state.column_sets import columns_from_text, columns_to_text
from swathe.state.measure import Measured, measure, versions_of
from swathe.state.store import StateStore, insert_rows

_RACY = timedelta(seconds=2)
"""A file modified this shortly before it was measured may have changed again within its clock's resolution."""

_FILES_PER_QUERY = 1000


@frozen
class FileStamp:
    """What is known of a file without reading it. `modified_ns` is nanoseconds since 1970."""

    path: str
    size: int
    modified_ns: int


@frozen
class Observation:
    """A source, measured. `scheme` is its cut with the slices that were found; `measures` say for each set of columns
    what exactly was asked.

    `fresh` and `looked_at` are what the cache does not hold yet; `gone` are files that are no longer there.
    """

    source: Source
    scheme: Scheme
    versions: Versions
    measures: Mapping[ColumnSet | None, str]
    fresh: tuple[Measured, ...] = ()
    looked_at: Mapping[ColumnSet | None, tuple[FileStamp, ...]] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    measured_at: datetime | None = None

    @property
    def stamps(self) -> tuple[FileStamp, ...]:
        """The files that were measured, each once."""
        return tuple(dict.fromkeys(stamp for stamps in self.looked_at.values() for stamp in stamps))


def observe(
    source: Source,
    columns: Sequence[Column],
    engine: Engine,
    session: Session,
    store: StateStore | None,
    root: Path,
    wanted: Iterable[ColumnSet | None] = (None,),
) -> Observation | None:
    """The versions of a source now; None when it is not watched. `store` None has no cache. Reads, never writes.

    Checksums are over each `wanted` set of columns that the source has.
    """
    if source.watch.kind is WatchKind.NONE:
        return None
    measures = _measures(source, columns, wanted)
    measured_at = datetime.now(UTC).replace(tzinfo=None)
    if source.location is None or "://" in source.location:
        fresh = measure(source, columns, engine, session, None, root, list(measures))
        return _observation(source, fresh, measures, tuple(fresh), measured_at=measured_at)
    stamps = _stamps(source.location, root)
    trusted = _trusted(source, measures, session, store, stamps) if store else {}
    cached = _cached(source, trusted, session, store) if store and any(trusted.values()) else []
    looked_at: dict[ColumnSet | None, tuple[FileStamp, ...]] = {}
    together: dict[tuple[FileStamp, ...], list[ColumnSet | None]] = defaultdict(list)
    for asked in measures:
        changed = tuple(stamp for stamp in stamps if stamp.path not in trusted.get(asked, ()))
        looked_at[asked] = changed
        together[changed].append(asked)
    fresh = []
    for changed, sets in together.items():
        for start in range(0, len(changed), _FILES_PER_QUERY):
            paths = [stamp.path for stamp in changed[start : start + _FILES_PER_QUERY]]
            fresh += measure(source, columns, engine, session, paths, root, sets)
    present = {stamp.path for stamp in stamps}
    gone = tuple(path for path in _known_paths(source, session, store) if path not in present)
    return _observation(source, [*cached, *fresh], measures, tuple(fresh), looked_at, gone, measured_at)


def _measures(
    source: Source, columns: Sequence[Column], wanted: Iterable[ColumnSet | None]
) -> dict[ColumnSet | None, str]:
    """What is asked of a source, by set of columns: in words that differ where the answer may."""
    head = f"{source.watch.kind}|{source.watch.expression or ''}|{source.scheme.unit}|"
    types = {column.name.lower(): f"{column.name} {column.type}" for column in columns}
    if source.watch.kind is not WatchKind.CHECKSUM:
        return {None: head + ",".join(sorted(types.values()))}
    cut = ",".join(types.get(name.lower(), "") for name in source.partition_by.names) if source.partition_by else ""
    found: dict[ColumnSet | None, str] = {}
    for asked in dict.fromkeys(wanted):
        named = types.keys() if asked is None else asked
        if named <= types.keys():
            found[asked] = f"{head}{','.join(sorted(types[name] for name in named))}|{cut}"
    return found


def _observation(
    source: Source,
    measured: Sequence[Measured],
    measures: Mapping[ColumnSet | None, str],
    fresh: tuple[Measured, ...],
    looked_at: Mapping[ColumnSet | None, tuple[FileStamp, ...]] | None = None,
    gone: tuple[str, ...] = (),
    measured_at: datetime | None = None,
) -> Observation:
    scheme = known(source.scheme, {entry.part for entry in measured if entry.part})
    versions = versions_of(source, scheme, measured, measures)
    return Observation(source, scheme, versions, measures, fresh, looked_at or {}, gone, measured_at)


def remember(observation: Observation, session: Session, store: StateStore) -> None:
    """Store what was measured, and forget what nobody asks for any more. Call inside a transaction. Writes state, where
    anything is new.
    """
    name = observation.source.name
    rows = [
        (
            name, entry.path, columns_to_text(entry.columns), entry.part,
            None if entry.ordinal == NULL_LINE else entry.ordinal, entry.row_count, entry.version,
        )
        for entry in observation.fresh
    ]  # fmt: skip
    of_files = observation.stamps or observation.gone
    if not of_files and Counter(rows) == _stored_rows(observation.source, session, store):
        return
    asked = [columns_to_text(columns) for columns in observation.measures]
    stale = [(columns, stamp.path) for columns, stamps in observation.looked_at.items() for stamp in stamps]
    if observation.source.location is None or not observation.stamps:
        stale += [(columns, "") for columns in observation.measures if observation.fresh]
    for table in ("source_files", "source_versions"):
        target = store.table(table)
        session.execute(
            f"DELETE FROM {target} WHERE source = ? AND (path IN (SELECT UNNEST(CAST(? AS VARCHAR[]))) "
            "OR COALESCE(columns, '') NOT IN (SELECT UNNEST(CAST(? AS VARCHAR[]))))",
            [name, list(observation.gone), [text or "" for text in asked]],
        )
        by_set: dict[str | None, list[str]] = defaultdict(list)
        for columns, path in stale:
            by_set[columns_to_text(columns)].append(path)
        for text, paths in by_set.items():
            session.execute(
                f"DELETE FROM {target} WHERE source = ? AND columns IS NOT DISTINCT FROM ? "
                "AND path IN (SELECT UNNEST(CAST(? AS VARCHAR[])))",
                [name, text, paths],
            )
    insert_rows(
        session,
        store.table("source_files"),
        "source_files",
        [
            (
                name, stamp.path, stamp.size, stamp.modified_ns, observation.measured_at, columns_to_text(columns),
                observation.measures[columns],
            )
            for columns, stamps in observation.looked_at.items()
            for stamp in stamps
        ],
    )  # fmt: skip
    insert_rows(session, store.table("source_versions"), "source_versions", rows)


def _stored_rows(source: Source, session: Session, store: StateStore) -> Counter[Row]:
    """Each with how often it is there: what is counted apart, as NULL and infinity are, may be alike here."""
    return Counter(
        session.query(
            "SELECT source, path, columns, slice, ordinal, row_count, version "
            f"FROM {store.table('source_versions')} WHERE source = ?",
            [source.name],
        )
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
    source: Source,
    measures: Mapping[ColumnSet | None, str],
    session: Session,
    store: StateStore,
    stamps: Sequence[FileStamp],
) -> dict[ColumnSet | None, set[str]]:
    """The files that need not be measured again, by set of columns."""
    rows = session.query(
        f"SELECT path, columns, measure, size_bytes, modified_ns, measured_at FROM {store.table('source_files')} "
        "WHERE source = ?",
        [source.name],
    )
    found: dict[ColumnSet | None, set[str]] = defaultdict(set)
    present = {stamp.path: stamp for stamp in stamps}
    for path, text, told, size, modified, measured_at in rows:
        stamp, columns = present.get(path), columns_from_text(text)
        if stamp is None or measures.get(columns) != told or (size, modified) != (stamp.size, stamp.modified_ns):
            continue
        modified_at = datetime.fromtimestamp(stamp.modified_ns / 1e9, UTC).replace(tzinfo=None)
        if measured_at - modified_at > _RACY:
            found[columns].add(path)
    return found


def _cached(
    source: Source, trusted: Mapping[ColumnSet | None, set[str]], session: Session, store: StateStore
) -> list[Measured]:
    return [entry for entry in stored_measures(source, session, store) if entry.path in trusted.get(entry.columns, ())]


def stored_measures(source: Source, session: Session, store: StateStore) -> list[Measured]:
    """What was measured last, over each set of columns."""
    rows = session.query(
        f"SELECT path, slice, ordinal, row_count, version, columns FROM {store.table('source_versions')} "
        "WHERE source = ?",
        [source.name],
    )
    return [
        Measured(path, part, NULL_LINE if ordinal is None else ordinal, count, version, columns_from_text(text))
        for path, part, ordinal, count, version, text in rows
    ]


def _known_paths(source: Source, session: Session, store: StateStore | None) -> list[str]:
    if store is None:
        return []
    known = f"SELECT DISTINCT path FROM {store.table('source_files')} WHERE source = ?"
    return [row[0] for row in session.query(known, [source.name])]
