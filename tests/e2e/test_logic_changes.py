"""What becomes stale when logic, settings or data change, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from support.cuts import errors
from support.miniature import BY_DAY, MODELS, SOURCES, Miniature, all_work, verdicts, work
from swathe.api.backfill import Backfilled, BackfillOptions, backfill
from swathe.api.keys import KeyRange
from swathe.api.plan import Choice, Planned, judge_all, plan
from swathe.errors import PlanError

ALL_DAYS = [f"2024-01-{day:02}" for day in range(1, 22)]


@pytest.fixture(scope="module")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Miniature:
    mini = Miniature.create(tmp_path_factory.mktemp("built") / "mini")
    mini.backfill()
    return mini


@pytest.fixture
def mini(built_once: Miniature, tmp_path: Path) -> Miniature:
    """The miniature project with everything built."""
    return built_once.copy_to(tmp_path / "mini")


@pytest.fixture
def fresh(tmp_path: Path) -> Miniature:
    """The miniature project with nothing built."""
    return Miniature.create(tmp_path / "mini")


def config(model: str, *more: str, **changed: str) -> str:
    """A model's text with other settings."""
    text = MODELS[model]
    for key, value in changed.items():
        old = {"begin": 'begin="2024-01-01"', "end": 'end="2024-01-22"'}[key]
        assert old in text
        text = text.replace(old, f'{key}="{value}"')
    if not more:
        return text
    if "config(" not in text:
        return "{{ config(" + ", ".join(more) + ") }}\n" + text
    return text.replace(") }}\n", "".join(f", {entry}" for entry in more) + ") }}\n", 1)


def reasons(planned: Planned, model: str) -> dict[str, list[str]]:
    """Keys with work by reason."""
    found: dict[str, list[str]] = {}
    for key, reason in work(planned, model).items():
        found.setdefault(reason, []).append(key)
    return found


def outcome(done: Backfilled) -> dict[str, tuple[int, int]]:
    """Partitions built and skipped, of the models that had any."""
    assert done.outcome is not None
    assert done.outcome.failed == 0
    found = {str(model.name): (model.succeeded, model.skipped) for model in done.outcome.models}
    return {name: counts for name, counts in found.items() if any(counts)}


def with_vars(mini: Miniature, **variables: object) -> Planned:
    return plan(replace(mini.options, variables=variables), Choice())


def backfill_with_vars(mini: Miniature, **variables: object) -> Backfilled:
    options = replace(mini.options, variables=variables)
    return backfill(options, Choice(), BackfillOptions(), lambda _: True, lambda _: None)


def assert_true(mini: Miniature, *models: str) -> None:
    truth = mini.truth()
    for name in models or MODELS:
        assert mini.table(name) == truth[name], name


SAME = {
    "a comment": lambda text: text.replace("select", "-- why\nselect /* all */", 1),
    "a Jinja comment": lambda text: "{# why #}" + text,
    "layout": lambda text: text.replace(", ", "  ,\n\t").replace(" from ", "\n\nfrom\n"),
    "case of keywords": lambda text: text.replace("select", "SELECT").replace(" from ", " FROM "),
    "case of names": lambda text: text.replace("amount", "Amount"),
    "a semicolon": lambda text: text + ";\n",
    "an alias": lambda text: text.replace("{{ ref('base') }}", "{{ ref('base') }} as b"),
    "a qualified column": lambda text: text.replace("sum(amount)", "sum(base.amount)"),
    "a CTE": lambda text: (
        text.replace("select", "with picked as (select * from {{ ref('base') }}) select", 1).replace(
            "as total from {{ ref('base') }}", "as total from picked"
        )
    ),
    "a subquery": lambda text: text.replace("{{ ref('base') }}", "(select day, who, amount from {{ ref('base') }}) as q"),
    "a set in the template": lambda text: "{% set column = 'amount' %}" + text.replace("amount", "{{ column }}"),
    "a filter that is always true": lambda text: text.replace("group by", "where 1 = 1 group by"),
    "order of columns": lambda text: text.replace("count(*) as n, sum(amount) as total", "sum(amount) as total, count(*) as n"),
}  # fmt: skip


OTHER = {
    "a function": ("sum(amount)", "max(amount)"),
    "a literal": ("sum(amount)", "sum(amount + 1)"),
    "a filter": ("group by", "where who <> 'b' group by"),
    "distinct": ("count(*)", "count(distinct amount)"),
    "a group": ("group by day, who", "group by day, who, amount"),
    "a column": ("count(*) as n", "count(*) as n, min(amount) as least"),
    "the name of a column": ("as n,", "as rows_of_day,"),
}


