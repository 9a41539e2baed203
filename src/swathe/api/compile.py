"""`compile`: statements as text, without running any. Needs no warehouse unless a source is a table in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from swathe.api.keys import KeyRange, requested_partitions
from swathe.api.specs import model_specs, model_sql
from swathe.api.transpile import transpiled
from swathe.api.workspace import ProjectOptions, Workspace, load
from swathe.engine.adapter import FileReader
from swathe.engine.registry import offline_engine
from swathe.errors import ProjectError, SelectionError
from swathe.model.definition import Materialized, ModelName
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.mapping import units_window
from swathe.partition.scheme import TimeScheme
from swathe.partition.window import Window, relative_window
from swathe.plan.spec import ModelSpec
from swathe.project.analysis import CompiledModel
from swathe.sql.dialects import check_dialect
from swathe.sql.display import as_written
from swathe.sql.logic import InputWindow
from swathe.sql.statements import ModelSql

TARGET = "target/compiled"


@dataclass(frozen=True, slots=True)
class CompiledInput:
    """An input's window. `first` and `last` are offsets in partitions, inclusive, None without bound.

    `whole` is all of the input.
    """

    window: InputWindow
    whole: bool
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class CompiledStatements:
    """The statements of one partition, or of the model where it has none."""

    key: str
    statements: tuple[str, ...]
    path: str


@dataclass(frozen=True, slots=True)
class Compilation:
    """One model, compiled. `statements` holds an example partition when none was asked for."""

    model: CompiledModel
    spec: ModelSpec
    inputs: tuple[CompiledInput, ...]
    sql: str
    statements: tuple[CompiledStatements, ...]


@dataclass(frozen=True, slots=True)
class CompileChoice:
    """What to compile, and for which dialect (None: the target's own)."""

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    keys: KeyRange = field(default_factory=KeyRange)
    dialect: str | None = None


def compile_models(options: ProjectOptions, choice: CompileChoice) -> list[Compilation]:
    """Compile models and write their statements below `target/compiled`. Writes files there and nowhere else."""
    if choice.dialect is not None:
        check_dialect(choice.dialect)
    workspace = load(options)
    selected = set(workspace.select(choice.select, choice.exclude))
    specs = [spec for spec in model_specs(workspace, ()) if spec.name in selected]
    requested = requested_partitions(choice.keys, specs)
    compiled = [_compile(workspace, spec, requested, choice.dialect) for spec in specs]
    if requested is not None and not any(entry.statements for entry in compiled):
        raise SelectionError(
            "no selected model has a partition there",
            hint="`swathe status` shows which partitions each model has",
        )
    write(workspace.settings.root, compiled)
    return compiled


def _compile(
    workspace: Workspace,
    spec: ModelSpec,
    requested: dict[ModelName, IntervalSet] | None,
    dialect: str | None,
) -> Compilation:
    model = workspace.project.models[spec.name]
    engine = offline_engine(workspace.connection)
    example = _example(spec)
    chosen = IntervalSet.of(example) if requested is None else requested[spec.name] & spec.due
    statements = []
    for ordinal in chosen.ordinals():
        sql = _sql_at(workspace, engine, model, ordinal)
        one = Interval(ordinal, ordinal + 1)
        if dialect in {None, workspace.dialect}:
            texts = _statements(sql, spec, one)
        else:
            texts = transpiled(workspace, model, sql, one, dialect)
        key = spec.scheme.key(ordinal)
        path = f"{TARGET}/{spec.name}.sql" if requested is None else f"{TARGET}/{spec.name}/{_file_name(key)}.sql"
        statements.append(CompiledStatements(key, texts, path))
    return Compilation(
        model,
        spec,
        tuple(_compiled_input(model, spec, window) for window in model.logic.inputs),
        as_written(model.logic.sql),
        tuple(statements),
    )


def _sql_at(workspace: Workspace, engine: FileReader, model: CompiledModel, ordinal: int) -> ModelSql:
    for variant in model.variants:
        if variant.partitions is None or ordinal in variant.partitions:
            return model_sql(workspace, engine, model, variant.logic)
    return model_sql(workspace, engine, model, model.logic)


def _statements(sql: ModelSql, spec: ModelSpec, partitions: Interval) -> tuple[str, ...]:
    if spec.materialized is Materialized.VIEW:
        return (sql.create_view(),)
    return sql.overwrite(partitions).statements


def _example(spec: ModelSpec) -> Interval:
    """A partition to show: the first that is due."""
    first = spec.due.intervals[0].start if spec.due else 0
    return Interval(first, first + 1)


def _compiled_input(model: CompiledModel, spec: ModelSpec, window: InputWindow) -> CompiledInput:
    by = model.config.partition_by
    if window.window is None or by is None:
        return CompiledInput(window, whole=True)
    first, last = relative_window(_between_units(spec, window), by.units, _example(spec).start)
    return CompiledInput(window, whole=False, first=first, last=last)


def _between_units(spec: ModelSpec, window: InputWindow) -> Window:
    read = next((entry.mapping.input for entry in spec.inputs if entry.name == window.name), None)
    assert window.window is not None  # noqa: S101 - the caller has shown the whole input
    if not isinstance(spec.scheme, TimeScheme) or not isinstance(read, TimeScheme):
        return window.window
    return units_window(window.window, spec.scheme, read)


def _file_name(key: str) -> str:
    return "".join(character if character.isalnum() or character in "-_." else "_" for character in key)


def write(root: Path, compiled: Sequence[Compilation]) -> None:
    """Write each model's statements. Raises ProjectError when the folder can't be written."""
    base = (root / TARGET).resolve()
    for entry in compiled:
        for part in entry.statements:
            path = (root / part.path).resolve()
            if not path.is_relative_to(base):
                raise ProjectError(f"`{part.path}` would lie outside `{TARGET}`")
            text = ";\n\n".join(part.statements)
            header = f"-- {entry.model.name}: partition {part.key}\n"
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"{header}{text};\n", encoding="utf-8")
            except OSError as error:
                raise ProjectError(
                    f"can't write `{part.path}`: {error.strerror or error}",
                    hint="check who may write to the project's folder `target`",
                ) from None
