"""The macros of a project. Each is visible in every model and in every other macro, in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Template, nodes
from jinja2.utils import missing

from swathe.errors import ModelError
from swathe.sql.positions import TemplateFile, find_word
from swathe.sql.render_environment import RenderScope, compile_macros, parse_template, sandbox
from swathe.sql.render_names import CONTEXT_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class MacroLibrary:
    """All macro files. They are read at once, so that wrong syntax is found, and compiled when first used.

    Raises ModelError for wrong syntax, two macros of one name, and one that hides a name of the context.
    """

    def __init__(self, files: Sequence[TemplateFile]) -> None:
        self.files: Mapping[str, TemplateFile] = {file.path: file for file in files}
        self._trees: dict[str, nodes.Template] = {}
        self._templates: dict[str, Template] = {}
        self._homes: dict[str, tuple[TemplateFile, int]] = {}
        for file in files:
            tree = parse_template(file)
            self._trees[file.path] = tree
            for node in tree.body:
                if isinstance(node, nodes.Macro):
                    self._add(node, file)
        self.names = frozenset(self._homes)

    def _add(self, macro: nodes.Macro, file: TemplateFile) -> None:
        at = find_word(file, macro.lineno, macro.name)
        if macro.name in CONTEXT_NAMES or macro.name in sandbox().globals:
            raise ModelError(
                f"a macro can't be named `{macro.name}`",
                at=at,
                hint="the name has a meaning in every template",
            )
        if macro.name in self._homes:
            other, line = self._homes[macro.name]
            raise ModelError(
                f"macro `{macro.name}` is defined twice",
                at=at,
                hint=f"the other one is at `{find_word(other, line, macro.name)}`",
            )
        self._homes[macro.name] = (file, macro.lineno)

    def file_of(self, name: str) -> TemplateFile | None:
        """The file a macro stands in; None for an unknown name."""
        home = self._homes.get(name)
        return home[0] if home else None

    def template(self, file: TemplateFile) -> Template:
        """The code of one of the files."""
        if file.path not in self._templates:
            # Threads may do this twice, so the tree is made anew: compiling changes it.
            tree = self._trees.pop(file.path, None) or parse_template(file)
            self._templates[file.path] = compile_macros(tree, file)
        return self._templates[file.path]


class BoundMacros:
    """The macros as one render sees them, with its own `ref`, `config` and so on."""

    def __init__(self, library: MacroLibrary, names: dict[str, Any]) -> None:
        self._library = library
        self._names = names
        self._scopes: dict[str, RenderScope] = {}

    def find(self, name: str) -> object:
        """The macro of that name, or Jinja's `missing`."""
        file = self._library.file_of(name)
        if file is None:
            return missing
        scope = self._scopes.get(file.path)
        if scope is None:
            template = self._library.template(file)
            scope = self._scopes[file.path] = self.scope(file.path)
            for _ in template.root_render_func(scope):
                pass
        return scope.vars.get(name, missing)

    def scope(self, path: str) -> RenderScope:
        """A fresh set of names for the template at `path`."""
        scope = RenderScope(sandbox(), self._names, path, {})
        scope.find_macro = self.find
        return scope
