"""`diff`: what a rebuild of some partitions would change, from the query as it stands. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from swathe.api.cuts import cuts_of, find_partitions
from swathe.api.keys import covered_partitions, newest_partition
from swathe.api.matching import compare, named_key
from swathe.api.plan import present_records
from swathe.api.specs import model_specs, model_targets
from swathe.api.workspace import ProjectOptions, Warehouse, Workspace, load, open_warehouse
from swathe.engine.adapter import Session
from swathe.errors import Location, ModelError, PlanError, SelectionError, StatementError, did_you_mean
from swathe.frozen import frozen
from swathe.model.definition import Column, InputName, Materialized, ModelName
from swathe.partition.interval import IntervalSet
from swathe.partition.rectangle import Rectangle, rectangles
from swathe.partition.scheme import WHOLE_KEY
from swathe.plan.record import ModelRecords
from swathe.plan.spec import ModelSpec, logic_of
from swathe.project.analysis import CompiledModel
from swathe.run.prepare import Target
from swathe.sql.diff import Comparison, TwoSides
from swathe.sql.diff_columns import ColumnMatch, match_columns

_MOST_QUERIES = 400


@frozen
class BuiltBy:
    """Partitions that one logic built, the last of them at `built_at`, in UTC. `same`: it is the present one."""

    fingerprint: str
    same: bool
    partitions: int
    built_at: datetime


@frozen
class Difference:
    """Stored rows against those of the present query.

    `fingerprints` are the present logic's, more than one only where the template branches on its partition. `key` are
    the columns by which rows were matched; None where nothing tells them apart, or one side has none. `has_table` is
    False where nothing is stored because there is no table. `stays` says why a backfill leaves all of the partitions as
    they are; None where it does not.
    """

    spec: ModelSpec
    partitions: IntervalSet
    fingerprints: tuple[str, ...]
    built: tuple[BuiltBy, ...]
    columns: ColumnMatch
    key: tuple[str, ...] | None
    rows: Comparison
    has_table: bool
    stays: Literal["not due", "frozen"] | None
    reads_itself: bool

    @property
    def logic_differs(self) -> bool | None:
        """None where no record says what built the stored rows."""
        return any(not entry.same for entry in self.built) if self.built else None


def diff(options: ProjectOptions, name: str, partition: str | None, key: str | None, limit: int) -> Difference:
    """Compare a model's query with its table in the partitions that `partition` covers; None is the newest that is due.

    `key` names columns, with commas between them, by which rows are matched; None finds some. Shows `limit` rows of
    each kind. Raises SelectionError, ModelError for a query that can't be run, PlanError for a table that can't be
    compared with it.
    """
    workspace = load(options)
    models = workspace.project.models
    if ModelName(name) not in models:
        hint = did_you_mean(name, models, otherwise="`swathe status` lists the models")
        raise SelectionError(f"there is no model `{name}`", hint=hint)
    model = models[ModelName(name)]
    if model.config.materialized is Materialized.VIEW:
        hint = f"`swathe preview {name}` shows the rows that its query gives"
        raise SelectionError(f"`{name}` is a view, which stores no rows to compare with", hint=hint)
    with open_warehouse(workspace, read_only=True) as warehouse:
        workspace, _ = find_partitions(workspace, warehouse)
        cuts = cuts_of(workspace, warehouse)
        stored_logic = warehouse.store.logic() if warehouse.store else []
        spec = next(spec for spec in model_specs(workspace, stored_logic, cuts) if spec.name == model.name)
        facts = present_records(workspace, warehouse, cuts).get(model.name) or ModelRecords(spec.scheme.unit)
        partitions = _asked(partition, spec, facts)
        target = model_targets(workspace, warehouse.engine, {}, cuts)[model.name]
        pieces = _pieces(model, spec, partitions)
        table = _table(workspace, warehouse, model)
        sides, columns = _sides(target, pieces, partitions, table, workspace.dialect)
        _check_query(warehouse.session, sides, model)
        used, rows = compare(warehouse.session, sides, named_key(key, columns), _cut_by(model, columns), limit)
    return Difference(
        spec=spec,
        partitions=partitions,
        fingerprints=tuple(dict.fromkeys(logic_of(spec.fingerprint_at(piece.first)) for piece in pieces)),
        built=_built(spec, facts, partitions),
        columns=columns,
        key=None if used is None else tuple(columns.shared[index].name for index in used),
        rows=rows,
        has_table=table is not None,
        stays=_stays(spec, facts, partitions),
        reads_itself=InputName(model.name) in model.reads,
    )


def _asked(key: str | None, spec: ModelSpec, facts: ModelRecords) -> IntervalSet:
    """Those that are due; where none is, all that the key names. Raises SelectionError."""
    if key is None:
        return newest_partition(spec).partitions()
    known = replace(spec, due=spec.due | facts.built)
    covered = spec.due if key == WHOLE_KEY else covered_partitions(key, known)
    if not covered:
        raise SelectionError(
            f"`{key}` covers no partition of `{spec.name}`", hint="`swathe status` shows which ones there are"
        )
    return covered & spec.due or covered


def _stays(spec: ModelSpec, facts: ModelRecords, partitions: IntervalSet) -> Literal["not due", "frozen"] | None:
    due = partitions & spec.due
    if not due:
        return "not due"
    return None if due - (facts.built & (facts.frozen | spec.frozen)) else "frozen"


def _pieces(model: CompiledModel, spec: ModelSpec, partitions: IntervalSet) -> list[Rectangle]:
    """What one query can ask for. Raises SelectionError for too many of them."""
    limit = None
    if model.uses_partition or len(model.variants) > 1 or InputName(model.name) in model.reads:
        limit = spec.batch_limit
    if limit is not None and partitions.count > limit * _MOST_QUERIES:
        raise SelectionError(
            f"{partitions.count:,} partitions of `{spec.name}` can't be compared at once, "
            "since its query is another one for each",
            hint=f"name fewer with `--partition`, {limit * _MOST_QUERIES:,} at the most",
        )
    return [piece for part in rectangles(partitions) for piece in _halved(part, limit)]


def _halved(part: Rectangle, limit: int | None) -> Iterator[Rectangle]:
    if limit is None or len(part) <= limit:
        yield part
        return
    for half in part.halves():
        yield from _halved(half, limit)


def _table(workspace: Workspace, warehouse: Warehouse, model: CompiledModel) -> tuple[Column, ...] | None:
    """The columns of the model's table; None where there is none. Raises PlanError for one that can't be compared."""
    if warehouse.engine.relation_kind(warehouse.session, model.relation) != "TABLE":
        return None
    found = warehouse.engine.table_columns(warehouse.session, model.relation) or ()
    held = {column.name.lower() for column in found}
    by = model.config.partition_by
    missing = [name for name in (by.names if by else ()) if name.lower() not in held]
    where = workspace.project.definition.models[model.name].where
    if missing:
        raise PlanError(
            f"the table of `{model.name}` has no column `{missing[0]}`, so nothing tells which of its rows lie in a "
            "partition",
            at=where("partition_by"),
            hint=f"`swathe preview {model.name}` shows the rows that its query gives",
        )
    if not held & {column.name.lower() for column in model.columns}:
        raise PlanError(
            f"the table of `{model.name}` has no column of its query",
            at=where("materialized"),
            hint=f"`swathe preview {model.name}` shows the rows that its query gives",
        )
    return found


def _sides(
    target: Target,
    pieces: Sequence[Rectangle],
    partitions: IntervalSet,
    table: tuple[Column, ...] | None,
    dialect: str,
) -> tuple[TwoSides, ColumnMatch]:
    now = _all_of([target.sql_at(piece.first).slice(piece) for piece in pieces])
    stored = f"SELECT * FROM (\n{now}\n) AS q\nWHERE FALSE"
    if table is not None:
        stored = _all_of([target.sql.stored(part) for part in rectangles(partitions)])
    query = target.sql.logic.columns
    columns = match_columns(query if table is None else table, query)
    return TwoSides(stored, now, columns.shared, dialect), columns


def _all_of(selects: Sequence[str]) -> str:
    return "\nUNION ALL\n".join(selects)


def _check_query(session: Session, sides: TwoSides, model: CompiledModel) -> None:
    """Raises ModelError where the query can't be run as it stands."""
    try:
        session.query(f"SELECT 1 FROM (\n{sides.now}\n) AS q LIMIT 0")
    except StatementError as error:
        raise ModelError(
            f"the query of `{model.name}` can't be run: {error.message.splitlines()[0]}",
            at=Location(model.path),
            hint=f"if it reads tables that do not exist yet: `swathe backfill +{model.name}`",
        ) from None


def _cut_by(model: CompiledModel, columns: ColumnMatch) -> list[int]:
    by = model.config.partition_by
    names = [column.name.lower() for column in columns.shared]
    return [names.index(name.lower()) for name in (by.names if by else ())]


def _built(spec: ModelSpec, facts: ModelRecords, partitions: IntervalSet) -> tuple[BuiltBy, ...]:
    """What built the partitions, the most frequent first."""
    found: dict[tuple[str, bool], list[datetime]] = {}
    for ordinal in (partitions & facts.built).ordinals():
        record = facts.records[ordinal]
        same = spec.is_of_logic(ordinal, record.fingerprint)
        found.setdefault((logic_of(record.fingerprint), same), []).append(record.built_at)
    listed = [BuiltBy(logic, same, len(times), max(times)) for (logic, same), times in found.items()]
    return tuple(sorted(listed, key=lambda entry: (-entry.partitions, entry.fingerprint)))
