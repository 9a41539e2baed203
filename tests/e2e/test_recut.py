"""A model that is cut in another way keeps what is true already: records are written anew, and nothing is computed."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from support.miniature import MODELS, Miniature, all_work, verdicts, work
from swathe.api.adopt import adopt
from swathe.api.backfill import BackfillOptions, backfill
from swathe.api.keys import KeyRange
from swathe.api.marks import freeze
from swathe.api.plan import Choice
from swathe.api.workspace import ProjectOptions
from swathe.engine.duckdb.session import DuckDBSession

TABLES = [name for name in MODELS if name != "loud"]
WEEKS = ["2024-01-01", "2024-01-08", "2024-01-15"]
BY_WHO = '[{"column": "day", "granularity": "day"}, {"column": "who", "values": ["a", "b"]}]'


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Miniature:
    made = Miniature.create(tmp_path_factory.mktemp("built") / "mini")
    made.backfill()
    return made


@pytest.fixture
def mini(built: Miniature, tmp_path: Path) -> Miniature:
    """Everything is built, by day."""
    return built.copy_to(tmp_path / "mini")


def recut(mini: Miniature, name: str, cut: str) -> None:
    """Give a model that is cut by day another `partition_by`."""
    mini.write_model(name, mini.models[name].replace('{"column": "day", "granularity": "day"}', cut))


def by(granularity: str) -> str:
    return f'{{"column": "day", "granularity": "{granularity}"}}'


def statements(mini: Miniature) -> list[tuple[str, str]]:
    """What the last run wrote: model and reason."""
    return [
        (row[0], row[1])
        for row in mini.query(
            "select model, reason from swathe_state.attempts "
            "where run_id = (select run_id from swathe_state.runs order by started_at desc limit 1)"
        )
    ]


def assert_true(mini: Miniature, *models: str) -> None:
    """Tables equal a full refresh, each record tells of its rows, and nothing is left to do."""
    truth = mini.truth()
    for name in models or TABLES:
        assert mini.table(name) == truth[name], name
    assert all_work(mini.plan()) == {}


def test_days_become_weeks_without_a_statement(mini: Miniature) -> None:
    before = mini.table("daily")
    recut(mini, "daily", by("week"))
    assert work(mini.plan("daily"), "daily") == dict.fromkeys(WEEKS, "recut")
    done = mini.backfill()
    assert done.outcome is not None
    assert statements(mini) == [("daily", "recut")]
    assert sum(model.succeeded for model in done.outcome.models) == 0
    assert mini.table("daily") == before
    assert verdicts(mini.plan("daily"), "daily") == dict.fromkeys(WEEKS, "current")
    assert_true(mini)


def test_and_back_again(mini: Miniature) -> None:
    recut(mini, "daily", by("week"))
    mini.backfill()
    mini.write_model("daily", MODELS["daily"])
    assert set(work(mini.plan("daily"), "daily").values()) == {"recut"}
    mini.backfill()
    assert {reason for _, reason in statements(mini)} == {"recut"}
    assert_true(mini)


def test_what_reads_it_stays_current(mini: Miniature) -> None:
    recut(mini, "base", by("week"))
    assert all_work(mini.plan()) == {"base": dict.fromkeys(WEEKS, "recut")}
    mini.backfill()
    assert {model for model, _ in statements(mini)} == {"base"}
    assert_true(mini)


def test_several_models_at_once(mini: Miniature) -> None:
    for name in ("base", "daily", "rolling"):
        recut(mini, name, by("week"))
    mini.backfill()
    assert {reason for _, reason in statements(mini)} == {"recut"}
    assert_true(mini)


def test_later_changes_are_found_in_terms_of_the_new_cut(mini: Miniature) -> None:
    recut(mini, "base", by("week"))
    recut(mini, "rolling", by("week"))
    mini.backfill()
    mini.set_day(date(2024, 1, 10), [(5, "z", "77")])
    assert work(mini.plan("base"), "base") == {"2024-01-08": "stale-input"}
    mini.backfill()
    assert_true(mini)


def test_one_stale_day_has_its_week_built(mini: Miniature) -> None:
    mini.set_day(date(2024, 1, 10), [(5, "z", "77")])
    recut(mini, "base", by("week"))
    assert work(mini.plan("base"), "base") == {
        "2024-01-01": "recut", "2024-01-08": "missing", "2024-01-15": "recut",
    }  # fmt: skip
    mini.backfill()
    assert_true(mini)


def test_a_week_that_reads_what_is_built_first_is_built(mini: Miniature) -> None:
    mini.set_day(date(2024, 1, 10), [(5, "z", "77")])
    recut(mini, "daily", by("week"))
    assert work(mini.plan("base", "daily"), "daily") == {
        "2024-01-01": "recut", "2024-01-08": "missing", "2024-01-15": "recut",
    }  # fmt: skip
    mini.backfill()
    assert_true(mini)


def test_a_day_that_was_never_built_has_its_week_built(tmp_path: Path) -> None:
    mini = Miniature.create(tmp_path / "mini")
    mini.backfill("base", keys=KeyRange(first="2024-01-01", last="2024-01-10"))
    recut(mini, "base", by("week"))
    assert work(mini.plan("base"), "base") == {
        "2024-01-01": "recut", "2024-01-08": "missing", "2024-01-15": "missing",
    }  # fmt: skip
    mini.backfill()
    assert_true(mini)


def test_values_are_added_to_days(mini: Miniature) -> None:
    recut(mini, "daily", BY_WHO)
    assert set(work(mini.plan("daily"), "daily").values()) == {"recut"}
    mini.backfill()
    assert {reason for _, reason in statements(mini)} == {"recut"}
    assert len(verdicts(mini.plan("daily"), "daily")) == 42
    assert_true(mini)


def test_values_that_leave_rows_out_are_refused_and_nothing_is_lost(mini: Miniature) -> None:
    before = mini.table("daily")
    recut(mini, "daily", BY_WHO.replace('["a", "b"]', '["a"]'))
    done = mini.backfill("daily")
    assert done.outcome is not None
    assert "outside the list of values" in done.outcome.models[0].failures[0].error
    assert mini.table("daily") == before
    mini.write_model("daily", MODELS["daily"])
    assert_true(mini)


def test_a_table_in_one_piece_becomes_partitions(mini: Miniature) -> None:
    mini.write_model(
        "people", '{{ config(partition_by={"column": "who", "values": ["a", "b"]}) }}\n' + MODELS["people"]
    )
    assert work(mini.plan("people"), "people") == {"a": "recut", "b": "recut"}
    mini.backfill()
    assert {reason for _, reason in statements(mini)} == {"recut"}
    assert_true(mini, "base", "daily")


def test_other_changes_say_what_they_cost_and_wait(mini: Miniature) -> None:
    before = mini.table("daily")
    mini.write_model("daily", MODELS["daily"].replace('{"column": "day", "granularity": "day"}, begin="2024-01-01", '
                                                      'end="2024-01-22"', '{"column": "who", "values": ["a", "b"]}'))  # fmt: skip
    (blocked, _) = next(model.blocked for model in mini.plan("daily").plan.models)
    assert "`--full` builds it anew, all 2 (what is there has " in blocked.detail
    mini.backfill("daily")
    assert mini.table("daily") == before
    mini.backfill("daily", full=True)
    assert mini.table("daily") == before


def test_removing_values_is_such_a_change(mini: Miniature) -> None:
    recut(mini, "daily", BY_WHO)
    mini.backfill()
    mini.write_model("daily", MODELS["daily"])
    assert len(mini.plan("daily").plan.models[0].blocked) == 1
    assert mini.plan("daily").plan.models[0].work == ()


def test_a_changed_query_is_computed_whatever_its_cut(mini: Miniature) -> None:
    mini.write_model("daily", MODELS["daily"].replace("sum(amount)", "max(amount)"))
    recut(mini, "daily", by("week"))
    assert mini.plan("daily").plan.models[0].blocked
    mini.backfill("daily", full=True)
    mini.backfill()
    assert_true(mini)


def test_a_query_that_asks_for_its_partition_is_another_query_in_another_cut(mini: Miniature) -> None:
    text = MODELS["base"] + " where seen_at >= {{ partition.start }} and seen_at < {{ partition.end }}"
    mini.write_model("base", text)
    mini.backfill("base")
    recut(mini, "base", by("week"))
    assert mini.plan("base").plan.models[0].work == ()


def test_frozen_partitions_stand_in_the_way(mini: Miniature) -> None:
    freeze(mini.options, Choice(select=("daily",), keys=KeyRange(keys=("2024-01-10",))), "", lambda _: True)
    recut(mini, "daily", by("week"))
    (blocked, *_) = mini.plan("daily").plan.models[0].blocked
    assert "frozen" in blocked.detail
    mini.backfill()
    mini.write_model("daily", MODELS["daily"])
    assert verdicts(mini.plan("daily"), "daily")["2024-01-10"] == "frozen"


def test_a_wider_partition_that_is_still_open_is_rebuilt_when_it_has_ended(tmp_path: Path) -> None:
    mini = Miniature.create(tmp_path / "mini")
    mini.write_model("base", mini.models["base"].replace(', end="2024-01-22"', ""))

    def run(now: datetime) -> None:
        options = ProjectOptions(cwd=mini.root, now=now)
        backfill(options, Choice(select=("base",)), BackfillOptions(), lambda _: True, lambda _: None)

    run(datetime(2024, 1, 18, tzinfo=UTC))
    recut(mini, "base", by("week"))
    run(datetime(2024, 1, 18, tzinfo=UTC))
    records = mini.query("select partition_key, invalidated_for from swathe_state.partitions order by 1")
    assert records == [("2024-01-01", None), ("2024-01-08", None), ("2024-01-15", "its cut changed")]
    mini.set_day(date(2024, 1, 16), [(5, "z", "77")])
    run(datetime(2024, 1, 22, tzinfo=UTC) + timedelta(seconds=1))
    assert mini.table("base") == mini.truth()["base"]


def test_adopted_days_become_weeks(mini: Miniature) -> None:
    mini.query("drop schema swathe_state cascade")
    mini.query("drop view main.loud")
    adopt(mini.options, Choice(), "", lambda _: True)
    recut(mini, "base", by("week"))
    mini.backfill()
    assert_true(mini)


def test_wherever_it_is_stopped_records_are_of_one_cut_and_the_rest_follows(mini: Miniature, tmp_path: Path) -> None:
    recut(mini, "base", by("week"))
    run, statement, done = DuckDBSession._run, 0, False
    while not done:
        copy = mini.copy_to(tmp_path / str(statement))
        left = [statement]

        class StoppedError(BaseException):
            pass

        def dying(self: DuckDBSession, sql: str, parameters: Any, left: list[int] = left) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise StoppedError
            return run(self, sql, parameters)

        with pytest.MonkeyPatch.context() as patch, contextlib.suppress(StoppedError):
            patch.setattr(DuckDBSession, "_run", dying)
            copy.backfill("base")
        done = left[0] >= 0
        units = copy.query("select distinct unit from swathe_state.partitions where model = 'base'")
        assert units in ([("day of day",)], [("week of day",)]), statement
        if statement % 10 == 0 or done:
            copy.backfill()
            assert_true(copy)
        statement += 3
    assert statement > 30
