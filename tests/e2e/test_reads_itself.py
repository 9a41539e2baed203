"""Cumulative tables: a partition reads earlier partitions of its own table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import accumulate
from pathlib import Path

import pytest

from support.miniature import BY_DAY, Miniature, all_work, work
from swathe.api.keys import KeyRange
from swathe.errors import ModelError

RUNNING = (
    "{{ config(" + BY_DAY + ") }}\n"
    "with days as (select day, cast(coalesce(sum(amount), 0) as bigint) as amount from {{ ref('base') }} group by day)\n"
    "select days.day, days.amount + coalesce(before.total, 0) as total\n"
    "from days left join {{ this }} as before on before.day = days.day - interval 1 day"
)
EVER = (
    "{{ config(" + BY_DAY + ") }}\n"
    "select distinct b.day, b.who from {{ ref('base') }} as b\n"
    "where not exists (select 1 from {{ this }} as seen where seen.who = b.who)"
)


@pytest.fixture
def mini(tmp_path: Path) -> Iterator[Miniature]:
    made = Miniature.create(tmp_path / "mini")
    made.write_model("running", RUNNING)
    made.write_model("newcomers", EVER)
    return made


def totals(mini: Miniature) -> list[tuple[date, int]]:
    by_day = mini.query("select day, sum(amount) from main.base group by day order by day")
    return [(day, total) for (day, _), total in zip(by_day, accumulate(amount for _, amount in by_day), strict=True)]


def assert_true(mini: Miniature) -> None:
    assert mini.query("select day, total from main.running order by day") == totals(mini)
    first_seen = mini.query("select min(day), who from main.base group by who order by who")
    assert mini.query("select day, who from main.newcomers order by who") == first_seen


def test_it_is_built_in_order_one_partition_at_a_time(mini: Miniature) -> None:
    for workers in (1, 3):
        mini.backfill(workers=workers, full=True)
        assert_true(mini)
    assert all_work(mini.plan()) == {}


def test_a_rebuilt_partition_stales_what_follows_until_nothing_changes_any_more(mini: Miniature) -> None:
    mini.backfill()
    before, after = date(2024, 1, 10), date(2024, 1, 11)
    mini.set_day(before, [(1, "a", "100")])
    due = work(mini.plan(), "running")
    assert set(due.values()) == {"stale-input?"}
    assert min(due) == "2024-01-10"
    assert len(due) == 12
    mini.backfill()
    assert_true(mini)
    # Moved from one day to the next: from then on the running total is what it was.
    mini.set_day(before, [(1, "a", "99")])
    mini.set_day(after, [*mini.rows[after], (2, "a", "1")])
    done = mini.backfill()
    assert done.outcome is not None
    running = next(model for model in done.outcome.models if model.name == "running")
    assert (running.succeeded, running.skipped) == (2, 10)
    assert_true(mini)


def test_a_later_partition_takes_the_earlier_ones_along(mini: Miniature) -> None:
    mini.backfill("+running", keys=KeyRange(keys=("2024-01-05",)))
    assert mini.query("select count(*) from main.running") == [(5,)]
    mini.backfill()
    assert_true(mini)


def test_rebuilding_an_early_partition_does_not_read_what_came_later(mini: Miniature) -> None:
    mini.backfill()
    mini.backfill("newcomers", keys=KeyRange(keys=("2024-01-01",)), full=True)
    assert_true(mini)


def test_a_table_that_is_not_partitioned_cannot_read_itself(mini: Miniature) -> None:
    mini.write_model("people", "select who from {{ this }}")
    with pytest.raises(ModelError, match="must be cut by time or by a range"):
        mini.plan()
