"""The sandbox that templates run in, and how a template file becomes code.

Two things differ from plain Jinja. Printing gives a `Piece`, which remembers the place in the template it
came from. And text that holds a partition's marker stays a `PartitionValue` through macros, `{% set %}`
blocks and `~`.
"""

from __future__ import annotations

from functools import lru_cache, partial
from itertools import pairwise
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing
from jinja2.visitor import NodeTransformer

from swathe.errors import Location, ModelError
from swathe.frozen import frozen
from swathe.sql.partition_value import PartitionValue, join_values, printed
from swathe.sql.positions import TemplateFile, Token, tags, tokens
from swathe.sql.render_errors import UndefinedName, syntax_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_BY_NAME = "macros under `macros/` are visible everywhere by name"
_AS_MACRO = "put the shared text into a macro under `macros/`: macros are visible everywhere"
_REFUSED = {
    "include": _AS_MACRO,
    "extends": _AS_MACRO,
    "block": _AS_MACRO,
    "import": _BY_NAME,
    "from": _BY_NAME,
    "autoescape": "SQL is never escaped as HTML",
}


class _Undefined(StrictUndefined):
    __slots__ = ()

    def __init__(
        self, hint: str | None = None, obj: Any = missing, name: str | None = None, exc: Any = UndefinedError
    ) -> None:
        owner = None if obj is missing else obj
        fails = partial(UndefinedName, name=name, owner=owner, explained=bool(hint))
        super().__init__(hint, obj, name, fails if exc is UndefinedError else exc)  # type: ignore[arg-type]


class RenderScope(Context):
    """The names a template sees. Any other is looked for among the macros, which are loaded only then."""

    find_macro: Callable[[str], object] | None = None

    def resolve_or_missing(self, key: str) -> Any:
        found = super().resolve_or_missing(key)
        return self.find_macro(key) if found is missing and self.find_macro else found


class Piece(str):
    """Printed text. `item` is the number of what printed it; `value` is kept if the text holds a marker."""

    __slots__ = ("item", "value")

    item: int | None
    value: PartitionValue | None

    def __new__(cls, text: str, item: int | None, value: PartitionValue | None) -> Piece:
        piece = super().__new__(cls, text)
        piece.item = item
        piece.value = value
        return piece

    def __str__(self) -> str:
        return self  # generated code calls str() on what it prints; the place must survive that


def print_value(value: object) -> str:
    """What `{{ value }}` gives. Refuses what has no text of its own or one that differs from run to run."""
    if isinstance(value, PartitionValue):
        return Piece(printed(value), None, value)
    if isinstance(value, str):
        return value
    if isinstance(value, Undefined):
        return str(value)
    if isinstance(value, GeneratorType):
        raise ModelError("a filter's result is printed that is not text", hint="add `| join(', ')` or `| list`")
    if callable(value):
        name = getattr(value, "name", None) or getattr(value, "__name__", "it")
        raise ModelError(f"`{name}` is printed without being called", hint=f"write `{name}()`")
    return str(value)


class Sandbox(ImmutableSandboxedEnvironment):
    """Templates can change lists and dictionaries, since they never get one that outlives the render."""

    context_class = RenderScope

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if type(obj) in (list, dict):
            return super(ImmutableSandboxedEnvironment, self).is_safe_attribute(obj, attr, value)
        return super().is_safe_attribute(obj, attr, value)

    def concat(self, parts: Iterable[object]) -> str | PartitionValue:  # type: ignore[override]
        """What a macro, a `{% set %}` block or a `caller()` gives."""
        return join_values(_printable(part) for part in parts)

    def join_text(self, *values: object) -> str | PartitionValue:
        """The `~` operator."""
        return self.concat(print_value(value) for value in values)

    def emit(self, item: int, value: object) -> Piece:
        """Print `value` for the item of that number."""
        text = print_value(value)
        return Piece(text, item, text.value if isinstance(text, Piece) else None)


def _printable(part: object) -> str | PartitionValue:
    text = part if isinstance(part, str) else print_value(part)
    return text.value if isinstance(text, Piece) and text.value is not None else str(text)


