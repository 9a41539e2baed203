"""Tables cut by local time: every partition holds exactly the rows of its stretch of the wall clock.

The truth is Python's: each row's instant, read on the zone's clock.
"""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from support.databases import opened
from support.miniature import verdicts, work
from swathe.api.backfill import Backfilled, BackfillOptions, backfill
from swathe.api.cuts import cuts_of
from swathe.api.keys import KeyRange
from swathe.api.plan import Choice, Planned, plan
from swathe.api.specs import model_specs, model_targets
from swathe.api.workspace import ProjectOptions, load
from swathe.engine.adapter import Session
from swathe.engine.duckdb.checksum import checksum_sql
from swathe.engine.registry import open_engine
from swathe.errors import SelectionError, SwatheError
from swathe.model.definition import Column, TimeColumn
from swathe.partition.granularity import Granularity, TimeSpan
from swathe.partition.interval import Interval
from swathe.partition.rectangle import Rectangle
from swathe.partition.scheme import TimeScheme
from swathe.partition.units import Weekday
from swathe.plan.spec import ModelSpec
from swathe.run.prepare import Target
from swathe.sql.cut import bucket_sql, ordinal_of

DATA = Path(__file__).resolve().parents[2] / "data"
TICK = timedelta.resolution

CHANGES = {
    "New York, forward": ("America/New_York", datetime(2013, 3, 10, 7)),
    "New York, back": ("America/New_York", datetime(2013, 11, 3, 6)),
    "Lord Howe, half an hour back": ("Australia/Lord_Howe", datetime(2013, 4, 6, 15)),
    "Lord Howe, half an hour forward": ("Australia/Lord_Howe", datetime(2013, 10, 5, 15, 30)),
    "St John's, back over midnight": ("America/St_Johns", datetime(2006, 10, 29, 2, 31)),
    "Kolkata, none": ("Asia/Kolkata", datetime(2013, 6, 1)),
}

CUTS: dict[str, dict[str, Any]] = {
    "hours": {"granularity": "hour"},
    "six_hours": {"granularity": "hour", "every": 6},
    "days": {"granularity": "day"},
    "three_days": {"granularity": "day", "every": 3},
    "weeks": {"granularity": "week", "week_start": "sunday"},
    "months": {"granularity": "month"},
}