class TestLogic:
    def test_exactly_the_built_partitions_are_stale_and_the_difference_is_shown(self, fresh: Miniature) -> None:
        fresh.backfill("base", "daily", keys=KeyRange(first="2024-01-05", last="2024-01-10"))
        fresh.write_model("daily", MODELS["daily"].replace("sum(amount)", "max(amount)"))
        planned = fresh.plan("daily", "base")
        assert reasons(planned, "daily")["stale-logic"] == ALL_DAYS[4:10]
        assert reasons(planned, "base") == {"missing": ALL_DAYS[:4] + ALL_DAYS[10:]}
        [change] = planned.logic_changes
        assert (change.model, change.partitions) == ("daily", 6)
        assert [line for line in change.diff if line[0] in "+-"] == [
            "-select day, who, count(*) as n, sum(amount) as total from {{ ref('base') }} group by day, who",
            "+select day, who, count(*) as n, max(amount) as total from {{ ref('base') }} group by day, who",
        ]
        assert change.before != change.after

    def test_each_earlier_version_has_its_own_difference(self, mini: Miniature) -> None:
        mini.write_model("daily", MODELS["daily"].replace("sum(amount)", "max(amount)"))
        mini.backfill("daily", keys=KeyRange(last="2024-01-05"))
        mini.write_model("daily", MODELS["daily"].replace("sum(amount)", "min(amount)"))
        changes = mini.plan("daily").logic_changes
        assert sorted(change.partitions for change in changes) == [5, 16]
        removed = {line for change in changes for line in change.diff if line.startswith("-")}
        assert {"max(amount)" in line for line in removed} == {True, False}

    @pytest.mark.parametrize("edit", SAME.values(), ids=[name.replace(" ", "-") for name in SAME])
    def test_what_means_the_same_rebuilds_nothing(self, mini: Miniature, edit: Callable[[str], str]) -> None:
        mini.write_model("daily", edit(MODELS["daily"]))
        planned = mini.plan("daily")
        assert all_work(planned) == {}
        assert planned.logic_changes == ()

    def test_the_name_of_a_cte_and_the_layout_of_a_macro(self, fresh: Miniature) -> None:
        (fresh.root / "macros").mkdir()
        macro = fresh.root / "macros" / "cents.sql"
        macro.write_text("{% macro cents(x) %}({{ x }} * 100){% endmacro %}")
        text = (
            "{{ config(" + BY_DAY + ") }}\nwith a as (select * from {{ ref('base') }})\n"
            "select day, who, count(*) as n, sum({{ cents('amount') }}) as total from a group by day, who"
        )
        fresh.write_model("daily", text)
        fresh.backfill("base", "daily")
        macro.write_text(
            "{% macro cents(x) -%}\n    ({{ x }}\n      * 100)\n{%- endmacro %}\n{% macro other() %}{% endmacro %}"
        )
        fresh.write_model("daily", text.replace("a as (", "picked as (").replace("from a group", "from picked group"))
        assert all_work(fresh.plan("base", "daily")) == {}
        macro.write_text("{% macro cents(x) %}({{ x }} * 1000){% endmacro %}")
        assert reasons(fresh.plan("base", "daily"), "daily") == {"stale-logic": ALL_DAYS}

    @pytest.mark.parametrize("pair", OTHER.values(), ids=[name.replace(" ", "-") for name in OTHER])
    def test_what_can_change_rows_rebuilds_the_model(self, mini: Miniature, pair: tuple[str, str]) -> None:
        mini.write_model("daily", MODELS["daily"].replace(*pair))
        assert reasons(mini.plan("daily"), "daily") == {"stale-logic": ALL_DAYS}

    def test_a_variable_counts_by_what_it_renders(self, fresh: Miniature) -> None:
        fresh.write_model("daily", MODELS["daily"].replace("group by", "where amount > {{ var('least', 0) }} group by"))
        backfill_with_vars(fresh, least=3)
        assert all_work(with_vars(fresh, least=3, other=1)) == {}
        assert reasons(with_vars(fresh, least=4), "daily") == {"stale-logic": ALL_DAYS}
        assert "base" not in all_work(with_vars(fresh, least=4))

    def test_an_edit_and_its_undo_rebuild_nothing(self, mini: Miniature) -> None:
        mini.write_model("base", MODELS["base"].replace("as amount", "* 2 as amount"))
        assert all_work(mini.plan()) != {}
        mini.write_model("base", MODELS["base"])
        assert all_work(mini.plan()) == {}

    def test_kept_logic_stays_and_new_partitions_use_the_new(self, fresh: Miniature) -> None:
        fresh.write_model("daily", config("daily", "on_logic_change='keep'"))
        fresh.backfill("base", "daily", keys=KeyRange(last="2024-01-10"))
        before = fresh.table("daily")
        fresh.write_model(
            "daily", config("daily", "on_logic_change='keep'").replace("sum(amount)", "sum(amount) * 100")
        )
        assert reasons(fresh.plan("base", "daily"), "daily") == {"missing": ALL_DAYS[10:]}
        fresh.backfill("base", "daily")
        assert [row for row in fresh.table("daily") if row[0] <= date(2024, 1, 10)] == before
        assert all(row[3] % 100 == 0 for row in fresh.table("daily") if row[0] > date(2024, 1, 10))
        assert all_work(fresh.plan("base", "daily")) == {}
        planned = fresh.plan("daily")
        assert len({run.judgement.fingerprint for run in planned.plan.models[0].verdicts}) == 2
        fresh.backfill("daily", full=True)
        assert all(row[3] % 100 == 0 for row in fresh.table("daily"))

    def test_kept_logic_still_follows_its_data(self, mini: Miniature) -> None:
        mini.write_model("daily", config("daily", "on_logic_change='keep'").replace("sum(amount)", "max(amount)"))
        mini.set_day(date(2024, 1, 10), [(3, "a", "500")])
        assert reasons(mini.plan("base", "daily"), "daily") == {"stale-input?": ["2024-01-10"]}

    def test_frozen_partitions_are_left_alone(self, mini: Miniature) -> None:
        before = mini.table("daily")
        mini.write_model("daily", config("daily", "frozen_before='2024-01-15'").replace("sum(amount)", "max(amount)"))
        mini.set_day(date(2024, 1, 3), [(3, "a", "500")])
        planned = mini.plan("base", "daily")
        assert [key for key, verdict in verdicts(planned, "daily").items() if verdict == "frozen"] == ALL_DAYS[:14]
        assert reasons(planned, "daily") == {"stale-logic": ALL_DAYS[14:]}
        mini.backfill("base", "daily", full=True)
        held = mini.table("daily")
        assert [row for row in held if row[0] < date(2024, 1, 15)] == [
            row for row in before if row[0] < date(2024, 1, 15)
        ]
        assert held != before

    def test_what_is_frozen_and_missing_is_built_once(self, fresh: Miniature) -> None:
        fresh.write_model("base", config("base", "frozen_before='2024-01-15'"))
        assert reasons(fresh.plan("base"), "base") == {"missing": ALL_DAYS}


