"""From definitions to logic: bind each query against empty tables, then derive its windows and its fingerprint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from sqlglot import exp

from swathe.engine.adapter import Binder, Capabilities
from swathe.errors import EngineError, Location, ModelError, ProjectError, TransientError
from swathe.model.definition import (
    Column,
    InputName,
    InputRef,
    Materialized,
    ModelConfig,
    ModelName,
    OnVolatile,
    PartitionBy,
    RangeColumn,
    Relation,
    Source,
    ValuesColumn,
    WatchKind,
)
from swathe.partition.granularity import Granularity
from swathe.partition.interval import IntervalSet
from swathe.partition.values import ValueKind
from swathe.project.audits import AuditAnalyser
from swathe.project.bind_errors import MEND, bind_error, engine_words
from swathe.project.engine_fit import check_names, check_overwrite
from swathe.project.fit import check_use_of_partition, cut_source, fit_column, refuse_whole_inputs
from swathe.project.loader import DefinedModel, Definition
from swathe.project.volatile import VolatileUse, VolatileUses
from swathe.sql.audits import AuditSql
from swathe.sql.breakout import refuse_breakouts
from swathe.sql.literal import identifier, relation_sql, value_kind
from swathe.sql.logic import Database, InputCut, InputWindow, Logic, analyse, hull_of
from swathe.sql.parse import ParsedQuery, expand, parse_query
from swathe.sql.render import REF_SCHEMA, THIS_SCHEMA, RenderedModel
from swathe.sql.template import PartitionField, PartitionText, Scan


class Tables(Protocol):
    """The warehouse's tables, as far as they have been asked for."""

    compares_exactly: bool
    """False once it is known that texts may be equal in it that are not the same."""

    def __call__(self, relation: Relation) -> tuple[Column, ...] | None:
        """A table's columns; None when there is none of that name."""


@dataclass(frozen=True, slots=True)
class Variant:
    """The logic of some of a model's partitions; `partitions` None is all of them."""

    partitions: IntervalSet | None
    logic: Logic


@dataclass(frozen=True, slots=True)
class CompiledModel:
    """A model, understood. More than one variant only where the template branches on its partition.

    `queries` find the partitions along the columns that they are named for.
    """

    name: ModelName
    path: str
    config: ModelConfig
    relation: Relation
    variants: tuple[Variant, ...]
    uses_partition: bool
    reads: frozenset[InputName]
    queries: Mapping[str, ParsedQuery] = field(default_factory=dict)
    volatile: tuple[VolatileUse, ...] = ()
    audits: tuple[AuditSql, ...] = ()

    @property
    def logic(self) -> Logic:
        return self.variants[0].logic

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.logic.columns

    @property
    def audit_reads(self) -> frozenset[InputName]:
        """What its audits read."""
        return frozenset(name for audit in self.audits for name in audit.reads)

    @property
    def inputs(self) -> tuple[InputWindow, ...]:
        """What is read by any of the variants, through the hull of their windows."""
        found: dict[InputName, InputWindow] = {}
        for variant in self.variants:
            for entry in variant.logic.inputs:
                found[entry.name] = hull_of(found[entry.name], entry) if entry.name in found else entry
        return tuple(found[name] for name in sorted(found))


@dataclass(frozen=True, slots=True)
class Project:
    """Everything that is known without looking at the warehouse's state. `models` in graph order."""

    definition: Definition
    models: Mapping[ModelName, CompiledModel]
    source_columns: Mapping[InputName, tuple[Column, ...]]
    schema: Mapping[tuple[str, str], tuple[Column, ...]]


