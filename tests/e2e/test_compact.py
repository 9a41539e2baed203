"""`compact`: the same rows and the same records, in the order of the partitions."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from support import killable
from support.command_line import Told, swathe
from support.crashes import stopping_at
from support.cuts import SOURCE, CutProject, by_day, by_values
from support.databases import opened
from support.leaf_project import LeafProject
from support.postgres import PostgresDatabase
from swathe.api.changes import Writing
from swathe.api.compact import Compact
from swathe.api.history import recent_runs
from swathe.engine.duckdb import engine
from swathe.engine.duckdb.session import DuckDBSession
from swathe.run.compact import Scatter
from swathe.state.claims import WHOLE, claim

FEW = 4
"""So many rows are a group here, for tests that look at what is decided."""

ODD = 'Tag "der" Fahrt'
COLUMNS = {
    ODD: "date", "k0": "varchar", "rowid": "integer", "at": "timestamp", "place": "varchar", "amount": "integer",
}  # fmt: skip
DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(8)]
LINE = {"column": ODD, "granularity": "day"}
SPAN = {"begin": "2024-01-01", "end": "2024-01-09"}
CUTS: dict[str, dict[str, Any]] = {
    "days": {"partition_by": [LINE], **SPAN},
    "days and NULL": {"partition_by": [{**LINE, "nulls": "own"}], **SPAN},
    "values": {"partition_by": [by_values("k0", 'e"u', "us", "Ü", nulls="own", rest=True)]},
    "grid": {"partition_by": [LINE, by_values("place", "a", "b", "c")], **SPAN},
    "hours": {"partition_by": [{"column": "at", "granularity": "hour", "timezone": "Europe/Berlin"}], **SPAN},
    "ranges and values": {
        "partition_by": [
            {"column": "rowid", "range": {"start": 0, "stop": 105, "step": 7}},
            by_values("k0", "us", rest=True, nulls="own"),
        ]
    },
}


def rows(*, nulls: bool = False) -> list[tuple[Any, ...]]:
    """In no order at all."""
    chance = Random(7)
    made = [
        (
            chance.choice([*DAYS, None] if nulls else DAYS),
            chance.choice(['e"u', "us", "Ü", "other", None]),
            number,
            datetime(2024, 1, 1 + number % 8, chance.randrange(24), chance.randrange(60)),
            chance.choice("abc"),
            chance.randrange(1000),
        )
        for number in range(100)
    ]
    chance.shuffle(made)
    return made


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "CAPABILITIES", replace(engine.CAPABILITIES, row_group=FEW))


def shuffle(project: CutProject, by: str) -> None:
    """What rebuilding does in the course of time."""
    project.query(
        "create temp table s as from main.m; delete from main.m; "
        f"insert into main.m select * from s order by {by}; drop table s"
    )


def filled(root: Path, cut: str) -> CutProject:
    project = CutProject.create(root, columns=COLUMNS)
    project.write_rows(rows(nulls=cut == "days and NULL"))
    project.write_model("m", f"select * from {SOURCE}", **CUTS[cut])
    project.fill()
    shuffle(project, '"rowid" * 37 % 101')
    return project


def compact(project: CutProject, *arguments: str) -> Told:
    return swathe(project.root, "compact", "--now", "2024-06-01", *arguments)


def state(project: CutProject) -> list[Any]:
    with project.opened() as ask:
        tables = ask("select table_name from duckdb_tables() where schema_name = 'swathe_state' order by all")
        return [(name, ask(f"select * from swathe_state.{name} order by all")) for (name,) in tables if name != "runs"]


def in_order(project: CutProject, model: str, *keys: str) -> list[tuple[Any, ...]]:
    """The keys of a table's rows as they lie, each run of the same once."""
    found = project.query(f"select {', '.join(keys)} from main.{model}")
    return [key for key, before in zip(found, [None, *found], strict=False) if key != before]


