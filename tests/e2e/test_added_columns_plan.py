"""What a plan says of a model whose only change is added columns."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from support.command_line import swathe
from support.miniature import MODELS, NOW, Miniature, all_work, work
from swathe.api.keys import KeyRange

AT = ("--now", f"{NOW:%Y-%m-%dT%H:%M}")
WIDER = MODELS["daily"].replace("count(*) as n", "min(amount) as Least, count(*) as n, max(amount) as most")


@pytest.fixture(scope="module")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Miniature:
    mini = Miniature.create(tmp_path_factory.mktemp("added") / "mini")
    mini.write_model("starred", MODELS["daily"].partition("}}\n")[0] + "}}\nselect * from {{ ref('daily') }}")
    mini.backfill()
    return mini


@pytest.fixture
def mini(built_once: Miniature, tmp_path: Path) -> Miniature:
    return built_once.copy_to(tmp_path / "mini")


def told(mini: Miniature, *arguments: str) -> str:
    """On one line, since lines are wrapped."""
    done = swathe(mini.root, *arguments, *AT)
    assert (done.code, done.stderr) == (0, "")
    return " ".join(done.stdout.split())


def said(mini: Miniature, *arguments: str) -> Any:
    return json.loads(swathe(mini.root, *arguments, *AT, "--output", "json").stdout)


def work_of(plan: Any, model: str) -> Any:
    return next(entry for entry in plan["models"] if entry["model"] == model)["work"]


def test_the_plan_names_the_columns(mini: Miniature) -> None:
    mini.write_model("daily", WIDER)
    assert ", which only adds columns: Least, most " in told(mini, "plan", "daily")
    [work] = work_of(said(mini, "plan", "daily"), "daily")
    assert work["added_columns"] == ["Least", "most"]
    assert work["detail"].endswith(", which only adds columns: Least, most")


def test_a_star_over_it_adds_them_too_and_others_do_not_change(mini: Miniature) -> None:
    mini.write_model("daily", WIDER)
    plan = said(mini, "plan")
    certain = {
        entry["model"]: [work["added_columns"] for work in entry["work"] if not work["maybe"]]
        for entry in plan["models"]
        if any(not work["maybe"] for work in entry["work"])
    }
    assert certain == {"daily": [["Least", "most"]], "starred": [["Least", "most"]]}
    assert all(not work["added_columns"] for model in ("rolling", "people") for work in work_of(plan, model))


def test_readers_of_other_columns_are_not_in_the_plan(mini: Miniature) -> None:
    mini.write_model("daily", WIDER)
    assert all_work(mini.plan()).keys() == {"daily", "starred"}
    done = mini.backfill()
    assert done.outcome is not None
    assert {model.name for model in done.outcome.models if model.succeeded} == {"daily", "starred"}
    assert all_work(mini.plan()) == {}


def test_readers_are_in_the_plan_where_more_than_that_may_change(mini: Miniature) -> None:
    mini.write_model("daily", WIDER)
    mini.set_day(date(2024, 1, 10), [(1, "a", "100")])
    planned = mini.plan()
    assert work(planned, "weekly") == {"2024-01-08": "stale-input?"}
    assert work(planned, "daily")["2024-01-10"] == "stale-logic"
    mini.backfill()
    assert all_work(mini.plan()) == {}


def test_readers_are_in_the_plan_where_whole_rows_were_counted(mini: Miniature) -> None:
    mini.execute("update swathe_state.inputs set columns = null where model = 'weekly'")
    mini.write_model("daily", WIDER)
    assert len(work(mini.plan(), "weekly")) == 3


def test_what_the_added_columns_are_made_from_does_not_count(mini: Miniature) -> None:
    two = MODELS["weekly"].replace("sum(total) as total", "sum(total) as total, sum(n) as n")
    mini.write_model("weekly", two.replace("group by 1", "group by week"))
    mini.write_model("weeks", MODELS["weekly"].partition("}}\n")[0] + "}}\nselect week, total from {{ ref('weekly') }}")
    mini.backfill()
    mini.write_model("daily", WIDER)
    mini.write_model("weekly", mini.models["weekly"].replace("sum(n) as n", "sum(n) as n, max(most) as most"))
    assert all_work(mini.plan()).keys() == {"daily", "starred", "weekly"}
    mini.backfill()
    assert all_work(mini.plan()) == {}


@pytest.mark.parametrize("call", ["now()", "random()"])
def test_readers_are_in_the_plan_where_a_rebuild_gives_other_rows(mini: Miniature, call: str) -> None:
    for kind in ("pin", "accept"):
        odd = MODELS["daily"].replace("end=", f'volatile="{kind}", end=').replace("select", f"select {call} as seen,")
        mini.write_model("daily", odd)
        mini.backfill()
        mini.write_model("daily", odd.replace("as seen,", "as seen, min(amount) as least,"))
        assert len(work(mini.plan(), "weekly")) == 3
        mini.write_model("daily", MODELS["daily"])
        mini.backfill()


def test_readers_are_in_the_plan_where_partitions_of_another_logic_are_kept(mini: Miniature) -> None:
    """A partition of an older logic is rebuilt as one before a new partition, and comes out otherwise."""
    keep = ('end="2024-01-22"', 'end="2024-01-21", on_logic_change="keep"')
    mini.write_model("daily", MODELS["daily"].replace(*keep))
    mini.execute("delete from swathe_state.partitions where model = 'daily' and partition_key >= '2024-01-19'")
    mini.write_model("daily", MODELS["daily"].replace(*keep).replace("sum(amount)", "sum(amount) + 100"))
    mini.backfill("daily", keys=KeyRange(keys=("2024-01-19",)))
    mini.backfill()
    wider = WIDER.replace(keep[0], 'end="2024-01-22", on_logic_change="keep", lookback=3').replace(
        "sum(amount)", "sum(amount) + 100"
    )
    mini.write_model("daily", wider)
    assert "2024-01-18" in work(mini.plan(), "rolling")
    mini.backfill()
    assert all_work(mini.plan()) == {}


def test_any_other_change_is_not_called_so(mini: Miniature) -> None:
    mini.write_model("daily", WIDER.replace("sum(amount)", "sum(amount + 0)"))
    assert "only adds" not in told(mini, "plan", "daily")
    [work] = work_of(said(mini, "plan", "daily"), "daily")
    assert work["added_columns"] == []
    mini.write_model("daily", WIDER.replace("group by day, who", "group by day, who having count(*) > 0"))
    assert "only adds" not in told(mini, "plan", "daily")


def test_each_earlier_logic_has_its_own(mini: Miniature) -> None:
    mini.write_model("daily", WIDER.replace("min(amount) as Least, ", ""))
    mini.backfill("daily", keys=KeyRange(last="2024-01-05"))
    mini.write_model("daily", WIDER)
    added = {
        (work["from"], work["to"]): work["added_columns"] for work in work_of(said(mini, "plan", "daily"), "daily")
    }
    assert added == {("2024-01-01", "2024-01-05"): ["Least"], ("2024-01-06", "2024-01-21"): ["Least", "most"]}
    status = told(mini, "status", "daily")
    assert " of 5 (without Least)" in status
    assert " of 16 (without Least, most)" in status
    ranges = said(mini, "status", "daily")["models"][0]["ranges"]
    assert [entry["added_columns"] for entry in ranges] == [["Least"], ["Least", "most"]]
    mini.write_model("daily", WIDER.replace("min(amount) as Least, ", ""))
    work = work_of(said(mini, "plan", "daily"), "daily")
    assert [(entry["from"], entry["added_columns"]) for entry in work] == [("2024-01-06", ["most"])]


def test_an_explanation_names_them(mini: Miniature) -> None:
    mini.write_model("daily", WIDER.replace(", max(amount) as most", ""))
    text = told(mini, "plan", "--explain", "rolling", "--partition", "2024-01-03")
    assert "which only adds a column: Least; not run yet" in text
    explained = said(mini, "plan", "--explain", "daily", "--partition", "2024-01-03")["explanation"]
    assert explained["logic"][0]["added_columns"] == ["Least"]
    assert explained["detail"].endswith("which only adds a column: Least")


def test_of_kept_logic_too(mini: Miniature) -> None:
    mini.write_model("daily", WIDER.replace(") }}\n", ", on_logic_change='keep') }}\n", 1))
    explained = said(mini, "plan", "--explain", "daily", "--partition", "2024-01-03")["explanation"]
    assert [(entry["kept"], entry["added_columns"]) for entry in explained["logic"]] == [(True, ["Least", "most"])]


def test_after_an_upgrade_too(mini: Miniature) -> None:
    """Stored logic of any form is read anew, with the columns that its inputs had."""
    mini.query(
        "update swathe_state.logic set canonical_form = '0/x', fingerprint = replace(fingerprint, 'v2:', 'v0:a')"
    )
    mini.query("update swathe_state.partitions set fingerprint = replace(fingerprint, 'v2:', 'v0:a')")
    mini.write_model("daily", WIDER)
    assert work_of(said(mini, "plan", "daily"), "daily")[0]["added_columns"] == ["Least", "most"]
    assert work_of(said(mini, "plan", "starred"), "starred")[0]["added_columns"] == ["Least", "most"]


def test_a_literal_that_the_parser_does_not_keep_is_a_change(mini: Miniature) -> None:
    text = MODELS["daily"].replace(" group by", " where day + interval '1 day 02:00' > '2024-01-03' group by")
    mini.write_model("daily", text)
    mini.backfill("daily")
    mini.write_model("daily", text.replace("02:00", "03:00").replace("count(*) as n", "count(*) as n, 1 as one"))
    assert "only adds" not in told(mini, "plan", "daily")
