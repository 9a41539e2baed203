"""Every command on PostgreSQL: what it says, how it exits, and what becomes of tables and records; and what goes wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support.command_line import Told, snapshot, swathe
from support.cuts import by_day
from support.flights_in_postgres import DATA, load_files, load_flights
from support.leaf_project import SOURCE, LeafProject, Row
from support.postgres import Connection, PostgresDatabase

NOW = "2014-06-01T00:00:00Z"
SPAN = """{{ config(
    partition_by = {"column": "flight_date", "granularity": "day"},
    begin        = "2013-01-01",
    end          = "2013-01-04",
) }}
"""
FLIGHTS = f"""{SPAN}select
    cast(time_hour at time zone 'America/New_York' as date) as flight_date,
    time_hour,
    carrier,
    cast(flight as integer) as flight_number,
    origin,
    cast(dep_delay as integer) as dep_delay
from {{{{ source('raw', 'flights') }}}}
"""
DAILY = f"""{SPAN}select flight_date, carrier, count(*) as flights, cast(sum(dep_delay) as bigint) as total_delay
from {{{{ ref('flights') }}}}
group by flight_date, carrier
"""
ROUTES = """{{ config(
    partition_by = {"column": "carrier", "query": "select carrier from {{ source('raw', 'airlines') }}"},
) }}
select carrier, origin, count(*) as flights from {{ ref('flights') }} group by carrier, origin
"""
NAMED = """{{ config(materialized = "view") }}
select daily.flight_date, airlines.name, daily.flights
from {{ ref('daily') }} daily
join {{ source('raw', 'airlines') }} airlines on airlines.carrier = daily.carrier
"""
YAML = """
sources:
  - name: raw
    tables:
      - name: flights
        event_time: time_hour
        partition_by: {column: time_hour, granularity: hour}
        watch: checksum
      - {name: airlines, watch: checksum}
models:
  - name: daily
    data_tests:
      - unique: [flight_date, carrier]
