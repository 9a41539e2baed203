"""The promise: after a backfill every table equals a full refresh, whatever happened before."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from support.miniature import MODELS, ORDER, Miniature, all_work, verdicts, work
from support.postgres_projects import PostgresMiniature
from swathe.api.keys import KeyRange
from swathe.errors import PlanError


@pytest.fixture(params=["duckdb", "postgres"])
def mini(request: pytest.FixtureRequest, tmp_path: Path) -> Miniature:
    if request.param == "postgres":
        return PostgresMiniature.on(tmp_path / "mini", request.getfixturevalue("postgres_database"))
    return Miniature.create(tmp_path / "mini")


def assert_true(mini: Miniature) -> None:
    truth = mini.truth()
    for name in ORDER:
        assert mini.table(name) == truth[name], name


def test_a_first_backfill_builds_everything_and_a_second_finds_nothing_to_do(mini: Miniature) -> None:
    first = mini.backfill()
    assert first.outcome is not None
    assert first.outcome.failed == 0
    assert_true(mini)
    second = mini.backfill()
    assert second.outcome is None
    assert all_work(mini.plan()) == {}


def test_a_changed_source_day_rebuilds_that_day_and_what_reads_it(mini: Miniature) -> None:
    mini.backfill()
    mini.set_day(date(2024, 1, 10), [(3, "a", "500")])
    due = all_work(mini.plan())
    assert due["base"] == {"2024-01-10": "stale-input"}
    assert due["daily"] == {"2024-01-10": "stale-input?"}
    assert due["rolling"] == dict.fromkeys(("2024-01-10", "2024-01-11", "2024-01-12"), "stale-input?")
    assert due["weekly"] == {"2024-01-08": "stale-input?"}
    assert due["people"] == {"all": "stale-input?"}
    assert due["louder"] == {"2024-01-10": "stale-input?"}
    assert "loud" not in due
    mini.backfill()
    assert_true(mini)


def test_late_rows_for_one_day_are_found(mini: Miniature) -> None:
    mini.backfill()
    mini.set_day(date(2024, 1, 3), [*mini.rows[date(2024, 1, 3)], (22, "late", "7")])
    assert work(mini.plan(), "base") == {"2024-01-03": "stale-input"}
    mini.backfill()
    assert_true(mini)


def test_a_rewritten_file_with_the_same_rows_stales_nothing(mini: Miniature) -> None:
    mini.backfill()
    mini.set_day(date(2024, 1, 3), list(reversed(mini.rows[date(2024, 1, 3)])))
    assert all_work(mini.plan()) == {}


def test_a_rebuild_with_identical_content_stales_nobody(mini: Miniature) -> None:
    mini.backfill()
    mini.write_model("base", MODELS["base"] + "\nwhere amount is not null")
    due = all_work(mini.plan())
    assert set(due["base"].values()) == {"stale-logic"}
    assert set(due["daily"].values()) == {"stale-input?"}
    done = mini.backfill()
    assert done.outcome is not None
    built = {model.name: (model.succeeded, model.skipped) for model in done.outcome.models}
    assert built["base"] == (21, 0)
    assert built["daily"] == (0, 21)
    assert_true(mini)
    assert all_work(mini.plan()) == {}


def test_an_emptied_day_empties_its_partition(mini: Miniature) -> None:
    mini.backfill()
    mini.set_day(date(2024, 1, 21), [])
    mini.backfill()
    assert_true(mini)
    assert mini.query("select row_count from swathe_state.partitions where model = 'base' order by ordinal desc")[
        0
    ] == (0,)


def test_an_edit_and_its_undo_rebuild_nothing_that_still_carries_the_fingerprint(mini: Miniature) -> None:
    mini.backfill()
    original = mini.models["daily"]
    mini.write_model("daily", original.replace("sum(amount)", "max(amount)"))
    mini.backfill("daily", keys=KeyRange(first="2024-01-05", last="2024-01-06"))
    mini.write_model("daily", original)
    assert work(mini.plan("daily"), "daily") == {"2024-01-05": "stale-logic", "2024-01-06": "stale-logic"}
    mini.backfill()
    assert_true(mini)


def test_an_edited_view_stales_its_readers(mini: Miniature) -> None:
    mini.backfill()
    mini.write_model("loud", mini.models["loud"].replace("> 10", "> 20"))
    due = all_work(mini.plan())
    assert set(due) == {"loud", "louder"}
    assert set(due["louder"].values()) == {"stale-logic"}
    mini.backfill()
    assert_true(mini)


def test_a_partition_that_fails_keeps_its_rows_and_blocks_only_what_reads_it(mini: Miniature) -> None:
    mini.backfill()
    before = [row for row in mini.table("base") if str(row[0]) == "2024-01-09"]
    for day in (date(2024, 1, 8), date(2024, 1, 9), date(2024, 1, 10)):
        mini.set_day(day, [(1, "a", "70" if day.day != 9 else "not a number")])
    done = mini.backfill()
    assert done.outcome is not None
    outcome = {model.name: model for model in done.outcome.models}
    assert outcome["base"].succeeded == 2
    assert [failure.keys for failure in outcome["base"].failures] == [("2024-01-09", "2024-01-09")]
    assert "not a number" in outcome["base"].failures[0].error
    assert outcome["daily"].succeeded == 2
    assert outcome["daily"].blocked == 1
    assert [row for row in mini.table("base") if str(row[0]) == "2024-01-09"] == before
    assert verdicts(mini.plan(), "base")["2024-01-09"] == "failed"
    mini.set_day(date(2024, 1, 9), [(1, "a", "80")])
    mini.backfill()
    assert_true(mini)


@pytest.mark.parametrize("workers", [1, 3])
def test_any_sub_range_then_the_rest(mini: Miniature, workers: int) -> None:
    mini.backfill(keys=KeyRange(first="2024-01-04", last="2024-01-09"), workers=workers)
    mini.backfill("base", "daily", keys=KeyRange(keys=("2024-01-15", "2024-01-17")), workers=workers)
    mini.backfill(workers=workers)
    assert_true(mini)


@pytest.mark.parametrize(
    ("model", "before", "after"),
    [
        ("daily", '"granularity": "day"', '"granularity": "month"'),
        ("people", "select who", '{{ config(materialized="view") }}\nselect who'),
        ("loud", "materialized='view'", "materialized='table'"),
    ],
)
def test_another_cut_is_built_anew_only_when_asked(mini: Miniature, model: str, before: str, after: str) -> None:
    mini.backfill()
    held = mini.table(model)
    text = mini.models[model].replace(before, after).replace("2024-01-22", "2024-02-01")
    mini.write_model(model, text)
    declined = mini.backfill(model)
    assert declined.outcome is None
    assert "its cut changed" in declined.planned.plan.models[0].blocked[0].detail
    assert mini.table(model) == held
    mini.backfill(model, full=True)
    assert mini.table(model) == held
    assert all_work(mini.plan(model)) == {}


def test_a_range_takes_along_what_it_reads_of_the_models_that_are_asked_for(mini: Miniature) -> None:
    planned = mini.plan("+rolling", keys=KeyRange(first="2024-01-10", last="2024-01-10"))
    days = {f"2024-01-{day:02d}": "missing" for day in (8, 9, 10)}
    assert all_work(planned) == {"base": days, "daily": days, "rolling": {"2024-01-10": "missing"}}
    alone = mini.plan("rolling", keys=KeyRange(first="2024-01-10", last="2024-01-10"))
    assert all_work(alone) == {}
    assert [blocked.by for blocked in alone.plan.models[0].blocked] == ["daily"]


def test_a_dropped_table_is_missing_whatever_the_records_say(mini: Miniature) -> None:
    mini.backfill()
    mini.query("drop view main.loud")
    mini.query("drop table main.daily")
    planned = mini.plan()
    assert set(verdicts(planned, "daily").values()) == {"missing"}
    assert verdicts(planned, "loud") == {"all": "missing"}
    mini.backfill()
    assert_true(mini)
    assert all_work(mini.plan()) == {}


def test_a_renamed_table_is_built_under_its_new_name(mini: Miniature) -> None:
    mini.backfill()
    mini.query("create table main.taken as select 1 as x")
    for alias, refused in (("taken", True), ("days", False)):
        mini.write_model("daily", MODELS["daily"].replace('"2024-01-22"', f'"2024-01-22", alias="{alias}"'))
        if refused:
            with pytest.raises(PlanError, match="did not write"):
                mini.backfill()
        else:
            assert set(verdicts(mini.plan(), "daily").values()) == {"missing"}
            mini.backfill()
    assert sorted(mini.query("select * from main.days"), key=repr) == mini.truth()["daily"]
    assert mini.query("select count(*) from main.taken") == [(1,)]
