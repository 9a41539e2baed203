"""The example project's sources as tables of PostgreSQL, and small made-up ones."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
from psycopg import sql

from support.postgres import Connection

DATA = Path(__file__).parents[2] / "data"
SMALL_TABLES = ("airlines", "airports", "planes", "weather")
TYPES = {
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "BIGINT": "bigint",
    "DOUBLE": "double precision",
    "VARCHAR": "text",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
}
CHUNK_BYTES = 1 << 20


def load_example(connection: Connection, schema: str = "raw", months: Iterable[int] = range(1, 13)) -> None:
    """All sources of the example project, with the flights of some months of 2013."""
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
    load_flights(connection, schema, months)
    for name in SMALL_TABLES:
        load_files(connection, schema, name, [DATA / f"{name}.parquet"])


def load_flights(connection: Connection, schema: str, months: Iterable[int] = range(1, 13)) -> None:
    """The table `flights` alone."""
    load_files(connection, schema, "flights", [DATA / "flights" / f"2013-{month:02}.parquet" for month in months])


def load_files(connection: Connection, schema: str, name: str, paths: Sequence[Path]) -> None:
    """A new table with the columns and rows of Parquet files."""
    table = sql.Identifier(schema, name)
    files = ", ".join(f"'{path}'" for path in paths)
    with duckdb.connect() as source, tempfile.TemporaryDirectory() as folder:
        source.execute("SET TimeZone = 'UTC'")
        described = source.execute(f"DESCRIBE FROM read_parquet([{files}])").fetchall()
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(TYPES[kind])) for column, kind, *_ in described
        )
        connection.execute(sql.SQL("CREATE TABLE {} ({})").format(table, columns))
        between = Path(folder) / "rows.csv"
        source.execute(f"COPY (FROM read_parquet([{files}])) TO '{between}' (FORMAT csv, HEADER false, NULLSTR '\\N')")
        copying = sql.SQL("COPY {} FROM STDIN (FORMAT csv, NULL '\\N')").format(table)
        with between.open("rb") as rows, connection.cursor().copy(copying) as copy:
            while chunk := rows.read(CHUNK_BYTES):
                copy.write(chunk)
    connection.execute(sql.SQL("ANALYZE {}").format(table))


def make_events(connection: Connection, table: str = "events", *, days: int = 31, per_day: int = 100) -> None:
    """A table of `id`, `day`, `seen_at` (without zone), `region` and `amount`, made by the server: from 2024-01-01 on,
    as many rows on each day, spread over it."""
    names = sql.Identifier(*table.split("."))
    query = sql.SQL(
        "CREATE TABLE {} AS SELECT id, seen_at::date AS day, seen_at,"
        " (ARRAY['eu', 'us', 'asia'])[1 + id % 3] AS region, (id * 7919 % 10007)::integer AS amount"
        " FROM (SELECT id, timestamp '2024-01-01' + id * (interval '1 day' / {}) AS seen_at"
        " FROM generate_series(0, {} - 1) AS made (id)) AS rows"
    )
    connection.execute(query.format(names, sql.Literal(per_day), sql.Literal(days * per_day)))
