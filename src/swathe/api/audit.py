"""`audit`: audits over the rows that are stored. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from swathe.api.cuts import cuts_of, find_partitions
from swathe.api.keys import requested_partitions
from swathe.api.plan import Choice, present_records
from swathe.api.specs import model_specs, model_targets
from swathe.api.workspace import ProjectOptions, Workspace, load, open_warehouse
from swathe.engine.adapter import Session
from swathe.errors import Location, ModelError, SelectionError, StatementError
from swathe.frozen import frozen
from swathe.model.definition import ModelName
from swathe.partition.interval import IntervalSet
from swathe.partition.rectangle import rectangles
from swathe.plan.record import ModelRecords
from swathe.plan.spec import ModelSpec
from swathe.run.audits import AuditResult, joined, run_audits
from swathe.run.prepare import Target


@frozen
class ModelAudited:
    """What the audits of a model found in its stored `partitions`; nothing where none is built."""

    spec: ModelSpec
    partitions: IntervalSet
    results: tuple[AuditResult, ...]


@frozen
class Audited:
    """What was found in all selected models that have audits, in graph order."""

    workspace: Workspace
    models: tuple[ModelAudited, ...]

    def count(self, status: str) -> int:
        return sum(result.status == status for model in self.models for result in model.results)


def audit(options: ProjectOptions, choice: Choice) -> Audited:
    """Audit the partitions of a choice that are built. Raises SelectionError where no selected model has an audit."""
    workspace = load(options)
    selected = workspace.select(choice.select, choice.exclude)
    models = workspace.project.models
    if not any(models[name].audits for name in selected):
        raise SelectionError(
            "no selected model has an audit", hint="declare some: see docs/audits.md" if selected else None
        )
    with open_warehouse(workspace, read_only=True) as warehouse:
        workspace, waiting = find_partitions(workspace, warehouse)
        cuts = cuts_of(workspace, warehouse, (), waiting)
        specs = [
            spec for spec in model_specs(workspace, (), cuts) if spec.name in selected and models[spec.name].audits
        ]
        wanted = requested_partitions(choice.keys, specs)
        records = present_records(workspace, warehouse, cuts)
        targets = model_targets(workspace, warehouse.engine, records, cuts)
        found = []
        for spec in specs:
            stored = _stored(spec, records)
            asked = stored if wanted is None else stored & wanted[spec.name]
            with warehouse.session.snapshot():
                results = joined(_results(targets[spec.name], asked, warehouse.session, models[spec.name].path))
            found.append(ModelAudited(spec, asked, tuple(results)))
    return Audited(workspace, tuple(found))


def _stored(spec: ModelSpec, records: dict[ModelName, ModelRecords]) -> IntervalSet:
    facts = records.get(spec.name)
    return IntervalSet() if facts is None else facts.built


def _results(target: Target, partitions: IntervalSet, session: Session, path: str) -> Iterator[AuditResult]:
    """Raises ModelError where the table is not as the audits take it to be."""
    try:
        for part in rectangles(partitions):
            yield from run_audits(target.sql, part, session)
    except StatementError as error:
        raise ModelError(
            f"in the table of `{target.name}` {error.message.splitlines()[0]}", at=Location(path),
            hint=f"if the model has changed, or its audits read what is not built: `swathe backfill +{target.name}`",
        ) from None  # fmt: skip