"""
FILES = {"flights.sql": FLIGHTS, "daily.sql": DAILY, "routes.sql": ROUTES, "named.sql": NAMED, "all.yml": YAML}
TRUTH = {
    "flights": "select cast(time_hour at time zone 'America/New_York' as date), time_hour, carrier,"
    " flight::integer, origin, dep_delay::integer from raw.flights",
    "daily": "select cast(time_hour at time zone 'America/New_York' as date), carrier, count(*),"
    " sum(dep_delay)::bigint from raw.flights group by 1, 2",
    "routes": "select carrier, origin, count(*) from raw.flights group by 1, 2",
}


@dataclass
class Flights:
    """A project over the flights of the first three days of 2013. Its tables are in the schema `mart`."""

    root: Path
    connection: Connection

    def run(self, *arguments: str, code: int = 0) -> Told:
        told = swathe(self.root, *arguments, "--now", NOW)
        assert told.code == code, told
        assert "Traceback" not in told.stdout + told.stderr
        return told

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--output", "json", code=code).stdout)

    def query(self, sql: str) -> list[Row]:
        return self.connection.execute(sql.encode()).fetchall()

    def verdicts(self, model: str) -> dict[str, int]:
        (found,) = self.json("status", model)["models"]
        return {verdict: count for verdict, count in found["verdicts"].items() if count}

    def check_whole(self, *models: str) -> None:
        for model in models:
            stored, fresh = f"(select * from mart.{model})", f"({TRUTH.get(model, TRUTH['daily'])})"
            differ = f"(({stored} except all {fresh}) union all ({fresh} except all {stored}))"
            assert self.query(f"select count(*) from {differ} as d") == [(0,)], model

    def runs(self, command: str) -> list[Row]:
        """Status, partitions and reason of the runs of a command, oldest first."""
        return self.query(
            "select status, succeeded, reason from swathe_state.runs "
            f"where command = '{command}' order by started_at, run_id"
        )


@pytest.fixture
def flights(tmp_path: Path, postgres_database: PostgresDatabase) -> Iterator[Flights]:
    root = tmp_path / "p"
    (root / "models").mkdir(parents=True)
    for name, text in FILES.items():
        (root / "models" / name).write_text(text, encoding="utf-8")
    write_profile(root, postgres_database)
    with postgres_database.connect(options="-c TimeZone=UTC") as connection:
        connection.execute("create schema raw")
        load_flights(connection, "raw", [1])
        load_files(connection, "raw", "airlines", [DATA / "airlines.parquet"])
        connection.execute("delete from raw.flights where time_hour >= '2013-01-04 05:00Z'")
        yield Flights(root, connection)


def write_profile(root: Path, database: PostgresDatabase, **other: Any) -> None:
    output = {"type": "postgres", "schema": "mart", **database.keywords, **other}
    profile = {"target": "dev", "outputs": {"dev": output}}
    (root / "profiles.yml").write_text(json.dumps({"p": profile}), encoding="utf-8")


def test_from_nothing_to_current(flights: Flights) -> None:
    compiled = flights.run("compile", "daily")
    assert 'DELETE FROM "mart"."daily"\nWHERE "flight_date" >= DATE \'2013-01-01\'' in compiled.stdout
    assert "OFFSET 0) AS q" in compiled.stdout  # else the filter on the day would spoil what the server guesses
    assert (flights.root / "target" / "compiled" / "daily.sql").exists()
    planned = flights.run("plan")
    assert "2013-01-01 … 2013-01-03 (3)" in planned.stdout
    assert flights.run("plan", "--check", code=4).stdout == planned.stdout
    assert flights.query("select nspname from pg_namespace where nspname in ('mart', 'swathe_state')") == []

    told = flights.run("backfill", "--yes", "--select", "+daily", "--from", "2013-01-01", "--to", "2013-01-02")
    assert "daily 2013-01-02: 14 rows" in told.stderr
    assert flights.query("select distinct flight_date::text from mart.flights order by 1") == [
        ("2013-01-01",), ("2013-01-02",),
    ]  # fmt: skip
    said = flights.run("status").stdout
    assert "flights  2 current, 1 missing  1,785 rows  by day of flight_date\n  2013-01-01 ██· 2013-01-03" in said

    done = flights.json("backfill", "--yes")
    assert done["status"] == "succeeded"
    assert {entry["model"]: entry["succeeded"] for entry in done["models"]} == {
        "flights": 1, "daily": 1, "named": 1, "routes": 16,
    }  # fmt: skip
    flights.check_whole("flights", "daily", "routes")
    assert flights.query("select sum(flights) from mart.named") == flights.query("select count(*) from raw.flights")
    assert "everything is current" in flights.run("plan", "--check").stdout
    assert {name: flights.verdicts(name) for name in ("flights", "daily", "named", "routes")} == {
        "flights": {"current": 3}, "daily": {"current": 3}, "named": {"current": 1}, "routes": {"current": 16},
    }  # fmt: skip

    full = flights.json("backfill", "--yes", "--full", "daily", "--partition", "2013-01-03", "--reason", "it's late")
    assert full["totals"]["succeeded"] == 1
    assert flights.runs("backfill") == [("succeeded", 4, None), ("succeeded", 19, None), ("succeeded", 1, "it's late")]
    assert flights.query(
        f"select partition_key, row_count from swathe_state.partitions where run_id = '{full['run_id']}'"
    ) == [("2013-01-03", 15)]
    flights.check_whole("daily")


def test_asking_about_what_changed(flights: Flights) -> None:
    flights.run("backfill", "--yes")
    before = flights.query("select * from swathe_state.partitions order by model, partition_key")
    flights.query(
        "update raw.flights set dep_delay = 100 where time_hour = '2013-01-02 15:00Z' and carrier = 'UA' returning 1"
    )
    told = flights.run("plan", "--explain", "daily", "--partition", "2013-01-02").stdout
    assert "`raw.flights` changed between 2013-01-02T05 and 2013-01-03T04" in told
    assert "not as it was: 2013-01-02T15" in told
    assert flights.json("plan", "--check", code=4)["totals"]["partitions"] == 18
    told = flights.run("diff", "flights", "--partition", "2013-01-02").stdout
    assert "943 rows stored, 943 now: 0 added, 0 removed, 10 changed, 933 the same" in told
    found = flights.json("diff", "flights", "--partition", "2013-01-02", "--key", "carrier,flight_number,time_hour")
    assert (found["changed"], found["added"], found["key"]) == (10, 0, ["carrier", "flight_number", "time_hour"])
    told = flights.run("preview", "named", "--limit", "2").stdout
    assert "named all: 2 of 43 rows" in told
    shown = flights.json("preview", "daily", "--partition", "2013-01-02")
    assert shown["columns"] == ["flight_date", "carrier", "flights", "total_delay"]
    assert len(shown["rows"]) == shown["row_count"] == 14
    told = flights.run("lineage", "daily", "--column", "total_delay").stdout
    assert "← flights.dep_delay  the same day\n    ← raw.flights.dep_delay  the same day up to 1 day after" in told
    assert "read by routes     the same carrier" in flights.run("lineage").stdout
    assert "passed  unique(flight_date, carrier)" in flights.run("audit").stdout
    flights.query("insert into mart.daily select * from mart.daily where carrier = 'UA' returning 1")
    (audited,) = flights.json("audit", code=1)["models"]
    assert [(found["status"], found["bad_rows"]) for found in audited["audits"]] == [("failed", 6)]
    # None of these wrote anything.
    assert flights.query("select * from swathe_state.partitions order by model, partition_key") == before
    assert len(flights.runs("backfill")) == 1
    flights.run("backfill", "daily", "--yes", "--full")
    flights.run("backfill", "--yes")
    flights.check_whole("flights", "daily", "routes")


def test_changing_records(flights: Flights) -> None:
    flights.run("backfill", "--yes")
    told = flights.run("freeze", "daily", "--partition", "2013-01-02", "--yes", "--reason", 'it\'s "final"')
    assert "frozen 1 partition of 1 model" in told.stdout
    flights.query("update raw.flights set dep_delay = 7 where carrier = 'UA' returning 1")
    flights.run("backfill", "--yes")
    assert flights.verdicts("daily") == {"current": 2, "frozen": 1}
    flights.check_whole("flights", "routes")
    assert flights.query("select total_delay = 7 * flights from mart.daily where carrier = 'UA' order by flight_date") == [
        (True,), (False,), (True,),
    ]  # fmt: skip
    assert "nothing to wipe" in flights.run("wipe", "daily", "--partition", "2013-01-02", "--yes").stdout
    assert "thawed 1 partition" in flights.run("thaw", "daily", "--yes").stdout
    assert flights.verdicts("daily") == {"current": 2, "stale-input": 1}

    marked = flights.json("invalidate", "daily", "--partition", "2013-01-03", "--yes", "--reason", "sure is sure")
    assert [(entry["model"], entry["partitions"]) for entry in marked["models"]] == [("daily", 1)]
    assert flights.verdicts("daily") == {"current": 1, "stale-input": 2}
    wiped = flights.run("wipe", "routes", "--partition", "UA", "--yes")
    assert "wiped 1 partition of 1 model" in wiped.stdout
    assert flights.query("select count(*) from mart.routes where carrier = 'UA'") == [(0,)]
    assert flights.verdicts("routes") == {"current": 15, "missing": 1}
    flights.run("backfill", "--yes")
    flights.check_whole("flights", "daily", "routes")

    listed = flights.json("runs")["runs"]
    assert [(run["command"], run["partitions"], run["reason"]) for run in listed] == [
        ("backfill", 3, None), ("wipe", 1, None), ("invalidate", 1, "sure is sure"), ("thaw", 1, None),
        ("backfill", 21, None), ("freeze", 1, "it's \"final\""), ("backfill", 23, None),
    ]  # fmt: skip
    assert 'it\'s "final"' in flights.run("runs").stdout
    one = flights.run("runs", listed[1]["run_id"]).stdout
    assert re.search(r"^routes +UA +wipe +1 +succeeded", one, re.MULTILINE)


def test_adopting_tables_of_others(flights: Flights) -> None:
    flights.run("backfill", "flights", "--yes")
    named = f"({TRUTH['daily']}) as d (flight_date, carrier, flights, total_delay)"
    flights.connection.execute(f"create table mart.plain as select * from {named}".encode())
    flights.connection.execute(
        "create table mart.cut (like mart.plain) partition by list (carrier);"
        "create table mart.cut_ua partition of mart.cut for values in ('UA');"
        "create table mart.cut_others partition of mart.cut default;"
        "insert into mart.cut select * from mart.plain"
    )
    for name in ("plain", "cut"):
        (flights.root / "models" / f"{name}.sql").write_text(DAILY, encoding="utf-8")
        refused = flights.run("backfill", name, "--yes", code=2)
        assert refused.errors == [f"the table `mart.{name}` already holds rows that swathe did not write"]
        assert f"`swathe adopt {name}` takes them over" in (refused.hint or "")
        told = flights.run("adopt", name, "--yes", "--reason", "made by hand")
        assert "adopted 3 partitions of 1 model" in told.stdout
        assert flights.verdicts(name) == {"current": 3}
        flights.run("plan", name, "--check")
    assert flights.runs("adopt") == [("succeeded", 3, "made by hand")] * 2
    flights.query("update raw.flights set dep_delay = 7 where carrier = 'UA' returning 1")
    flights.run("backfill", "flights", "plain", "cut", "--yes")
    flights.check_whole("flights", "plain", "cut")
    # It is used as it is, also when all of it is built again.
    flights.run("backfill", "cut", "--yes", "--full")
    flights.check_whole("cut")
    leaves = "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where inhparent = 'mart.cut'::regclass"
    assert sorted(flights.query(leaves)) == [("cut_others",), ("cut_ua",)]
    assert flights.query("select distinct carrier from mart.cut_ua") == [("UA",)]


def test_what_init_writes_is_refused_on_a_server_where_it_names_a_file(
    tmp_path: Path, postgres_database: PostgresDatabase
) -> None:
    assert swathe(tmp_path, "init", "p").code == 0
    root = tmp_path / "p"
    assert swathe(root, "backfill", "--yes").code == 0
    write_profile(root, postgres_database)
    files = snapshot(root)
    told = swathe(root, "backfill", "--yes", "--profile", "p")
    assert told.code == 2
    assert (told.at or "").startswith("models/sources.yml:")
    assert snapshot(root) == files
    with postgres_database.connect() as connection:
        made = "select nspname from pg_namespace where nspname in ('mart', 'swathe_state')"
        assert connection.execute(made).fetchall() == []


DAYS = {"begin": "2024-01-01", "end": "2024-01-04"}


@pytest.fixture
def project(tmp_path: Path, postgres_database: PostgresDatabase) -> Iterator[LeafProject]:
    with LeafProject.opened(tmp_path / "p", postgres_database) as project:
        project.fill("2024-01-01", "2024-01-03 20:00", "5 hours")
        project.write_model("m", f"select id, day, region, amount from {SOURCE}", partition_by=by_day(), **DAYS)
        yield project


def refused(project: LeafProject, *arguments: str, code: int = 2) -> Told:
    """What a command says that must fail, without a trace of the program or a secret."""
    told = swathe(project.root, *arguments)
    assert told.code == code, told
    said = told.stdout + told.stderr
    assert "Traceback" not in said
    for secret in (SECRET, str(project.database.keywords.get("password") or SECRET)):
        assert secret not in said
    return told


SECRET = "hunter2'%41"


class TestConnections:
    @pytest.mark.parametrize(
        "command", [("backfill", "--yes"), ("status",), ("plan", "--debug"), ("runs", "--output", "json")]
    )
    def test_a_wrong_password_whatever_is_asked(self, project: LeafProject, command: tuple[str, ...]) -> None:
        write_profile(project.root, project.database, password=SECRET)
        told = refused(project, *command)
        where = f"{project.database.server.host}:{project.database.server.port}"
        user = project.database.server.user
        assert told.errors == [
            f'can\'t connect to PostgreSQL at {where}: password authentication failed for user "{user}"'
        ]
        assert told.hint == "mend `user`, `password` or `dbname` in profiles.yml"

    @pytest.mark.parametrize(
        ("other", "said", "hint"),
        [
            ({"port": 1}, "at 127.0.0.1:1: Connection refused", "check `host` and `port` in profiles.yml"),
            ({"dbname": "nowhere"}, 'database "nowhere" does not exist', "mend `user`, `password` or `dbname`"),
            ({"role": "nobody"}, 'role "nobody" does not exist', "mend `user`, `password` or `dbname`"),
            ({"host": "no-such-host.invalid"}, "at no-such-host.invalid:", "check `host` and `port` in profiles.yml"),
        ],
    )
    @pytest.mark.parametrize("reading", [True, False])
    def test_a_server_or_database_that_is_not_there(
        self, project: LeafProject, other: dict[str, Any], said: str, hint: str, *, reading: bool
    ) -> None:
        """Whether the first that is asked of it is about a source or about a query."""
        write_profile(project.root, project.database, **other)
        if not reading:
            for file in (project.root / "models").iterdir():
                file.unlink()
            (project.root / "models" / "alone.sql").write_text("select 1 as x")
        told = refused(project, "backfill", "--yes")
        assert len(told.errors) == 1
        assert told.errors[0].startswith("can't connect to PostgreSQL at ")
        assert said in told.errors[0]
        assert (told.hint or "").startswith(hint)


class TestPermissions:
    HINT = "let the target's `user` do that (`GRANT`), or name another `user` or `role` in profiles.yml"

    @pytest.fixture
    def guest(self, project: LeafProject) -> Iterator[str]:
        """Who the profile connects as."""
        name = f"guest_{project.database.name}"
        project.connection.execute(f"create role {name} login password 'guest'".encode())
        write_profile(project.root, project.database, user=name, password="guest")
        yield name
        project.connection.execute(f"drop owned by {name}; drop role {name}".encode())

    def grant(self, project: LeafProject, what: str, guest: str) -> None:
        project.connection.execute(f"grant {what} to {guest}".encode())

    def test_each_step_says_what_is_not_allowed(self, project: LeafProject, guest: str) -> None:
        for command in (("plan",), ("status",), ("backfill", "--yes")):
            told = refused(project, *command)
            assert told.errors == ["permission denied for schema raw"]
            assert told.hint == self.HINT
        self.grant(project, "usage on schema raw", guest)
        assert "permission denied for table events" in refused(project, "plan").errors[0]
        self.grant(project, "select on raw.events", guest)
        assert swathe(project.root, "plan").code == 0
        told = refused(project, "backfill", "--yes")
        assert told.errors == [f"permission denied for database {project.database.name}"]
        assert told.hint == self.HINT
        assert project.query("select nspname from pg_namespace where nspname in ('mart', 'swathe_state')") == []

    def test_a_schema_in_which_nothing_may_be_made(self, project: LeafProject, guest: str) -> None:
        self.grant(project, "usage on schema raw", guest)
        self.grant(project, "select on raw.events", guest)
        self.grant(project, f"create on database {project.database.name}", guest)
        project.connection.execute("create schema mart")
        self.grant(project, "usage on schema mart", guest)
        told = refused(project, "backfill", "--yes", code=1)
        assert "permission denied for schema mart" in told.stdout
        assert self.HINT in " ".join(told.stdout.split())
        assert project.query("select distinct status from swathe_state.runs") == [("failed",)]
        ((error,),) = project.query("select distinct error from swathe_state.attempts")
        assert error.startswith("permission denied for schema mart")
        self.grant(project, "create on schema mart", guest)
        assert swathe(project.root, "backfill", "--yes").code == 0
        assert project.rows("mart.m") == project.rows("(select id, day, region, amount from raw.events) as e")


class TestSources:
    def test_a_table_that_is_missing(self, project: LeafProject) -> None:
        project.build()
        before = project.rows("mart.m")
        project.connection.execute("alter table raw.events rename to evnts")
        for command in (("plan",), ("status",), ("backfill", "--yes"), ("compile", "m")):
            told = refused(project, *command)
            assert told.errors == ["the table of source `raw.events` is not in the warehouse: `raw.events`"]
            assert told.at == "models/sources.yml:1:41"
            assert told.hint == "create it, mend `schema` or `identifier`, or give the source a `location`"
        assert project.rows("mart.m") == before
        project.connection.execute("alter table raw.evnts rename to events")
        assert "everything is current" in swathe(project.root, "backfill", "--yes").stdout

    def test_a_column_whose_type_changed(self, project: LeafProject) -> None:
        project.build()
        before = project.rows("mart.m")
        project.connection.execute("alter table raw.events alter amount type text using amount || ' €'")
        for command in (("plan",), ("backfill", "--yes")):
            told = refused(project, *command)
            assert told.errors == ["column `amount` of `m` is INTEGER in the table and TEXT in the query"]
            assert (told.at or "").startswith("models/m.sql:1:")
            assert "`on_schema_change`" in (told.hint or "")
        assert project.rows("mart.m") == before
        project.connection.execute("alter table raw.events alter amount type bigint using length(amount)")
        told = swathe(project.root, "plan")
        assert "columns: change column `amount` to BIGINT" in told.stdout
        assert swathe(project.root, "backfill", "--yes").code == 0
        assert project.rows("mart.m") == project.rows("(select id, day, region, amount from raw.events) as e")
        project.connection.execute("alter table raw.events alter day type text")
        told = refused(project, "backfill", "--yes")
        assert told.errors == ["partition column `day` is TEXT, and a table is cut by DATE or TIMESTAMP"]


@pytest.mark.parametrize(
    ("sql", "error", "at", "hint"),
    [
        (
            f"select id, day,\n  regoin\nfrom {SOURCE}",
            'the database refuses the query: column "regoin" does not exist',
            "models/x.sql:3:3",
            'perhaps you meant to reference the column "events.region"',
        ),
        (
            f"select day, /* é */ e.regoin from {SOURCE} e",
            "the database refuses the query: column e.regoin does not exist",
            "models/x.sql:2:21",
            'perhaps you meant to reference the column "e.region"',
        ),
        (
            f"select day, lowr(region) as r from {SOURCE}",
            "the database refuses the query: function lowr(text) does not exist",
            "models/x.sql:2:13",
            "no function matches the given name",
        ),
        (
            f'select day, "Region" from {SOURCE}',
            'the database refuses the query: column "Region" does not exist',
            "models/x.sql:2:13",
            'perhaps you meant to reference the column "events.region"',
        ),
        (
            f"select id, day frm {SOURCE}",
            "the SQL can't be parsed near `frm`",
            "models/x.sql:2:16",
            "did you mean `from`?",
        ),
        (
            f"select day from {SOURCE} where region = 1",
            "the database refuses the query: operator does not exist: text = integer",
            None,
            "no operator matches",
        ),
    ],
)
def test_a_slip_in_a_model_is_shown_where_it_is(
    project: LeafProject, sql: str, error: str, at: str | None, hint: str
) -> None:
    project.write_model("x", sql, partition_by=by_day(), **DAYS)
    for command in (("compile", "x"), ("backfill", "--yes")):
        told = refused(project, *command)
        assert told.errors == [error]
        assert (told.at or "").startswith(at or "models/x.sql:2:")
        assert (told.hint or "").startswith(hint)
    assert project.query("select nspname from pg_namespace where nspname in ('mart', 'swathe_state')") == []


class TestNamesThatAreTaken:
    def test_rows_of_somebody_else_are_kept(self, project: LeafProject) -> None:
        project.connection.execute("create schema mart; create table mart.m (mine text)")
        project.connection.execute("insert into mart.m values ('kept')")
        for command in (("plan",), ("backfill", "--yes"), ("backfill", "--yes", "--full")):
            told = refused(project, *command)
            assert told.errors == ["the table `mart.m` already holds rows that swathe did not write"]
            assert (told.at or "").startswith("models/m.sql:1:")
        told = refused(project, "adopt", "m", "--yes")
        assert told.errors[0].startswith("the table `mart.m` does not hold what `m` gives: it has no column `id`")
        assert project.query("select * from mart.m") == [("kept",)]
        assert swathe(project.root, "status").code == 0
        project.connection.execute("drop table mart.m")
        assert swathe(project.root, "backfill", "--yes").code == 0

    @pytest.mark.parametrize("kind", ["view", "materialized view"])
    @pytest.mark.parametrize("rows", ["amount > 1000", "true"], ids=["empty", "with rows"])
    def test_nothing_is_written_through_a_view(self, project: LeafProject, kind: str, rows: str) -> None:
        before = project.rows("raw.events")
        view = f"create {kind} mart.m as select id, day, region, amount from raw.events where {rows}"
        project.connection.execute(f"create schema mart; {view}".encode())
        for command in (("plan",), ("backfill", "--yes"), ("backfill", "--yes", "--full")):
            told = refused(project, *command)
            assert told.errors == ["`mart.m` is a view, and rows are only written into tables"]
            assert (told.at or "").startswith("models/m.sql:1:")
            assert told.hint == "give the model another `alias` or `schema`, or drop the view"
        assert "is a view" in refused(project, "adopt", "m", "--yes").errors[0]
        project.connection.execute(f"drop {kind} mart.m".encode())
        assert swathe(project.root, "backfill", "--yes").code == 0
        # Somebody puts a view in the place of the model's own table.
        project.connection.execute(f"drop table mart.m; {view}".encode())
        told = refused(project, "backfill", "--yes", "--full", code=1)
        assert "`mart.m` is a view, and rows are only written into tables" in " ".join(told.stdout.split())
        assert swathe(project.root, "wipe", "m", "--yes").code == 0
        assert project.rows("raw.events") == before
        project.connection.execute(f"drop {kind} mart.m".encode())
        assert swathe(project.root, "backfill", "--yes").code == 0
        assert project.rows("mart.m") == project.rows("(select id, day, region, amount from raw.events) as e")

    def test_a_model_that_was_a_view_becomes_a_table(self, project: LeafProject) -> None:
        query = f"select id, day, region, amount from {SOURCE}"
        for config in ({"materialized": "view"}, {"partition_by": by_day(), **DAYS}, {"materialized": "view"}):
            project.write_model("m", query, **config)
            assert swathe(project.root, "backfill", "--yes", "--full").code == 0
            assert project.rows("mart.m") == project.rows("(select id, day, region, amount from raw.events) as e")

    @pytest.mark.parametrize("made", ["create sequence mart.m", "create type mart.m as enum ('mine')"])
    def test_what_is_no_table_fails_the_model(self, project: LeafProject, made: str) -> None:
        project.connection.execute(f"create schema mart; {made}".encode())
        told = refused(project, "backfill", "--yes", code=1)
        assert '"m" already exists' in told.stdout
        assert project.tables() == set()

    def test_an_empty_table_of_somebody_else_is_used(self, project: LeafProject) -> None:
        project.connection.execute(
            "create schema mart; create table mart.m (id int, day date, region text, amount int)"
        )
        assert swathe(project.root, "backfill", "--yes").code == 0
        assert project.rows("mart.m") == project.rows("(select id, day, region, amount from raw.events) as e")


@pytest.mark.parametrize("schema", ["Mart", 'my "mart"', "a schema", " x ", "select", "it's; --"])
def test_odd_names_of_schemas(project: LeafProject, schema: str) -> None:
    write_profile(project.root, project.database, schema=schema)
    project.write_model("v", "select * from {{ ref('m') }}", materialized="view", alias="A View")
    assert swathe(project.root, "backfill", "--yes").code == 0
    assert "everything is current" in swathe(project.root, "plan", "--check").stdout
    quoted = psycopg.sql.Identifier(schema).as_string(project.connection)
    truth = project.rows("(select id, day, region, amount from raw.events) as e")
    assert project.rows(f"{quoted}.m") == truth
    assert project.rows(f'{quoted}."A View"') == truth
    assert f"v all: 1 of {len(truth)} rows" in swathe(project.root, "preview", "v", "--limit", "1").stdout
    assert swathe(project.root, "wipe", "m", "--yes").code == 0
    assert project.rows(f"{quoted}.m") == []
