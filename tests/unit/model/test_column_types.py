"""Which types hold all values of which."""

from __future__ import annotations

import pytest

from swathe.model.column_types import holds_all, is_same


@pytest.mark.parametrize(
    ("wide", "narrow", "holds"),
    [
        ("BIGINT", "INTEGER", True),
        ("INTEGER", "BIGINT", False),
        ("DOUBLE", "INTEGER", True),
        ("DOUBLE", "BIGINT", False),  # beyond 2^53 a DOUBLE skips integers
        ("DOUBLE", "FLOAT", True),
        ("FLOAT", "DOUBLE", False),
        ("FLOAT", "SMALLINT", True),
        ("FLOAT", "INTEGER", False),
        ("INTEGER", "DOUBLE", False),
        ("TIMESTAMP", "DATE", True),
        ("DATE", "TIMESTAMP", False),
        ("bigint", "Integer", True),
        ("DECIMAL(10,2)", "DECIMAL(8,2)", True),
        ("DECIMAL(10,3)", "DECIMAL(10,2)", False),
        ("DECIMAL(11,3)", "DECIMAL(10,2)", True),
        ("DECIMAL(18, 2)", "DECIMAL(8,2)", True),
        ("DECIMAL(12,2)", "INTEGER", True),
        ("DECIMAL(11,2)", "INTEGER", False),
        ("INTEGER", "DECIMAL(5,0)", False),
        ("VARCHAR", "INTEGER", False),
        ("HUGEINT", "UBIGINT", False),  # it does, and is not known to
        ("STRUCT(a INTEGER)", "STRUCT(a INTEGER)", True),
        ("STRUCT(a BIGINT)", "STRUCT(a INTEGER)", False),
        # as PostgreSQL spells them
        ("DOUBLE PRECISION", "REAL", True),
        ("DOUBLE PRECISION", "INTEGER", True),
        ("DOUBLE PRECISION", "BIGINT", False),
        ("DOUBLE PRECISION", "NUMERIC(5,2)", False),
        ("REAL", "SMALLINT", True),
        ("NUMERIC(10,2)", "NUMERIC(8,2)", True),
        ("NUMERIC(8,2)", "NUMERIC(10,2)", False),
        ("NUMERIC", "NUMERIC(1000,200)", True),
        ("NUMERIC(1000,200)", "NUMERIC", False),
        ("NUMERIC", "BIGINT", True),
        ("NUMERIC(21,2)", "BIGINT", True),
        ("NUMERIC(20,2)", "BIGINT", False),
        ("NUMERIC(5,-2)", "SMALLINT", False),
        ("NUMERIC", "DOUBLE PRECISION", False),
        ("TEXT", "CHARACTER VARYING(20)", True),
        ("TEXT", "CHARACTER VARYING", True),
        ("CHARACTER VARYING", "TEXT", True),
        ("CHARACTER VARYING(20)", "CHARACTER VARYING(10)", True),
        ("CHARACTER VARYING(10)", "CHARACTER VARYING(20)", False),
        ("CHARACTER VARYING(10)", "TEXT", False),
        ("TEXT", "CHARACTER(3)", False),  # the blanks at its end begin to count
        ("CHARACTER(4)", "CHARACTER(3)", False),
        ("TEXT", "CITEXT", False),
        ("TEXT", "UUID", False),
        ("TEXT", "app.mood", False),
        ("TIMESTAMP WITHOUT TIME ZONE", "DATE", True),
        ("TIMESTAMP(0) WITHOUT TIME ZONE", "DATE", True),
        ("TIMESTAMP WITH TIME ZONE", "DATE", False),
        ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITHOUT TIME ZONE", False),
        ("TIMESTAMP WITHOUT TIME ZONE", "TIMESTAMP(3) WITHOUT TIME ZONE", True),
        ("TIMESTAMP(3) WITHOUT TIME ZONE", "TIMESTAMP WITHOUT TIME ZONE", False),
        ("TIMESTAMP(6) WITH TIME ZONE", "TIMESTAMP(3) WITH TIME ZONE", True),
        ("TIME WITHOUT TIME ZONE", "TIME(3) WITHOUT TIME ZONE", True),
        ("BIGINT[]", "INTEGER[]", True),
        ("INTEGER[]", "BIGINT[]", False),
        ("INTEGER[]", "INTEGER", False),
        ("JSONB", "JSON", False),
        ("INTERVAL", "INTERVAL DAY TO SECOND", False),
    ],
)
def test_whether_a_type_holds_all_values_of_another(wide: str, narrow: str, holds: bool) -> None:
    assert holds_all(wide, narrow) is holds


def test_the_case_of_a_quoted_name_counts() -> None:
    assert is_same("character varying(3)", "CHARACTER VARYING(3)")
    assert not is_same('app."Mood"', 'app."mood"')
