"""A project over one table of a PostgreSQL database, whose models may be cut in any way and so have any leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support.cuts import errors
from support.postgres import Connection, PostgresDatabase
from swathe.api.backfill import Backfilled, BackfillOptions, backfill
from swathe.api.plan import Choice, Planned, plan
from swathe.api.workspace import ProjectOptions

EVENTS = (
    "id integer, big bigint, small smallint, day date, at timestamp, seen timestamptz, region text, flag boolean, "
    "amount integer"
)
SOURCE = "{{ source('raw', 'events') }}"

Row = tuple[Any, ...]


@dataclass
class LeafProject:
    """A folder with the source `raw.events`, a table, and its models. Tables of models are in the schema `mart`."""

    root: Path
    database: PostgresDatabase
    connection: Connection
    now: datetime = datetime(2024, 6, 1, tzinfo=UTC)

    @classmethod
    @contextmanager
    def opened(cls, root: Path, database: PostgresDatabase) -> Iterator[LeafProject]:
        (root / "models").mkdir(parents=True)
        output = {"type": "postgres", "schema": "mart", **database.keywords}
        (root / "profiles.yml").write_text(json.dumps({"p": {"target": "dev", "outputs": {"dev": output}}}))
        source = {"name": "raw", "tables": [{"name": "events", "watch": "checksum"}]}
        (root / "models" / "sources.yml").write_text(json.dumps({"sources": [source]}))
        with database.connect() as connection:
            connection.execute(f"set timezone = 'UTC'; create schema raw; create table raw.events ({EVENTS})")
            yield cls(root, database, connection)

    def fill(self, start: str, stop: str, step: str) -> None:
        """Put a row at each step of a span of time into the source; ids count hours from the first one."""
        self.connection.execute(
            "insert into raw.events select extract(epoch from t - first) / 3600, extract(epoch from t - first) * 100, "
            "mod(extract(epoch from t - first)::bigint / 3600, 20000), t, t, t at time zone 'UTC', "
            "chr(97 + extract(day from t)::integer %% 5), extract(hour from t) < 12, extract(day from t) "
            "from (select %s::timestamp as first) f, generate_series(%s::timestamp, %s::timestamp, %s::interval) t",
            [start, start, stop, step],
        )

    def write_model(self, name: str, sql: str, **config: Any) -> None:
        (self.root / "models" / f"{name}.sql").write_text("{{ config(**" + repr(config) + ") }}\n" + sql)

    @property
    def options(self) -> ProjectOptions:
        return ProjectOptions(cwd=self.root, now=self.now)

    def plan(self, *select: str, **choice: Any) -> Planned:
        return plan(self.options, Choice(select=select, **choice))

    def backfill(self, *select: str, workers: int = 1, **choice: Any) -> Backfilled:
        how = BackfillOptions(workers=workers)
        return backfill(self.options, Choice(select=select, **choice), how, lambda _: True, lambda _: None)

    def build(self, *select: str, **choice: Any) -> int:
        """A backfill that must not fail. How many partitions it built."""
        done = self.backfill(*select, **choice)
        assert errors(done) == {}
        return sum(model.succeeded for model in done.outcome.models) if done.outcome else 0

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        return self.connection.execute(sql, parameters or None).fetchall()

    def rows(self, relation: str) -> list[Row]:
        return sorted(self.query(f"select * from {relation}"), key=repr)

    def leaves(self, table: str) -> dict[str, str]:
        """What each leaf of a table in `mart` holds, in the server's words, by name."""
        return dict(
            self.query(
                "select l.relname, pg_get_expr(l.relpartbound, l.oid) from pg_inherits i "
                "join pg_class l on l.oid = i.inhrelid where i.inhparent = to_regclass(%s) order by l.oid",
                [f'mart."{table}"'],
            )
        )

    def key(self, table: str) -> str:
        """By what a table in `mart` finds its leaves; empty for a plain table."""
        ((found,),) = self.query("select coalesce(pg_get_partkeydef(to_regclass(%s)), '')", [f'mart."{table}"'])
        return str(found)

    def records(self, model: str) -> Mapping[str, int]:
        """Row counts by key, of partitions that hold rows."""
        listed = "select partition_key, row_count from swathe_state.partitions where model = %s and row_count > 0"
        return dict(self.query(listed, [model]))

    def tables(self) -> set[str]:
        """All tables in `mart`, leaves too."""
        return {name for (name,) in self.query("select tablename from pg_tables where schemaname = 'mart'")}
