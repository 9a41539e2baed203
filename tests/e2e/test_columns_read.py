"""A change to a column that nobody reads stops there: data versions are kept over the columns that each consumer reads."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from support.crashes import Crash, crash_after
from support.databases import opened
from support.miniature import BY_DAY, BY_WEEK, Miniature, all_work, verdicts, work
from swathe.api.adopt import adopt
from swathe.api.explain import Asked, explain_partition
from swathe.api.keys import KeyRange
from swathe.api.marks import freeze
from swathe.api.plan import Choice
from swathe.api.wipe import wipe
from swathe.engine.duckdb.checksum import checksum_sql
from swathe.plan.explanation import Input

UP = (
    "{{ config(" + BY_DAY + ") }}\n"
    "select cast(seen_at as date) as day, who, cast(amount as integer) as amount,\n"
    "  extract(hour from seen_at) as hour from {{ source('raw', 'events') }}"
)
"""Columns day, who, amount, hour."""

HOURS_LATER = UP.replace("extract(hour from seen_at)", "extract(hour from seen_at) + 1")

CONSUMERS = {
    "sums": "select day, sum(amount) as total from {{ ref('up') }} group by day",
    "counts": "select day, count(*) as n from {{ ref('up') }} group by day",
    "star": "select * from {{ ref('up') }}",
    "evening": "select day, who from {{ ref('up') }} where hour > 8",
}
"""Of these `star` and `evening` depend on the hour."""

READ_THE_HOUR = {
    "in_where": "select day, who from {{ ref('up') }} where hour > 30",
    "in_join": "select a.day, a.who from {{ ref('up') }} as a left join {{ ref('up') }} as b using (day, hour)",
    "in_group": "select day, count(*) as n from {{ ref('up') }} group by day, hour",
    "in_order": "select day, list(who) as l from (select day, who from {{ ref('up') }} order by hour) group by day",
    "in_having": "select day, who from {{ ref('up') }} group by day, who having max(hour) < 100",
    "in_window": "select day, count(*) over (partition by day order by hour) as n from {{ ref('up') }}",
    "in_exists": "select day, who from {{ ref('up') }} as a where exists "
    "(select 1 from {{ ref('up') }} as b where b.day = a.day and b.hour > 100)",
    "in_distinct": "select day, count(*) as n from (select distinct day, hour from {{ ref('up') }}) group by day",
    "as_a_row": "select day, cast(up as varchar) as r from {{ ref('up') }} as up",
    "by_place": "select day, #4 as h from {{ ref('up') }}",
}


def by_day(query: str) -> str:
    return "{{ config(" + BY_DAY + ") }}\n" + query


def project(root: Path, models: dict[str, str]) -> Miniature:
    """Up and some consumers of it, built."""
    mini = Miniature.create(root)
    for path in (root / "models").glob("*.sql"):
        path.unlink()
    mini.models = {}
    mini.write_model("up", UP)
    for name, query in models.items():
        mini.write_model(name, query if "config(" in query else by_day(query))
    mini.backfill()
    assert all_work(mini.plan()) == {}
    return mini


def outcome(mini: Miniature, *select: str, **choice: Any) -> dict[str, tuple[int, int]]:
    """Partitions written and skipped by a backfill, of models with any."""
    done = mini.backfill(*select, **choice)
    assert done.outcome is not None
    assert done.outcome.failed == 0
    return {m.name: (m.succeeded, m.skipped) for m in done.outcome.models if m.succeeded or m.skipped}


def is_full_refresh(mini: Miniature) -> None:
    """Every table equals its query run whole."""
    with opened() as truth:
        truth.execute("set TimeZone = 'UTC'")
        source = f"read_parquet('{mini.root}/data/events/*.parquet')"
        for name in mini.models:
            query = mini.models[name].partition("}}\n")[2].replace("{{ source('raw', 'events') }}", source)
            for other in mini.models:
                query = query.replace("{{ ref('" + other + "') }}", f"main.{other}")
            truth.execute(f"create table main.{name} as {query}")
            wanted = truth.execute(f"select * from main.{name}").fetchall()
            assert mini.table(name) == sorted(wanted, key=repr), name


def sets(mini: Miniature, model: str = "up") -> dict[str, int]:
    """How many partitions of a model have a version over each set of columns."""
    return dict(
        mini.query(
            f"select columns, count(distinct ordinal) from swathe_state.column_versions where model = '{model}' "
            "group by columns having count(*) = count(distinct ordinal) order by columns"
        )
    )


def assert_versions(mini: Miniature, model: str) -> None:
    """What is stored over each set of columns is what measuring the table gives."""
    stored = mini.query(
        "select v.columns, p.partition_key, v.version from swathe_state.column_versions as v "
        f"join swathe_state.partitions as p using (model, unit, slice, ordinal) where model = '{model}' order by all"
    )
    for columns in {row[0] for row in stored}:
        checksum = checksum_sql(mini.columns(model, json.loads(columns)))
        held = mini.query(f"select cast(day as varchar), {checksum} from main.{model} group by day order by all")
        assert set(held) >= {(key, version) for text, key, version in stored if text == columns}
    assert mini.query(
        "select count(*) from swathe_state.column_versions anti join swathe_state.partitions "
        "using (model, unit, slice, ordinal)"
    ) == [(0,)]


class TestAColumnThatIsNotRead:
    @pytest.fixture
    def mini(self, tmp_path: Path) -> Miniature:
        return project(tmp_path / "mini", CONSUMERS)

    def test_stales_nobody_when_it_changes(self, mini: Miniature) -> None:
        mini.write_model("up", HOURS_LATER)
        assert outcome(mini) == {"up": (21, 0), "sums": (0, 21), "counts": (0, 21), "star": (21, 0), "evening": (21, 0)}
        assert all_work(mini.plan()) == {}
        is_full_refresh(mini)

    def test_is_seen_to_be_so_before_any_consumer_is_built(self, mini: Miniature) -> None:
        mini.write_model("up", HOURS_LATER)
        outcome(mini, "up")
        planned = mini.plan()
        assert set(all_work(planned)) == {"star", "evening"}
        assert set(verdicts(planned, "star").values()) == {"stale-input"}
        assert set(verdicts(planned, "sums").values()) == set(verdicts(planned, "counts").values()) == {"current"}

    def test_stales_nobody_when_it_is_added(self, mini: Miniature) -> None:
        mini.write_model("up", UP.replace("select", "select length(who) as letters,", 1))
        assert outcome(mini, "up") == {"up": (21, 0)}
        assert set(all_work(mini.plan())) == {"star"}
        assert outcome(mini) == {"star": (21, 0)}
        assert all_work(mini.plan()) == {}

    def test_stales_nobody_when_it_goes(self, tmp_path: Path) -> None:
        mini = project(tmp_path / "other", {"sums": CONSUMERS["sums"], "counts": CONSUMERS["counts"]})
        mini.write_model("up", UP.replace(",\n  extract(hour from seen_at) as hour", ""))
        assert outcome(mini) == {"up": (21, 0), "sums": (0, 21), "counts": (0, 21)}
        assert all_work(mini.plan()) == {}

    def test_is_not_among_the_columns_that_a_record_is_about(self, mini: Miniature) -> None:
        recorded = mini.query(
            "select distinct model, input, columns from swathe_state.inputs where input = 'up' order by 1"
        )
        assert recorded == [
            ("counts", "up", '["day"]'),
            ("evening", "up", '["day", "hour", "who"]'),
            ("star", "up", '["amount", "day", "hour", "who"]'),
            ("sums", "up", '["amount", "day"]'),
        ]
        assert sets(mini) == {columns: 21 for _, _, columns in recorded}


class TestAColumnThatIsRead:
    def test_stales_wherever_it_stands(self, tmp_path: Path) -> None:
        mini = project(tmp_path / "mini", READ_THE_HOUR)
        mini.write_model("up", HOURS_LATER)
        outcome(mini, "up")
        planned = mini.plan()
        current = [name for name in READ_THE_HOUR if set(verdicts(planned, name).values()) != {"stale-input"}]
        assert current == []

    def test_is_also_one_that_the_user_claims_a_window_over(self, tmp_path: Path) -> None:
        """Its days decide which rows are counted, though the query does not name them."""
        week = UP.replace(BY_DAY, BY_DAY.replace('"granularity": "day"', '"granularity": "week"'))
        near = "select s.day, (select count(*) from {{ ref('weeks', lookback=1) }}) as n from {{ ref('sums') }} as s"
        mini = project(tmp_path / "mini", {"weeks": week, "sums": CONSUMERS["sums"], "near": near})
        recorded = "select distinct columns from swathe_state.inputs where model = 'near' and input = 'weeks'"
        assert mini.query(recorded) == [('["day"]',)]
        moved = "cast(seen_at as date) + case when cast(seen_at as date) = date '2024-01-03' then 1 else 0 end as day"
        mini.write_model("weeks", week.replace("cast(seen_at as date) as day", moved))
        outcome(mini, "weeks")
        stale = [key for key, verdict in verdicts(mini.plan(), "near").items() if verdict == "stale-input"]
        assert {"2024-01-03", "2024-01-04", "2024-01-05"} <= set(stale)

    def test_two_rows_that_swap_a_value_show(self, tmp_path: Path) -> None:
        mini = project(tmp_path / "mini", {"pairs": "select day, who, amount from {{ ref('up') }}", **CONSUMERS})
        mini.write_model("up", UP.replace("cast(amount as integer)", SWAPPED))
        outcome(mini, "up")
        assert set(verdicts(mini.plan(), "pairs").values()) == {"stale-input"}
        assert set(verdicts(mini.plan(), "sums").values()) == {"current"}
        assert set(verdicts(mini.plan(), "evening").values()) == {"current"}
        outcome(mini)
        is_full_refresh(mini)

    def test_rows_that_come_and_go_show_to_who_only_counts_them(self, tmp_path: Path) -> None:
        total = "{{ config(materialized='table') }}\nselect count(*) as n from {{ ref('up') }}"
        mini = project(tmp_path / "mini", {"total": total})
        assert mini.query("select distinct columns from swathe_state.inputs where model = 'total'") == [("[]",)]
        mini.set_day(date(2024, 1, 3), [(0, "x", "0")])
        outcome(mini, "up")
        assert verdicts(mini.plan(), "total") == {"all": "stale-input"}
        outcome(mini)
        mini.set_day(date(2024, 1, 3), [(5, "y", "7")])
        assert outcome(mini) == {"up": (1, 0), "total": (0, 1)}
        is_full_refresh(mini)

    def test_another_type_of_the_same_digits_shows(self, tmp_path: Path) -> None:
        """DuckDB hashes 100 as it does 1.00."""
        as_cents = UP.replace("cast(amount as integer)", "cast(amount as integer) * 100")
        as_coins = UP.replace("cast(amount as integer)", "cast(amount as decimal(10, 2))")
        mini = project(
            tmp_path / "mini", {"sums": "select day, cast(sum(amount) as double) as t from {{ ref('up') }} group by 1"}
        )
        mini.write_model("up", as_cents)
        mini.backfill()
        mini.write_model("up", as_coins.replace("config(", "config(on_schema_change='sync', "))
        mini.backfill()
        is_full_refresh(mini)


SWAPPED = (
    "case extract(hour from seen_at) "
    "when 0 then lead(cast(amount as integer)) over (partition by cast(seen_at as date) order by seen_at) "
    "when 9 then lag(cast(amount as integer)) over (partition by cast(seen_at as date) order by seen_at) "
    "else cast(amount as integer) end"
)
"""The amounts at midnight and at nine change places."""


class TestThroughModels:
    def test_a_view_is_looked_through(self, tmp_path: Path) -> None:
        view = "{{ config(materialized='view') }}\nselect day, who, amount, hour from {{ ref('up') }} where amount >= 0"
        reader = by_day("select day, sum(amount) as total from {{ ref('view') }} group by day")
        other = by_day("select day, max(hour) as latest from {{ ref('view') }} group by day")
        mini = project(tmp_path / "mini", {"view": view, "sums": reader, "latest": other})
        assert mini.query("select distinct input, columns from swathe_state.inputs where model = 'sums'") == [
            ("up", '["amount", "day"]')
        ]
        mini.write_model("up", HOURS_LATER)
        assert outcome(mini) == {"up": (21, 0), "sums": (0, 21), "latest": (21, 0)}
        is_full_refresh(mini)

    def test_it_stops_at_each_level(self, tmp_path: Path) -> None:
        middle = "select day, who, sum(amount) as total, max(hour) as latest from {{ ref('up') }} group by day, who"
        low = "select day, count(*) as n, sum(total) as total from {{ ref('middle') }} group by day"
        lowest = "{{ config(" + BY_WEEK + ") }}\nselect date_trunc('week', day)::date as week, sum(n) as n "
        lowest += "from {{ ref('low') }} group by 1"
        mini = project(tmp_path / "mini", {"middle": middle, "low": low, "lowest": lowest})
        mini.write_model("up", HOURS_LATER)
        assert outcome(mini) == {"up": (21, 0), "middle": (21, 0), "low": (0, 21), "lowest": (0, 3)}
        mini.set_day(date(2024, 1, 3), [(0, "a", "70"), (9, "b", "1"), (23, "b", "2")])
        assert outcome(mini) == {"up": (1, 0), "middle": (1, 0), "low": (1, 0), "lowest": (0, 1)}
        is_full_refresh(mini)

    def test_a_table_that_reads_itself_reads_some_of_its_columns(self, tmp_path: Path) -> None:
        running = (
            "select u.day, cast(sum(u.amount) + coalesce(max(p.total), 0) as bigint) as total, max(u.hour) as latest "
            "from {{ ref('up') }} as u left join (select max_by(prior.total, prior.day) as total from {{ this }} as prior) as p on true "
            "group by u.day"
        )
        mini = project(tmp_path / "mini", {"running": running})
        own = mini.query(
            "select distinct columns from swathe_state.inputs where model = 'running' and input = 'running'"
        )
        assert own == [('["day", "total"]',)]
        mini.set_day(date(2024, 1, 3), [(0, "a", "2"), (9, "b", "11"), (22, "a", "25")])
        assert outcome(mini) == {"up": (1, 0), "running": (1, 18)}
        assert all_work(mini.plan()) == {}


class TestSources:
    @pytest.fixture
    def mini(self, tmp_path: Path) -> Miniature:
        mini = project(
            tmp_path / "mini", {"seen": "select cast(seen_at as date) as day, who from {{ source('raw', 'events') }}"}
        )
        for path in (mini.root / "data" / "events").iterdir():
            os.utime(path, (1_700_000_000, 1_700_000_000))
        (mini.root / "models" / "up.sql").unlink()
        del mini.models["up"]
        mini.backfill()
        return mini

    def test_a_column_that_nobody_reads_may_change(self, mini: Miniature) -> None:
        mini.set_day(date(2024, 1, 3), [(hour, who, "1000") for hour, who, _ in mini.rows[date(2024, 1, 3)]])
        assert all_work(mini.plan()) == {}
        mini.set_day(date(2024, 1, 3), [(hour, "z", "1000") for hour, _, _ in mini.rows[date(2024, 1, 3)]])
        assert work(mini.plan(), "seen") == {"2024-01-03": "stale-input"}

    def test_a_column_that_nobody_reads_may_come(self, mini: Miniature) -> None:
        with duckdb.connect() as connection:
            for path in sorted((mini.root / "data" / "events").glob("*.parquet")):
                rows = f"select *, 1 as fresh from read_parquet('{path}')"
                connection.execute(f"create or replace table t as {rows}")
                connection.execute(f"copy t to '{path}' (format parquet)")
        assert all_work(mini.plan()) == {}

    def test_a_new_reader_measures_only_its_own_columns(self, mini: Miniature) -> None:
        before = mini.query(
            "select measured_at from swathe_state.source_files where columns like '%who%' order by path"
        )
        text = by_day(
            "select cast(seen_at as date) as day, sum(amount::int) as t from {{ source('raw', 'events') }} group by 1"
        )
        mini.write_model("paid", text)
        assert outcome(mini) == {"paid": (21, 0)}
        files = "select measured_at from swathe_state.source_files where columns like '%who%' order by path"
        assert mini.query(files) == before
        assert mini.query("select distinct columns from swathe_state.source_versions order by 1") == [
            ('["amount", "seen_at"]',), ('["seen_at", "who"]',),
        ]  # fmt: skip
        assert all_work(mini.plan()) == {}

    def test_the_explanation_names_the_file_with_the_change_that_counts(self, mini: Miniature) -> None:
        mini.set_day(date(2024, 1, 4), [(hour, who, "1000") for hour, who, _ in mini.rows[date(2024, 1, 4)]])
        mini.set_day(date(2024, 1, 10), [(0, "z", "1")])
        found = explained(mini, "seen", "2024-01-10")
        assert [file.path for file in found.files] == ["data/events/week-1.parquet"]
        assert found.exact
        assert found.columns == frozenset({"seen_at", "who"})


def explained(mini: Miniature, model: str, key: str) -> Input:
    done = explain_partition(mini.options, Asked(model, (key,)))
    (found,) = done.explanation.inputs
    return found


class TestASetThatIsNotMeasuredYet:
    @pytest.fixture
    def mini(self, tmp_path: Path) -> Miniature:
        return project(tmp_path / "mini", {"sums": CONSUMERS["sums"]})

    def test_is_measured_in_the_table_once(self, mini: Miniature) -> None:
        mini.write_model("evening", by_day(CONSUMERS["evening"]))
        assert sets(mini) == {'["amount", "day"]': 21}
        assert set(all_work(mini.plan())) == {"evening"}
        assert sets(mini) == {'["amount", "day"]': 21}
        assert outcome(mini, keys=KeyRange(keys=("2024-01-05",))) == {"evening": (1, 0)}
        assert sets(mini) == {'["amount", "day"]': 21, '["day", "hour", "who"]': 21}
        stored = mini.query("select * from swathe_state.column_versions order by all")
        assert outcome(mini) == {"evening": (20, 0)}
        assert mini.query("select * from swathe_state.column_versions order by all") == stored
        mini.write_model("up", UP.replace("cast(amount as integer) as amount", "cast(amount as integer) + 1 as amount"))
        assert outcome(mini) == {"up": (21, 0), "sums": (21, 0), "evening": (0, 21)}

    def test_is_measured_for_the_plan_where_nothing_is_stored(self, mini: Miniature) -> None:
        mini.execute("delete from swathe_state.column_versions")
        assert all_work(mini.plan()) == {}
        assert sets(mini) == {}
        mini.execute("update main.up set amount = 0 where day = date '2024-01-04'")
        assert work(mini.plan(), "sums") == {"2024-01-04": "stale-input"}

    def test_is_not_taken_from_a_partition_that_is_about_to_be_rebuilt(self, mini: Miniature) -> None:
        mini.write_model("evening", by_day(CONSUMERS["evening"]))
        mini.write_model("up", HOURS_LATER)
        assert outcome(mini) == {"up": (21, 0), "evening": (21, 0), "sums": (0, 21)}
        assert sets(mini) == {'["amount", "day"]': 21, '["day", "hour", "who"]': 21}
        assert all_work(mini.plan()) == {}
        is_full_refresh(mini)

    def test_records_without_columns_are_compared_over_whole_rows(self, mini: Miniature) -> None:
        mini.execute(
            "update swathe_state.inputs as i set columns = null, version = p.data_version from swathe_state.partitions as p "
            "where p.model = 'up' and i.input = 'up' and p.ordinal = i.ordinal"
        )
        assert all_work(mini.plan()) == {}
        mini.write_model("up", HOURS_LATER)
        assert outcome(mini) == {"up": (21, 0), "sums": (21, 0)}
        mini.write_model("up", UP)
        assert outcome(mini) == {"up": (21, 0), "sums": (0, 21)}

    def test_logic_that_depends_on_more_than_was_recorded_is_not_trusted(self, mini: Miniature) -> None:
        mini.execute("update swathe_state.inputs set columns = '[\"day\"]' where input = 'up'")
        planned = mini.plan()
        assert set(verdicts(planned, "sums").values()) == {"stale-input"}

    def test_a_column_that_was_altered_is_measured_again(self, mini: Miniature) -> None:
        wider = UP.replace("cast(amount as integer)", "cast(amount as bigint)")
        mini.write_model("up", wider.replace("config(", "config(on_logic_change='keep', "))
        mini.set_day(date(2024, 1, 3), [(0, "x", "0")])
        mini.backfill("up")
        assert sets(mini) == {'["amount", "day"]': 1}
        assert set(verdicts(mini.plan(), "sums").values()) == {"stale-input"}
        mini.backfill()
        assert sets(mini) == {'["amount", "day"]': 21}
        assert all_work(mini.plan()) == {}


class TestChangedRecords:
    @pytest.fixture
    def mini(self, tmp_path: Path) -> Miniature:
        return project(
            tmp_path / "mini",
            {"sums": CONSUMERS["sums"], "latest": "select day, max(hour) as h from {{ ref('up') }} group by 1"},
        )

    def test_what_is_wiped_takes_its_versions_along(self, mini: Miniature) -> None:
        wipe(mini.options, Choice(select=("up",), keys=KeyRange(keys=("2024-01-04",))), "", lambda _: True)
        assert set(sets(mini).values()) == {20}
        assert outcome(mini) == {"up": (1, 0), "sums": (1, 0), "latest": (1, 0)}
        assert set(sets(mini).values()) == {21}

    def test_what_is_adopted_has_them(self, mini: Miniature) -> None:
        mini.execute("drop schema swathe_state cascade")
        adopt(mini.options, Choice(), "", lambda _: True)
        assert set(sets(mini).values()) == {21}
        assert all_work(mini.plan()) == {}
        mini.write_model("up", HOURS_LATER)
        assert outcome(mini) == {"up": (21, 0), "sums": (0, 21), "latest": (21, 0)}

    def test_what_is_frozen_keeps_them(self, mini: Miniature) -> None:
        freeze(mini.options, Choice(select=("up",), keys=KeyRange(keys=("2024-01-04",))), "", lambda _: True)
        mini.write_model("up", HOURS_LATER)
        assert outcome(mini) == {"up": (20, 0), "sums": (0, 20), "latest": (20, 0)}
        assert all_work(mini.plan()) == {}
        assert set(sets(mini).values()) == {21}

    def test_another_cut_keeps_readers_current(self, mini: Miniature) -> None:
        week = UP.replace(BY_DAY, BY_DAY.replace('"granularity": "day"', '"granularity": "week"'))
        mini.write_model("up", week)
        planned = mini.plan()
        assert set(all_work(planned)) == {"up"}
        assert set(work(planned, "up").values()) == {"recut"}
        mini.backfill()
        assert set(sets(mini).values()) == {3}
        assert all_work(mini.plan()) == {}
        mini.write_model("up", week.replace("extract(hour from seen_at)", "extract(hour from seen_at) + 1"))
        assert outcome(mini) == {"up": (3, 0), "sums": (0, 21), "latest": (21, 0)}
        is_full_refresh(mini)

    def test_a_reader_that_was_built_under_another_cut_is_told_over_its_columns(self, mini: Miniature) -> None:
        mini.write_model("up", HOURS_LATER)
        outcome(mini, "up")
        mini.write_model(
            "up", HOURS_LATER.replace(BY_DAY, BY_DAY.replace('"granularity": "day"', '"granularity": "week"'))
        )
        mini.backfill("up")
        planned = mini.plan()
        assert set(all_work(planned)) == {"latest"}
        assert outcome(mini) == {"latest": (21, 0)}
        is_full_refresh(mini)


class TestBranches:
    def test_each_partition_is_about_what_its_own_query_reads(self, tmp_path: Path) -> None:
        branch = (
            "select day, {% if partition.start < '2024-01-08' %} cast(max(hour) as bigint) {% else %} cast(max(amount) as bigint) {% endif %} as m "
            "from {{ ref('up') }} group by day"
        )
        mini = project(tmp_path / "mini", {"branch": branch})
        assert mini.query(
            "select columns, count(*) from swathe_state.inputs where model = 'branch' group by 1 order by 1"
        ) == [('["amount", "day"]', 14), ('["day", "hour"]', 7)]
        mini.write_model("up", HOURS_LATER)
        assert outcome(mini) == {"up": (21, 0), "branch": (7, 14)}
        is_true = "select count(*) from main.branch where day < date '2024-01-08' and m = 24"
        assert mini.query(is_true) == [(7,)]

    def test_what_only_some_queries_read_counts_with_the_widest_window(self, tmp_path: Path) -> None:
        branch = (
            "{% if partition.start < '2024-01-08' %} select day, sum(amount) as m from {{ ref('up') }} group by day "
            "{% else %} select a.day, sum(b.n) as m from {{ ref('counts') }} as a join {{ ref('counts') }} as b "
            "on b.day between a.day - interval 2 day and a.day group by a.day {% endif %}"
        )
        mini = project(tmp_path / "mini", {"counts": CONSUMERS["counts"], "branch": branch})
        mini.write_model("counts", by_day(CONSUMERS["counts"].replace("count(*)", "count(distinct who)")))
        outcome(mini, "counts")
        stale = [key for key, verdict in verdicts(mini.plan(), "branch").items() if verdict == "stale-input"]
        assert set(stale) == {f"2024-01-{day:02}" for day in range(8, 22)}
        mini.write_model("counts", by_day(CONSUMERS["counts"]))
        outcome(mini)
        mini.set_day(date(2024, 1, 12), [(0, "x", "0")])
        mini.backfill("counts", "up")
        stale = [key for key, verdict in verdicts(mini.plan(), "branch").items() if verdict == "stale-input"]
        assert stale == ["2024-01-12", "2024-01-13", "2024-01-14"]


class TestAfterACrash:
    def test_rows_and_all_versions_say_the_same(self, tmp_path: Path) -> None:
        built = project(tmp_path / "mini", CONSUMERS)
        for statements in range(0, 60, 4):
            mini = built.copy_to(tmp_path / f"after-{statements}")
            mini.write_model("up", HOURS_LATER)
            mini.write_model("more", by_day("select day, max(who) as w from {{ ref('up') }} group by 1"))
            with crash_after(statements), suppress(Crash):
                mini.backfill()
            assert_versions(mini, "up")
