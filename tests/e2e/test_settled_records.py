"""A plan looks one by one only at records that may not be true, and says the same as if it had looked at each."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from support.miniature import DAYS, MODELS, Miniature, all_work
from support.settled import assert_told_alike
from swathe.api.keys import KeyRange
from swathe.api.plan import Choice

SETTLED = ("base", "daily", "louder")
"""What reads just the day itself."""

EVERYTHING = len(SETTLED) * DAYS + 1
"""With the view."""

DAY = date(2024, 1, 9)


@pytest.fixture
def mini(tmp_path: Path) -> Miniature:
    made = Miniature.create(tmp_path / "mini")
    done = made.backfill()
    assert done.outcome is not None
    assert not done.outcome.failed
    return made


def test_after_a_backfill_all_that_reads_its_own_day_is_settled(mini: Miniature) -> None:
    assert assert_told_alike(mini.options) == EVERYTHING
    planned = mini.plan()
    assert [len(planned.records[name].runs) for name in SETTLED] == [1, 1, 1]
    assert not any(planned.records[name].records for name in SETTLED)


def test_late_rows_unsettle_a_block_and_make_one_day_stale(mini: Miniature) -> None:
    mini.set_day(DAY, [(4, "b", "44")])
    assert_told_alike(mini.options)
    work = all_work(mini.plan())
    assert work["base"] == {"2024-01-09": "stale-input"}
    assert work["daily"] == {"2024-01-09": "stale-input?"}


def test_two_days_that_change_places_are_seen(mini: Miniature) -> None:
    """Each day's version is another one's then, and their sum is what it was."""
    other = date(2024, 1, 10)
    mini.execute(
        "update swathe_state.partitions set data_version = case partition_key "
        "when '2024-01-09' then (select data_version from swathe_state.partitions where model = 'base' "
        "and partition_key = '2024-01-10') else (select data_version from swathe_state.partitions "
        "where model = 'base' and partition_key = '2024-01-09') end "
        "where model = 'base' and partition_key in ('2024-01-09', '2024-01-10')"
    )
    first, second = ((day - date(1970, 1, 1)).days for day in (DAY, other))
    swapped = dict(
        mini.query(
            "select columns || ordinal, version from swathe_state.column_versions "
            f"where model = 'base' and ordinal in ({first}, {second})"
        )
    )
    for key, version in swapped.items():
        columns, ordinal = key[:-5], int(key[-5:])
        mini.execute(
            f"update swathe_state.column_versions set version = {version} where model = 'base' "
            f"and columns = '{columns}' and ordinal = {first + second - ordinal}"
        )
    assert_told_alike(mini.options)
    assert set(all_work(mini.plan())["daily"]) == {"2024-01-09", "2024-01-10"}


def test_a_logic_that_changed_is_told_of_the_whole_run(mini: Miniature) -> None:
    mini.write_model("daily", MODELS["daily"].replace("sum(amount)", "max(amount)"))
    assert assert_told_alike(mini.options) == EVERYTHING
    (run,) = next(model.verdicts for model in mini.plan().plan.models if model.spec.name == "daily")
    assert (run.verdict, len(run.partitions)) == ("stale-logic", DAYS)


def test_a_model_that_begins_later_than_what_it_reads_is_settled(mini: Miniature) -> None:
    mini.write_model("daily", MODELS["daily"].replace('begin="2024-01-01"', 'begin="2024-01-12"'))
    twelfth = (date(2024, 1, 12) - date(1970, 1, 1)).days
    for table in ("partitions", "inputs", "column_versions"):
        mini.execute(f"delete from swathe_state.{table} where model = 'daily' and ordinal < {twelfth}")
    mini.execute("delete from main.daily where day < '2024-01-12'")
    assert_told_alike(mini.options)
    assert mini.plan().records["daily"].settled.count == 10


def test_marks_and_failures_are_looked_at(mini: Miniature) -> None:
    mini.execute(
        "update swathe_state.partitions set invalidated_at = built_at, invalidated_for = 'a bug' "
        "where model = 'base' and partition_key = '2024-01-05'"
    )
    mini.execute(
        "update swathe_state.partitions set frozen_at = built_at where model = 'daily' and partition_key > '2024-01-18'"
    )
    assert_told_alike(mini.options)
    mini.set_day(DAY, [(1, "a", "poison")])
    mini.backfill()
    assert_told_alike(mini.options)
    assert all_work(mini.plan())["base"] == {"2024-01-09": "failed"}


def test_a_dropped_table_and_a_part_of_the_plan(mini: Miniature) -> None:
    mini.execute("drop table main.base")
    assert_told_alike(mini.options)
    assert_told_alike(mini.options, Choice(select=("daily", "rolling")))
    assert_told_alike(mini.options, Choice(keys=KeyRange(first="2024-01-03", last="2024-01-08"), full=True))


def test_settled_partitions_that_are_asked_for_are_rebuilt(mini: Miniature) -> None:
    """A run has to know what built them, to see whether another one was quicker."""
    done = mini.backfill("daily", keys=KeyRange(first="2024-01-03", last="2024-01-08"), full=True)
    assert done.outcome is not None
    assert [(model.name, model.succeeded, model.skipped) for model in done.outcome.models] == [("daily", 6, 0)]
