"""Where things stand in a template: its tokens, the words in its tags, the keys of its `config()`."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from swathe.errors import Location
from swathe.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Environment

_NEWLINE = re.compile(r"\r\n|\r|\n")
_SPACE = re.compile(r"\s*")
_OPENING = frozenset({"variable_begin", "block_begin"})
_CLOSING = frozenset({"variable_end", "block_end"})


@frozen
class TemplateFile:
    """A template the user wrote. `path` is what errors show, e.g. `models/daily_delays.sql`."""

    path: str
    text: str


@frozen
class Token:
    """A token as Jinja's lexer names its kind; `line` and `column` count from 1."""

    kind: str
    text: str
    line: int
    column: int

    def says(self, word: str) -> bool:
        """Whether this is the name `word`, or a string that holds just that."""
        if self.kind == "string":
            return self.text[1:-1] == word
        return self.kind in {"name", "operator"} and self.text == word


@lru_cache(maxsize=32)
def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of a template without the white space inside tags; up to the first error when it has one."""
    return tuple(_lex(text))


def _lex(text: str) -> Iterator[Token]:
    # Late, since most loads look for no place in any template.
    from jinja2 import TemplateSyntaxError

    source = _NEWLINE.sub("\n", text)
    starts = [0, *(found.end() for found in re.finditer("\n", source))]
    position = 0
    try:
        for _, kind, value in _lexer().lex(source):
            # The lexer drops the white space that `{%-` eats, and nothing else.
            if not source.startswith(value, position):
                position = _end_of_space(source, position)
            line = bisect_right(starts, position)
            if kind != "whitespace":
                yield Token(kind, value, line, position - starts[line - 1] + 1)
            position += len(value)
    except TemplateSyntaxError:
        return


@cache
def _lexer() -> Environment:
    from jinja2 import Environment

    return Environment()  # noqa: S701 - it only cuts text into tokens


def _end_of_space(source: str, position: int) -> int:
    found = _SPACE.match(source, position)
    return found.end() if found else position


@lru_cache(maxsize=32)
def tags(text: str) -> tuple[tuple[Token, ...], ...]:
    """The tokens inside each `{{ }}` and `{% %}`, with the opening one."""
    found: list[list[Token]] = []
    inside = False
    for token in tokens(text):
        if token.kind in _OPENING:
            inside = True
            found.append([])
        if inside:
            found[-1].append(token)
        if token.kind in _CLOSING:
            inside = False
    return tuple(tuple(tag) for tag in found)


def find_word(template: TemplateFile, line: int, word: str | None) -> Location:
    """Where a name or string stands in the tags that touch a line; else where the first such tag begins."""
    touching = [tag for tag in tags(template.text) if tag[0].line <= line <= tag[-1].line]
    if word is not None:
        said = [token for tag in touching for token in tag if token.says(word)]
        for token in (*(token for token in said if token.line >= line), *said):
            return Location(template.path, token.line, token.column)
    for tag in sorted(touching, key=lambda tag: tag[0].line != line):
        first = tag[1] if len(tag) > 1 else tag[0]
        if first.line == line:
            return Location(template.path, line, first.column)
    return Location(template.path, line, 1)


def find_offset(template: TemplateFile, offset: int) -> Location:
    """Where a character of the template stands; line ends count as one character."""
    before = _NEWLINE.sub("\n", template.text)[:offset]
    return Location(template.path, before.count("\n") + 1, offset - before.rfind("\n"))


def config_location(template: TemplateFile) -> Location:
    """Where the first `config(` stands; 1:1 without one."""
    for call in _config_calls(template):
        return Location(template.path, call[0].line, call[0].column)
    return Location(template.path, 1, 1)


def config_key_location(template: TemplateFile, key: str) -> Location:
    """Where a key of `config()` stands, on any level: the outermost; of several calls the last, which wins.

    Falls back to the call itself.
    """
    for call in reversed(_config_calls(template)):
        depth = 0
        found: list[tuple[int, Token]] = []
        for token, after in pairwise(call):
            if token.kind == "operator":
                depth += (token.text in "([{") - (token.text in ")]}")
            elif token.says(key) and after.text == ("=" if token.kind == "name" else ":"):
                found.append((depth, token))
        if found:
            _, first = min(found, key=lambda pair: pair[0])
            return Location(template.path, first.line, first.column)
    return config_location(template)


def _config_calls(template: TemplateFile) -> list[tuple[Token, ...]]:
    """The tokens from each `config` that is called to the end of its tag."""
    return [
        tag[index:]
        for tag in tags(template.text)
        for index, (token, after) in enumerate(pairwise(tag))
        if token.kind == "name" and token.text == "config" and after.text == "(" and tag[index - 1].text != "."
    ]