SETTINGS = {
    "batch_size": "batch_size=3",
    "lookback": "lookback=3",
    "tags": "tags=['nightly']",
    "description": "description='so'",
    "meta": "meta={'owner': 'ada'}",
    "on_logic_change": "on_logic_change='keep'",
    "on_schema_change": "on_schema_change='sync'",
    "frozen_before": "frozen_before='2024-01-05'",
}


class TestSettings:
    @pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
    def test_what_can_not_change_rows_rebuilds_nothing(self, mini: Miniature, setting: str) -> None:
        mini.write_model("daily", config("daily", setting))
        assert all_work(mini.plan()) == {}

    def test_an_earlier_begin_adds_partitions(self, mini: Miniature) -> None:
        mini.write_model("daily", config("daily", begin="2023-12-30"))
        assert reasons(mini.plan("daily"), "daily") == {"missing": ["2023-12-30", "2023-12-31"]}

    def test_a_later_begin_retires_partitions_and_keeps_their_rows(self, mini: Miniature) -> None:
        before = mini.table("daily")
        mini.write_model("daily", config("daily", begin="2024-01-04"))
        planned = mini.plan("daily")
        assert all_work(planned) == {}
        assert verdicts(planned, "daily") == {
            day: "retired" if day < "2024-01-04" else "current" for day in ALL_DAYS
        }  # fmt: skip
        mini.backfill(full=True)
        assert mini.table("daily") == before
        mini.write_model("daily", MODELS["daily"])
        assert set(verdicts(mini.plan("daily"), "daily").values()) == {"current"}

    def test_an_earlier_end_retires_and_a_later_one_adds(self, mini: Miniature) -> None:
        mini.write_model("daily", config("daily", end="2024-01-20"))
        assert verdicts(mini.plan("daily"), "daily")["2024-01-20"] == "retired"
        mini.write_model("daily", config("daily", end="2024-01-23"))
        assert work(mini.plan("daily"), "daily") == {"2024-01-22": "missing"}

    def test_lookback_takes_built_partitions_before_new_ones(self, fresh: Miniature) -> None:
        fresh.write_model("base", config("base", "lookback=2"))
        fresh.backfill("base", keys=KeyRange(last="2024-01-10"))
        assert reasons(fresh.plan("base"), "base") == {"lookback": ALL_DAYS[8:10], "missing": ALL_DAYS[10:]}
        fresh.backfill("base")
        assert all_work(fresh.plan("base")) == {}

    def test_another_table_name_builds_anew(self, mini: Miniature) -> None:
        mini.write_model("people", config("people", "alias='persons'"))
        done = mini.backfill()
        assert outcome(done)["people"] == (1, 0)
        assert mini.query("select count(*) from main.persons") == [(2,)]


