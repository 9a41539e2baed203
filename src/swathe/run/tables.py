"""What models' tables hold now, over the columns that somebody reads: as the state knows it, else measured.

Invariant: a version over some columns is that of the rows that the record is about. So it is measured in the snapshot
that the records are read in, and stored only by whoever holds the partitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import field, replace

from swathe.engine.adapter import Engine, Row, Session
from swathe.frozen import frozen
from swathe.model.definition import InputName, ModelName
from swathe.partition.grid import NULL_LINE, Scheme, by_slice
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.rectangle import Rectangle, named, rectangles
from swathe.plan.record import ModelRecords
from swathe.plan.spec import ModelSpec
from swathe.plan.versions import MODULUS, ColumnSet, Versions
from swathe.sql.leaves import lines_of
from swathe.sql.statements import ModelSql
from swathe.state.claims import HeldError, claimed
from swathe.state.store import StateStore

_ByPartition = Mapping[int, int]


@frozen
class Held:
    """The partitions of a table that hold rows: row count, then the version over each of `over`; None is whole rows."""

    over: tuple[ColumnSet | None, ...] = ()
    measured: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    @property
    def partitions(self) -> IntervalSet:
        return IntervalSet.from_ordinals(self.measured)

    def rows(self, partitions: IntervalSet | None = None) -> int:
        """In some partitions; None is all."""
        return sum(found[0] for ordinal, found in self.measured.items() if partitions is None or ordinal in partitions)

    def version(self, ordinal: int) -> int:
        """Over whole rows."""
        return self.measured[ordinal][1 + self.over.index(None)] if ordinal in self.measured else 0

    def versions(self, columns: ColumnSet | None, ordinals: Iterable[int]) -> dict[int, int]:
        """Over some columns, of those of some partitions that hold rows."""
        at = 1 + self.over.index(columns)
        return {ordinal: self.measured[ordinal][at] for ordinal in ordinals if ordinal in self.measured}

    def sets(self, ordinals: Sequence[int]) -> dict[ColumnSet, dict[int, int]]:
        """Over each set of columns, of those of some partitions that hold rows."""
        return {columns: self.versions(columns, ordinals) for columns in self.over if columns is not None}


def measure(sql: ModelSql, partitions: Rectangle | None, engine: Engine, session: Session) -> Held:
    """Measure a rectangle of a table, None all of it, over whole rows and over all sets that somebody reads."""
    return _measure(sql, partitions, (None, *sql.read), engine, session)


def counted(sql: ModelSql, session: Session) -> Held:
    """The row counts of all of a table."""
    return Held((), _by_partition(sql, session.query(sql.measure(None, ())), 0))


def _measure(
    sql: ModelSql, partitions: Rectangle | None, wanted: Sequence[ColumnSet | None], engine: Engine, session: Session
) -> Held:
    over = {columns: spelled for columns in wanted if (spelled := sql.spelled(columns)) is not None}
    checksums = [engine.checksum_sql(spelled) for spelled in over.values()]
    return Held(tuple(over), _by_partition(sql, session.query(sql.measure(partitions, checksums)), len(over)))


def _by_partition(sql: ModelSql, rows: Iterable[Row], versions: int) -> dict[int, tuple[int, ...]]:
    """Row count and versions, by partition. Rows that have none are left out."""
    region = sql.region
    found: dict[int, tuple[int, ...]] = {}
    for row in rows:
        width = len(row) - 1 - versions
        ordinal = 0 if region is None else region.ordinal_of(row[:width])
        if ordinal is None or not row[width]:
            continue
        counted: tuple[int, ...] = row[width:]
        if (before := found.get(ordinal)) is not None:
            sums = (one + other for one, other in zip(before, counted, strict=True))
            counted = (next(sums), *(total % MODULUS for total in sums))
        found[ordinal] = counted
    return found


@frozen
class Tables:
    """The models' tables. They are asked only for what the state does not hold."""

    engine: Engine
    statements: Mapping[ModelName, ModelSql]

    def versions(
        self,
        name: ModelName,
        scheme: Scheme,
        wanted: Iterable[ColumnSet | None],
        session: Session,
        store: StateStore,
        *,
        among: Interval | None = None,
    ) -> Versions:
        """Over whole rows, and over each wanted set that can be measured. `among` is a run along the line of which at
        least they are wanted. Call inside a transaction.
        """
        wanted = tuple(wanted)
        sql = self.statements.get(name)
        if sql is None or any(sql.spelled(columns) is None for columns in wanted):
            among = None  # a set that can't be measured is not known of any partition, unless it is of all
        whole = store.versions(name, scheme, among)
        sets = self._sets(name, scheme, whole.keys(), wanted, session, store, among)
        return Versions.by_columns(
            scheme.unit, {None: whole.items()} | {key: each.items() for key, each in sets.items()}
        )

    def with_sets(
        self,
        name: ModelName,
        scheme: Scheme,
        known: ModelRecords,
        wanted: Iterable[ColumnSet | None],
        session: Session,
        store: StateStore,
    ) -> ModelRecords:
        """The records of a model with the versions over each wanted set that can be measured. Call inside the
        transaction that they were read in.
        """
        holding = {record.ordinal for record in known.records.values() if record.row_count}
        sets = self._sets(name, scheme, holding, wanted, session, store)
        return replace(known, sets={key: Versions.of(known.unit, each.items()) for key, each in sets.items()})

    def complete(
        self,
        name: ModelName,
        scheme: Scheme,
        wanted: Iterable[ColumnSet | None],
        but: IntervalSet,
        run_id: str,
        session: Session,
        store: StateStore,
    ) -> None:
        """Measure and store what is not known yet over these sets of columns, `but` that of some partitions. What
        another process holds is left as it is. Writes state.
        """
        lacking = self._lacking(name, scheme, wanted, but, store)
        if not lacking:
            return
        missing = IntervalSet.from_ordinals({ordinal for each in lacking.values() for ordinal in each})
        parts = [named(part, scheme) for part in rectangles(missing)]
        with suppress(HeldError), claimed(session, store, run_id, name, scheme.unit, parts):
            lacking = self._lacking(name, scheme, wanted, but, store)
            store.column_versions.add(name, scheme, self._measured(name, scheme, lacking, session))

    def _lacking(
        self,
        name: ModelName,
        scheme: Scheme,
        wanted: Iterable[ColumnSet | None],
        but: IntervalSet,
        store: StateStore,
    ) -> dict[ColumnSet, Set[int]]:
        holding = {ordinal for ordinal in store.versions(name, scheme) if ordinal not in but}
        known = store.column_versions.over(name, scheme, [columns for columns in wanted if columns is not None])
        found = {columns: holding - stored.keys() for columns, stored in known.items()}
        return {columns: missing for columns, missing in found.items() if missing}

    def _sets(
        self,
        name: ModelName,
        scheme: Scheme,
        holding: Set[int],
        wanted: Iterable[ColumnSet | None],
        session: Session,
        store: StateStore,
        among: Interval | None = None,
    ) -> dict[ColumnSet, _ByPartition]:
        """By partition that holds rows, without the sets that can't be measured."""
        sets = [columns for columns in dict.fromkeys(wanted) if columns is not None]
        known = store.column_versions.over(name, scheme, sets, among)
        return self.completed(name, scheme, holding, known, session)

    def completed(
        self,
        name: ModelName,
        scheme: Scheme,
        holding: Set[int],
        known: Mapping[ColumnSet, _ByPartition],
        session: Session,
    ) -> dict[ColumnSet, _ByPartition]:
        """What is stored of the partitions that hold rows, over some sets of columns, and what it lacks, measured.
        Without the sets that can't be measured.
        """
        found: dict[ColumnSet, _ByPartition] = {}
        lacking: dict[ColumnSet, Set[int]] = {}
        for columns, stored in known.items():
            found[columns] = stored
            if stored.keys() != holding:
                found[columns] = {ordinal: version for ordinal, version in stored.items() if ordinal in holding}
                if missing := holding - stored.keys():
                    lacking[columns] = missing
        measured = self._measured(name, scheme, lacking, session) if lacking else {}
        complete = {columns: each for columns, each in found.items() if columns not in lacking}
        return complete | {columns: {**found[columns], **each} for columns, each in measured.items()}

    def _measured(
        self, name: ModelName, scheme: Scheme, lacking: Mapping[ColumnSet, Set[int]], session: Session
    ) -> dict[ColumnSet, _ByPartition]:
        """From the table, all in one question."""
        sql = self.statements.get(name)
        if sql is None or sql.scheme.unit != scheme.unit:
            return {}
        there = {column.name.lower() for column in self.engine.table_columns(session, sql.relation) or ()}
        able = [columns for columns in lacking if columns <= there and sql.spelled(columns) is not None]
        if not able:
            return {}
        missing = IntervalSet.from_ordinals({ordinal for columns in able for ordinal in lacking[columns]})
        held = _measure(sql, _around(missing), able, self.engine, session)
        # A partition that has lost its rows behind our back holds none.
        return {
            columns: dict.fromkeys(lacking[columns], 0) | held.versions(columns, lacking[columns]) for columns in able
        }


