"""Adopting and wiping: a model's partitions get or lose their records without being built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter

from swathe.engine.adapter import Engine, Session
from swathe.errors import PlanError
from swathe.frozen import frozen
from swathe.model.definition import InputName
from swathe.partition.interval import IntervalSet
from swathe.partition.rectangle import named, overwritten, rectangles
from swathe.plan.columns import misfits
from swathe.plan.history import WIPE
from swathe.plan.spec import ModelSpec
from swathe.plan.versions import ColumnSet, Versions
from swathe.run.lists import spoil_rest
from swathe.run.prepare import StrayRowsError, Target
from swathe.run.step import Batch, Clock, attempt_of, record
from swathe.run.tables import Held, Tables, counted, input_versions, measure
from swathe.sql.statements import ModelSql
from swathe.state.claims import claimed
from swathe.state.store import StateStore

ADOPT = "adopt"


@frozen
class RecordChanger:
    """Changes the records of one model at a time, each model in a transaction of its own, as part of one run."""

    run_id: str
    tables: Tables
    session: Session
    store: StateStore
    clock: Clock

    def adopt(
        self,
        target: Target,
        spec: ModelSpec,
        partitions: IntervalSet,
        sources: Mapping[InputName, Versions],
        also: Callable[[], None],
        *,
        empty: bool,
    ) -> tuple[IntervalSet, int]:
        """Record partitions that have no record as built by the present logic from the present inputs.

        Those without rows only where `empty`. `sources` were observed before; `also` happens in the same transaction.
        Gives the adopted partitions and their rows. Raises StrayRowsError.
        """
        wanted = [named(part, spec.scheme) for part in rectangles(partitions)]
        with claimed(self.session, self.store, self.run_id, spec.name, spec.scheme.unit, wanted):
            started_at, start = self.clock(), perf_counter()
            self.store.tables.lock(spec.name)
            self.store.tables.set(spec.name, target.sql.relation, spec.scheme.unit, started_at)
            built = self.store.records({spec.name: spec.scheme})[spec.name].built
            # Read before the rows are: a change that slips in between then shows as stale next time.
            versions = input_versions(spec, self.tables, self.session, self.store, sources)
            held = held_by(target.sql, self.session, self.tables.engine)
            chosen = (partitions if empty else partitions & held.partitions) - built
            versions |= _own_version(spec, held, chosen, versions)
            for part in rectangles(chosen):
                batch = Batch(spec, target.sql_at(part.first), part, ADOPT, self.run_id)
                self.store.delete_records(spec.name, batch.replaced)
                record(batch, self.store, held, versions, 0.0, self.clock())
                rows = held.rows(part.partitions())
                seconds = perf_counter() - start
                self.store.write_attempt(attempt_of(batch, "succeeded", started_at, seconds, row_count=rows))
            also()
        return chosen, held.rows(chosen)

    def wipe(self, target: Target, spec: ModelSpec, partitions: IntervalSet) -> None:
        """Delete the rows and the records of partitions. Raises FrozenError."""
        parts = rectangles(partitions)
        wanted = [overwritten(part, spec.scheme) for part in parts]
        with claimed(self.session, self.store, self.run_id, spec.name, spec.scheme.unit, wanted):
            relation = target.sql.relation
            ours = self.store.tables.all().get(spec.name) == relation
            there = ours and self.tables.engine.relation_kind(self.session, relation) == "TABLE"
            for part in parts:
                started_at, start = self.clock(), perf_counter()
                sql = target.sql_at(part.first)
                batch = Batch(spec, sql, part, WIPE, self.run_id)
                self.store.refuse_frozen(spec.name, batch.replaced)
                if there:
                    self.session.execute(sql.delete(part))
                self.store.delete_records(spec.name, batch.replaced)
                spoil_rest(spec, part, self.store, self.clock())
                seconds = perf_counter() - start
                self.store.write_attempt(attempt_of(batch, "succeeded", started_at, seconds, row_count=0))


def refuse_other_table(target: Target, engine: Engine, session: Session) -> bool:
    """Whether the model has a table in the warehouse. Raises PlanError for one that can't be the model's."""
    relation = target.sql.relation
    name = f"`{relation.schema}.{relation.name}`"
    columns = engine.table_columns(session, relation)
    if columns is None:
        return False
    if engine.relation_kind(session, relation) == "VIEW":
        raise PlanError(f"{name} is a view, and only a table can be adopted", hint="make it a table first, or drop it")
    if found := misfits(columns, target.sql.logic.columns):
        raise PlanError(
            f"the table {name} does not hold what `{target.name}` gives: {'; '.join(found)}",
            hint="change the table or the query until they agree, or drop the table and backfill it",
        )
    return True


def count_held(sql: ModelSql, session: Session) -> Held:
    """The row counts of the whole table's partitions. Raises StrayRowsError."""
    _refuse_strays(sql, session)
    return counted(sql, session)


def held_by(sql: ModelSql, session: Session, engine: Engine) -> Held:
    """The same with data versions."""
    _refuse_strays(sql, session)
    return measure(sql, None, engine, session)


def _refuse_strays(sql: ModelSql, session: Session) -> None:
    """Raises StrayRowsError where rows of the table have no partition."""
    region = sql.region
    question = region.strays(sql.table, None) if region else None
    if question is None or region is None:
        return
    counts = session.query(question)[0]
    for number, name in enumerate(region.partition_by.names):
        for count, what in zip(counts[2 * number :], ("NULL", "outside the list of values"), strict=False):
            if count:
                rows = "1 row" if count == 1 else f"{count:,} rows"
                table = f"`{sql.relation.schema}.{sql.relation.name}`"
                raise StrayRowsError(
                    f"{rows} of {table} with `{name}` {what} belong to no partition",
                    hint="delete them, or give them a value",
                )


def _own_version(
    spec: ModelSpec, held: Held, chosen: IntervalSet, versions: Mapping[InputName, Versions]
) -> dict[InputName, Versions]:
    """What a table that reads itself will be once these partitions have their records."""
    name = InputName(spec.name)
    if name not in versions:
        return {}
    before = versions[name]
    found: dict[ColumnSet | None, list[tuple[int, int]]] = {}
    for columns in held.over:
        known = before.over(columns)
        if known is not None:
            recorded = [(ordinal, known.total(IntervalSet.span(ordinal, ordinal + 1))) for ordinal in known.ordinals]
            found[columns] = [*recorded, *held.versions(columns, chosen.ordinals()).items()]
    return {name: Versions.by_columns(before.unit, found)}
