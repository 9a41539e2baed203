"""From definitions to logic: the walk over all models, upstream first, of what is known of them and what is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from swathe.engine.adapter import Binder, Capabilities
from swathe.errors import EngineError, SwatheError
from swathe.frozen import frozen
from swathe.model.definition import Column, InputName, ModelName
from swathe.project.cache import Cache, digest
from swathe.project.compiled import CompiledModel, Understood, Variant, VolatileUse
from swathe.project.engine_fit import check_overwrite
from swathe.project.loader import DefinedModel, Definition
from swathe.project.scope import Scope, Tables
from swathe.sql.audits import AuditSql
from swathe.sql.canonical_version import canonical_form
from swathe.sql.rendered import RenderedModel

if TYPE_CHECKING:
    from swathe.project.analysts import Analyst
    from swathe.project.understand import Bound

ENOUGH_NEW, ENOUGH_LEFT = 12, 60
"""Starting processes that help takes as long as some dozens of models. So many new ones, and as many models that are
still to come, make it likely that it pays.
"""

__all__ = ["Analyser", "CompiledModel", "Project", "Tables", "Variant", "VolatileUse", "started_early"]


@contextmanager
def started_early(models: int, cache: Cache) -> Iterator[Analyst | None]:
    """Those who help, where all of many models must be new: they start while this process still reads and renders."""
    if models < ENOUGH_NEW + ENOUGH_LEFT or not cache.is_new():
        yield None
        return
    from swathe.project.analysts import beside

    analyst = beside()
    try:
        yield analyst
    finally:
        analyst.close()


@frozen
class Project:
    """Everything that is known without looking at the warehouse's state. `models` in graph order."""

    definition: Definition
    models: Mapping[ModelName, CompiledModel]
    source_columns: Mapping[InputName, tuple[Column, ...]]
    schema: Mapping[tuple[str, str], tuple[Column, ...]]


class Analyser:
    """Understands models one by one, upstream first. `now` is an aware instant: when the run began.

    `analyst` helps from the first model on.
    """

    def __init__(
        self,
        definition: Definition,
        binder: Binder,
        tables: Tables,
        capabilities: Capabilities,
        now: datetime,
        cache: Cache,
        analyst: Analyst | None = None,
    ) -> None:
        self._definition = definition
        self._cache = cache
        self._scope = Scope(definition, binder, tables, capabilities, now, cache)
        self._engine = digest(repr(capabilities), str(definition.settings.strict_pruning), canonical_form())
        self._analyst = analyst
        self._new = 0
        self._models: dict[ModelName, CompiledModel] = {}
        self._waiting: dict[ModelName, tuple[Bound, str | None]] = {}

    def analyse(self) -> Project:
        """Raises ModelError with the place in the template, ProjectError with the place in the YAML."""
        order = self._definition.graph.order
        try:
            self._understand([self._definition.models[name] for name in order])
        finally:
            if self._analyst is not None:
                self._analyst.close()
        models = {name: self._models[name] for name in order}
        for name, model in models.items():
            if self._definition.models[name].audits:
                models[name] = replace(model, audits=self._audits(self._definition.models[name], model))
        sources = {name: self._scope.cut_sources.get(name, source) for name, source in self._definition.sources.items()}
        definition = replace(self._definition, sources=sources)
        return Project(definition, models, self._scope.sources, self._scope.schema)

    def _understand(self, models: Sequence[DefinedModel]) -> None:
        try:
            for index, model in enumerate(models):
                self._add(model, len(models) - index)
        except SwatheError:
            self._finish()  # an earlier model's error comes first
            raise
        self._finish()

    def _add(self, model: DefinedModel, left: int) -> None:
        """`left` is how many models there are from this one on."""
        check_overwrite(model, self._scope.capabilities)
        key = self._key(model)
        known = None if key is None else self._known(model, key)
        if known is not None:
            self._models[model.name] = known.model
            self._scope.add_understood(known, key)
            return
        from swathe.project.understand import Understanding

        analyst = self._analyst_for(left)
        bound = Understanding(model, self._scope, analyst).bind()
        self._scope.add_model(model.name, bound.columns, bound.view)
        self._scope.add_uses(model.name, bound.uses, key)
        self._waiting[model.name] = bound, key
        if analyst.at_once:
            self._finish()

    def _finish(self) -> None:
        """Wait for the models that are being analysed."""
        for name, (bound, key) in self._waiting.items():
            understood = bound.finish()
            self._models[name] = understood.model
            if key is not None and not understood.pinned:
                self._cache.put("model", key, understood)
        self._waiting = {}

    def _analyst_for(self, left: int) -> Analyst:
        """Where many models are new, others help."""
        from swathe.project.analysts import Here, beside

        self._new += 1
        if self._analyst is None:
            self._analyst = Here()
        if self._new == ENOUGH_NEW and left >= ENOUGH_LEFT and self._analyst.at_once:
            self._analyst = beside()
        return self._analyst

    def _key(self, model: DefinedModel) -> str | None:
        """Stands for everything that a model's logic depends on; None where that can't be told, for an error that will
        show when the model is looked at.
        """
        try:
            for rendered in model.rendered:
                self._scope.know(rendered.inputs)
        except SwatheError:
            return None
        parts = [self._engine, str(self._scope.tables.compares_exactly)]
        parts += [model.name, model.template.path, model.template.text, repr(model.config), repr(model.relation)]
        for entry in model.renderings:
            parts += [repr(entry.partitions), *self._parts(entry.rendered)]
        for column, rendered in model.queries.items():
            parts += [column, *self._parts(rendered)]
        return digest(*parts)

    def _parts(self, rendered: RenderedModel) -> list[str]:
        marks = [self._scope.mark(ref.name) for ref in rendered.inputs.values()]
        return [rendered.text, repr(rendered.inputs), repr(rendered.spans), *marks]

    def _known(self, model: DefinedModel, key: str) -> Understood | None:
        """What was understood before. Where the database itself decides what a query gives, it is asked again."""
        known: Understood | None = self._cache.get("model", key)
        if known is None or self._scope.capabilities.binder:
            return known
        return known if self._still_gives(model, known.model) else None

    def _still_gives(self, model: DefinedModel, known: CompiledModel) -> bool:
        from swathe.project.understand import sample_text

        if known.queries or InputName(model.name) in known.reads:
            return False
        for rendering in model.renderings:
            self._scope.bind(rendering.rendered.inputs)
        try:
            return all(
                self._scope.binder.describe(sample_text(variant.logic.template, model.config, self._scope.dialect))
                == known.columns
                for variant in known.variants
            )
        except EngineError:
            return False  # the same will be said again, with its place

    def _audits(self, defined: DefinedModel, model: CompiledModel) -> tuple[AuditSql, ...]:
        scope = self._scope
        key = None
        if scope.capabilities.binder:
            try:
                for audit in defined.audits:
                    scope.know(audit.inputs)
            except SwatheError:
                pass  # it will show
            else:
                read = sorted({name for audit in defined.audits for name in audit.reads})
                columns = [repr(scope.columns[name]) for name in read]
                key = digest(self._engine, model.name, repr(defined.audits), repr(model.columns), *read, *columns)
                known: tuple[AuditSql, ...] | None = self._cache.get("audits", key)
                if known is not None:
                    return known
        from swathe.project.audits import AuditAnalyser

        analyser = AuditAnalyser(scope.binder, scope.dialect, scope.bind, scope.columns.__getitem__)
        understood = analyser.understand(model.name, model.columns, defined.audits)
        if key is not None:
            self._cache.put("audits", key, understood)
        return understood
