"""Names and texts are quoted as sqlglot would, where that is done without it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from swathe.sql.literal import identifier, text_literal

TEXTS = st.text(max_size=8) | st.text(alphabet="'\"\\;-/*%{}$`\n ab", max_size=8)


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
@given(text=TEXTS)
def test_it_is_what_sqlglot_gives(dialect: str, text: str) -> None:
    assert identifier(text, dialect) == exp.to_identifier(text, quoted=True).sql(dialect=dialect)
    assert text_literal(text, dialect) == exp.Literal.string(text).sql(dialect=dialect)


def test_other_dialects_have_other_quotes() -> None:
    assert (identifier("a`b", "bigquery"), text_literal("it's", "bigquery")) == ("`a\\`b`", "'it\\'s'")