def _around(partitions: IntervalSet) -> Rectangle | None:
    """The least rectangle that has all of some partitions in it; None for the whole table."""
    found = by_slice(partitions)
    hull = lines_of(partitions).hull()
    if hull is None or hull.start == NULL_LINE:
        return None
    return Rectangle(hull, tuple(sorted(found)))


def input_versions(
    spec: ModelSpec,
    tables: Tables,
    session: Session,
    store: StateStore,
    sources: Mapping[InputName, Versions],
    *,
    partitions: IntervalSet | None = None,
    recorded: bool = False,
) -> dict[InputName, Versions]:
    """What a model's inputs are now, of those that are watched, over the columns that it reads: at least what some of
    its `partitions` read. To be asked before any row is read, in the transaction that reads them. `recorded`: also over
    the columns that its records are about.
    """
    also = store.column_versions.recorded([spec.name]) if recorded else {}
    found: dict[InputName, Versions] = {}
    for needed in spec.inputs:
        if not needed.is_model:
            if needed.name in sources:
                found[needed.name] = sources[needed.name]
            continue
        wanted = (*needed.all_columns, *also.get(needed.name, ()))
        read = None if partitions is None else needed.mapping.reads(partitions)
        among = None if read is None else lines_of(read).hull()
        name, scheme = ModelName(needed.name), needed.mapping.input
        found[needed.name] = tables.versions(name, scheme, wanted, session, store, among=among)
    return found
