"""`batch_size` limits what one statement writes: one transaction then has many, and rows and records as without it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from support.miniature import BY_DAY, MODELS, Miniature, verdicts
from swathe.api.backfill import Backfilled
from swathe.engine.duckdb.session import DuckDBSession

DAYS = 21
BATCHES = [(1, "2024-01-01"), (20, "2024-01-02")]


def limited(text: str, limit: int = 1) -> str:
    return text.replace('end="2024-01-22"', f'end="2024-01-22", batch_size={limit}')


@pytest.fixture
def mini(tmp_path: Path) -> Miniature:
    made = Miniature.create(tmp_path / "mini")
    for name in set(made.models) - {"base"}:
        (made.root / "models" / f"{name}.sql").unlink()
    made.write_model("base", limited(MODELS["base"]))
    return made


@contextmanager
def counting(start: str) -> Iterator[list[str]]:
    """The statements sent that start like this."""
    run, found = DuckDBSession._run, []

    def listening(self: DuckDBSession, sql: str, parameters: Any) -> Any:
        if sql.startswith(start):
            found.append(sql)
        return run(self, sql, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DuckDBSession, "_run", listening)
        yield found


def batches(mini: Miniature, model: str = "base", status: str = "succeeded") -> list[tuple[int, str]]:
    return mini.query(
        "select partitions, first_key from swathe_state.attempts "
        f"where model = '{model}' and status = '{status}' order by started_at, first_key"
    )


def failed(done: Backfilled) -> list[str]:
    assert done.outcome is not None
    return [failure.keys[0] for model in done.outcome.models for failure in model.failures]


@pytest.mark.parametrize(("limit", "statements"), [(1, 21), (5, 5), (30, 2)])
def test_as_many_statements_as_planned(mini: Miniature, limit: int, statements: int) -> None:
    mini.write_model("base", limited(MODELS["base"], limit))
    assert mini.plan().plan.statements == statements
    with counting('INSERT INTO "main"."base"') as sent:
        mini.backfill()
    assert len(sent) == statements
    assert batches(mini) == BATCHES
    assert mini.table("base") == mini.truth()["base"]
    with counting('INSERT INTO "main"."base"') as sent:
        mini.backfill(full=True)
    assert len(sent) == statements
    assert mini.table("base") == mini.truth()["base"]


def test_a_bad_partition_fails_alone(mini: Miniature) -> None:
    mini.backfill()
    for day in (5, 12, 13):
        mini.set_day(date(2024, 1, day), [(1, "a", "not a number")])
    mini.set_day(date(2024, 1, 6), [(1, "a", "1000")])
    before = mini.table("base")
    assert failed(mini.backfill()) == ["2024-01-05", "2024-01-12", "2024-01-13"]
    now = mini.table("base")
    assert [row for row in now if row not in before] == [(date(2024, 1, 6), "a", 1000)]
    assert {row[0].day for row in before if row not in now} == {6}
    assert {day for day, verdict in verdicts(mini.plan(), "base").items() if verdict != "current"} == {
        "2024-01-05", "2024-01-12", "2024-01-13"
    }  # fmt: skip


def test_an_audit_that_fails_leaves_only_its_partition(mini: Miniature) -> None:
    text = limited(MODELS["base"]).replace(
        "batch_size=1", 'batch_size=1, audits=[{"expression_is_true": "amount < 50"}]'
    )
    mini.write_model("base", text)
    mini.set_day(date(2024, 1, 12), [(1, "a", "99")])
    assert failed(mini.backfill()) == ["2024-01-12"]
    assert mini.query("select count(distinct day), bool_or(day = date '2024-01-12') from main.base") == [
        (DAYS - 1, False)
    ]


def test_a_frozen_partition_is_not_overwritten_with_others(mini: Miniature) -> None:
    mini.backfill()
    mini.execute(
        "update swathe_state.partitions set frozen_at = now(), frozen_for = 'why' where partition_key = '2024-01-12'"
    )
    mini.execute("update main.base set amount = -1 where day = date '2024-01-12'")
    mini.set_day(date(2024, 1, 12), [(1, "a", "99")])
    mini.backfill(full=True)
    assert set(mini.query("select amount from main.base where day = date '2024-01-12'")) == {(-1,)}
    left = "select * from main.base where day <> date '2024-01-12'"
    truth = [row for row in mini.truth()["base"] if row[0] != date(2024, 1, 12)]
    assert sorted(mini.query(left), key=repr) == truth


ALONE = {
    "reads what was just written": "select d.day, count(*) + coalesce((select max(t.number) from {{ this }} as t), 0) as number\n"
    "from {{ ref('base') }} as d group by d.day",
    "has a text of its own": "select day, count(*) as n, '{{ partition.key }}' as key\nfrom {{ ref('base') }} "
    "where day = {{ partition.start }} group by day",
}


@pytest.mark.parametrize("text", ALONE.values(), ids=ALONE)
def test_what_can_not_share_a_transaction_has_its_own(mini: Miniature, text: str) -> None:
    mini.write_model("alone", limited("{{ config(" + BY_DAY + ") }}\n") + text)
    mini.backfill()
    assert batches(mini) == BATCHES
    assert [size for size, _ in batches(mini, "alone")] == [1] * DAYS


def test_of_an_input_only_the_versions_of_what_a_batch_reads_are_read(mini: Miniature) -> None:
    """Else a run of many batches would take the square of its partitions."""
    mini.write_model("daily", MODELS["daily"])
    mini.backfill("base")
    with counting("SELECT columns, slice, ordinal, version") as over, counting("SELECT slice, ordinal, data_") as whole:
        mini.backfill("daily")
    for sent in (over, whole):
        assert len([text for text in sent if text.endswith("AND ordinal BETWEEN ? AND ?")]) == len(
            batches(mini, "daily")
        )