MAKE: dict[str, Callable[[datetime], datetime]] = {
    "hours": lambda wall: wall.replace(minute=0, second=0, microsecond=0),
    "six_hours": lambda wall: wall.replace(hour=wall.hour // 6 * 6, minute=0, second=0, microsecond=0),
    "days": lambda wall: datetime(wall.year, wall.month, wall.day),
    "three_days": lambda wall: midnight(wall) - timedelta(days=(wall.date() - date(1970, 1, 1)).days % 3),
    "weeks": lambda wall: midnight(wall) - timedelta(days=wall.isoweekday() % 7),
    "months": lambda wall: midnight(wall).replace(day=1),
}
"""The start of each cut's partition, from what the clock reads."""


def midnight(wall: datetime) -> datetime:
    return datetime(wall.year, wall.month, wall.day)


def wall_clock(zone: str, instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@dataclass
class Project:
    """A folder with one source, `raw.events`, in one file."""

    root: Path
    now: datetime = datetime(2024, 6, 1, tzinfo=UTC)

    @classmethod
    def create(cls, root: Path, source: dict[str, Any]) -> Project:
        (root / "models").mkdir(parents=True)
        (root / "data").mkdir()
        (root / "profiles.yml").write_text("p:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: p.duckdb}\n")
        table = {"name": "events", "location": "data/events.parquet", **source}
        (root / "models" / "sources.yml").write_text(json.dumps({"sources": [{"name": "raw", "tables": [table]}]}))
        return cls(root)

    def write_rows(self, zone: str, instants: list[datetime]) -> None:
        """Each instant as a row: itself, what the clock reads, and its date."""
        with opened() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute("create table events (id integer, seen_at timestamptz, wall timestamp, day date)")
            walls = [wall_clock(zone, instant) for instant in instants]
            connection.execute(
                "insert into events select unnest(?), unnest(cast(? as timestamp[]))::timestamptz, "
                "unnest(cast(? as timestamp[])), unnest(cast(? as date[]))",
                [list(range(len(instants))), instants, walls, [wall.date() for wall in walls]],
            )
            connection.execute(f"copy events to '{self.root}/data/events.parquet' (format parquet)")

    def write_model(self, name: str, sql: str, **config: Any) -> None:
        (self.root / "models" / f"{name}.sql").write_text("{{ config(**" + repr(config) + ") }}\n" + sql)

    @property
    def options(self) -> ProjectOptions:
        return ProjectOptions(cwd=self.root, now=self.now)

    def plan(self, **choice: Any) -> Planned:
        return plan(self.options, Choice(**choice))

    def backfill(self, **choice: Any) -> Backfilled:
        done = backfill(self.options, Choice(**choice), BackfillOptions(), lambda _: True, lambda _: None)
        assert done.outcome is None or done.outcome.failed == 0
        return done

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with opened(self.root / "p.duckdb") as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(sql).fetchall()

    @contextmanager
    def opened(self) -> Iterator[tuple[Session, dict[str, tuple[ModelSpec, Target]]]]:
        """The warehouse with the models' empty tables, below what plans and records."""
        workspace = load(self.options)
        engine = open_engine(workspace.connection, read_only=False)
        try:
            session = engine.session()
            cuts = cuts_of(workspace, None)
            targets = model_targets(workspace, engine, {}, cuts)
            specs = {str(spec.name): (spec, targets[spec.name]) for spec in model_specs(workspace, (), cuts)}
            for _, target in specs.values():
                session.execute(target.sql.create_table())
            yield session, specs
        finally:
            engine.close()


def around(change: datetime, zone: str) -> list[datetime]:
    """Instants up to two days before and after, and those next to each bound of a local hour near the change."""
    found = [change + timedelta(minutes=minutes) for minutes in range(-2880, 2880, 13)]
    for hours in range(-30, 31):
        for near in (change + timedelta(hours=hours), change + timedelta(hours=hours, minutes=29)):
            bound = near - (wall_clock(zone, near) - MAKE["hours"](wall_clock(zone, near)))
            found += [bound - TICK, bound, near - TICK, near]
    return found


def is_inside(change: datetime, zone: str, name: str) -> tuple[datetime, datetime]:
    """The model's begin and end for a cut: a week or more around the change."""
    wall = wall_clock(zone, change)
    make = MAKE[name]
    return make(wall - timedelta(days=9)), make(wall + timedelta(days=40 if name == "months" else 9))


@pytest.mark.parametrize("place", CHANGES)
def test_partition_by_partition_equals_the_whole(place: str, tmp_path: Path) -> None:
    zone, change = CHANGES[place]
    project = Project.create(
        tmp_path / "p", {"partition_by": {"column": "seen_at", "granularity": "day", "timezone": zone}}
    )
    instants = around(change, zone)
    project.write_rows(zone, instants)
    for name, cut in CUTS.items():
        begin, end = is_inside(change, zone, name)
        for column in ("seen_at", "wall", "day"):
            if column == "day" and cut["granularity"] == "hour":
                continue
            project.write_model(
                f"{name}_of_{column}",
                "select id, seen_at, wall, day from {{ source('raw', 'events') }}",
                partition_by={"column": column, "timezone": zone, **cut},
                begin=f"{begin:%Y-%m-%dT%H}",
                end=f"{end:%Y-%m-%dT%H}",
            )
    order = random.Random(place)
    with project.opened() as (session, models):
        for name, (spec, target) in models.items():
            make = MAKE[name.rpartition("_of_")[0]]
            by_start: dict[datetime, set[int]] = {}
            for number, instant in enumerate(instants):
                wall = wall_clock(zone, instant)
                by_start.setdefault(make(midnight(wall) if name.endswith("_of_day") else wall), set()).add(number)
            assert isinstance(spec.scheme, TimeScheme)
            batches = [batch for run in spec.due for batch in cut_up(run, order)]
            order.shuffle(batches)
            for batch in [*batches, *batches[:3]]:
                for statement in target.sql.overwrite(Rectangle(batch)).statements:
                    session.execute(statement)
            held = session.query(f"select id from {target.sql.table}")
            assert Counter(row[0] for row in held) == dict.fromkeys(range(len(instants)), 1), name
            for ordinal in spec.due.ordinals():
                one = Interval(ordinal, ordinal + 1)
                where = target.sql.region.predicate(Rectangle(one))
                rows = session.query(f"select id from {target.sql.table} where {where}")
                assert {row[0] for row in rows} == by_start.get(spec.scheme.start(ordinal), set()), (name, ordinal)
            sizes = {spec.scheme.ordinal(start): len(ids) for start, ids in by_start.items()}
            for run in spec.due:
                counted = session.query(target.sql.measure(Rectangle(run), [checksum_sql([Column("id", "BIGINT")])]))
                found = {ordinal_of(spec.scheme, bucket): count for bucket, count, _ in counted}
                assert found == {ordinal: size for ordinal, size in sizes.items() if ordinal in run}, name


def cut_up(run: Interval, order: random.Random) -> Iterator[Interval]:
    start = run.start
    while start < run.end:
        end = min(start + order.randint(1, 40 if len(run) > 100 else 4), run.end)
        yield Interval(start, end)
        start = end


SCHEMES = [
    TimeScheme(
        Granularity(cut["granularity"]), "UTC", "seen_at", cut.get("every", 1), Weekday(cut.get("week_start", "monday"))
    )
    for cut in (*CUTS.values(), {"granularity": "quarter"}, {"granularity": "year"}, {"granularity": "week"})
] + [TimeScheme(Granularity.WEEK, "UTC", "seen_at", week_start=day) for day in Weekday]


@pytest.mark.parametrize("kind", ["DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMPTZ"])
def test_the_database_counts_rows_where_the_scheme_puts_them(kind: str) -> None:
    order = random.Random(kind)
    moments = [
        datetime(1969, 12, 31, 23, 59, 59, 999999),
        datetime(1970, 1, 1),
        datetime(1900, 1, 1),
        datetime(1880, 5, 5),
    ]
    moments += [datetime(1890, 1, 1) + timedelta(seconds=order.randrange(8 * 10**9)) for _ in range(300)]
    zones = ["UTC", "Europe/Dublin"]
    values = TimeSpan(min(moments), max(moments) + TICK)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            f"create table t as select cast(unnest(cast(? as timestamp[])) as {kind}) as seen_at", [moments]
        )
        for base in SCHEMES:
            for zone in zones if kind == "TIMESTAMPTZ" else zones[:1]:
                scheme = TimeScheme(
                    base.granularity, zone, "seen_at", base.every, base.week_start, instants=kind == "TIMESTAMPTZ"
                )
                bucket = bucket_sql(scheme, values, kind, "duckdb")
                rows = connection.execute(f"select cast(seen_at as timestamp), {bucket} from t").fetchall()
                for moment, found in rows:
                    assert ordinal_of(scheme, found) == scheme.ordinal(wall_clock(zone, moment)), (scheme, moment)


def test_nanoseconds_before_midnight_are_not_counted_in_the_next_day() -> None:
    scheme = TimeScheme(Granularity.DAY, "UTC", "seen_at")
    with duckdb.connect() as connection:
        connection.execute("create table t as select timestamp_ns '1969-12-31 23:59:59.9999999' as seen_at")
        (bucket,) = connection.execute(
            f"select {bucket_sql(scheme, None, 'TIMESTAMP_NS', 'duckdb')} from t"
        ).fetchall()[0]
    assert ordinal_of(scheme, bucket) == -1


def test_a_source_cut_by_local_days_stales_the_local_day_that_changed(tmp_path: Path) -> None:
    zone = "America/New_York"
    project = Project.create(
        tmp_path / "p", {"partition_by": {"column": "seen_at", "granularity": "day", "timezone": zone}}
    )
    instants = [datetime(2013, 11, 1, 4) + timedelta(hours=hours) for hours in range(24 * 5)]
    project.write_rows(zone, instants)
    bounds = {"begin": "2013-11-01", "end": "2013-11-05"}
    events = "{{ source('raw', 'events') }}"
    project.write_model(
        "by_instant", f"select seen_at, count(*) as n from {events} group by seen_at",
        partition_by={"column": "seen_at", "granularity": "day", "timezone": zone}, **bounds,
    )  # fmt: skip
    project.write_model(
        "by_date", f"select cast(seen_at at time zone '{zone}' as date) as day, count(*) as n from {events} group by 1",
        partition_by={"column": "day", "granularity": "day"}, **bounds,
    )  # fmt: skip
    project.write_model(
        "by_wall", "select seen_at at time zone 'America/New_York' as wall, n from {{ ref('by_instant') }}",
        partition_by={"column": "wall", "granularity": "hour", "every": 6, "timezone": zone}, **bounds,
    )  # fmt: skip
    project.write_model(
        "by_london", "select seen_at, n from {{ ref('by_instant') }}",
        partition_by={"column": "seen_at", "granularity": "day", "timezone": "Europe/London"}, **bounds,
    )  # fmt: skip
    project.write_model(
        "totals", "select date_trunc('week', day) as week, sum(n) as n from {{ ref('by_date') }} group by 1",
        partition_by={"column": "week", "granularity": "week", "week_start": "sunday"}, begin="2013-10-27", end="2013-11-10",
    )  # fmt: skip
    project.backfill()
    assert project.query("select day, n from main.by_date order by day") == [
        (date(2013, 11, 1), 24), (date(2013, 11, 2), 24), (date(2013, 11, 3), 25), (date(2013, 11, 4), 24),
    ]  # fmt: skip
    rows = "select partition_key, row_count from swathe_state.partitions where model = 'by_instant' order by 1"
    assert project.query(rows) == [("2013-11-01", 24), ("2013-11-02", 24), ("2013-11-03", 25), ("2013-11-04", 24)]
    assert not project.plan().plan.partitions
    project.write_rows(zone, [*instants, datetime(2013, 11, 4, 4, 30)])  # 23:30 on the long day
    planned = project.plan()
    assert work(planned, "by_instant") == {"2013-11-03": "stale-input"}
    assert work(planned, "by_date") == {"2013-11-03": "stale-input"}
    assert work(planned, "by_wall")["2013-11-03T18"] == "stale-input?"
    assert {key[:10] for key in work(planned, "by_wall")} == {"2013-11-03"}
    assert work(planned, "by_london") == {"2013-11-03": "stale-input?", "2013-11-04": "stale-input?"}
    project.backfill()
    assert project.query("select n from main.by_date where day = date '2013-11-03'") == [(26,)]
    assert project.query("select count(*) from main.by_wall") == [(98,)]
    assert not project.plan().plan.partitions


def test_a_lookback_counts_in_local_days(tmp_path: Path) -> None:
    zone = "America/New_York"
    project = Project.create(
        tmp_path / "p", {"partition_by": {"column": "seen_at", "granularity": "day", "timezone": zone}}
    )
    project.write_rows(zone, [datetime(2013, 11, 1, 4) + timedelta(hours=hours) for hours in range(24 * 6)])
    project.write_model(
        "two_days",
        "select d.seen_at, (select count(*) from {{ source('raw', 'events', lookback=1) }} as e "
        "where timezone('America/New_York', e.seen_at)::date "
        "between timezone('America/New_York', d.seen_at)::date - 1 and timezone('America/New_York', d.seen_at)::date) as n "
        "from {{ source('raw', 'events') }} as d",
        partition_by={"column": "seen_at", "granularity": "day", "timezone": zone}, begin="2013-11-02", end="2013-11-06",
    )  # fmt: skip
    project.backfill()
    counted = project.query(
        "select timezone('America/New_York', seen_at)::date as day, min(n), max(n) from main.two_days group by 1 order by 1"
    )
    assert [row[1:] for row in counted] == [(48, 48), (49, 49), (49, 49), (48, 48)]


def test_the_skipped_hour_is_no_partition(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p", {})
    project.write_rows("America/New_York", [datetime(2013, 3, 10, 5) + timedelta(minutes=20 * n) for n in range(20)])
    by = {"granularity": "hour", "timezone": "America/New_York"}
    for column in ("seen_at", "wall"):
        project.write_model(
            f"of_{column}", "select id, seen_at, wall from {{ source('raw', 'events') }}",
            partition_by={"column": column, **by}, begin="2013-03-10T01", end="2013-03-10T04",
        )  # fmt: skip
    assert list(work(project.plan(), "of_seen_at")) == ["2013-03-10T01", "2013-03-10T03"]
    assert list(work(project.plan(), "of_wall")) == ["2013-03-10T01", "2013-03-10T02", "2013-03-10T03"]
    with pytest.raises(SelectionError, match="no selected model has a partition there"):
        project.plan(select=("of_seen_at",), keys=KeyRange(keys=("2013-03-10T02",)))
    project.backfill()
    rows = "select partition_key, row_count from swathe_state.partitions where model = 'of_seen_at' order by 1"
    assert project.query(rows) == [("2013-03-10T01", 3), ("2013-03-10T03", 3)]


def test_an_open_partition_is_built_again_until_it_was_built_whole(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p", {"watch": "none"})
    zone = "America/New_York"
    project.write_rows(zone, [datetime(2013, 7, 1, 4) + timedelta(hours=hours) for hours in range(96)])
    project.write_model(
        "daily", "select seen_at, id from {{ source('raw', 'events') }}",
        partition_by={"column": "seen_at", "granularity": "day", "timezone": zone}, begin="2013-07-01", end_offset=1,
    )  # fmt: skip
    project.now = datetime(2013, 7, 2, 12, tzinfo=UTC)
    project.backfill()
    assert verdicts(project.plan(), "daily") == {"2013-07-01": "current", "2013-07-02": "current"}
    project.now += timedelta(minutes=1)
    planned = project.plan()
    assert work(planned, "daily") == {"2013-07-02": "stale-input"}
    assert planned.plan.models[0].work[0].detail == "built before it had ended"
    project.backfill()
    project.now = datetime(2013, 7, 3, 3, 59, tzinfo=UTC)
    project.backfill()
    project.now = datetime(2013, 7, 3, 4, tzinfo=UTC)
    assert work(project.plan(), "daily") == {"2013-07-02": "stale-input", "2013-07-03": "missing"}
    project.backfill()
    project.now = datetime(2013, 7, 3, 5, tzinfo=UTC)
    assert verdicts(project.plan(), "daily") == {
        "2013-07-01": "current", "2013-07-02": "current", "2013-07-03": "stale-input",
    }  # fmt: skip


def test_a_negative_offset_stays_behind(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p", {})
    project.write_rows("UTC", [datetime(2013, 7, 1) + timedelta(hours=hours) for hours in range(96)])
    project.write_model(
        "daily", "select day, count(*) as n from {{ source('raw', 'events') }} group by day",
        partition_by={"column": "day", "granularity": "day"}, begin="2013-07-01", end_offset=-1,
    )  # fmt: skip
    project.now = datetime(2013, 7, 4, 12, tzinfo=UTC)
    assert list(work(project.plan(), "daily")) == ["2013-07-01", "2013-07-02"]


def test_flights_by_new_york_days_are_the_days_that_their_file_says(tmp_path: Path) -> None:
    zone = "America/New_York"
    project = Project.create(tmp_path / "p", {"location": "data/*.parquet", "partition_by": {
        "column": "time_hour", "granularity": "day", "timezone": zone}})  # fmt: skip
    for month in ("03", "11"):
        shutil.copy(DATA / "flights" / f"2013-{month}.parquet", project.root / "data")
    project.write_model(
        "flights", "select time_hour, year, month, day, flight from {{ source('raw', 'events') }}",
        partition_by={"column": "time_hour", "granularity": "day", "timezone": zone}, begin="2013-03-01", end="2013-12-01",
    )  # fmt: skip
    order = random.Random(1)
    days = [f"2013-03-{day:02d}" for day in range(1, 32)] + [f"2013-11-{day:02d}" for day in range(1, 31)]
    order.shuffle(days)
    project.backfill(keys=KeyRange(keys=tuple(days[:20])))
    project.backfill(keys=KeyRange(first="2013-11-02", last="2013-11-20"))
    project.backfill()
    counted = project.query(
        "select partition_key, row_count from swathe_state.partitions where model = 'flights' and row_count > 0 order by 1"
    )
    said = project.query(
        "select strftime(make_date(year, month, day), '%Y-%m-%d'), count(*) "
        f"from read_parquet('{project.root}/data/*.parquet') group by 1 order by 1"
    )
    assert counted == said
    assert project.query("select count(*) from main.flights") == [(sum(count for _, count in said),)]


@pytest.mark.parametrize(
    ("cut", "begin", "message", "hint"),
    [
        ({"granularity": "hour", "every": 6}, "2013-01-01T05", "does not start a partition of 6 hours", "2013-01-01T06"),
        ({"granularity": "week", "week_start": "sunday"}, "2013-01-07", "does not start a week from Sunday", "2013-01-06"),
        ({"granularity": "week", "week_start": "sundy"}, "2013-01-06", "`week_start` can't be `sundy`", "sunday"),
        ({"granularity": "day", "week_start": "sunday"}, "2013-01-06", "`week_start` has no meaning", "week begins"),
        ({"granularity": "month", "every": 2}, "2013-01", "`every` has no meaning for the granularity `month`", "hours or days"),
        ({"granularity": "week", "every": 2}, "2013-01-07", "`every` has no meaning", "every 14"),
        ({"granularity": "day", "every": 0}, "2013-01-07", "`every` must be at least 1", "default"),
        ({"granularity": "day", "every": 400}, "2013-01-07", "`every` must be at most 366", "coarser"),
        ({"granularity": "day", "evry": 2}, "2013-01-07", "has no key `evry`", "every"),
        ({"granularity": "day", "timezone": "America/NewYork"}, "2013-01-07", "is not a time zone", "America/New_York"),
    ],
)  # fmt: skip
def test_a_wrong_cut_is_explained(cut: dict[str, Any], begin: str, message: str, hint: str, tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p", {})
    project.write_model("m", "select 1 as id, current_date as day", partition_by={"column": "day", **cut}, begin=begin)
    with pytest.raises(SwatheError, match=message) as raised:
        load(project.options)
    assert hint in (raised.value.hint or "")


def test_what_decides_the_rows_of_a_partition_is_part_of_the_unit() -> None:
    assert TimeColumn("At", Granularity.HOUR, "Asia/Kolkata", every=6).scheme.unit == "6 hours of at"
    assert TimeColumn("At", Granularity.DAY, "Asia/Kolkata", instants=True).scheme.unit == "day of at in Asia/Kolkata"
    assert TimeColumn("d", Granularity.WEEK, week_start=Weekday.SUNDAY).scheme.unit == "week from Sunday of d"
