"""The overwrite in other dialects. tests/golden shows whole statements; these are the rules behind them."""

from __future__ import annotations

import pytest

from swathe.errors import ModelError, SelectionError
from swathe.sql.dialects import DIALECTS, Overwriting, comment, overwrite_statements, translated, view_statement

ONE_DAY = Overwriting(
    table='"main"."daily"',
    columns=('"Day"', '"the count"'),
    predicate="\"Day\" >= DATE '2024-01-02'",
    select='SELECT "Day", "the count" FROM (select Day, count(*) as "the count" from main.events group by 1) AS q',
)
ALL_ROWS = Overwriting(ONE_DAY.table, ONE_DAY.columns, None, ONE_DAY.select)


def code(statement: str) -> str:
    return "\n".join(line for line in statement.splitlines() if not line.startswith("--"))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_deletes_what_it_replaces_and_never_relies_on_rows_to_tell_it(dialect: str) -> None:
    text = "\n".join(code(statement) for statement in overwrite_statements(ONE_DAY, "duckdb", dialect))
    assert "INSERT OVERWRITE" not in text
    assert ("DELETE FROM" in text) != ("REPLACE WHERE" in text)


@pytest.mark.parametrize("dialect", ["bigquery", "duckdb", "postgres", "redshift", "snowflake"])
def test_where_there_are_transactions_it_is_one(dialect: str) -> None:
    begin, delete, insert, commit = overwrite_statements(ONE_DAY, "duckdb", dialect)
    assert begin.startswith("BEGIN")
    assert delete.startswith("DELETE")
    assert insert.startswith("INSERT INTO")
    assert commit.startswith("COMMIT")


@pytest.mark.parametrize("dialect", ["clickhouse", "trino"])
def test_where_there_are_none_a_comment_says_what_readers_see(dialect: str) -> None:
    delete, insert = overwrite_statements(ONE_DAY, "duckdb", dialect)
    assert "readers see the rows gone" in " ".join(delete.split())
    assert insert.startswith("INSERT INTO")


@pytest.mark.parametrize("dialect", ["databricks", "spark"])
def test_delta_tables_replace_in_one_statement(dialect: str) -> None:
    (statement,) = overwrite_statements(ONE_DAY, "duckdb", dialect)
    assert "REPLACE WHERE `Day` >= CAST('2024-01-02' AS DATE)\nSELECT" in statement


@pytest.mark.parametrize("dialect", ["bigquery", "clickhouse"])
def test_a_delete_of_all_rows_has_a_where_for_those_that_demand_one(dialect: str) -> None:
    assert any(code(one).endswith("WHERE TRUE") for one in overwrite_statements(ALL_ROWS, "duckdb", dialect))


@pytest.mark.parametrize(("dialect", "name"), [("snowflake", '"DAY"'), ("postgres", '"day"'), ("trino", '"Day"')])
def test_names_that_swathe_quotes_meet_the_same_names_without_quotes(dialect: str, name: str) -> None:
    assert translated('SELECT "Day", "the count"', "duckdb", dialect).split() == [
        "SELECT", f"{name},", '"the', 'count"',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("dialect", "literal"),
    [
        ("bigquery", "CAST('2024-01-02 03:00:00+00:00' AS TIMESTAMP)"),
        ("clickhouse", "toDateTime64('2024-01-02 03:00:00', 6, 'UTC')"),
        ("databricks", "CAST('2024-01-02 03:00:00+00:00' AS TIMESTAMP)"),
        ("postgres", "CAST('2024-01-02 03:00:00+00:00' AS TIMESTAMPTZ)"),
        ("snowflake", "CAST('2024-01-02 03:00:00+00:00' AS TIMESTAMPTZ)"),
        ("trino", "CAST('2024-01-02 03:00:00+00:00' AS TIMESTAMP WITH TIME ZONE)"),
    ],
)
def test_instants(dialect: str, literal: str) -> None:
    assert translated("x < TIMESTAMPTZ '2024-01-02 03:00:00+00:00'", "duckdb", dialect, part=True) == f"x < {literal}"


@pytest.mark.parametrize(
    ("dialect", "literal"),
    [
        ("bigquery", "CAST('2024-01-02 03:00:00' AS DATETIME)"),
        ("clickhouse", "toDateTime64('2024-01-02 03:00:00', 6)"),
        ("postgres", "CAST('2024-01-02 03:00:00' AS TIMESTAMP)"),
        ("snowflake", "CAST('2024-01-02 03:00:00' AS TIMESTAMPNTZ)"),
        ("spark", "CAST('2024-01-02 03:00:00' AS TIMESTAMP_NTZ)"),
    ],
)
def test_timestamps_without_a_zone(dialect: str, literal: str) -> None:
    assert translated("x < TIMESTAMP '2024-01-02 03:00:00'", "duckdb", dialect, part=True) == f"x < {literal}"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_view(dialect: str) -> None:
    statement = view_statement('"main"."loud"', "select day from main.daily", "duckdb", dialect)
    assert statement.startswith("CREATE OR REPLACE VIEW ")
    assert statement.splitlines()[1:3] == ["SELECT", "  day"]


def test_named_windows_stay_what_they_are_in_bigquery() -> None:
    text = translated("select sum(x) over w from t window w as (partition by a order by b)", "duckdb", "bigquery")
    assert "OVER (PARTITION BY a ORDER BY b" in text
    assert "WINDOW" not in text


def test_what_gets_lost_is_said() -> None:
    text = translated("select sum(x) over (order by b range current row) from t", "duckdb", "bigquery")
    assert text.startswith("-- Not translated: ")


def test_a_comment_holds_a_name_with_a_line_break() -> None:
    assert comment('the table "a\ndrop table b"') == '-- the table "a\n-- drop table b"\n'


def test_an_unknown_dialect_names_the_nearest() -> None:
    with pytest.raises(SelectionError) as caught:
        overwrite_statements(ONE_DAY, "duckdb", "bigqery")
    assert caught.value.hint == "did you mean `bigquery`?"


def test_what_can_not_be_read_is_the_models_error() -> None:
    with pytest.raises(ModelError):
        translated("select from where", "duckdb", "trino")
