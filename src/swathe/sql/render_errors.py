"""From what went wrong inside a template to an error at the user's file, line and column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, cast

from jinja2 import Template, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.tests import TESTS

from swathe.errors import Location, ModelError, did_you_mean
from swathe.model.values import list_names
from swathe.sql.partition_value import Partition, PartitionValue
from swathe.sql.positions import TemplateFile, Token, find_offset, find_word, tags

if TYPE_CHECKING:
    from types import TracebackType

_QUOTED = re.compile(r"'([^'\n]{1,60})'")
_OFFSET = re.compile(r" at (\d+)$")
_GOT = re.compile(r"got '([^']+)'$|unexpected '([^']+)'")
_UNCLOSED_BLOCK = re.compile(r"innermost block that needs to be closed is '(\w+)'")
_UNCLOSED_TAG = re.compile(r"end of template, expected 'end of (print statement|statement block)'")
_INCOMPLETE = "something before it is missing or left over"
_ARGUMENTS = re.compile(r"macro '(\w+)' takes n")
_NO_CONNECTION = "templates are rendered without a connection to the warehouse"
_PACKAGE = "packages are not available: copy the macro into `macros/`"
_ELSEWHERE = {
    "is_incremental": "swathe derives the filter, so the block that asks `is_incremental()` can be removed",
    **dict.fromkeys(("execute", "run_query", "statement", "load_result", "adapter", "graph"), _NO_CONNECTION),
    **dict.fromkeys(("dbt", "dbt_utils", "dbt_date", "dbt_expectations", "codegen"), _PACKAGE),
    "return": "a macro gives the text of its body",
    "model": "write `this` for the model's own table",
}


class Refusal(ModelError):
    """A name of the template context was used wrongly. `word` is what to point at in the template."""

    def __init__(self, message: str, *, word: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.word = word


class UndefinedName(UndefinedError):
    """A name, key or attribute that is missing. `owner` is what should have had it; None for a plain name."""

    def __init__(self, message: str, *, name: object, owner: object, explained: bool) -> None:
        super().__init__(message)
        self.name = str(name)
        self.owner = owner
        self.explained = explained


def syntax_error(error: TemplateSyntaxError, file: TemplateFile) -> ModelError:
    """A file that Jinja can't read."""
    message = error.message or "wrong syntax"
    if found := _UNCLOSED_BLOCK.search(message):
        return _unclosed_block(found[1], file)
    if found := _UNCLOSED_TAG.search(message):
        closing = "}}" if found[1] == "print statement" else "%}"
        at = find_word(file, error.lineno, None)
        return ModelError("a tag is opened here and never closed", at=at, hint=f"close it with `{closing}`")
    first, _, rest = message.partition(". ")
    if found := _OFFSET.search(first):
        at = find_offset(file, int(found[1]))
        first = first[: found.start()]
    else:
        at = find_word(file, error.lineno, _word_of(first))
    return ModelError(_sentence(first), at=at, hint=_filter_hint(first) or _sentence(rest) or _INCOMPLETE)


def _unclosed_block(name: str, file: TemplateFile) -> ModelError:
    """Points at the opening tag of the innermost block that is still open at the end."""
    opened: list[Token] = []
    for tag in tags(file.text):
        word = tag[1] if tag[0].kind == "block_begin" and len(tag) > 1 else None
        if word is not None and word.text == name:
            opened.append(word)
        elif word is not None and word.text == f"end{name}" and opened:
            opened.pop()
    at = Location(file.path, opened[-1].line, opened[-1].column) if opened else Location(file.path, 1, 1)
    return ModelError(f"`{{% {name} %}}` is never closed", at=at, hint=f"close it with `{{% end{name} %}}`")


