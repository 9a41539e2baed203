"""Statements for engines that swathe only compiles for: the query is translated, the overwrite is each engine's own."""

from __future__ import annotations

from sqlglot import transpile
from sqlglot.errors import SqlglotError

from swathe.errors import ModelError, SelectionError, did_you_mean

DIALECTS = (
    "bigquery", "clickhouse", "databricks", "duckdb", "postgres", "redshift", "snowflake", "spark", "trino",
)  # fmt: skip


def transpiled(statement: str, source: str, dialect: str) -> str:
    """One statement in another dialect. Raises SelectionError for an unknown dialect."""
    if dialect not in DIALECTS:
        raise SelectionError(
            f"there is no dialect `{dialect}`",
            hint=did_you_mean(dialect, DIALECTS, otherwise="one of " + ", ".join(DIALECTS)),
        )
    if dialect == source:
        return statement
    try:
        return transpile(statement, read=source, write=dialect, pretty=True)[0]
    except SqlglotError as error:
        raise ModelError(f"the query can't be translated to {dialect}: {error}") from None