class TestColumns:
    ADDED = MODELS["daily"].replace("count(*) as n", "min(amount) as least, count(*) as n")
    REMOVED = MODELS["daily"].replace("count(*) as n, ", "")
    RETYPED = MODELS["daily"].replace("count(*) as n", "cast(count(*) as integer) as n")

    def columns(self, mini: Miniature) -> list[tuple[Any, ...]]:
        return mini.query(
            "select column_name, data_type from duckdb_columns() where schema_name = 'main' and table_name = 'daily' order by column_index"
        )

    def keep(self, text: str, policy: str) -> str:
        return text.replace(") }}\n", f", on_logic_change='keep', on_schema_change='{policy}') }}}}\n", 1)

    def test_an_added_column_is_appended_and_is_null_where_logic_is_kept(self, mini: Miniature) -> None:
        mini.write_model("daily", self.keep(self.ADDED, "append"))
        mini.backfill("daily", keys=KeyRange(keys=("2024-01-02",)), full=True)
        assert self.columns(mini)[-1] == ("least", "INTEGER")
        assert mini.query("select distinct day from main.daily where least is not null") == [(date(2024, 1, 2),)]
        assert mini.query("select count(distinct day) from main.daily") == [(21,)]
        planned = mini.plan("daily")
        assert all_work(planned) == {}

    def test_column_changes_are_planned_before_they_are_made(self, mini: Miniature) -> None:
        before = self.columns(mini)
        mini.write_model("daily", self.ADDED)
        assert mini.plan("daily").column_changes["daily"].describe() == ("add column `least` INTEGER",)  # type: ignore[index]
        assert self.columns(mini) == before

    def test_a_removed_column_stays_and_is_null_in_what_is_rebuilt(self, mini: Miniature) -> None:
        mini.write_model("daily", self.REMOVED)
        assert mini.plan("daily").column_changes == {}
        mini.backfill("daily", keys=KeyRange(keys=("2024-01-02",)))
        assert mini.query("select distinct day from main.daily where n is null") == [(date(2024, 1, 2),)]

    def test_a_removed_column_is_dropped_under_sync(self, mini: Miniature) -> None:
        mini.write_model("daily", self.keep(self.REMOVED, "sync"))
        mini.backfill("daily", keys=KeyRange(keys=("2024-01-02",)), full=True)
        assert [name for name, _ in self.columns(mini)] == ["day", "who", "total"]
        assert mini.query("select count(distinct day) from main.daily") == [(21,)]

    def test_a_type_that_holds_fewer_values_keeps_the_wider_one(self, mini: Miniature) -> None:
        mini.write_model("daily", self.RETYPED)
        mini.backfill("daily")
        assert ("n", "BIGINT") in self.columns(mini)
        mini.write_model("daily", MODELS["daily"].replace("sum(amount)", "sum(amount) / 2"))
        with pytest.raises(
            PlanError, match="column `total` of `daily` is HUGEINT in the table and DOUBLE in the query"
        ):
            mini.plan("daily")

    def test_a_type_follows_the_query_under_sync(self, mini: Miniature) -> None:
        mini.write_model("daily", self.RETYPED.replace(") }}\n", ", on_schema_change='sync') }}\n"))
        assert mini.plan("daily").column_changes["daily"].describe() == (  # type: ignore[index]
            "change column `n` to INTEGER, which does not hold all values of BIGINT: all partitions are built again",
        )
        mini.backfill("daily")
        assert ("n", "INTEGER") in self.columns(mini)
        assert all_work(mini.plan("daily")) == {}

    def test_rows_that_lost_something_are_not_what_their_records_say(self, mini: Miniature) -> None:
        """Also when the query is again what it was when they were built."""
        halves = MODELS["daily"].replace("count(*) as n", "count(*) / 2 as n")
        mini.write_model("daily", halves.replace(") }}\n", ", on_schema_change='sync') }}\n", 1))
        mini.backfill("daily")
        truth = mini.table("daily")
        whole = halves.replace("count(*) / 2 as n", "count(*) // 2 as n")
        mini.write_model("daily", whole.replace(") }}\n", ", on_schema_change='sync') }}\n", 1))
        mini.backfill("daily", keys=KeyRange(keys=("2024-01-02",)))
        mini.write_model("daily", halves.replace(") }}\n", ", on_schema_change='sync') }}\n", 1))
        found = verdicts(mini.plan("daily"), "daily")
        assert found["2024-01-03"] == "stale-input"
        assert "current" not in found.values()
        mini.backfill("daily")
        assert mini.table("daily") == truth

    def test_what_is_kept_is_not_cast(self, mini: Miniature) -> None:
        mini.write_model("daily", self.keep(self.RETYPED, "sync"))
        with pytest.raises(PlanError, match="would change what `on_logic_change: keep` keeps in `daily`"):
            mini.backfill("daily", keys=KeyRange(keys=("2024-01-02",)), full=True)
        assert ("n", "BIGINT") in self.columns(mini)

    def test_rows_that_can_not_be_cast_stay_as_they_are(self, mini: Miniature) -> None:
        text = MODELS["daily"].replace(") }}\n", ", on_schema_change='sync') }}\n", 1)
        mini.write_model("daily", text.replace("count(*) as n", "'some' as n"))
        mini.backfill("daily")
        before, truth = self.columns(mini), mini.table("daily")
        mini.write_model("daily", text)
        (error,) = set(errors(mini.backfill("daily"))["daily"])
        assert "the columns of `daily` can't be changed" in error
        assert "some" in error
        assert self.columns(mini) == before
        assert mini.table("daily") == truth

    def test_a_view_over_a_column_that_changes_its_type_can_still_be_read(self, mini: Miniature) -> None:
        mini.write_model(
            "daily",
            self.RETYPED.replace("sum(amount)", "max(amount)").replace(") }}\n", ", on_schema_change='sync') }}\n", 1),
        )
        mini.backfill()
        assert mini.table("louder") == mini.truth()["louder"]
        assert mini.query("select typeof(any_value(total)) from main.loud") == [("INTEGER",)]
        assert all_work(mini.plan()) == {}

    @pytest.mark.parametrize("text", [ADDED, REMOVED, RETYPED])
    def test_fail_refuses_all_of_them_before_anything_runs(self, mini: Miniature, text: str) -> None:
        mini.write_model("daily", text.replace(") }}\n", ", on_schema_change='fail') }}\n", 1))
        with pytest.raises(PlanError, match="`on_schema_change` is `fail`"):
            mini.backfill()
        assert mini.query("select count(*) from swathe_state.runs") == [(1,)]

    def test_what_may_not_be_run_can_still_be_judged(self, mini: Miniature) -> None:
        mini.write_model("daily", self.ADDED.replace(") }}\n", ", on_schema_change='fail') }}\n", 1))
        judged = judge_all(mini.options)
        assert set(verdicts(judged, "daily").values()) == {"stale-logic"}
        assert set(verdicts(judged, "base").values()) == {"current"}

    def test_a_reader_of_a_wider_type_is_not_stale_for_equal_rows(self, mini: Miniature) -> None:
        mini.write_model("daily", MODELS["daily"].replace("count(*) as n", "1 * count(*) as n"))
        assert outcome(mini.backfill())["rolling"] == (0, 21)