class Analyser:
    """Understands models one by one, upstream first. `now` is an aware instant: when the run began."""

    def __init__(
        self, definition: Definition, binder: Binder, table_columns: Tables, capabilities: Capabilities, now: datetime
    ) -> None:
        self.definition = definition
        self.binder = binder
        self.table_columns = table_columns
        self.capabilities = capabilities
        self.dialect = capabilities.dialect
        self._columns: dict[InputName, tuple[Column, ...]] = {}
        self._sources: dict[InputName, tuple[Column, ...]] = {}
        self._cut_sources: dict[InputName, Source] = {}
        self._schema: dict[tuple[str, str], tuple[Column, ...]] = {}
        self._inputs: dict[tuple[str, str], InputRef] = {}
        self._views: dict[tuple[str, str], ParsedQuery] = {}
        self._volatile = VolatileUses(self.dialect, now)

    def analyse(self) -> Project:
        """Raises ModelError with the place in the template, ProjectError with the place in the YAML."""
        models: dict[ModelName, CompiledModel] = {}
        for name in self.definition.graph.order:
            models[name] = self._model(self.definition.models[name])
        audits = AuditAnalyser(self.binder, self.dialect, self._declare, self._columns.__getitem__)
        for name, model in models.items():
            understood = audits.understand(name, model.columns, self.definition.models[name].audits)
            models[name] = replace(model, audits=understood)
        sources = {name: self._cut_sources.get(name, source) for name, source in self.definition.sources.items()}
        return Project(replace(self.definition, sources=sources), models, self._sources, self._schema)

    def _model(self, model: DefinedModel) -> CompiledModel:
        check_overwrite(model, self.capabilities)
        variants = tuple(Variant(entry.partitions, self._logic(model, entry.rendered)) for entry in model.renderings)
        columns = variants[0].logic.columns
        for variant in variants[1:]:
            if variant.logic.columns != columns:
                raise ModelError(
                    "the query's columns depend on the partition", at=Location(model.template.path, 1, 1),
                    hint="every branch of the template must give the same columns",
                )  # fmt: skip
        self._columns[InputName(model.name)] = columns
        config = self._config(model, columns)
        check_use_of_partition(config, [variant.logic for variant in variants], model.where("partition_by"))
        return CompiledModel(
            name=model.name,
            path=model.template.path,
            config=config,
            relation=model.relation,
            variants=variants,
            uses_partition=any(variant.logic.template.uses_partition for variant in variants),
            reads=model.inputs | {scan.input.name for scan in variants[0].logic.template.scans},
            queries={column: self._key_query(model, column, config) for column in model.queries},
            volatile=self._volatile.of(model.name),
        )

    def _key_query(self, model: DefinedModel, column: str, config: ModelConfig) -> ParsedQuery:
        """A query of `partition_by`. Raises ModelError unless it gives one column that fits the one it is for."""
        rendered = model.queries[column]
        at = model.where("partition_by")
        self._declare_inputs(rendered)
        refuse_breakouts(rendered, self.dialect)
        query = parse_query(rendered.text, rendered.inputs, self.dialect, lambda _: at)
        try:
            found = self.binder.describe(query.template.fill(self._logical, None))
        except EngineError as error:
            said, hint = engine_words(error.message)
            message = f"the database refuses the query for `{column}` in `partition_by`: {said}"
            raise ModelError(message, at=at, hint=hint or MEND) from None
        by = config.partition_by
        cut = next((part for part in by.columns if part.column.lower() == column.lower()), None) if by else None
        wanted = cut.kind if isinstance(cut, ValuesColumn) else ValueKind.INTEGER
        if len(found) != 1 or value_kind(found[0].type) is not wanted:
            gives = ", ".join(f"`{part.name}` {part.type}" for part in found)
            raise ModelError(
                f"the query for `{column}` in `partition_by` gives {gives}", at=at,
                hint=f"it must give one column of {_KIND_WORDS[wanted]}, as `{column}` is",
            )  # fmt: skip
        if model.config.volatile is OnVolatile.PIN:
            return replace(query, template=self._volatile.add(model, query, self._read_by(query), lambda _: at))
        return query

    def _logic(self, model: DefinedModel, rendered: RenderedModel) -> Logic:
        self._declare_inputs(rendered)
        refuse_breakouts(rendered, self.dialect)
        this = {(THIS_SCHEMA, str(model.name)): InputRef(InputName(model.name))}
        query = parse_query(rendered.text, {**rendered.inputs, **this}, self.dialect, rendered.locate)
        own = [scan for scan in query.template.scans if scan.relation[0] == THIS_SCHEMA]
        line = model.config.partition_by.line if model.config.partition_by else None
        if own and (line is None or line.own_null):
            raise ModelError(
                "a model that reads its own table must be cut by time or by a range, and not by NULL",
                at=rendered.locate(own[0].offset),
                hint="`{{ this }}` stands for the earlier partitions: set such a `partition_by` in the model's config",
            )
        # Asked of the query, since an engine that cuts names off describes what is left of them.
        check_names(model, query.tree.named_selects, self.capabilities)
        columns = self._describe_own(model, rendered, query) if own else self._describe(model, rendered, query)
        config = self._config(model, columns)
        template = self._volatile.add(model, query, self._read_by(query), rendered.locate)
        expanded = query
        if any(scan.relation in self._views for scan in query.template.scans):
            expanded = expand(query.template, self._views, self._inputs, self.dialect)
        if model.config.materialized is Materialized.VIEW:
            self._views[(REF_SCHEMA, model.name)] = expanded
        logic = analyse(
            query,
            expanded,
            columns,
            self._schema,
            self._cuts() | ({InputName(model.name): _input_cut(config.partition_by, columns)} if own else {}),
            config.partition_by,
            Database(self.dialect, self.table_columns.compares_exactly),
            rendered.locate,
        )
        if self.definition.settings.strict_pruning and config.partition_by is not None:
            refuse_whole_inputs(logic)
        return replace(logic, template=template)

    def _read_by(self, query: ParsedQuery) -> list[Column]:
        return [column for scan in query.template.scans for column in self._schema[scan.relation]]

    def _declare_inputs(self, rendered: RenderedModel) -> None:
        self._declare(rendered.inputs)

    def _declare(self, inputs: Mapping[tuple[str, str], InputRef]) -> None:
        for relation, ref in inputs.items():
            if relation in self._schema:
                continue
            if ref.name not in self._columns:
                source = self.definition.sources[ref.name]
                self._columns[ref.name] = self._sources[ref.name] = self._source_columns(source)
            self._schema[relation] = self._columns[ref.name]
            self._inputs[relation] = ref
            self.binder.declare(relation, self._columns[ref.name])
            if ref.name in self.definition.sources:
                self._check_watch(self.definition.sources[ref.name], relation)

    def _check_watch(self, source: Source, relation: tuple[str, str]) -> None:
        if source.watch.kind is not WatchKind.AGGREGATE:
            return
        table = relation_sql(Relation(*relation), self.dialect)
        try:
            # Beside an aggregate only another one can stand.
            self.binder.describe(f"SELECT COUNT(*), CAST({source.watch.expression} AS VARCHAR) FROM {table}")
        except EngineError as error:
            said, _ = engine_words(error.message)
            raise ProjectError(
                f"`watch` of source `{source.name}` can't be used: {said}",
                at=source.at, hint="`watch` is `checksum`, `none` or an aggregate such as `max(loaded_at)`",
            ) from None  # fmt: skip

    def _source_columns(self, source: Source) -> tuple[Column, ...]:
        if source.location is not None:
            try:
                columns = self.binder.describe_files(source.location)
            except EngineError as error:
                raise ProjectError(
                    f"the files of source `{source.name}` can't be read: {engine_words(error.message)[0]}",
                    at=source.at, hint="`location` is a path or a glob, relative to the project's folder",
                ) from None  # fmt: skip
        else:
            found = self.table_columns(source.relation)
            if found is None:
                raise ProjectError(
                    f"the table of source `{source.name}` is not in the warehouse: "
                    f"`{source.relation.schema}.{source.relation.name}`",
                    at=source.at, hint="create it, mend `schema` or `identifier`, or give the source a `location`",
                )  # fmt: skip
            columns = found
        self._cut_sources[source.name] = cut_source(source, columns)
        return columns

    def _describe(self, model: DefinedModel, rendered: RenderedModel, query: ParsedQuery) -> tuple[Column, ...]:
        text = query.template.fill(self._logical, _sample_partition(model.config))
        try:
            columns = self.binder.describe(f"\n{text}")
        except TransientError:  # of the connection, not of the query
            raise
        except EngineError as error:
            raise bind_error(error, query.text, rendered.locate, model.template.path) from None
        seen: dict[str, str] = {}
        for column in columns:
            if (other := seen.get(column.name.lower())) is not None:
                differ = f"that differ in case only: `{other}` and `{column.name}`"
                start = len(rendered.text) - len(rendered.text.lstrip())
                raise ModelError(
                    f"the query gives two columns {differ if other != column.name else f'named `{other}`'}",
                    at=rendered.locate(start), hint="give one of them another name with `as`",
                )  # fmt: skip
            seen[column.name.lower()] = column.name
        return columns

    def _describe_own(self, model: DefinedModel, rendered: RenderedModel, query: ParsedQuery) -> tuple[Column, ...]:
        """The output of a query that reads its own table: what it reads there is what it gives, so the types are a
        fixed point. The first guess is that every column it names there is NULL.
        """
        relation = (THIS_SCHEMA, str(model.name))
        aliases = {scan.alias or table.alias for scan, table in _own_scans(query)}
        named = sorted({column.name for column in query.tree.find_all(exp.Column) if column.table in aliases})
        columns: tuple[Column, ...] = ()
        self.binder.declare_unknown(relation, named)
        for _ in range(_FIXED_POINT_TRIES):
            described = self._describe(model, rendered, query)
            if described == columns:
                self._schema[relation] = columns
                return columns
            columns = described
            self.binder.declare(relation, columns)
        raise ModelError(
            f"the column types of `{model.name}` do not settle: it reads its own table",
            at=Location(model.template.path, 1, 1),
            hint="cast the columns that build on `{{ this }}`, e.g. `cast(… as bigint)`",
        )  # fmt: skip

    def _logical(self, scan: Scan) -> str:
        schema, name = (identifier(part, self.dialect) for part in scan.relation)
        return f"{schema}.{name}" + (f" AS {identifier(scan.alias, self.dialect)}" if scan.alias else "")

    def _cuts(self) -> dict[InputName, InputCut]:
        cuts: dict[InputName, InputCut] = {}
        for name, columns in self._columns.items():
            source = self.definition.sources.get(name)
            by = source.partition_by if source else self.definition.models[ModelName(name)].config.partition_by
            cuts[name] = _input_cut(by, columns)
        return cuts

    def _config(self, model: DefinedModel, columns: tuple[Column, ...]) -> ModelConfig:
        """The config with what the query says of the partition columns: their spelling and what they hold."""
        by = model.config.partition_by
        if by is None:
            return model.config
        at = model.where("partition_by")
        cut = PartitionBy(tuple(fit_column(part, model.name, columns, at) for part in by.columns))
        return replace(model.config, partition_by=cut)


