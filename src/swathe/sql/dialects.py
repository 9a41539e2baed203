"""The overwrite as other engines spell it, for compiling only: nothing of this is run.

sqlglot translates the query. The statement around it is ours, since sqlglot prints `INSERT OVERWRITE` even for engines
that have none. Where an engine can't overwrite in one step, a comment before the first statement says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import UTC, datetime

from sqlglot import exp, parse_one
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, SqlglotError

from swathe.errors import ModelError, SelectionError, did_you_mean
from swathe.frozen import frozen


@frozen
class Overwriting:
    """What replaces the rows of one table that a predicate is true of.

    `predicate` None is every row. `table`, `columns` (quoted), `predicate` and `select` are SQL.
    """

    table: str
    columns: tuple[str, ...]
    predicate: str | None
    select: str


Form = Callable[[Overwriting], tuple[str, ...]]


def check_dialect(dialect: str) -> None:
    """Raises SelectionError for a dialect that swathe does not compile for."""
    if dialect not in DIALECTS:
        raise SelectionError(
            f"there is no dialect `{dialect}`",
            hint=did_you_mean(dialect, DIALECTS, otherwise="one of " + ", ".join(DIALECTS)),
        )


def overwrite_statements(overwriting: Overwriting, source: str, dialect: str) -> tuple[str, ...]:
    """The statements in order, from SQL of the dialect `source`. Raises SelectionError and ModelError."""
    check_dialect(dialect)
    return _FORMS[dialect](
        Overwriting(
            table=translated(overwriting.table, source, dialect, part=True),
            columns=tuple(translated(column, source, dialect, part=True) for column in overwriting.columns),
            predicate=overwriting.predicate and translated(overwriting.predicate, source, dialect, part=True),
            select=translated(overwriting.select, source, dialect),
        )
    )


def view_statement(table: str, query: str, source: str, dialect: str) -> str:
    """The view in another dialect. Raises SelectionError and ModelError."""
    check_dialect(dialect)
    name = translated(table, source, dialect, part=True)
    return f"CREATE OR REPLACE VIEW {name} AS\n{translated(query, source, dialect)}"


def translated(sql: str, source: str, dialect: str, *, part: bool = False) -> str:
    """A query in another dialect, or a `part` of one on a single line. Raises ModelError where it can't be."""
    try:
        tree = parse_one(sql, read=source)
        if part and isinstance(tree, exp.Column) and tree.table:
            tree = exp.to_table(sql, dialect=source)
        for name in tree.find_all(exp.Identifier):
            _fold(name, dialect)
        if dialect in _WITHOUT_GROUP_BY_ALL:
            _spell_out_groups(tree)
        if dialect == "bigquery":
            _inline_windows(tree)
        if dialect == "clickhouse":
            tree = tree.transform(_clickhouse_literal)
        generator = Dialect.get_or_raise(dialect).generator(pretty=not part, unsupported_level=ErrorLevel.IGNORE)
        text: str = generator.generate(tree)
    except (SqlglotError, AttributeError, KeyError, TypeError, ValueError) as error:  # it also stumbles over itself
        raise ModelError(f"the query can't be translated to {dialect}: {error}") from None
    lost = "\n".join(f"Not translated: {what}" for what in dict.fromkeys(generator.unsupported_messages))
    return comment(lost) + text


_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FOLDS: Mapping[str, Callable[[str], str]] = {"postgres": str.lower, "snowflake": str.upper}
"""Engines in which a quoted name differs from the same name without quotes, unless it is in this case."""


def _fold(name: exp.Identifier, dialect: str) -> None:
    """Swathe quotes every name that it writes, and these must meet the names that the query has without quotes."""
    fold = _FOLDS.get(dialect)
    if fold and name.args.get("quoted") and _PLAIN_NAME.fullmatch(name.this):
        name.set("this", fold(name.this))


_WITHOUT_GROUP_BY_ALL = ("postgres", "trino")


def _spell_out_groups(tree: exp.Expr) -> None:
    """GROUP BY ALL as the positions of the columns that are no aggregates. A `*` has none, and is left to the engine
    to refuse.
    """
    for select in tree.find_all(exp.Select):
        group = select.args.get("group")
        if group is None or not group.args.get("all") or select.is_star:
            continue
        plain = [
            exp.Literal.number(position)
            for position, column in enumerate(select.expressions, start=1)
            if all(found.parent_select is not select for found in column.find_all(exp.AggFunc, exp.Window))
        ]
        select.set("group", exp.Group(expressions=plain) if plain else None)


