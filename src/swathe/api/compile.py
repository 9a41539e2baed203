"""`compile`: statements as text, without running any. Needs no warehouse unless a source is a table in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace
from hashlib import blake2b
from pathlib import Path
from unicodedata import normalize
from urllib.parse import quote

from swathe.api.cuts import Cuts, cuts_of, find_partitions
from swathe.api.keys import KeyRange, requested_partitions
from swathe.api.specs import model_specs, model_sql
from swathe.api.transpile import transpiled
from swathe.api.workspace import ProjectOptions, Workspace, load, open_warehouse
from swathe.engine.adapter import FileReader
from swathe.engine.registry import offline_engine
from swathe.errors import ProjectError, SelectionError
from swathe.frozen import frozen
from swathe.model.definition import Materialized, ModelName, RangeColumn
from swathe.partition.grid import NULL_LINE, Dimension, Grid, line_of, line_scheme, slice_of
from swathe.partition.held import ANY, Choice
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.mapping import units_window
from swathe.partition.number_window import NumberSpan
from swathe.partition.numbers import RangeScheme
from swathe.partition.reading import GridMapping, Reading
from swathe.partition.rectangle import Rectangle
from swathe.partition.relative import relative_window
from swathe.partition.scheme import Line, TimeScheme, WholeScheme
from swathe.partition.values import NULL_KEY
from swathe.partition.window import Window
from swathe.plan.spec import ModelSpec
from swathe.project.analysis import CompiledModel
from swathe.sql.dialects import check_dialect
from swathe.sql.display import as_written
from swathe.sql.logic import InputWindow
from swathe.sql.statements import ModelSql

TARGET = "target/compiled"
_LONGEST_NAME = 180
"""In bytes: file systems take 255, with the digest and the suffix."""


@frozen
class CompiledInput:
    """An input's window. `first` and `last` are offsets in partitions, inclusive, None without bound.

    `whole` is all of the input. Where numbers are multiplied or divided, offsets would differ between partitions: then
    they are the first and the last number that the partition `example` reads. `held` is what the query itself asks of
    the columns by which the input is cut.
    """

    window: InputWindow
    whole: bool
    first: int | None = None
    last: int | None = None
    example: str | None = None
    held: HeldPart | None = None


@frozen
class HeldPart:
    """What a query asks of an input, whichever partition reads. `along` are the first and the last key along the
    input's line, None without bound; `nothing` that no place there can be read.
    """

    values: tuple[tuple[Dimension, Choice], ...]
    column: str | None
    along: tuple[str | None, str | None] | None
    nothing: bool

    @classmethod
    def of(cls, mapping: GridMapping) -> HeldPart | None:
        """None where nothing is asked."""
        line = line_scheme(mapping.input)
        column = None if isinstance(line, WholeScheme) else line.column
        lines = mapping.held_lines
        ends = None if lines is None else Reading(lines).ends(mapping.input)
        along = None if ends is None else (_line_key(line, ends[0]), _line_key(line, ends[1]))
        values = tuple(part for part in mapping.held_values if part[1] != ANY)
        return cls(values, column, along, not mapping.has_lines) if values or along or not mapping.has_lines else None


def _line_key(line: Line, ordinal: int | None) -> str | None:
    return None if ordinal is None else NULL_KEY if ordinal == NULL_LINE else line.key(ordinal)


@frozen
class CompiledStatements:
    """The statements of one partition, or of the model where it has none."""

    key: str
    statements: tuple[str, ...]
    path: str


@frozen
class Compilation:
    """One model, compiled. `statements` holds an example partition when none was asked for. `waiting` are the models to
    be built before a query can find the partitions of this one.
    """

    model: CompiledModel
    spec: ModelSpec
    inputs: tuple[CompiledInput, ...]
    sql: str
    statements: tuple[CompiledStatements, ...]
    waiting: tuple[ModelName, ...] = ()


@frozen
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
    workspace, cuts = offline_cuts(workspace)
    specs = [spec for spec in model_specs(workspace, (), cuts) if spec.name in selected]
    requested = requested_partitions(choice.keys, specs)
    compiled = [_compile(workspace, cuts, spec, requested, choice.dialect) for spec in specs]
    if requested is not None and not any(entry.statements for entry in compiled):
        raise SelectionError(
            "no selected model has a partition there",
            hint="`swathe status` shows which partitions each model has",
        )
    write(workspace.settings.root, compiled)
    return compiled


def offline_cuts(workspace: Workspace) -> tuple[Workspace, Cuts]:
    """How tables are cut. The warehouse is opened, to read, only where a query must find that."""
    if not any(model.queries for model in workspace.project.models.values()):
        return workspace, cuts_of(workspace, None)
    with open_warehouse(workspace, read_only=True) as warehouse:
        workspace, waiting = find_partitions(workspace, warehouse)
        return workspace, cuts_of(workspace, None, waiting=waiting)


def _compile(
    workspace: Workspace,
    cuts: Cuts,
    spec: ModelSpec,
    requested: dict[ModelName, IntervalSet] | None,
    dialect: str | None,
) -> Compilation:
    model = workspace.project.models[spec.name]
    engine = offline_engine(workspace.connection)
    chosen = _example(spec) if requested is None else requested[spec.name] & spec.due
    paths = _Paths(spec.name)
    statements = []
    for ordinal in chosen.ordinals():
        sql = _sql_at(workspace, cuts, engine, model, ordinal)
        along = line_of(ordinal)
        one = Rectangle(Interval(along, along + 1), (slice_of(ordinal),))
        if dialect in {None, workspace.dialect}:
            texts = _statements(sql, spec, one)
        else:
            texts = transpiled(workspace, model, sql, one, dialect)
        key = spec.scheme.key(ordinal)
        path = f"{TARGET}/{spec.name}.sql" if requested is None else paths.of(key)
        statements.append(CompiledStatements(key, texts, path))
    return Compilation(
        model,
        spec,
        tuple(compiled_input(model, spec, window) for window in model.logic.inputs),
        as_written(model.logic.sql),
        tuple(statements),
        cuts.waiting.get(spec.name, ()),
    )


def _sql_at(workspace: Workspace, cuts: Cuts, engine: FileReader, model: CompiledModel, ordinal: int) -> ModelSql:
    for variant in model.variants:
        if variant.partitions is None or ordinal in variant.partitions:
            return model_sql(workspace, engine, model, variant.logic, cuts)
    return model_sql(workspace, engine, model, model.logic, cuts)


def _statements(sql: ModelSql, spec: ModelSpec, partitions: Rectangle) -> tuple[str, ...]:
    if spec.materialized is Materialized.VIEW:
        return (sql.create_view(),)
    return sql.overwrite(partitions).statements


def _example(spec: ModelSpec) -> IntervalSet:
    """A partition to show: the first that is due, and not the one for NULL; any at all where none is due."""
    if isinstance(spec.scheme, Grid) and not spec.scheme.slices:
        return IntervalSet()
    first = next((run.start for run in spec.due if line_of(run.start) != NULL_LINE), 0)
    return IntervalSet.span(first, first + 1)


def compiled_input(model: CompiledModel, spec: ModelSpec, window: InputWindow) -> CompiledInput:
    """A window of a model's query, in partitions of the model."""
    by = model.config.partition_by
    held = next((HeldPart.of(entry.mapping) for entry in spec.inputs if entry.name == window.name), None)
    if window.window is None or by is None:
        return CompiledInput(window, whole=True, held=held)
    example = next(map(line_of, _example(spec).ordinals()), 0)
    if isinstance(by.line, RangeColumn):
        return replace(_compiled_numbers(window, window.window, by.line.scheme, example), held=held)
    if by.time is None:
        return CompiledInput(window, whole=False, first=0, last=0, held=held)
    first, last = relative_window(_between_units(spec, window), by.time.units, example)
    return CompiledInput(window, whole=False, first=first, last=last, held=held)


