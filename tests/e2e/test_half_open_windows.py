"""Tables over all that came before: a change makes stale what comes after it, and nothing before it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from support.miniature import BY_DAY, FIRST_DAY, Miniature, all_work, work
from swathe.api.keys import KeyRange

MODELS = {
    "to_date": "{{ config(" + BY_DAY + ") }}\n"
    "select day, sum(total) over (order by day) as total\n"
    "from (select day, cast(sum(amount) as bigint) as total from {{ ref('base') }} group by day)",
    "newcomers": "{{ config(" + BY_DAY + ") }}\n"
    "select cast(seen_at as date) as day, who, amount from {{ source('raw', 'events') }}\n"
    "qualify row_number() over (partition by who order by seen_at, amount) = 1",
    "last_of_day": "{{ config(" + BY_DAY + ") }}\n"
    "select b.day, b.who, s.seen_at from {{ ref('base') }} as b\n"
    "asof left join {{ source('raw', 'events') }} as s on s.who = b.who and s.seen_at <= b.day",
    "left_to_come": "{{ config(" + BY_DAY + ") }}\n"
    "select day, who, sum(amount) over (order by day desc, who) as left\n"
    "from (select day, who, sum(amount) as amount from {{ ref('base') }} group by all)",
}
TOUCHED = date(2024, 1, 10)


@pytest.fixture
def mini(tmp_path: Path) -> Iterator[Miniature]:
    made = Miniature.create(tmp_path / "mini")
    for name, text in MODELS.items():
        made.write_model(name, text)
    made.backfill(workers=2)
    assert all_work(made.plan()) == {}
    return made


def assert_true(mini: Miniature) -> None:
    """Every table is what its query gives when it is run whole."""
    for name in MODELS:
        query = mini.models[name].partition("}}\n")[2]
        query = query.replace("{{ source('raw', 'events') }}", f"read_parquet('{mini.root}/data/events/*.parquet')")
        query = query.replace("{{ ref('base') }}", "main.base")
        assert mini.table(name) == sorted(mini.query(query), key=repr), name


def days(first: date, last: date) -> set[str]:
    return {str(first + timedelta(days=n)) for n in range((last - first).days + 1)}


def test_a_change_is_felt_on_one_side_of_it_only(mini: Miniature) -> None:
    last = max(mini.rows)
    mini.set_day(TOUCHED, [(1, "a", "100")])
    planned = mini.plan()
    assert set(work(planned, "to_date")) == days(TOUCHED, last)
    assert set(work(planned, "newcomers")) == days(TOUCHED, last)
    assert set(work(planned, "last_of_day")) == days(TOUCHED, last)
    assert set(work(planned, "left_to_come")) == days(FIRST_DAY, TOUCHED)
    mini.backfill()
    assert_true(mini)
    assert all_work(mini.plan()) == {}


def test_it_says_how_far_it_was_read(mini: Miniature) -> None:
    mini.set_day(TOUCHED, [(1, "a", "100")])
    planned = next(model for model in mini.plan("newcomers").plan.models)
    details = {entry.detail for entry in planned.work}
    assert "`raw.events` changed up to 2024-01-10" in details


def test_a_new_day_makes_no_old_one_stale(mini: Miniature) -> None:
    last = max(mini.rows)
    begins = 'begin="2024-01-01", end="2024-01-22"'
    for name, text in list(mini.models.items()):
        if "week" not in text:
            mini.write_model(name, text.replace(begins, begins.replace("2024-01-22", "2024-01-23")))
    mini.set_day(last + timedelta(days=1), [(3, "c", "7")])
    planned = mini.plan()
    for name in ("to_date", "newcomers", "last_of_day"):
        assert work(planned, name) == {str(last + timedelta(days=1)): "missing"}, name
    mini.backfill()
    assert_true(mini)


def test_one_day_can_be_built_when_all_before_it_is_there(mini: Miniature) -> None:
    keys = KeyRange(keys=("2024-01-05",))
    mini.query("drop table main.to_date")
    assert set(work(mini.plan("to_date", keys=keys), "to_date")) == {"2024-01-05"}
    mini.backfill("to_date", keys=keys)
    assert mini.query("select day, total from main.to_date") == mini.query(
        "select date '2024-01-05', sum(amount) from main.base where day <= date '2024-01-05'"
    )