def _own_scans(query: ParsedQuery) -> list[tuple[Scan, exp.Table]]:
    tables = {table.meta["scan"]: table for table in query.tree.find_all(exp.Table) if "scan" in table.meta}
    return [(scan, tables[scan.id]) for scan in query.template.scans if scan.relation[0] == THIS_SCHEMA]


def _input_cut(by: PartitionBy | None, columns: tuple[Column, ...]) -> InputCut:
    line = by.line if by else None
    kind = next((column.type for column in columns if line and column.name.lower() == line.column.lower()), None)
    return InputCut(line, kind)


def _sample_partition(config: ModelConfig) -> PartitionText | None:
    by = config.partition_by
    if by is None:
        return None
    text, literal = "2000-01-01", "DATE '2000-01-01'"
    if isinstance(by.line, RangeColumn):
        text = literal = "0"
    elif by.time and by.time.granularity is Granularity.HOUR:
        literal = "TIMESTAMP '2000-01-01 00:00:00'"
    return PartitionText(
        literals={
            PartitionField.START: literal,
            PartitionField.END: literal,
            PartitionField.KEY: f"'{text}'",
        },
        texts=dict.fromkeys(PartitionField, text),
    )


_FIXED_POINT_TRIES = 5
_KIND_WORDS = {
    ValueKind.TEXT: "text",
    ValueKind.INTEGER: "whole numbers",
    ValueKind.BOOLEAN: "booleans",
    ValueKind.DATE: "dates",
}