class TestPartitionTemplates:
    MARKED = (
        "{{ config(" + BY_DAY + ") }}\nselect {{ partition.start }} as day, '{{ partition.key }}' as name, {n} as n"
    )
    BRANCHED = (
        "{{ config(" + BY_DAY + ") }}\n"
        "select day, who, {% if partition.start < '2024-01-08' %}sum(amount){% else %}sum(distinct amount){% endif %} as total\n"
        "from {{ ref('base') }} group by day, who"
    )

    def test_a_marked_template_is_one_logic(self, fresh: Miniature) -> None:
        fresh.write_model("marked", self.MARKED.replace("{n}", "1"))
        fresh.backfill("marked")
        assert fresh.query(
            "select count(*), min(name), max(name) from main.marked where cast(day as varchar) = name"
        ) == [(21, "2024-01-01", "2024-01-21")]
        assert len(fresh.query("select distinct fingerprint from swathe_state.partitions")) == 1
        assert all_work(fresh.plan("marked")) == {}
        fresh.write_model("marked", self.MARKED.replace("{n}", "2"))
        assert reasons(fresh.plan("marked"), "marked") == {"stale-logic": ALL_DAYS}

    def test_only_the_branch_that_changed_is_stale(self, mini: Miniature) -> None:
        mini.write_model("daily", self.BRANCHED)
        mini.backfill("daily")
        assert all_work(mini.plan("daily")) == {}
        mini.write_model("daily", self.BRANCHED.replace("distinct amount", "distinct -amount"))
        planned = mini.plan("daily")
        assert reasons(planned, "daily") == {"stale-logic": ALL_DAYS[7:]}
        [change] = planned.logic_changes
        assert change.partitions == 14
        assert [line.partition(" from")[0] for line in change.diff if line[0] in "+-"] == [
            "-select day, who, sum(distinct amount) as total",
            "+select day, who, sum(distinct -amount) as total",
        ]
        mini.backfill("daily")
        mini.write_model(
            "daily", self.BRANCHED.replace("distinct amount", "distinct -amount").replace("2024-01-08", "2024-01-10")
        )
        assert reasons(mini.plan("daily"), "daily") == {"stale-logic": ["2024-01-08", "2024-01-09"]}


