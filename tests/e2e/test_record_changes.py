"""`invalidate`, `freeze`, `thaw`, `adopt` and `wipe`: what people say about partitions, and what comes of it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from support.command_line import swathe
from support.miniature import KEY_COLUMN, MODELS, ORDER, Miniature, all_work, verdicts, work
from swathe.api.adopt import adopt
from swathe.api.changes import Changed
from swathe.api.history import recent_runs, run_details
from swathe.api.keys import KeyRange
from swathe.api.marks import freeze, invalidate, thaw
from swathe.api.plan import Choice
from swathe.api.wipe import wipe
from swathe.errors import PlanError
from swathe.run import step
from swathe.run.prepare import StrayRowsError

TENTH = KeyRange(keys=("2024-01-10",))
TABLES = [name for name in ORDER if name != "loud"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Miniature:
    made = Miniature.create(tmp_path_factory.mktemp("built") / "mini")
    made.backfill()
    return made


@pytest.fixture
def mini(built: Miniature, tmp_path: Path) -> Miniature:
    """Everything is built."""
    return built.copy_to(tmp_path / "mini")


@pytest.fixture
def foreign(built: Miniature, tmp_path: Path) -> Miniature:
    """The same tables, made by plain SQL."""
    made = built.copy_to(tmp_path / "mini")
    made.query("drop schema swathe_state cascade")
    made.query("drop view main.loud")
    return made


def do(
    verb: Callable[..., Changed], mini: Miniature, *select: str, keys: KeyRange | None = None, **how: Any
) -> Changed:
    return verb(mini.options, Choice(select=select, keys=keys or KeyRange()), "because", lambda _: True, **how)


def done(changed: Changed) -> dict[str, tuple[tuple[str, str], ...]]:
    return {change.spec.name: change.spec.keys(change.partitions) for change in changed.done}


def left(changed: Changed) -> dict[str, dict[str, int]]:
    """How many partitions of each model were left out, and why."""
    return {
        change.spec.name: {part.why: part.partitions.count for part in change.left_out}
        for change in changed.found
        if change.left_out
    }


def rows(mini: Miniature, model: str, key: str) -> list[tuple[Any, ...]]:
    column = KEY_COLUMN.get(model)
    where = f"where {column} = '{key}'" if column else ""
    return sorted(mini.query(f"select * from main.{model} {where}"), key=repr)


class TestFreeze:
    def test_a_frozen_partition_stays_through_edits_full_and_changed_data(self, mini: Miniature) -> None:
        assert done(do(freeze, mini, "daily", keys=TENTH)) == {"daily": (("2024-01-10", "2024-01-10"),)}
        before = rows(mini, "daily", "2024-01-10")
        assert verdicts(mini.plan(), "daily")["2024-01-10"] == "frozen"
        mini.write_model("daily", MODELS["daily"].replace("sum(amount)", "max(amount)"))
        mini.set_day(date(2024, 1, 10), [(1, "z", "999")])
        mini.set_day(date(2024, 1, 11), [(1, "z", "998")])
        assert "2024-01-10" not in work(mini.plan(full=True), "daily")
        mini.backfill()
        mini.backfill(full=True)
        assert verdicts(mini.plan(), "daily")["2024-01-10"] == "frozen"
        assert rows(mini, "daily", "2024-01-10") == before
        truth = mini.truth({"daily": {"2024-01-10": before}})
        assert {name: mini.table(name) for name in ORDER} == truth
        assert all_work(mini.plan()) == {}

    def test_a_thawed_partition_is_judged_again(self, mini: Miniature) -> None:
        do(freeze, mini, "daily")
        mini.write_model("daily", MODELS["daily"].replace("sum(amount)", "max(amount)"))
        assert all_work(mini.plan("daily")) == {}
        thawed = do(thaw, mini, keys=TENTH)
        assert done(thawed) == {"daily": (("2024-01-10", "2024-01-10"),)}
        assert work(mini.plan(), "daily") == {"2024-01-10": "stale-logic"}
        do(thaw, mini, "daily")
        mini.backfill()
        assert {name: mini.table(name) for name in ORDER} == mini.truth()

    def test_it_keeps_invalidate_wipe_and_lookback_off(self, mini: Miniature) -> None:
        do(freeze, mini, "daily", keys=KeyRange(first="2024-01-10"))
        for verb in (invalidate, wipe):
            changed = do(verb, mini, "daily", keys=KeyRange(first="2024-01-10"))
            assert done(changed) == {}
            assert left(changed) == {"daily": {"frozen": 12}}
        do(invalidate, mini, "daily", keys=KeyRange(first="2024-01-09", last="2024-01-11"))
        assert work(mini.plan("daily"), "daily") == {"2024-01-09": "stale-input"}
        mini.write_model("daily", MODELS["daily"].replace('end="2024-01-22"', 'end="2024-01-23", lookback=3'))
        do(wipe, mini, "daily", keys=KeyRange(keys=("2024-01-09",)))
        assert work(mini.plan("daily", "base"), "daily").keys().isdisjoint({"2024-01-10", "2024-01-21"})

    def test_what_is_not_built_is_left_out(self, mini: Miniature) -> None:
        do(wipe, mini, "daily", keys=TENTH)
        changed = do(freeze, mini, "daily", "loud", keys=KeyRange(keys=("2024-01-10", "2024-01-11")))
        assert done(changed) == {"daily": (("2024-01-11", "2024-01-11"),)}
        assert left(changed) == {"daily": {"not built": 1}, "loud": {"a view holds no rows": 1}}
        again = do(freeze, mini, "daily", keys=KeyRange(keys=("2024-01-11",)))
        assert again.run_id is None
        assert left(again) == {"daily": {"frozen already": 1}}
        assert verdicts(mini.plan(), "daily")["2024-01-10"] == "missing"

    def test_a_partition_frozen_while_it_waits_for_its_turn_is_not_written(
        self, mini: Miniature, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = rows(mini, "daily", "2024-01-10")
        mini.write_model("daily", MODELS["daily"].replace("sum(amount)", "max(amount)"))
        asked = step.input_versions

        def freeze_meanwhile(spec: Any, tables: Any, session: Any, store: Any, sources: Any, **more: Any) -> Any:
            if spec.name == "daily":
                store._session.execute("UPDATE swathe_state.partitions SET frozen_at = now() "
                                       "WHERE model = 'daily' AND partition_key = '2024-01-10'")  # fmt: skip
            return asked(spec, tables, session, store, sources, **more)

        monkeypatch.setattr(step, "input_versions", freeze_meanwhile)
        outcome = mini.backfill("daily").outcome
        monkeypatch.undo()
        assert outcome is not None
        (daily,) = outcome.models
        assert daily.succeeded == 20
        assert [failure.keys for failure in daily.failures] == [("2024-01-10", "2024-01-10")]
        assert daily.failures[0].error.startswith("partition 2024-01-10 of `daily` is frozen")
        assert rows(mini, "daily", "2024-01-10") == before
        assert verdicts(mini.plan(), "daily")["2024-01-10"] == "frozen"

    def test_another_cut_waits_until_they_are_thawed(self, mini: Miniature) -> None:
        do(freeze, mini, "daily", keys=TENTH)
        held = mini.table("daily")
        text = MODELS["daily"].replace('"granularity": "day"', '"granularity": "week"')
        mini.write_model("daily", text)
        declined = mini.backfill("daily", full=True)
        assert declined.outcome is None
        assert (
            "are frozen, so change it back and `swathe thaw` them" in declined.planned.plan.models[0].blocked[0].detail
        )
        assert mini.table("daily") == held
        mini.write_model("daily", MODELS["daily"])
        do(thaw, mini, "daily")
        mini.write_model("daily", text)
        mini.backfill("daily", full=True)
        assert mini.table("daily") == held

    def test_columns_of_frozen_partitions_are_not_dropped(self, mini: Miniature) -> None:
        do(freeze, mini, "daily", keys=TENTH)
        text = MODELS["daily"].replace(", count(*) as n", "").replace('end="', 'on_schema_change="sync", end="')
        mini.write_model("daily", text)
        with pytest.raises(PlanError, match="would drop or change columns of frozen partitions of `daily`"):
            mini.backfill("daily")
        do(thaw, mini, "daily")
        mini.backfill("daily")
        assert mini.query("select count(*) from main.daily where total is null") == [(0,)]

    def test_a_table_that_was_dropped_is_not_built_anew_before_it_is_thawed(self, mini: Miniature) -> None:
        do(freeze, mini, "daily", keys=TENTH)
        mini.query("drop table main.daily")
        outcome = mini.backfill("daily", keys=KeyRange(keys=("2024-01-03",))).outcome
        assert outcome is not None
        assert outcome.models[0].failures[0].error.startswith("partitions of `daily` are frozen")
        assert mini.query("select count(*) from duckdb_tables() where table_name = 'daily'") == [(0,)]
        assert do(freeze, mini, "daily", keys=TENTH).run_id is None
        do(thaw, mini, "daily")
        mini.backfill()
        assert {name: mini.table(name) for name in ORDER} == mini.truth()


class TestAdopt:
    def test_adopted_tables_are_current_until_logic_or_data_change(self, foreign: Miniature) -> None:
        changed = do(adopt, foreign, "*")
        assert {change.spec.name: change.rows for change in changed.done} == {
            name: len(foreign.table(name)) for name in TABLES
        }
        assert done(changed)["daily"] == (("2024-01-01", "2024-01-21"),)
        assert done(changed)["people"] == (("all", "all"),)
        assert all_work(foreign.plan()) == {"loud": {"all": "missing"}}
        foreign.backfill()
        assert all_work(foreign.plan()) == {}
        foreign.set_day(date(2024, 1, 3), [*foreign.rows[date(2024, 1, 3)], (22, "late", "7")])
        assert work(foreign.plan(), "base") == {"2024-01-03": "stale-input"}
        foreign.backfill()
        assert {name: foreign.table(name) for name in ORDER} == foreign.truth()
        foreign.write_model("weekly", MODELS["weekly"].replace("sum(total)", "max(total)"))
        assert set(work(foreign.plan(), "weekly").values()) == {"stale-logic"}
        foreign.backfill()
        assert {name: foreign.table(name) for name in ORDER} == foreign.truth()

    def test_the_old_sql_of_an_adopted_table_is_known(self, foreign: Miniature) -> None:
        do(adopt, foreign, "+daily")
        foreign.write_model("daily", MODELS["daily"].replace("sum(amount)", "max(amount)"))
        (change,) = foreign.plan("daily").logic_changes
        assert change.partitions == 21
        assert any("SUM" in line.upper() for line in change.diff if line.startswith("-"))

    def test_backfill_names_the_way_in(self, foreign: Miniature) -> None:
        with pytest.raises(PlanError, match="already holds rows that swathe did not write") as error:
            foreign.backfill()
        assert "swathe adopt base" in (error.value.hint or "")

    def test_only_what_was_asked_for_and_holds_rows(self, foreign: Miniature) -> None:
        foreign.query("delete from main.base where day = '2024-01-06'")
        changed = do(adopt, foreign, "base", keys=KeyRange(first="2024-01-05", last="2024-01-07"))
        assert done(changed) == {"base": (("2024-01-05", "2024-01-05"), ("2024-01-07", "2024-01-07"))}
        assert left(changed) == {"base": {"no rows; `--empty` takes them, too": 1}}
        assert work(foreign.plan("base"), "base").get("2024-01-06") == "missing"
        again = do(adopt, foreign, "base", keys=KeyRange(first="2024-01-05", last="2024-01-07"), empty=True)
        assert done(again) == {"base": (("2024-01-06", "2024-01-06"),)}
        assert left(again) == {"base": {"swathe's own already": 2}}
        assert foreign.query("select min(built_at) is not null, count(*) from swathe_state.partitions") == [(True, 3)]

    def test_versions_are_those_of_the_inputs_before_the_rows_were_measured(
        self, foreign: Miniature, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from swathe.run import changes

        measure = changes.held_by

        def late_data(sql: Any, session: Any, engine: Any) -> Any:
            foreign.set_day(date(2024, 1, 3), [*foreign.rows[date(2024, 1, 3)], (22, "late", "7")])
            return measure(sql, session, engine)

        def asked(_: Any) -> bool:
            monkeypatch.setattr(changes, "held_by", late_data)
            return True

        adopt(foreign.options, Choice(select=("base",)), "", asked)
        monkeypatch.undo()
        assert work(foreign.plan("base"), "base") == {"2024-01-03": "stale-input"}

    @pytest.mark.parametrize(
        ("sql", "error"),
        [
            ("alter table main.daily drop column n", r"`main.daily` does not hold what `daily` gives: it has no column `n`"),
            ("alter table main.daily alter total type varchar", "`total` is HUGEINT and not VARCHAR|`total` is VARCHAR and not HUGEINT"),
            ("drop table main.daily", "there is no table `main.daily` to adopt"),
            ("drop table main.daily; create view main.daily as select 1 as one", "`main.daily` is a view"),
        ],
    )  # fmt: skip
    def test_a_table_that_is_none_of_the_models(self, foreign: Miniature, sql: str, error: str) -> None:
        foreign.query(sql)
        with pytest.raises(PlanError, match=error) as raised:
            do(adopt, foreign, "daily")
        assert str(raised.value.at) == "models/daily.sql:1:4"
        assert foreign.query("select count(*) from duckdb_schemas() where schema_name = 'swathe_state'") == [(0,)]

    def test_wider_columns_and_more_of_them_are_fine(self, foreign: Miniature) -> None:
        foreign.query("alter table main.base add column note varchar")
        foreign.query("alter table main.base alter amount type bigint")
        do(adopt, foreign, "base")
        assert all_work(foreign.plan("base")) == {}

    def test_rows_without_a_key_are_counted(self, foreign: Miniature) -> None:
        foreign.query("insert into main.daily select null, who, n, total from main.daily limit 2")
        with pytest.raises(StrayRowsError, match=r"2 rows of `main.daily` with `day` NULL belong to no partition"):
            do(adopt, foreign, "daily", keys=TENTH)

    def test_notes_tell_of_rows_outside_and_of_what_is_not_built(self, foreign: Miniature) -> None:
        foreign.query("insert into main.daily select day + 100, who, n, total from main.daily limit 3")
        (change,) = do(adopt, foreign, "daily").done
        assert [note.partition(",")[0] for note in change.notes] == [
            "3 rows lie in no partition that is due", "it reads `base`"
        ]  # fmt: skip

    def test_a_view_and_a_model_without_a_table_are_left_out_beside_others(self, foreign: Miniature) -> None:
        foreign.query("drop table main.people")
        changed = do(adopt, foreign, "people", "loud", "weekly")
        assert list(done(changed)) == ["weekly"]
        assert left(changed) == {"people": {"there is no table": 1}, "loud": {"a view holds no rows": 1}}

    def test_a_table_that_reads_itself(self, foreign: Miniature) -> None:
        text = MODELS["daily"].split("\n", maxsplit=1)[0] + (
            "\nselect b.day, b.n + coalesce((select max(p.n) from {{ this }} as p where p.day < b.day), 0) as n\n"
            "from (select day, count(*) as n from {{ ref('base') }} group by day) as b"
        )
        foreign.write_model("total", text)
        foreign.query("create table main.total as select day, sum(count(*)) over (order by day)::bigint as n "
                      "from main.base group by day")  # fmt: skip
        do(adopt, foreign, "base", "total")
        assert all_work(foreign.plan("base", "total")) == {}


def test_a_part_of_a_dropped_table_brings_no_old_records_back(mini: Miniature) -> None:
    mini.query("drop table main.daily")
    mini.backfill("daily", keys=TENTH)
    found = verdicts(mini.plan(), "daily")
    assert [key for key, verdict in found.items() if verdict != "missing"] == ["2024-01-10"]
    mini.backfill()
    assert {name: mini.table(name) for name in ORDER} == mini.truth()


class TestWipe:
    def test_wiped_partitions_are_missing_and_what_reads_them_is_stale(self, mini: Miniature) -> None:
        changed = do(wipe, mini, "daily", "loud", keys=TENTH)
        assert done(changed) == {"daily": (("2024-01-10", "2024-01-10"),)}
        assert changed.done[0].rows == 2
        assert rows(mini, "daily", "2024-01-10") == []
        assert len(mini.table("daily")) == 40
        planned = mini.plan()
        assert work(planned, "daily") == {"2024-01-10": "missing"}
        assert work(planned, "weekly") == {"2024-01-08": "stale-input"}
        mini.backfill()
        assert {name: mini.table(name) for name in ORDER} == mini.truth()

    def test_a_failed_partition_is_missing_after_it(self, mini: Miniature) -> None:
        mini.set_day(date(2024, 1, 10), [(1, "a", "poison")])
        mini.backfill("base")
        assert verdicts(mini.plan(), "base")["2024-01-10"] == "failed"
        do(wipe, mini, "base", keys=TENTH)
        assert verdicts(mini.plan(), "base")["2024-01-10"] == "missing"

    def test_retired_partitions_can_be_named(self, mini: Miniature) -> None:
        mini.write_model("daily", MODELS["daily"].replace('begin="2024-01-01"', 'begin="2024-01-05"'))
        changed = do(wipe, mini, "daily", keys=KeyRange(keys=("2024-01-02",)))
        assert done(changed) == {"daily": (("2024-01-02", "2024-01-02"),)}
        changed = do(wipe, mini, "daily", keys=KeyRange(last="2024-01-04"))
        assert done(changed) == {"daily": (("2024-01-01", "2024-01-01"), ("2024-01-03", "2024-01-04"))}
        assert set(verdicts(mini.plan(), "daily").values()) == {"current"}

    def test_rows_without_records_stay(self, mini: Miniature) -> None:
        mini.query("insert into main.daily values ('2025-01-01', 'x', 1, 1)")
        do(wipe, mini, "daily", "people")
        assert mini.table("daily") == mini.query("select * from main.daily where day = '2025-01-01'")
        assert mini.table("people") == []

    def test_a_table_of_another_name_is_not_touched(self, mini: Miniature) -> None:
        mini.query("create table main.other as from main.daily")
        mini.write_model("daily", MODELS["daily"].replace('end="', 'alias="other", end="'))
        assert do(wipe, mini, "daily").run_id is None
        assert mini.query("select count(*) from main.other") == [(42,)]


class TestCommands:
    def test_each_is_in_the_history_with_its_reason(self, mini: Miniature) -> None:
        for verb in (invalidate, freeze, thaw, wipe):
            do(verb, mini, "people")
        found = recent_runs(mini.options, 4)
        assert [run.command for run in found] == ["wipe", "thaw", "freeze", "invalidate"]
        assert {(run.status, run.reason, run.partitions, run.succeeded) for run in found} == {
            ("succeeded", "because", 1, 1)
        }
        assert [attempt.reason for attempt in run_details(mini.options, found[0].run_id).attempts] == ["wipe"]

    def test_declined_is_not_done(self, mini: Miniature) -> None:
        before = mini.query("select * from swathe_state.partitions order by all")
        for verb in (invalidate, freeze, wipe):
            changed = verb(mini.options, Choice(select=("daily",)), "", lambda _: False)
            assert changed.declined
            assert changed.done == ()
        assert mini.query("select * from swathe_state.partitions order by all") == before

    def test_text(self, mini: Miniature) -> None:
        told = swathe(
            mini.root, "freeze", "daily", "loud", "--now", "2024-06-01", "--from", "2024-01-10", "--to", "2024-01-12"
        )
        assert told.code == 0
        assert told.stdout.splitlines()[0] == "frozen 3 partitions of 1 model"
        assert "daily  3 partitions, 6 rows" in told.stderr
        assert "left as it is: all: a view holds no rows" in told.stderr
        told = swathe(mini.root, "wipe", "daily", "--partition", "2024-01-10", "--yes")
        assert told.code == 0
        assert told.stdout == "nothing to wipe: no such partition is built, or all are frozen\n"
        assert "left as it is: 2024-01-10: frozen" in told.stderr
        assert swathe(mini.root, "thaw").errors == ["say what to thaw"]

    def test_json(self, foreign: Miniature) -> None:
        told = swathe(foreign.root, "adopt", "base", "--yes", "--partition", "2024-01-10", "--output", "json")
        assert told.code == 0
        said = json.loads(told.stdout)
        assert said.pop("run_id")
        ranges = {"partitions": 1, "ranges": [{"from": "2024-01-10", "to": "2024-01-10"}]}
        assert said == {
            "models": [{"model": "base", **ranges, "rows": 3, "notes": []}],
            "left_out": [],
            "totals": {"models": 1, "partitions": 1},
        }
        again = swathe(foreign.root, "adopt", "base", "--yes", "--partition", "2024-01-10", "--output", "json")
        assert json.loads(again.stdout) == {
            "run_id": None,
            "models": [],
            "left_out": [{"model": "base", **ranges, "why": "swathe's own already"}],
            "totals": {"models": 0, "partitions": 0},
        }

    def test_adopting_what_does_not_fit_exits_with_2(self, foreign: Miniature) -> None:
        foreign.query("alter table main.daily drop column n")
        told = swathe(foreign.root, "adopt", "daily", "--yes")
        assert told.code == 2
        assert told.at == "models/daily.sql:1:4"


KEYS = ("2024-01-08", "2024-01-10", "2024-01-21")
EDITS = {
    "base": MODELS["base"].replace("as amount", "* 2 as amount"),
    "daily": MODELS["daily"].replace("sum(amount)", "max(amount)"),
    "weekly": MODELS["weekly"].replace("sum(total)", "max(total)"),
}
actions = st.one_of(
    st.tuples(st.sampled_from(["freeze", "thaw", "wipe", "invalidate"]), st.sampled_from(TABLES), st.sampled_from(KEYS)),
    st.tuples(st.just("edit"), st.sampled_from(sorted(EDITS)), st.just("")),
    st.tuples(st.just("data"), st.just("base"), st.sampled_from(KEYS)),
    st.tuples(st.just("backfill"), st.sampled_from(TABLES), st.sampled_from(KEYS)),
)  # fmt: skip


DEEP = bool(os.environ.get("SWATHE_DEEP_TESTS"))


@settings(
    max_examples=80 if DEEP else 4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(history=st.lists(actions, min_size=2, max_size=5), adopted=st.booleans(), full=st.booleans())
def test_after_any_changes_and_a_backfill_all_but_the_frozen_equals_a_full_refresh(
    built: Miniature, history: list[tuple[str, str, str]], adopted: bool, full: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        mini = built.copy_to(Path(folder) / "mini")
        if adopted:
            mini.query("drop schema swathe_state cascade")
            do(adopt, mini, *TABLES)
        held = live_through(mini, history)
        mini.backfill(full=full)
        assert {name: mini.table(name) for name in ORDER} == mini.truth(held)
        assert all_work(mini.plan()) == {}


def live_through(mini: Miniature, history: list[tuple[str, str, str]]) -> dict[str, dict[str, list[tuple[Any, ...]]]]:
    """Do it all. Gives the rows of what is frozen in the end, by model and key."""
    held: dict[str, dict[str, list[tuple[Any, ...]]]] = {name: {} for name in ORDER}
    for action, model, key in history:
        keys = KeyRange(keys=(key,))
        match action:
            case "edit":
                mini.write_model(model, EDITS[model])
            case "data":
                mini.set_day(date.fromisoformat(key), [(3, "a", "41"), (4, "c", "7")])
            case "backfill":
                mini.backfill(model, keys=keys)
            case "freeze":
                held[model] |= {name: rows(mini, model, name) for name in touched(do(freeze, mini, model, keys=keys))}
            case "thaw":
                gone = touched(do(thaw, mini, model, keys=keys))
                held[model] = {name: kept for name, kept in held[model].items() if name not in gone}
            case _:
                do({"wipe": wipe, "invalidate": invalidate}[action], mini, model, keys=keys)
    return held


def touched(changed: Changed) -> set[str]:
    return {change.spec.scheme.key(ordinal) for change in changed.done for ordinal in change.partitions.ordinals()}