@pytest.mark.usefixtures("small_groups")
class TestSameRows:
    @pytest.mark.parametrize("cut", CUTS)
    def test_rows_and_records_stay_as_they_are(self, tmp_path: Path, cut: str) -> None:
        project = filled(tmp_path / "p", cut)
        project.freeze("m", keys=(next(iter(project.records("m"))),))
        held, recorded, verdicts = project.rows("m"), state(project), project.verdicts("m")
        told = compact(project)
        assert (told.code, told.errors) == (0, [])
        assert told.stdout.startswith("compacted 1 table\n")
        assert project.rows("m") == held
        assert state(project) == recorded
        assert project.verdicts("m") == verdicts
        assert set(verdicts.values()) == {"current", "frozen"}
        again = compact(project)
        assert again.stdout == "nothing to compact\n"
        assert again.stderr == "left as it is: m: in order already\n"

    def test_partitions_lie_together_and_keep_their_own_order(self, tmp_path: Path) -> None:
        project = filled(tmp_path / "p", "grid")
        quoted = '"' + ODD.replace('"', '""') + '"'
        before = project.query(f"select * from main.m where {quoted} = '2024-01-03' and place = 'b'")
        compact(project)
        keys = in_order(project, "m", quoted, "place")
        assert keys == sorted(set(keys))
        assert project.query(f"select * from main.m where {quoted} = '2024-01-03' and place = 'b'") == before

    def test_the_last_partitions_are_null_and_the_rest_of_a_list(self, tmp_path: Path) -> None:
        project = filled(tmp_path / "p", "values")
        compact(project)
        known = [key for (key,) in in_order(project, "m", "k0") if key not in (None, "other")]
        assert known == ["Ü", 'e"u', "us"] or sorted(known) == known
        assert len(in_order(project, "m", "k0")) == 5

    def test_rows_without_a_partition_are_kept(self, tmp_path: Path) -> None:
        project = filled(tmp_path / "p", "days")
        project.query("insert into main.m values (null, 'x', 1, null, null, 1), ('1999-01-01', 'y', 2, null, null, 2)")
        held = project.rows("m")
        assert compact(project).code == 0
        assert project.rows("m") == held

    def test_the_table_keeps_what_was_said_of_it(self, tmp_path: Path) -> None:
        project = filled(tmp_path / "p", "days")
        project.query(
            "alter table main.m alter amount set default 7; alter table main.m alter amount set not null; "
            "alter table main.m add column note varchar; comment on table main.m is 'mine'; "
            "comment on column main.m.amount is 'in cents'; create index by_amount on main.m (amount); "
            "create view main.seen as select * from main.m"
        )
        said = (
            "select sql, comment from duckdb_tables() where table_name = 'm' union all "
            "select column_default, comment from duckdb_columns() where table_name = 'm' union all "
            "select sql, comment from duckdb_indexes() union all select sql, comment from duckdb_views() "
            "where view_name = 'seen' order by all"
        )
        before, seen = project.query(said), sorted(project.query("from main.seen"), key=repr)
        assert compact(project).stdout.startswith("compacted 1 table\n")
        assert project.query(said) == before
        assert sorted(project.query("from main.seen"), key=repr) == seen

    def test_at_whatever_statement_it_stops(self, tmp_path: Path) -> None:
        project = filled(tmp_path / "p", "days and NULL")
        held, recorded = project.rows("m"), project.records("m")
        for statement in range(400):
            with stopping_at(statement) as left:
                compact(project)
            assert project.rows("m") == held
            assert project.records("m") == recorded
            if left[0] >= 0:
                break
        assert left[0] >= 0, "it was never let through"
        assert set(project.verdicts("m").values()) == {"current"}

    def test_an_interrupted_one_leaves_the_old_table(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        project = filled(tmp_path / "p", "days")
        lying = project.query("from main.m")
        run = DuckDBSession._run

        def interrupted(self: DuckDBSession, sql: str, parameters: Any) -> duckdb.DuckDBPyConnection:
            if sql.startswith('INSERT INTO "main"."m"'):
                raise KeyboardInterrupt
            return run(self, sql, parameters)

        monkeypatch.setattr(DuckDBSession, "_run", interrupted)
        assert compact(project).code == 130
        monkeypatch.undo()
        assert project.query("from main.m") == lying
        (last,) = recent_runs(project.options, 1)
        assert (last.command, last.status, last.succeeded) == ("compact", "cancelled", 0)

    def test_a_row_too_few_takes_all_back(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        project = filled(tmp_path / "p", "days")
        lying = project.query("from main.m")
        monkeypatch.setattr("swathe.run.compact.scatter_of", lambda *_: Scatter(99, 8, 25, 25, 25))
        told = compact(project)
        assert (told.code, told.errors) == (2, ["`main.m` has 100 rows, and 99 were written anew"])
        assert project.query("from main.m") == lying


@pytest.mark.usefixtures("small_groups")
class TestCommand:
    def test_text(self, tmp_path: Path) -> None:
        project = filled(tmp_path / "p", "days")
        project.write_model("whole", "select count(*) as n from {{ ref('m') }}")
        project.write_model("seen", "select * from {{ ref('m') }}", materialized="view")
        project.fill()
        project.write_model("later", "select * from {{ ref('m') }}", **CUTS["days"])
        told = compact(project, "--reason", "to read less")
        assert told.code == 0
        assert told.stdout == (
            "compacted 1 table\n"
            "  m  a partition is looked for in 3.6 of 25 groups of rows; before in 15.6\n"
        )  # fmt: skip
        assert told.stderr == (
            "m  8 partitions, 100 rows\n"
            "  a partition is looked for in 15.6 of 25 groups of rows; 3.6 once they are in order\n"
            "left as it is: later: nothing of it is built\n"
            "left as it is: seen: a view holds no rows\n"
            "left as it is: whole: it is in one piece\n"
        )
        (run,) = recent_runs(project.options, 1)
        assert (run.command, run.status, run.reason, run.partitions, run.succeeded) == (
            "compact", "succeeded", "to read less", 8, 8
        )  # fmt: skip

    def test_json(self, tmp_path: Path) -> None:
        project = filled(tmp_path / "p", "days")
        said = json.loads(compact(project, "m", "--yes", "--output", "json").stdout)
        assert said.pop("run_id")
        assert said == {
            "models": [
                {
                    "model": "m", "partitions": 8, "rows": 100,
                    "before": {"row_groups": 25, "row_groups_of_a_partition": 15.625},
                    "after": {"row_groups": 25, "row_groups_of_a_partition": 3.625},
                }
            ],
            "left_out": [],
            "totals": {"models": 1},
        }  # fmt: skip
        said = json.loads(compact(project, "m", "--output", "json").stdout)
        assert said == {
            "run_id": None, "models": [], "left_out": [{"model": "m", "why": "in order already"}],
            "totals": {"models": 0},
        }  # fmt: skip

    def test_declined_is_not_done(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        project = filled(tmp_path / "p", "days")
        lying = project.query("from main.m")
        asked: list[str] = []
        monkeypatch.setattr("swathe.cli.console.can_ask", lambda: True)
        monkeypatch.setattr("swathe.cli.console.ask", asked.append)
        told = compact(project)
        assert (told.code, told.stdout, asked) == (0, "nothing was compacted\n", ["compact 1 table?"])
        assert project.query("from main.m") == lying
        assert compact(project, "--yes").stdout.startswith("compacted 1 table\n")
        assert len(asked) == 1

    def test_an_unknown_model(self, tmp_path: Path) -> None:
        told = compact(filled(tmp_path / "p", "days"), "nobody")
        assert told.code == 2
        assert "nobody" in told.errors[0]

    def test_nothing_is_built(self, tmp_path: Path) -> None:
        project = CutProject.create(tmp_path / "p", columns=COLUMNS)
        project.write_model("m", f"select * from {SOURCE}", **CUTS["days"])
        told = compact(project)
        assert (told.code, told.stdout) == (0, "nothing to compact\n")
        assert told.stderr == "left as it is: m: nothing of it is built\n"

    def test_a_table_that_another_run_is_writing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        project = filled(tmp_path / "p", "days")
        lying = project.query("from main.m")
        write = Compact.write

        def held(self: Compact, writing: Writing, changes: Sequence[Any]) -> Iterator[Any]:
            with other_run(writing):
                yield from write(self, writing, changes)

        monkeypatch.setattr(Compact, "write", held)
        told = compact(project, "--yes")
        assert told.code == 2
        assert told.errors[0].startswith("`m` is being built there by run other (PID ")
        assert project.query("from main.m") == lying


@contextmanager
def other_run(writing: Writing) -> Iterator[None]:
    """A run that is alive and writes `m`."""
    from swathe.state.runs import alive_name
    from swathe.state.store import StateStore

    warehouse = writing.scene.warehouse
    session = warehouse.engine.session()
    store = StateStore(warehouse.engine, session, writing.scene.workspace.settings.state_schema)
    session.execute(
        f"INSERT INTO {store.table('runs')} BY NAME SELECT * REPLACE ('other' AS run_id) FROM {store.table('runs')} "
        f"WHERE run_id = '{writing.run_id}'"
    )
    session.hold(alive_name(store, "other"))
    claim(session, store, "other", writing.scene.specs[0].name, writing.scene.specs[0].scheme.unit, WHOLE)
    yield
    session.close()


def large(root: Path) -> CutProject:
    """A million rows of a hundred days, in no order."""
    project = CutProject.create(root)
    with opened() as connection:
        connection.execute(
            "copy (select i::integer as id, date '2024-01-01' + (i // 10000)::integer as day, 'eu' as region, "
            "(i % 7)::integer as kind, i % 2 = 0 as flag, i::varchar as amount from range(1000000) r(i)) "
            f"to '{root}/data/0.parquet'"
        )
    project.write_model("m", f"select * from {SOURCE}", partition_by=by_day(), begin="2024-01-01", end="2024-04-10")
    project.fill()
    shuffle(project, "id * 37 % 1000003")
    return project


def test_a_day_is_found_where_it_lies(tmp_path: Path) -> None:
    project = large(tmp_path / "p")
    told = compact(project)
    assert told.stdout.splitlines()[1] == ("  m  a partition is looked for in 1.1 of 9 groups of rows; before in 8.9")
    # What DuckDB itself says of its groups.
    groups = project.query(
        "select row_group_id, count from pragma_storage_info('main.m') "
        "where column_name = 'day' and segment_type <> 'VALIDITY' and count > 0 order by all"
    )
    assert len(groups) == 9
    assert sum(count for _, count in groups) == 1_000_000
    if duckdb.__version__ >= "2":  # an older one profiles the rows of the whole table
        profile = tmp_path / "profile.json"
        with duckdb.connect(str(project.root / "p.duckdb")) as connection:
            connection.execute(f"pragma enable_profiling = 'json'; set profiling_output = '{profile}'")
            connection.execute("set profiling_coverage = 'ALL'")
            connection.execute("select sum(kind) from main.m where day = '2024-02-03'").fetchall()
        assert _scanned(json.loads(profile.read_text())) <= 2 * 122_880
    assert project.query("select count(*), count(distinct id), sum(id) from main.m") == [
        (1_000_000, 1_000_000, 499_999_500_000)
    ]


def _scanned(part: Any) -> int:
    """The rows that a profile says were read."""
    if isinstance(part, list):
        return sum(map(_scanned, part))
    if not isinstance(part, dict):
        return 0
    below = sum(_scanned(part.get(key, ())) for key in ("operator", "children"))
    return int(part.get("rows_scanned", 0)) + below


def test_sigkill_leaves_the_old_table_or_the_new_one(tmp_path: Path) -> None:
    project = large(tmp_path / "p")
    truth = project.query("select bit_xor(hash(m)), count(*) from main.m")
    chance, landed = Random(1), 0
    for _ in range(6):
        process = killable.start(project.root, "compact", "--yes", "--now", "2024-06-01")
        process.join(chance.uniform(0.3, 1.5))
        process.kill()
        process.join(60)
        landed += process.exitcode == -signal.SIGKILL
        assert project.query("select bit_xor(hash(m)), count(*) from main.m") == truth
        assert set(project.verdicts("m").values()) == {"current"}
    assert landed
    assert compact(project).code == 0
    assert project.query("select count(*) from swathe_state.claims") == [(0,)]


def test_postgres_has_nothing_to_do(tmp_path: Path, postgres_database: PostgresDatabase) -> None:
    with LeafProject.opened(tmp_path / "p", postgres_database) as project:
        project.fill("2024-01-01", "2024-01-03", "6 hours")
        project.write_model(
            "m", "select day, amount from {{ source('raw', 'events') }}", partition_by=by_day(), begin="2024-01-01",
            end="2024-01-04",
        )  # fmt: skip
        project.backfill()
        told = swathe(project.root, "compact", "--now", "2024-06-01")
        assert (told.code, told.stdout) == (0, "nothing to compact\n")
        assert told.stderr == (
            "left as it is: m: leaves keep the rows of a partition together; VACUUM is what cleans them\n"
        )