class TestUpgrade:
    def as_if_written_by_an_older_version(self, mini: Miniature) -> None:
        mini.query(
            "update swathe_state.logic set canonical_form = '0/sqlglot-1.0', fingerprint = replace(fingerprint, 'v2:', 'v0:a')"
        )
        for table in ("partitions", "attempts"):
            mini.query(f"update swathe_state.{table} set fingerprint = replace(fingerprint, 'v2:', 'v0:a')")
        assert mini.query("select distinct left(fingerprint, 4) from swathe_state.partitions") == [("v0:a",)]

    def test_another_canonical_form_rebuilds_nothing(self, mini: Miniature) -> None:
        self.as_if_written_by_an_older_version(mini)
        assert all_work(mini.plan()) == {}
        assert mini.backfill().outcome is None

    def test_a_change_is_still_found(self, mini: Miniature) -> None:
        self.as_if_written_by_an_older_version(mini)
        mini.write_model("weekly", MODELS["weekly"].replace("sum(total)", "max(total)"))
        planned = mini.plan()
        assert set(all_work(planned)) == {"weekly"}
        assert [change.partitions for change in planned.logic_changes] == [3]
        mini.write_model("loud", MODELS["loud"].replace("> 10", "> 20"))
        assert set(all_work(mini.plan())) == {"weekly", "loud", "louder"}
        assert outcome(mini.backfill()) == {"weekly": (3, 0), "loud": (1, 0), "louder": (21, 0)}
        assert all_work(mini.plan()) == {}

    @pytest.mark.parametrize(
        "text",
        [
            MODELS["daily"].replace("ref('base')", "ref('base', lookback=2)"),
            MODELS["daily"].replace("ref('base')", "ref('base', window='all')"),
            TestPartitionTemplates.BRANCHED,
            MODELS["daily"].replace("group by", "where day <> {{ partition.end }} group by"),
            MODELS["daily"].replace("sum(amount)", "sum(length('{{ partition.key }}'))"),
        ],
        ids=["lookback", "window", "branches", "partition", "quoted-partition"],
    )
    def test_of_every_kind_of_template(self, mini: Miniature, text: str) -> None:
        mini.write_model("daily", text)
        mini.backfill("daily")
        self.as_if_written_by_an_older_version(mini)
        assert all_work(mini.plan("daily")) == {}

    def test_failures_are_remembered(self, mini: Miniature) -> None:
        mini.set_day(date(2024, 1, 9), [(1, "a", "poison")])
        mini.backfill("base")
        self.as_if_written_by_an_older_version(mini)
        not_current = {
            day: verdict for day, verdict in verdicts(mini.plan("base"), "base").items() if verdict != "current"
        }
        assert not_current == {"2024-01-09": "failed"}


