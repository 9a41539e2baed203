"""Renders the templates of a project, or finds what they gave before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from swathe.project.cache import Cache, digest
from swathe.project.files import ProjectFile
from swathe.sql.partition_value import PartitionValues
from swathe.sql.positions import TemplateFile
from swathe.sql.rendered import RenderContext, RenderedModel

if TYPE_CHECKING:
    from swathe.sql.macros import MacroLibrary

Asked = tuple[tuple[str, str, str | None], ...]
"""Of variables and of the environment: the name, and a digest of what it was; None where it was not set."""


class Renderer:
    """What is the same for all templates of a load. Raises ModelError for macros with wrong syntax."""

    def __init__(self, macros: Sequence[ProjectFile], context: RenderContext, cache: Cache) -> None:
        self._macro_files = macros
        self._context = context
        self._cache = cache
        self._library: MacroLibrary | None = None
        self._macros = digest(*(part for file in macros for part in (file.path, file.text)))
        self._target = repr(context.target)
        if macros and cache.get("macros", self._macros) is None:
            self._read_macros()
            cache.put("macros", self._macros, value=True)

    def render(self, template: TemplateFile, name: str, partition: PartitionValues | None = None) -> RenderedModel:
        """One template for the model of that name. Raises ModelError at its line.

        What it gives for one partition is not kept: there may be thousands.
        """
        if partition is not None:
            return self._render(template, name, self._context, partition)
        key = digest(template.path, template.text, name, self._macros, self._target)
        found = self._cache.get("render", key)
        if found is not None:
            rendered, asked = found
            if all(self._answer(kind, asked_for) == known for kind, asked_for, known in asked):
                return rendered  # type: ignore[no-any-return]
        variables, environment = _Noting(self._context.variables), _Noting(self._context.environment)
        context = replace(self._context, variables=variables, environment=environment)
        rendered = self._render(template, name, context, None)
        asked = (
            *(("var", asked_for, self._answer("var", asked_for)) for asked_for in variables.asked),
            *(("env", asked_for, self._answer("env", asked_for)) for asked_for in environment.asked),
        )
        self._cache.put("render", key, (rendered, asked))
        return rendered

    def _render(
        self, template: TemplateFile, name: str, context: RenderContext, partition: PartitionValues | None
    ) -> RenderedModel:
        from swathe.sql.render import render_model

        return render_model(template, name, self._library or self._read_macros(), context, partition)

    def _read_macros(self) -> MacroLibrary:
        from swathe.sql.macros import MacroLibrary

        self._library = MacroLibrary([TemplateFile(file.path, file.text) for file in self._macro_files])
        return self._library

    def _answer(self, kind: str, name: str) -> str | None:
        known: Mapping[str, Any] = self._context.variables if kind == "var" else self._context.environment
        return digest(repr(known[name])) if name in known else None


class _Noting(Mapping[str, Any]):
    """A mapping that notes which of its keys were asked for."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known
        self.asked: dict[str, None] = {}

    def __getitem__(self, key: str) -> Any:
        self.asked[key] = None
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)
