"""`lineage`: which slices and columns of what a model reads it is made from, and who reads it. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from swathe.api.compile import CompiledInput, compiled_input, offline_cuts
from swathe.api.specs import model_specs
from swathe.api.workspace import ProjectOptions, Workspace, load
from swathe.errors import Location, SelectionError, did_you_mean
from swathe.frozen import frozen
from swathe.model.definition import InputName, InputRef, Materialized, ModelName
from swathe.plan.spec import ModelSpec
from swathe.project.analysis import CompiledModel
from swathe.sql.lineage import Lineage, trace
from swathe.sql.lineage_reach import InputColumn
from swathe.sql.logic import InputWindow, Logic
from swathe.sql.parse import ParsedQuery, expand, parse_query


@frozen
class Reading:
    """A model that reads something, and the slice of it that decides one of its partitions."""

    reader: CompiledModel
    needed: CompiledInput


@frozen
class Step:
    """A column of `reading.reader` is made from a column of what it reads.

    `column` None: the rows of the reader are decided by it. `source.column` None: it may be any of them.
    """

    reading: Reading
    column: str | None
    source: InputColumn


@frozen
class ColumnPath:
    """A column followed: each step once, `up` to the sources and `down` to the last readers, the nearest first.

    Steps `down` that only decide rows are told but not gone on from: they concern every column there.
    """

    column: str
    up: tuple[Step, ...]
    down: tuple[Step, ...]


@frozen
class ModelLineage:
    """One model. Views are looked through: `inputs` hold data, and a view's readers read what the view reads, too."""

    model: CompiledModel
    inputs: tuple[CompiledInput, ...]
    readers: tuple[Reading, ...]
    lineage: Lineage
    path: ColumnPath | None = None

    @property
    def only_decide(self) -> frozenset[InputColumn]:
        """The columns that no column is made from, and that decide which rows there are."""
        return self.lineage.decided_by.difference(*self.lineage.made_from.values())


@frozen
class LineageChoice:
    """Which models, and which column of theirs is followed (in any case)."""

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    column: str | None = None


def lineage(options: ProjectOptions, choice: LineageChoice) -> list[ModelLineage]:
    """In graph order; with a column only the models that have it. Raises SelectionError when none does."""
    workspace = load(options)
    selected = [workspace.project.models[name] for name in workspace.select(choice.select, choice.exclude)]
    if choice.column is not None:
        selected = _having(selected, choice.column)
    tracer = _Tracer(workspace)
    return [
        ModelLineage(
            model,
            tuple(reading.needed for reading in tracer.inputs(model)),
            tuple(tracer.readers(model)),
            tracer.lineage(model),
            None if choice.column is None else tracer.path(model, choice.column),
        )
        for model in selected
    ]


def _having(models: Sequence[CompiledModel], column: str) -> list[CompiledModel]:
    found = [model for model in models if _spelled(model, column)]
    if found or not models:
        return found
    known = {column.name: None for model in models for column in model.columns}
    if len(models) == 1:
        listed = ", ".join(known)
        hint = did_you_mean(column, known, otherwise=f"its columns are {listed}")
        raise SelectionError(f"`{models[0].name}` has no column `{column}`", hint=hint)
    hint = did_you_mean(column, known, otherwise="`swathe lineage NAME` shows the columns of a model")
    owner, _, name = column.rpartition(".")
    if any(model.name == owner for model in models):
        hint = f"write `swathe lineage {owner} --column {name}`"
    raise SelectionError(f"no selected model has a column `{column}`", hint=hint)


def _spelled(model: CompiledModel, column: str) -> str | None:
    return next((known.name for known in model.columns if known.name.lower() == column.lower()), None)