def runtime_error(
    error: Exception, model: TemplateFile, macro_files: Mapping[str, TemplateFile], known: Iterable[str]
) -> ModelError:
    """What was raised while `model` was rendered, placed where the innermost template code stands."""
    frames = _template_frames(error.__traceback__)
    path, line = frames[-1] if frames else (model.path, 1)
    file = macro_files.get(path, model)
    message, hint, word = _explain(error, known)
    at = find_word(file, line, word)
    if _filter_hint(str(error)) is not None and word is not None:
        # An unknown filter or test in a part that Jinja checks only when it is run: it does not say the line.
        words = (token for tag in tags(file.text) for token in tag)
        at = next((Location(path, token.line, token.column) for token in words if token.says(word)), at)
    if path != model.path and frames:
        called = Location(*frames[0])
        hint = f"called from `{called}`" + (f"; {hint}" if hint else "")
    return ModelError(message, at=at, hint=hint)


def _template_frames(traceback: TracebackType | None) -> list[tuple[str, int]]:
    frames: list[tuple[str, int]] = []
    while traceback is not None:
        template = traceback.tb_frame.f_globals.get("__jinja_template__")
        if isinstance(template, Template):
            path = cast("str", template.name)
            frames.append((path, template.get_corresponding_lineno(traceback.tb_lineno)))
        traceback = traceback.tb_next
    return frames


def _explain(error: Exception, known: Iterable[str]) -> tuple[str, str | None, str | None]:
    """The message, the hint and the word to point at."""
    if isinstance(error, ModelError):
        return error.message, error.hint, error.word if isinstance(error, Refusal) else None
    if isinstance(error, UndefinedName):
        return _explain_undefined(error, known)
    if isinstance(error, RecursionError):
        return "the template calls itself without end", "a macro that calls itself must come to an end", None
    text = str(error).partition("\n")[0]
    word = _word_of(text)
    if isinstance(error, SecurityError):
        return _sentence(text), "templates run in a sandbox, without access to Python's internals", word
    hint = _filter_hint(text)
    if hint is None and (found := _ARGUMENTS.match(text)):
        hint = f"it begins `{{% macro {found[1]}(…) %}}`: compare its arguments with the call"
    if hint is not None:
        return _sentence(text.removesuffix(" found.")), hint, word
    if PartitionValue.__name__ in text:
        hint = "write e.g. `partition.key | string` where Python's own text is needed"
    return f"{_sentence(text)} ({type(error).__name__})".lstrip(), hint, word


def _explain_undefined(error: UndefinedName, known: Iterable[str]) -> tuple[str, str | None, str]:
    name = error.name
    if error.explained:
        return _sentence(str(error)), None, name
    if error.owner is None:
        otherwise = f"a variable of the project is written `var('{name}')`"
        return f"`{name}` is not defined", _ELSEWHERE.get(name) or did_you_mean(name, known, otherwise=otherwise), name
    if isinstance(error.owner, Partition):
        fields = ("start", "end", "key")
        hint = did_you_mean(name, fields, otherwise="it has `start`, `end` and `key`")
        return f"`partition` has no `{name}`", hint, name
    if isinstance(error.owner, Mapping):
        keys = [str(key) for key in error.owner]
        return f"there is no key `{name}`", did_you_mean(name, keys, otherwise=f"it has {list_names(keys)}"), name
    public = [attribute for attribute in dir(error.owner) if not attribute.startswith("_")]
    return f"a `{type(error.owner).__name__}` has no `{name}`", did_you_mean(name, public), name


def _filter_hint(message: str) -> str | None:
    for kind, known in (("filter", FILTERS), ("test", TESTS)):
        if found := re.match(f"No {kind} named '(.+?)'", message):
            return did_you_mean(found[1], known, otherwise=f"Jinja's own {kind}s are known, and no others")
    return None


def _word_of(message: str) -> str | None:
    if got := _GOT.search(message):
        return got[1] or got[2]
    quoted = _QUOTED.search(message)
    return quoted[1] if quoted else None


def _sentence(text: str) -> str:
    """Jinja's and Python's messages in our style: no capital, no full stop, names in backticks."""
    text = _QUOTED.sub(r"`\1`", text.strip().rstrip("."))
    text = text.replace("`end of print statement`", "`}}`").replace("`end of statement block`", "`%}`")
    return text[:1].lower() + text[1:]