class TestData:
    def test_what_comes_out_the_same_stops_there(self, mini: Miniature) -> None:
        mini.set_day(date(2024, 1, 10), [(0, "a", "1"), (1, "a", "3"), (2, "b", "7")])
        mini.backfill()
        mini.set_day(date(2024, 1, 10), [(0, "a", "2"), (1, "a", "2"), (2, "b", "7")])
        assert outcome(mini.backfill()) == {
            "base": (1, 0),
            "daily": (1, 0),
            "louder": (0, 1),
            "people": (0, 1),
            "rolling": (0, 3),
            "weekly": (0, 1),
        }
        assert all_work(mini.plan()) == {}
        assert_true(mini)

    def test_days_make_their_week_and_month_stale(self, mini: Miniature) -> None:
        mini.write_model(
            "monthly",
            '{{ config(partition_by={"column": "month", "granularity": "month"}, begin="2023-12-01", end="2024-03-01") }}\n'
            "select date_trunc('month', day) as month, sum(total) as total from {{ ref('daily') }} group by 1",
        )
        mini.backfill()
        assert mini.query("select month, total from main.monthly") == mini.query(
            "select date_trunc('month', day), sum(total) from main.daily group by 1"
        )
        mini.set_day(date(2024, 1, 9), [(3, "a", "500")])
        mini.set_day(date(2024, 1, 21), [(3, "a", "500")])
        planned = mini.plan()
        assert work(planned, "weekly") == dict.fromkeys(("2024-01-08", "2024-01-15"), "stale-input?")
        assert work(planned, "monthly") == {"2024-01": "stale-input?"}
        mini.backfill()
        assert mini.query("select month, total from main.monthly") == mini.query(
            "select date_trunc('month', day), sum(total) from main.daily group by 1"
        )

    def test_a_view_over_a_view_is_looked_through(self, mini: Miniature) -> None:
        view = "{{ config(materialized='view') }}\nselect day, who, total * 2 as total from {{ ref('loud') }}"
        mini.write_model("shout", view)
        mini.write_model("louder", MODELS["louder"].replace("ref('loud')", "ref('shout')"))
        mini.backfill()
        assert all_work(mini.plan()) == {}
        mini.set_day(date(2024, 1, 10), [(3, "a", "500")])
        assert work(mini.plan(), "louder") == {"2024-01-10": "stale-input?"}
        mini.write_model("shout", view.replace("* 2", "* 3"))  # which `louder` does not read
        assert work(mini.plan(), "louder") == {"2024-01-10": "stale-input?"}
        mini.write_model("shout", view.replace("* 2", "* 3") + " where total > 12")
        assert set(work(mini.plan(), "louder").values()) == {"stale-logic"}
        mini.backfill()
        assert all_work(mini.plan()) == {}
        assert_true(replaced(mini, "louder", "shout", "loud"), "base", "daily", "loud")

    def test_a_view_that_becomes_a_table(self, mini: Miniature) -> None:
        mini.write_model("people", "{{ config(materialized='view') }}\n" + MODELS["people"])
        mini.backfill(full=True)
        mini.write_model("people", MODELS["people"])
        mini.backfill(full=True)
        assert mini.table("people") == mini.truth()["people"]

    def watched(self, mini: Miniature, watch: str) -> None:
        mini.yaml = SOURCES.rstrip() + f"\n        watch: {watch}\n"
        (mini.root / "models" / "sources.yml").write_text(mini.yaml)

    def test_an_unwatched_source_makes_nothing_stale(self, fresh: Miniature) -> None:
        self.watched(fresh, "none")
        fresh.backfill("base")
        fresh.set_day(date(2024, 1, 10), [(3, "a", "500")])
        assert all_work(fresh.plan("base")) == {}
        fresh.backfill("base", full=True)
        assert_true(fresh, "base")

    def test_what_was_built_unwatched_is_built_again_once_it_is_watched(self, fresh: Miniature) -> None:
        self.watched(fresh, "none")
        fresh.backfill("base")
        self.watched(fresh, "checksum")
        planned = fresh.plan("base")
        assert reasons(planned, "base") == {"stale-input": ALL_DAYS}
        assert planned.plan.models[0].work[0].detail == "`raw.events` was not watched when it was built"
        fresh.backfill("base")
        self.watched(fresh, "none")
        assert all_work(fresh.plan("base")) == {}

    def test_a_count_sees_rows_and_no_values(self, fresh: Miniature) -> None:
        self.watched(fresh, "count(*)")
        fresh.backfill("base")
        first, *rest = fresh.rows[date(2024, 1, 10)]
        fresh.set_day(date(2024, 1, 10), [(*first[:2], "999"), *rest])
        assert all_work(fresh.plan("base")) == {}
        fresh.set_day(date(2024, 1, 10), rest)
        fresh.set_day(date(2024, 1, 11), [*fresh.rows[date(2024, 1, 11)], first])
        assert work(fresh.plan("base"), "base") == {"2024-01-10": "stale-input", "2024-01-11": "stale-input"}

    def test_an_aggregate_sees_what_it_aggregates(self, fresh: Miniature) -> None:
        self.watched(fresh, "max(amount)")
        fresh.backfill("base")
        fresh.set_day(date(2024, 1, 10), [(5, "z", amount) for *_, amount in fresh.rows[date(2024, 1, 10)]])
        assert all_work(fresh.plan("base")) == {}
        fresh.set_day(date(2024, 1, 10), [*fresh.rows[date(2024, 1, 10)], (6, "z", "999")])
        assert work(fresh.plan("base"), "base") == {"2024-01-10": "stale-input"}


