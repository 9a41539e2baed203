"""From a query that can't be read to an error that points at the word to mend."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

import sqlglot
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token

from swathe.errors import Location, ModelError

Locate = Callable[[int], Location]

_SKIPPED = re.compile(
    r"""--[^\n]*|/\*.*?\*/|[eE]'(?:\\.|''|[^'\\])*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\$.*?\$\$|[^'"/$]|/(?!\*)|\$(?!\$)""",
    re.DOTALL,
)
_OPENERS = {
    "'": ("a string", "close it with `'`; a quote inside a string is written twice"),
    '"': ("a quoted name", 'close it with `"`'),
    "/": ("a comment", "close it with `*/`"),
    "$": ("a string", "close it with `$$`"),
}
_KEYWORDS = (
    "all", "and", "as", "between", "by", "case", "distinct", "else", "end", "except", "exists", "filter",
    "from", "group", "having", "in", "inner", "interval", "into", "is", "join", "left", "like", "limit",
    "not", "null", "on", "or", "order", "outer", "over", "partition", "qualify", "right", "select", "then",
    "union", "using", "when", "where", "window", "with",
)  # fmt: skip
_NEAR_ENOUGH = 0.75
_SHORTEST_TYPO = 3


def unreadable(error: TokenError, text: str, locate: Locate) -> ModelError:
    """A query that can't be cut into words: a string, name or comment in it is never closed."""
    offset = 0
    while found := _SKIPPED.match(text, offset):
        offset = found.end()
    if offset >= len(text):
        return ModelError(
            "the SQL can't be read: " + str(error).strip().partition("\n")[0],
            at=locate(max(0, len(text) - 1)), hint="look for a quote or a comment that is not closed",
        )  # fmt: skip
    what, hint = _OPENERS[text[offset]]
    return ModelError(f"{what} is opened here and never closed", at=locate(offset), hint=hint)


def unparsable(error: ParseError, text: str, dialect: str, locate: Locate) -> ModelError:
    """A query whose words make no sense; a misspelt keyword near the place is named."""
    details = error.errors[0] if error.errors else {}
    found = str(details.get("highlight") or "")
    offset = _offset(text, details.get("line"), details.get("col"), found)
    if typo := _misspelt(sqlglot.tokenize(text, dialect=dialect), offset):
        word, keyword = typo
        return ModelError(
            f"the SQL can't be parsed near `{word.text}`",
            at=locate(word.start), hint=f"did you mean `{keyword}`?",
        )  # fmt: skip
    return ModelError(
        _sentence(str(details.get("description") or ""), found),
        at=locate(min(offset, max(0, len(text) - 1))),
        hint=f"the query is read in the dialect of the target's database, `{dialect}`",
    )


def _offset(text: str, line: int | None, column: int | None, found: str) -> int:
    if not line:
        return 0
    before = sum(len(part) + 1 for part in text.split("\n")[: line - 1])
    return before + max(0, (column or 1) - len(found))


def _sentence(description: str, found: str) -> str:
    """The parser's words without its internals."""
    shown = found.strip() and not found.startswith('"swathe:')
    if "missing for <class" in description:
        return "the SQL can't be parsed: something is missing" + (f" after `{found}`" if shown else " here")
    if "Unexpected token" in description:
        return "the SQL can't be parsed: " + (f"`{found}` is not expected here" if shown else "this is not expected")
    reason = re.sub(r" but got <Token.*", "", description).rstrip(".")
    reason = re.sub(r"^Expecting (.+)", r"`\1` is missing", reason)
    return f"the SQL can't be parsed{f' near `{found}`' if shown else ''}: {reason[:1].lower()}{reason[1:]}"


def _misspelt(tokens: list[Token], offset: int) -> tuple[Token, str] | None:
    """The word at the place, the one before it or the first of the query, when it is nearly a keyword."""
    at = next((number for number, token in enumerate(tokens) if token.end >= offset), len(tokens) - 1)
    for number in dict.fromkeys((at, max(at - 1, 0), 0)):
        if number + 1 < len(tokens) and tokens[number + 1].text == "(":
            continue  # a function's name
        if keyword := near_keyword(tokens[number].text):
            return tokens[number], keyword
    return None


def near_keyword(word: str) -> str | None:
    """The keyword that a word nearly is.

    >>> near_keyword("selct"), near_keyword("select"), near_keyword("carrier")
    ('select', None, None)
    """
    folded = word.lower()
    if folded in _KEYWORDS or len(folded) < _SHORTEST_TYPO or not folded.isalpha():
        return None
    return next(iter(difflib.get_close_matches(folded, _KEYWORDS, n=1, cutoff=_NEAR_ENOUGH)), None)
