"""A printed value stays inside the quotes that the template puts round it."""

from __future__ import annotations

from bisect import bisect_right

import sqlglot
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import TokenType

from swathe.errors import ModelError
from swathe.sql.rendered import RenderedModel

_QUOTED = frozenset({TokenType.STRING, TokenType.IDENTIFIER, TokenType.RAW_STRING, TokenType.NATIONAL_STRING})


def refuse_breakouts(rendered: RenderedModel, dialect: str) -> None:
    """Raises ModelError where a value ends a string or a quoted name that the template opened before it.

    So what is given with `--vars` can't turn from data into SQL: `'{{ var('who') }}'` with `x' or 'a' = 'a`.
    """
    try:
        tokens = sqlglot.tokenize(rendered.text, dialect=dialect)
    except TokenError:
        return  # reported where the query is parsed
    starts = [span.offset for span in rendered.spans]
    for token in tokens:
        if token.token_type not in _QUOTED:
            continue
        opened = rendered.spans[bisect_right(starts, token.start) - 1]
        closed = rendered.spans[bisect_right(starts, token.end) - 1]
        if opened.verbatim and not closed.verbatim:
            raise ModelError(
                "the value printed here ends the quotes that it stands in",
                at=rendered.locate(closed.offset),
                hint="""print it with `| replace("'", "''")`, or take the quotes out of the value""",
            )