class TestTableSource:
    YAML = """
sources:
  - name: landing
    tables:
      - name: orders
        event_time: ordered_at
        watch: {watch}
"""

    @pytest.fixture
    def shop(self, fresh: Miniature) -> Miniature:
        fresh.query("create schema landing")
        fresh.query(
            "create table landing.orders as select timestamp '2024-01-01 05:00' + interval (i) hour as ordered_at, i as amount "
            "from range(240) t(i)"
        )
        self.watch(fresh, "checksum")
        for name in MODELS:
            (fresh.root / "models" / f"{name}.sql").unlink()
        fresh.write_model(
            "orders",
            '{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01", end="2024-01-12") }}\n'
            "select cast(ordered_at as date) as day, sum(amount) as amount from {{ source('landing', 'orders') }} group by 1",
        )
        fresh.backfill()
        return fresh

    def watch(self, mini: Miniature, watch: str) -> None:
        (mini.root / "models" / "sources.yml").write_text(self.YAML.replace("{watch}", watch))

    def truth(self, shop: Miniature) -> list[tuple[Any, ...]]:
        rows = shop.query("select cast(ordered_at as date) as day, sum(amount) from landing.orders group by 1")
        return sorted(rows, key=repr)

    def test_a_changed_row_of_a_table_is_found(self, shop: Miniature) -> None:
        assert shop.table("orders") == self.truth(shop)
        assert all_work(shop.plan()) == {}
        shop.query("update landing.orders set amount = 1000 where ordered_at = timestamp '2024-01-05 12:00'")
        assert work(shop.plan(), "orders") == {"2024-01-05": "stale-input"}
        shop.backfill()
        assert shop.table("orders") == self.truth(shop)

    def test_deleted_moved_and_late_rows_are_found(self, shop: Miniature) -> None:
        shop.query("delete from landing.orders where cast(ordered_at as date) = date '2024-01-02'")
        shop.query(
            "update landing.orders set ordered_at = timestamp '2024-01-03 01:00' where ordered_at = timestamp '2024-01-04 01:00'"
        )
        shop.query("insert into landing.orders values (timestamp '2024-01-11 23:59', 1)")
        due = [f"2024-01-{day}" for day in ("02", "03", "04", "11")]
        assert work(shop.plan(), "orders") == dict.fromkeys(due, "stale-input")
        shop.backfill()
        assert shop.table("orders") == self.truth(shop)
        assert all_work(shop.plan()) == {}

    @pytest.mark.parametrize(("watch", "found"), [("count(*)", {}), ("max(amount)", {"2024-01-05": "stale-input"})])
    def test_other_watches(self, shop: Miniature, watch: str, found: dict[str, str]) -> None:
        self.watch(shop, watch)
        shop.backfill()
        assert all_work(shop.plan()) == {}
        shop.query("update landing.orders set amount = 1000 where ordered_at = timestamp '2024-01-05 12:00'")
        assert (work(shop.plan(), "orders") if found else all_work(shop.plan())) == found

    def test_a_column_that_is_added_to_the_table(self, shop: Miniature) -> None:
        shop.query("alter table landing.orders add column note varchar")
        shop.backfill()
        assert all_work(shop.plan()) == {}
        assert shop.table("orders") == self.truth(shop)


def replaced(mini: Miniature, model: str, old: str, new: str) -> Miniature:
    mini.models[model] = mini.models[model].replace(old, new)
    return mini