class _Tracer:
    """Traces each model once, and only those that are asked for."""

    def __init__(self, workspace: Workspace) -> None:
        workspace, cuts = offline_cuts(workspace)
        self._models: Mapping[ModelName, CompiledModel] = workspace.project.models
        self._schema = workspace.project.schema
        self._dialect = workspace.dialect
        self._specs: dict[ModelName, ModelSpec] = {spec.name: spec for spec in model_specs(workspace, (), cuts)}
        self._lineages: dict[tuple[ModelName, bool], Lineage] = {}
        self._refs = {relation: InputRef(InputName(relation[1].partition("@")[0])) for relation in self._schema}

    def inputs(self, model: CompiledModel) -> list[Reading]:
        return self._readings(model, [window for variant in model.variants for window in variant.logic.inputs])

    def readers(self, model: CompiledModel) -> Iterator[Reading]:
        """In graph order, without the model itself."""
        is_view = model.config.materialized is Materialized.VIEW
        read = InputName(model.name)
        for reader in self._models.values():
            logics = [variant.logic for variant in reader.variants]
            windows = [window for logic in logics for window in (logic.direct if is_view else logic.inputs)]
            if reader.name != model.name:
                yield from self._readings(reader, [window for window in windows if window.name == read])

    def _readings(self, reader: CompiledModel, windows: Iterable[InputWindow]) -> list[Reading]:
        """One for each input. Where the template branches on its partition, `compile` shows the first window, too."""
        spec = self._specs[reader.name]
        first = {window.name: window for window in reversed(list(windows))}
        return [Reading(reader, compiled_input(reader, spec, first[name])) for name in sorted(first)]

    def lineage(self, model: CompiledModel, *, through_views: bool = True) -> Lineage:
        """In columns of what holds data, or of what the query names."""
        key = model.name, through_views
        if key not in self._lineages:
            queries = [self._parsed(variant.logic, through_views=through_views) for variant in model.variants]
            parts = [trace(query, self._schema, model.columns, self._dialect) for query in queries]
            self._lineages[key] = Lineage.merged(parts)
        return self._lineages[key]

    def _parsed(self, logic: Logic, *, through_views: bool) -> ParsedQuery:
        if through_views:
            return parse_query(logic.sql, self._refs, self._dialect, lambda _: Location("the query as it was expanded"))
        return expand(logic.template, {}, self._refs, self._dialect)

    def path(self, model: CompiledModel, column: str) -> ColumnPath:
        name = _spelled(model, column) or column
        return ColumnPath(name, tuple(self._up(model, name)), tuple(self._down(model, name)))

    def _up(self, model: CompiledModel, column: str) -> Iterator[Step]:
        open_, seen = [(model, column)], {(model.name, column)}
        for reader, name in open_:
            readings = {reading.needed.window.name: reading for reading in self.inputs(reader)}
            for source in in_order(self.lineage(reader).made_from.get(name.lower(), ())):
                yield Step(readings[source.input], name, source)
                above = self._models.get(ModelName(source.input))
                if above is not None and source.column is not None and (above.name, source.column) not in seen:
                    seen.add((above.name, source.column))
                    open_.append((above, source.column))

    def _down(self, model: CompiledModel, column: str) -> Iterator[Step]:
        open_, seen = [(model, column)], {(model.name, column)}
        for read, name in open_:
            for reading in self.readers(read):
                found = self.lineage(reading.reader, through_views=read.config.materialized is not Materialized.VIEW)
                source = InputColumn(InputName(read.name), name)
                wanted = {source, InputColumn(InputName(read.name), None)}
                made = [known.name for known in reading.reader.columns if wanted & found.made_from[known.name.lower()]]
                for output in made:
                    yield Step(reading, output, source)
                    if (reading.reader.name, output) not in seen:
                        seen.add((reading.reader.name, output))
                        open_.append((reading.reader, output))
                if wanted & found.decided_by:
                    yield Step(reading, None, source)


def in_order(columns: Iterable[InputColumn]) -> list[InputColumn]:
    """By input, then by column; "any column" first."""
    return sorted(columns, key=lambda column: (column.input, column.column or ""))