def _compiled_numbers(window: InputWindow, steps: Window, scheme: RangeScheme, ordinal: int) -> CompiledInput:
    bounds = scheme.bounds(Interval(ordinal, ordinal + 1))
    read = steps.apply_to_numbers(NumberSpan(bounds.start, bounds.end))
    if steps.is_scaled:
        last = None if read.end is None else read.end - 1
        return CompiledInput(window, whole=False, first=read.start, last=last, example=scheme.key(ordinal))
    return CompiledInput(
        window,
        whole=False,
        first=None if read.start is None else scheme.ordinal(read.start) - ordinal,
        last=None if read.end is None else scheme.ordinal(read.end - 1) - ordinal,
    )


def _between_units(spec: ModelSpec, window: InputWindow) -> Window:
    read = next((entry.mapping.input for entry in spec.inputs if entry.name == window.name), None)
    assert window.window is not None  # noqa: S101 - the caller has shown the whole input
    reader = line_scheme(spec.scheme)
    read = None if read is None else line_scheme(read)
    if not isinstance(reader, TimeScheme) or not isinstance(read, TimeScheme):
        return window.window
    return units_window(window.window, reader, read)


class _Paths:
    """A file for each key of a model: no two share one, on any file system."""

    def __init__(self, model: ModelName) -> None:
        self._folder = f"{TARGET}/{model}"
        self._taken: set[str] = set()

    def of(self, key: str) -> str:
        """Each column's part of a key is a folder of its own, but the last, which is the file."""
        path = "/".join(_file_name(part) for part in key.split("/"))
        while _folded(path) in self._taken:
            path = f"{path}-{_digest(key)}"
        self._taken.add(_folded(path))
        return f"{self._folder}/{path}.sql"


def _folded(path: str) -> str:
    """What a file system that tells neither cases nor ways of composing a letter apart takes for the same path."""
    return normalize("NFC", normalize("NFC", path).casefold())


def _file_name(part: str) -> str:
    """Letters and digits of any script as they are; all else that a shell or a file system may take for something is
    written as bytes, as in a URL. What is too long is cut, and told apart by a digest.
    """
    name = "".join(
        character if character.isalnum() or character in "-_.=" else quote(character, safe="") for character in part
    )
    name = name.replace(".", "%2E") if not name.strip(".") else name
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    return f"{name.encode()[:_LONGEST_NAME].decode(errors='ignore')}-{_digest(part)}"


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=6).hexdigest()


def write(root: Path, compiled: Sequence[Compilation]) -> None:
    """Write each model's statements. Raises ProjectError when the folder can't be written."""
    base = (root / TARGET).resolve()
    folders: dict[Path, Path] = {}
    for entry in compiled:
        for part in entry.statements:
            folder, name = (root / part.path).parent, part.path.rpartition("/")[2]
            if folder not in folders:
                folders[folder] = folder.resolve()
            path = folders[folder] / name
            if path.is_symlink():
                path = path.resolve()
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