@lru_cache(maxsize=1)
def sandbox() -> Sandbox:
    """The one environment of all templates. It holds no state of a render."""
    # A model's code runs once: to work out its constants before takes longer than to do so then.
    environment = Sandbox(undefined=_Undefined, extensions=["jinja2.ext.do"], finalize=print_value, optimized=False)
    # The same project must render to the same text every time.
    del environment.globals["lipsum"]
    del environment.filters["random"]
    return environment


class _Rewrite(NodeTransformer):
    """Sends `~` and, in models, each printed item through the sandbox's own methods."""

    def __init__(self, *, number_items: bool) -> None:
        self.items: list[nodes.Expr] | None = [] if number_items else None

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - the visitor's protocol
        self.generic_visit(node)
        return _call("join_text", node.nodes, node.lineno)

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802 - as above
        self.generic_visit(node)
        if self.items is not None:
            wrapped: list[nodes.Expr] = []
            for item in node.nodes:
                number = nodes.Const(len(self.items), lineno=item.lineno, environment=sandbox())
                self.items.append(item)
                wrapped.append(_call("emit", [number, item], item.lineno))
            node.nodes = wrapped
        return node


def _call(method: str, arguments: list[nodes.Expr], line: int) -> nodes.Call:
    target = nodes.EnvironmentAttribute(method, lineno=line, environment=sandbox())
    return nodes.Call(target, arguments, [], None, None, lineno=line, environment=sandbox())


def parse_template(file: TemplateFile) -> nodes.Template:
    """The syntax tree. Raises ModelError for wrong syntax and for tags that reach for other files."""
    for tag in tags(file.text):
        word = tag[1] if tag[0].kind == "block_begin" and len(tag) > 1 else None
        if word and word.text in _REFUSED:
            raise ModelError(
                f"`{{% {word.text} %}}` can't be used here",
                at=Location(file.path, word.line, word.column),
                hint=_REFUSED[word.text],
            )
    try:
        return sandbox().parse(file.text, file.path, file.path)
    except TemplateSyntaxError as error:
        raise syntax_error(error, file) from error


@frozen
class CompiledModel:
    """A model's code, and each printed item's line, column and whether it is the template's own text."""

    template: Template
    items: tuple[tuple[int, int, bool], ...]


@lru_cache(maxsize=64)
def compile_model(file: TemplateFile) -> CompiledModel:
    """Raises ModelError as `parse_template` does."""
    tree = parse_template(file)
    rewrite = _Rewrite(number_items=True)
    template = _load(rewrite.visit(tree), file)
    return CompiledModel(template, tuple(_places(rewrite.items or [], file)))


def compile_macros(tree: nodes.Template, file: TemplateFile) -> Template:
    """The code of a macro file that `parse_template` has read. Changes the tree."""
    return _load(_Rewrite(number_items=False).visit(tree), file)


def _load(tree: nodes.Template, file: TemplateFile) -> Template:
    environment = sandbox()
    try:
        code = environment.compile(tree, file.path, file.path)
    except TemplateSyntaxError as error:
        raise syntax_error(error, file) from error
    return Template.from_code(environment, code, {})


def _places(items: list[nodes.Expr], file: TemplateFile) -> Iterator[tuple[int, int, bool]]:
    """The n-th data node is the n-th data token, and the n-th other item follows the n-th `{{`."""
    cut = tokens(file.text)
    data = [token for token in cut if token.kind == "data"]
    openings = [after for token, after in pairwise(cut) if token.kind == "variable_begin"]
    texts = sum(isinstance(item, nodes.TemplateData) for item in items)
    # `{% print a, b %}` prints items that no `{{` opens.
    exact = texts == len(data) and len(items) - texts == len(openings)
    texts_left, openings_left = iter(data), iter(openings)
    for item in items:
        verbatim = isinstance(item, nodes.TemplateData)
        token: Token | None = next(texts_left if verbatim else openings_left) if exact else None
        yield (token.line, token.column, verbatim) if token else (item.lineno, 1, verbatim)