def _inline_windows(tree: exp.Expr) -> None:
    """sqlglot can't order the NULLs of a named window for BigQuery, so each use gets the window itself."""
    for select in list(tree.find_all(exp.Select)):
        named = {window.name.lower(): window for window in select.args.get("windows") or ()}
        if any(window.args.get("alias") for window in named.values()):
            continue  # windows built on windows
        for use in list(select.find_all(exp.Window)):
            window = named.get(use.alias.lower())
            if window is not None and use.find_ancestor(exp.Select) is select:
                use.set("alias", None)
                for part in ("partition_by", "order", "spec"):
                    if not use.args.get(part):
                        use.set(part, deepcopy(window.args.get(part)))
        select.set("windows", None)


def _clickhouse_literal(node: exp.Expression) -> exp.Expression:
    """ClickHouse can't cast a text with an offset, and its DATE ends in 2149."""
    if not isinstance(node, exp.Cast) or not node.this.is_string:
        return node
    text = exp.Literal.string(node.this.this)
    microseconds = exp.Literal.number(6)
    if node.to.is_type(exp.DataType.Type.DATE):
        return exp.Anonymous(this="toDate32", expressions=[text])
    if node.to.is_type(exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ):
        return exp.Anonymous(this="toDateTime64", expressions=[text, microseconds])
    if node.to.is_type(exp.DataType.Type.TIMESTAMPTZ) and (utc := _in_utc(node.this.this)):
        zone = exp.Literal.string("UTC")
        return exp.Anonymous(this="toDateTime64", expressions=[exp.Literal.string(utc), microseconds, zone])
    return node


def _in_utc(text: str) -> str | None:
    """The wall clock in UTC of an instant with its offset; None for any other text."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ") if moment.tzinfo else None


def comment(text: str) -> str:
    """Each line as a comment, so that a name with a line break in it stays inside."""
    return "".join(f"-- {line}\n" for line in text.strip().splitlines())


def _delete(rows: Overwriting, *, always_where: bool = False) -> str:
    if rows.predicate is None and not always_where:
        return f"DELETE FROM {rows.table}"
    return f"DELETE FROM {rows.table}\nWHERE {rows.predicate or 'TRUE'}"


def _insert(rows: Overwriting) -> str:
    return f"INSERT INTO {rows.table} ({', '.join(rows.columns)})\n{rows.select}"


def _in_transaction(begin: str, commit: str, *, always_where: bool = False) -> Form:
    return lambda rows: (begin, _delete(rows, always_where=always_where), _insert(rows), commit)


def _trino(rows: Overwriting) -> tuple[str, ...]:
    note = comment("""
Trino: most connectors have no transaction of several statements. Between the two readers see the rows gone, and when
the second fails, run both again.
""")
    return (note + _delete(rows), _insert(rows))


def _clickhouse(rows: Overwriting) -> tuple[str, ...]:
    note = comment("""
ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
""")
    return (note + _delete(rows, always_where=True), _insert(rows))


def _replace_where(rows: Overwriting) -> str:
    return f"INSERT INTO {rows.table}\nREPLACE WHERE {rows.predicate or 'TRUE'}\n{rows.select}"


def _databricks(rows: Overwriting) -> tuple[str, ...]:
    note = comment("Databricks: one atomic statement on a Delta table. Columns go by position, in this order.")
    return (note + _replace_where(rows),)


def _spark(rows: Overwriting) -> tuple[str, ...]:
    note = comment(f"""
Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
the partition at it, which is the commit:
  INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
  ALTER TABLE {rows.table} ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
  ALTER TABLE {rows.table} PARTITION (<column> = <value>) SET LOCATION '<new directory>'
""")
    return (note + _replace_where(rows),)


_FORMS: Mapping[str, Form] = {
    "bigquery": _in_transaction("BEGIN TRANSACTION", "COMMIT TRANSACTION", always_where=True),
    "clickhouse": _clickhouse,
    "databricks": _databricks,
    "duckdb": _in_transaction("BEGIN TRANSACTION", "COMMIT"),
    "postgres": _in_transaction("BEGIN", "COMMIT"),
    "redshift": _in_transaction("BEGIN", "COMMIT"),
    "snowflake": _in_transaction("BEGIN", "COMMIT"),
    "spark": _spark,
    "trino": _trino,
}
DIALECTS = tuple(_FORMS)
