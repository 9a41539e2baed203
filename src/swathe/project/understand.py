"""One model, from its texts to what they mean: bound against empty tables, then analysed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from sqlglot import exp

from swathe.errors import EngineError, Location, ModelError, SwatheError, TransientError
from swathe.frozen import frozen
from swathe.model.definition import (
    Column,
    InputName,
    InputRef,
    Materialized,
    ModelConfig,
    OnVolatile,
    PartitionBy,
    RangeColumn,
    ValuesColumn,
)
from swathe.partition.granularity import Granularity
from swathe.partition.values import ValueKind
from swathe.project.analysts import Analyst
from swathe.project.bind_errors import MEND, bind_error, engine_words
from swathe.project.compiled import CompiledModel, Understood, Variant, VolatileUse
from swathe.project.engine_fit import check_names
from swathe.project.fit import check_use_of_partition, fit_column, refuse_whole_inputs
from swathe.project.loader import DefinedModel, Rendering
from swathe.project.scope import Scope, input_cut
from swathe.project.volatile import VolatileUses
from swathe.sql.breakout import refuse_breakouts
from swathe.sql.literal import identifier, value_kind
from swathe.sql.logic import Database, Logic
from swathe.sql.parse import ParsedQuery, expand, parse_query
from swathe.sql.question import Question
from swathe.sql.rendered import THIS_SCHEMA, RenderedModel
from swathe.sql.template import PartitionField, PartitionText, QueryTemplate, Scan


@frozen
class Bound:
    """A model of which all is known that its readers ask for. `view` is the text of a view, with the views it reads
    written out. `finish` waits for the analysis; it raises ModelError.
    """

    columns: tuple[Column, ...]
    uses: tuple[VolatileUse, ...]
    view: str | None
    finish: Callable[[], Understood]


@frozen
class _BoundVariant:
    rendering: Rendering
    template: QueryTemplate
    columns: tuple[Column, ...]
    text: str
    logic: Callable[[], Logic]


class Understanding:
    """Of one model: `Bound` is what comes of it."""

    def __init__(self, model: DefinedModel, scope: Scope, analyst: Analyst) -> None:
        self.model = model
        self.scope = scope
        self.analyst = analyst
        self.dialect = scope.dialect
        self._uses: dict[VolatileUse, None] = {}
        self._pinned = False

    def bind(self) -> Bound:
        """Raises ModelError with the place in the template: the first that stands there, also of the analysis."""
        bound: list[_BoundVariant] = []
        try:
            for rendering in self.model.renderings:
                bound.append(self._variant(rendering))  # noqa: PERF401 - those before one that fails are needed
            return self._bound(bound)
        except SwatheError:
            for variant in bound:
                variant.logic()
            raise

    def _bound(self, variants: list[_BoundVariant]) -> Bound:
        model = self.model
        columns = variants[0].columns
        for variant in variants[1:]:
            if variant.columns != columns:
                raise ModelError(
                    "the query's columns depend on the partition", at=Location(model.template.path, 1, 1),
                    hint="every branch of the template must give the same columns",
                )  # fmt: skip
        config = self._config(columns)
        templates = [variant.template for variant in variants]
        check_use_of_partition(config, templates, partial(model.where, "partition_by"))
        queries = {column: self._key_query(column, config) for column in model.queries}
        view = model.config.materialized is Materialized.VIEW
        uses = tuple(self._uses)
        compiled = CompiledModel(
            name=model.name,
            path=model.template.path,
            config=config,
            relation=model.relation,
            variants=(),
            uses_partition=any(template.uses_partition for template in templates),
            reads=model.inputs | templates[0].reads,
            queries=queries,
            volatile=() if view else uses,
        )

        def finish() -> Understood:
            logics = tuple(Variant(each.rendering.partitions, each.logic()) for each in variants)
            return Understood(replace(compiled, variants=logics), uses, self._pinned)

        return Bound(columns, uses, variants[-1].text if view else None, finish)

    def _key_query(self, column: str, config: ModelConfig) -> QueryTemplate:
        """A query of `partition_by`. Raises ModelError unless it gives one column that fits the one it is for."""
        rendered = self.model.queries[column]
        at = self.model.where("partition_by")
        self.scope.bind(rendered.inputs)
        refuse_breakouts(rendered, self.dialect)
        query = parse_query(rendered.text, rendered.inputs, self.dialect, lambda _: at)
        try:
            found = self.scope.binder.describe(query.template.fill(self._logical, None))
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
        if self.model.config.volatile is OnVolatile.PIN:
            return self._pin(query, lambda _: at)
        return query.template

    def _variant(self, rendering: Rendering) -> _BoundVariant:
        model, scope, rendered = self.model, self.scope, rendering.rendered
        scope.bind(rendered.inputs)
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
        check_names(model, query.tree.named_selects, scope.capabilities)
        columns = self._describe_own(rendered, query) if own else self._describe(rendered, query)
        config = self._config(columns)
        template = self._pin(query, rendered.locate)
        expanded = query
        if any(scan.relation in scope.views for scan in query.template.scans):
            expanded = expand(query.template, scope.views, scope.inputs, self.dialect)
        question = self._question(rendered, query, expanded, config.partition_by, columns)
        answer = self.analyst.ask(question, query, expanded)
        strict = scope.definition.settings.strict_pruning and config.partition_by is not None

        def logic() -> Logic:
            found = answer()
            if strict:
                refuse_whole_inputs(found)
            return found if found.template == template else replace(found, template=template)

        return _BoundVariant(rendering, template, columns, expanded.text, logic)

    def _question(
        self,
        rendered: RenderedModel,
        query: ParsedQuery,
        expanded: ParsedQuery,
        by: PartitionBy | None,
        columns: tuple[Column, ...],
    ) -> Question:
        scope = self.scope
        own = InputName(self.model.name)
        scans = [*query.template.scans, *(() if expanded is query else expanded.template.scans)]
        return Question(
            rendered=rendered,
            name=self.model.name,
            view_inputs=None if expanded is query else {scan.relation: scan.input for scan in expanded.template.scans},
            expanded=expanded.text,
            columns=columns,
            schema={scan.relation: scope.schema[scan.relation] for scan in scans},
            cuts={
                scan.input.name: input_cut(by, columns) if scan.input.name == own else scope.cuts[scan.input.name]
                for scan in scans
            },
            partition_by=by,
            database=Database(self.dialect, scope.tables.compares_exactly),
        )

    def _pin(self, query: ParsedQuery, locate: Callable[[int], Location]) -> QueryTemplate:
        """Notes what is volatile in a query, and gives its template with the run's start for what is pinned."""
        read = [column for scan in query.template.scans for column in self.scope.schema[scan.relation]]
        found = VolatileUses(self.dialect, self.scope.uses_in_views).find(self.model, query, read, locate)
        self._uses.update(dict.fromkeys(found.uses))
        if not found.pins:
            return query.template
        self._pinned = True
        return found.template(query, self.scope.now)

    def _describe(self, rendered: RenderedModel, query: ParsedQuery) -> tuple[Column, ...]:
        text = sample_text(query.template, self.model.config, self.dialect)
        try:
            columns = self.scope.binder.describe(text)
        except TransientError:  # of the connection, not of the query
            raise
        except EngineError as error:
            raise bind_error(error, query.text, rendered.locate, self.model.template.path) from None
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

    def _describe_own(self, rendered: RenderedModel, query: ParsedQuery) -> tuple[Column, ...]:
        """The output of a query that reads its own table: what it reads there is what it gives, so the types are a
        fixed point. The first guess is that every column it names there is NULL.
        """
        relation = (THIS_SCHEMA, str(self.model.name))
        aliases = {scan.alias or table.alias for scan, table in _own_scans(query)}
        named = sorted({column.name for column in query.tree.find_all(exp.Column) if column.table in aliases})
        columns: tuple[Column, ...] = ()
        self.scope.binder.declare_unknown(relation, named)
        for _ in range(_FIXED_POINT_TRIES):
            described = self._describe(rendered, query)
            if described == columns:
                self.scope.schema[relation] = columns
                return columns
            columns = described
            self.scope.binder.declare(relation, columns)
        raise ModelError(
            f"the column types of `{self.model.name}` do not settle: it reads its own table",
            at=Location(self.model.template.path, 1, 1),
            hint="cast the columns that build on `{{ this }}`, e.g. `cast(… as bigint)`",
        )  # fmt: skip

    def _logical(self, scan: Scan) -> str:
        return _logical(scan, self.dialect)

    def _config(self, columns: tuple[Column, ...]) -> ModelConfig:
        """The config with what the query says of the partition columns: their spelling and what they hold."""
        by = self.model.config.partition_by
        if by is None:
            return self.model.config
        model = self.model
        where = partial(model.where, "partition_by")
        cut = PartitionBy(tuple(fit_column(part, model.name, columns, where) for part in by.columns))
        return replace(model.config, partition_by=cut)


def sample_text(template: QueryTemplate, config: ModelConfig, dialect: str) -> str:
    """A model's query as the binder is asked for its columns."""
    filled = template.fill(lambda scan: _logical(scan, dialect), _sample_partition(config))
    return f"\n{filled}"


def _logical(scan: Scan, dialect: str) -> str:
    schema, name = (identifier(part, dialect) for part in scan.relation)
    return f"{schema}.{name}" + (f" AS {identifier(scan.alias, dialect)}" if scan.alias else "")


def _own_scans(query: ParsedQuery) -> list[tuple[Scan, exp.Table]]:
    tables = {table.meta["scan"]: table for table in query.tree.find_all(exp.Table) if "scan" in table.meta}
    return [(scan, tables[scan.id]) for scan in query.template.scans if scan.relation[0] == THIS_SCHEMA]


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
