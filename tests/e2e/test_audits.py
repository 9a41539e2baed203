"""Audits, through the command line: what fails keeps its old rows, what warns says so, and the rest is built."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from support.command_line import Told, snapshot, swathe
from support.miniature import MODELS, Miniature, all_work, verdicts

NOW = ("--now", "2024-06-01")


def day(number: int) -> date:
    return date(2024, 1, number)


@pytest.fixture
def mini(tmp_path: Path) -> Miniature:
    """Days with three rows each, of `a` and `b`, and what reads them."""
    made = Miniature.create(tmp_path / "mini")
    for name in MODELS:
        if name not in ("base", "daily"):
            (made.root / "models" / f"{name}.sql").unlink()
    return made


def declare(mini: Miniature, text: str, model: str = "base") -> None:
    """Audits of a model as its `data_tests`, each line of a list."""
    listed = "".join(f"      {line}\n" for line in text.strip().splitlines())
    (mini.root / "models" / f"{model}.yml").write_text(f"models:\n  - name: {model}\n    data_tests:\n{listed}")


def own_audit(mini: Miniature, name: str, sql: str) -> None:
    (mini.root / "audits").mkdir(exist_ok=True)
    (mini.root / "audits" / f"{name}.sql").write_text(sql)


def backfill(mini: Miniature, *options: str) -> Told:
    return swathe(mini.root, "backfill", "--yes", *NOW, *options)


def results(told: Told) -> dict[str, dict[str, Any]]:
    return {model["model"]: model for model in json.loads(told.stdout)["models"]}


def failures(told: Told, model: str = "base") -> dict[str, str]:
    return {failure["partition"]: failure["error"] for failure in results(told)[model]["failures"]}


def rows_of(mini: Miniature, number: int) -> list[tuple[Any, ...]]:
    return [row for row in mini.table("base") if row[0] == day(number)]


def recorded(mini: Miniature, where: str = "true") -> list[tuple[Any, ...]]:
    return mini.query(
        f"select first_key, last_key, audit, severity, status, bad_rows from swathe_state.audits where {where} "
        "order by first_key, audit"
    )


def test_bad_partitions_among_many_stand_alone_and_the_rest_is_written(mini: Miniature) -> None:
    declare(mini, "- not_null: who\n- row_count: {min: 2}")
    backfill(mini)
    before = {number: rows_of(mini, number) for number in (9, 14)}
    for number in (8, 10):
        mini.set_day(day(number), [(1, "a", "7"), (2, "b", "8")])
    mini.set_day(day(9), [(1, None, "7"), (2, None, "8"), (3, "c", "9")])  # type: ignore[list-item]
    mini.set_day(day(14), [(1, "a", "7")])
    told = backfill(mini, "--output", "json")
    assert told.code == 1
    assert failures(told) == {
        "2024-01-09": "the audit `not_null(who)` found 2 bad rows in 2024-01-09\n"
        "  day=2024-01-09, who=NULL, amount=7\n"
        "  day=2024-01-09, who=NULL, amount=8",
        "2024-01-14": "the audit `row_count` found 1 row in 2024-01-14, fewer than 2",
    }
    assert {number: rows_of(mini, number) for number in (9, 14)} == before
    for number in (8, 10):
        assert rows_of(mini, number) == [(day(number), "a", 7), (day(number), "b", 8)]
    assert (results(told)["daily"]["succeeded"], results(told)["daily"]["blocked"]) == (2, 2)
    assert {key: verdict for key, verdict in verdicts(mini.plan(), "base").items() if verdict != "current"} == {
        "2024-01-09": "failed",
        "2024-01-14": "failed",
    }


def test_plan_and_status_say_what_the_audit_said(mini: Miniature) -> None:
    declare(mini, "- expression_is_true: amount < 1000")
    mini.set_day(day(9), [(1, "a", "5000")])
    text = backfill(mini)
    assert "failed: base 2024-01-09" in text.stderr
    said = "the audit `expression_is_true(amount < 1000)` found 1 bad row in 2024-01-09"
    for shown in (text.stderr, text.stdout, swathe(mini.root, "plan", *NOW).stdout):
        assert said in shown
    assert "1 failed" in swathe(mini.root, "status", *NOW).stdout
    run = mini.query("select run_id from swathe_state.runs")[0][0]
    for shown in (swathe(mini.root, "runs", run).stdout, swathe(mini.root, "runs", run, "--output", "json").stdout):
        assert said in shown


def test_the_number_of_statements_grows_with_the_logarithm(mini: Miniature) -> None:
    declare(mini, "- not_null: who")
    mini.set_day(day(13), [(1, None, "7")])  # type: ignore[list-item]
    told = backfill(mini, "--output", "json")
    assert list(failures(told)) == ["2024-01-13"]
    tries = mini.query("select count(*) from swathe_state.attempts where model = 'base'")[0][0]
    assert tries < 15


def test_what_was_mended_is_taken_up_by_the_same_command(mini: Miniature) -> None:
    declare(mini, "- not_null: who")
    mini.set_day(day(9), [(1, None, "7")])  # type: ignore[list-item]
    assert backfill(mini).code == 1
    mini.set_day(day(9), [(1, "a", "7")])
    assert backfill(mini).code == 0
    assert mini.table("base") == mini.truth()["base"]
    assert all_work(mini.plan()) == {}


def test_a_warning_is_recorded_and_the_rows_are_written(mini: Miniature) -> None:
    declare(mini, "- not_null: {columns: who, config: {severity: warn}}")
    mini.set_day(day(9), [(1, None, "7")])  # type: ignore[list-item]
    told = backfill(mini, "--output", "json")
    assert told.code == 0
    (warning,) = results(told)["base"]["warnings"]
    assert (warning["audit"], warning["severity"], warning["status"], warning["bad_rows"]) == (
        "not_null(who)", "warn", "warned", 1,
    )  # fmt: skip
    assert warning["ranges"] == [{"from": "2024-01-09", "to": "2024-01-09"}]
    assert (warning["columns"], warning["rows"]) == (["day", "who", "amount"], [["2024-01-09", None, 7]])
    assert rows_of(mini, 9) == [(day(9), None, 7)]
    assert all_work(mini.plan()) == {}
    assert len(recorded(mini, "status = 'warned'")) == 1
    run = json.loads(told.stdout)["run_id"]
    shown = swathe(mini.root, "runs", run).stdout
    assert "1 warned" in shown
    assert "the audit `not_null(who)` found 1 bad row in 2024-01-09" in shown


def test_warnings_of_several_batches_are_told_as_one(mini: Miniature) -> None:
    declare(mini, "- sql: select * from {{ this }} where amount < 3\n  name: large\n  severity: warn")
    told = backfill(mini)
    assert told.code == 0
    assert told.stdout.count("warning: base: the audit `large` found 3 bad rows in") == 1


def test_every_result_is_recorded_also_of_what_was_rolled_back(mini: Miniature) -> None:
    declare(mini, "- not_null: who\n- row_count: {min: 1}")
    mini.set_day(day(1), [(1, None, "7")])  # type: ignore[list-item]
    backfill(mini, "base", "--to", "2024-01-02")
    assert recorded(mini) == [
        ("2024-01-01", "2024-01-01", "not_null(who)", "error", "failed", 1),
        ("2024-01-01", "2024-01-01", "row_count", "error", "passed", None),
        ("2024-01-02", "2024-01-02", "not_null(who)", "error", "passed", 0),
        ("2024-01-02", "2024-01-02", "row_count", "error", "passed", None),
    ]


def test_a_partition_without_rows_has_too_few(mini: Miniature) -> None:
    declare(mini, "- row_count: {min: 1}")
    mini.set_day(day(9), [])
    told = backfill(mini, "--output", "json")
    assert failures(told) == {"2024-01-09": "the audit `row_count` found 0 rows in 2024-01-09, fewer than 1"}


def test_an_audit_that_can_not_be_run_says_so_and_stops_only_where_it_can_not(mini: Miniature) -> None:
    declare(mini, "- expression_is_true: cast(case when amount > 900 then who end as integer) is null")
    mini.set_day(day(9), [(1, "a", "901")])
    told = backfill(mini, "base", "--output", "json")
    assert (told.code, results(told)["base"]["succeeded"]) == (1, 20)
    assert failures(told)["2024-01-09"].startswith("the audits can't be run: Conversion Error")


def test_a_table_may_be_held_against_itself(mini: Miniature) -> None:
    declare(mini, "- relationships: {column: who, to: ref('base'), field: who}")
    assert backfill(mini, "base", "--parallel", "2").code == 0
    assert swathe(mini.root, "audit", *NOW).code == 0


def test_two_audits_can_not_wait_for_each_other(mini: Miniature) -> None:
    mini.write_model("names", "select 'a' as who union all select 'b'")
    declare(mini, "- relationships: {column: who, to: ref('names'), field: who}")
    declare(mini, "- relationships: {column: who, to: ref('base'), field: who}", "names")
    told = backfill(mini)
    assert (told.code, told.at) == (2, "models/names.yml:4:9")
    assert told.errors == ["the audit `relationships(who)` of `names` reads `base`, which is built after `names`"]


def test_audits_are_no_part_of_the_logic(mini: Miniature) -> None:
    backfill(mini)
    declare(mini, "- not_null: amount\n- sql: select * from {{ this }} where amount is null")
    assert all_work(mini.plan()) == {}


def test_unique_is_about_a_partition_unless_it_says_the_table(mini: Miniature) -> None:
    for number in (5, 6):
        mini.set_day(day(number), [(1, "a", "500"), (2, "b", "501")])
    declare(mini, "- unique: {columns: amount, where: amount >= 500}")
    assert backfill(mini, "base").code == 0
    declare(mini, "- unique: {columns: amount, where: amount >= 500, within: table}")
    told = backfill(mini, "base", "--full", "--output", "json")
    assert list(failures(told)) == ["2024-01-05", "2024-01-06"]
    assert "found 2 bad rows in 2024-01-05\n  day=2024-01-05, amount=500, who=a" in failures(told)["2024-01-05"]
    mini.set_day(day(6), [(1, "a", "500"), (2, "a", "500"), (3, None, "1")])  # type: ignore[list-item]
    declare(mini, "- unique: [who, amount]")
    told = backfill(mini, "base", "--full", "--output", "json")
    assert list(failures(told)) == ["2024-01-06"]


def test_relationships_hold_against_another_model_that_is_built_before(mini: Miniature) -> None:
    mini.write_model("names", "select who from (values ('a'), ('c')) as v(who)")
    declare(mini, "- relationships: {column: who, to: ref('names'), field: WHO}")
    told = backfill(mini, "--to", "2024-01-02", "--output", "json")
    assert "found 2 bad rows in 2024-01-01\n  day=2024-01-01, who=b, amount=9\n" in failures(told)["2024-01-01"]
    assert [model["model"] for model in json.loads(told.stdout)["models"]].index("names") == 0
    mini.write_model("names", "select who from (values ('a'), ('b'), (null)) as v(who)")
    assert backfill(mini).code == 0


def test_what_an_audit_reads_is_built_first_or_blocks(mini: Miniature) -> None:
    mini.write_model("zz", "select 'a' as who union all select 'b'")
    declare(mini, "- relationships: {column: who, to: ref('zz'), field: who}")
    told = backfill(mini, "base")
    assert told.code == 1
    assert "base: 2024-01-01 … 2024-01-21 (21) reads `zz`, which does not exist" in told.stdout
    assert backfill(mini, "+base").code == 0


def test_an_audit_of_ones_own_reads_files_refs_and_macros(mini: Miniature) -> None:
    (mini.root / "macros").mkdir()
    (mini.root / "macros" / "low.sql").write_text("{% macro low(c) %}{{ c }} < {{ var('least', 0) }}{% endmacro %}\n")
    own_audit(mini, "not_low", "-- who is low\nselect t.*\nfrom {{ this }} as t\nwhere {{ low('t.amount') }};\n")
    declare(mini, "- not_low\n- sql: select who from {{ this }} group by who having count(*) > 2\n  name: few_each")
    told = backfill(mini, "base", "--vars", "{least: 2}", "--output", "json")
    assert list(failures(told)) == ["2024-01-01", "2024-01-02"][: len(failures(told))]
    assert "the audit `not_low` found 1 bad row" in failures(told)["2024-01-01"]
    assert backfill(mini, "base").code == 0


def test_this_holds_only_the_rows_that_are_written_and_ref_the_whole_table(mini: Miniature) -> None:
    own_audit(mini, "only_these", "select * from {{ this }} where day <> date '2024-01-03'\n")
    own_audit(mini, "whole", "select count(*) from {{ ref('base') }} having count(*) < 9\n")
    backfill(mini, "base", "--to", "2024-01-02")
    declare(mini, "- only_these\n- whole")
    assert backfill(mini, "base", "--partition", "2024-01-03").code == 0
    assert backfill(mini, "base", "--partition", "2024-01-04").code == 1


def test_config_of_a_model_declares_audits_too_and_they_add_up(mini: Miniature) -> None:
    declare(mini, "- not_null: who")
    text = mini.models["base"].replace(
        "config(", 'config(audits=["positive", {"sql": "select * from {{ this }} where amount > 900"}], '
    )
    own_audit(mini, "positive", "select * from {{ this }} where amount < 0")
    mini.write_model("base", text)
    mini.set_day(day(1), [(1, None, "-5"), (2, "a", "901")])  # type: ignore[list-item]
    told = backfill(mini, "base", "--to", "2024-01-01", "--output", "json")
    error = failures(told)["2024-01-01"]
    assert [line for line in error.splitlines() if not line.startswith(" ")] == [
        "the audit `not_null(who)` found 1 bad row in 2024-01-01",
        "the audit `positive` found 1 bad row in 2024-01-01",
        "the audit `sql` found 1 bad row in 2024-01-01",
    ]


def test_a_view_is_audited_when_it_is_made(mini: Miniature) -> None:
    mini.write_model("loud", MODELS["loud"])
    declare(mini, "- row_count: {max: 1}", "loud")
    told = backfill(mini)
    assert told.code == 1
    rows = len(mini.truth()["loud"])
    assert f"the audit `row_count` found {rows} rows in all, more than 1" in told.stdout + told.stderr
    assert mini.query("select count(*) from duckdb_views() where view_name = 'loud'") == [(0,)]


def test_values_and_names_stay_data(mini: Miniature) -> None:
    odd = "x'); drop table main.base; --"
    mini.write_model("base", mini.models["base"].replace("as amount", 'as amount, 1 as "a"" b"'))
    mini.set_day(day(2), [(1, odd, "5")])
    (mini.root / "models" / "base.yml").write_text(
        json.dumps({"models": [{"name": "base", "columns": [
            {"name": "who", "tests": [{"accepted_values": {"values": ["a", "b", odd]}}]},
            {"name": 'a" b', "tests": ["not_null", {"accepted_values": {"values": [1]}}]},
        ]}]})
    )  # fmt: skip
    assert backfill(mini, "base").code == 0
    mini.set_day(day(2), [(1, odd + "'", "5")])
    assert list(failures(backfill(mini, "base", "--output", "json"))) == ["2024-01-02"]


def test_a_variable_can_not_end_the_quotes_around_it(mini: Miniature) -> None:
    declare(mini, '- expression_is_true: who <> \'{{ var("w", "x") }}\'')
    assert backfill(mini, "base", "--to", "2024-01-01").code == 0
    told = backfill(mini, "base", "--vars", "{w: \"' or true or '\"}")
    assert told.code == 2
    assert "ends the quotes that it stands in" in told.errors[0]


@pytest.mark.parametrize(
    ("text", "message", "at", "hint"),
    [
        ("- not_nul: who", "unknown audit `not_nul`", "models/base.yml:4:9", "did you mean `not_null`?"),
        ("- not_null: whoo", "the column `whoo` of the audit `not_null(whoo)` is not in the output of `base`",
         "models/base.yml:4:9", "did you mean `who`?"),
        ("- row_count: {mn: 3}", "`row_count` takes no `mn`", "models/base.yml:4:21", "did you mean `min`?"),
        ("- relationships: {column: who, to: ref('dayly'), field: who}",
         "the audit `relationships(who)` reads `dayly`, and there is no such model", "models/base.yml:4:9",
         "did you mean `daily`?"),
        ("- relationships: {column: who, to: ref('daily'), field: who}",
         "the audit `relationships(who)` of `base` reads `daily`, which is built after `base`", "models/base.yml:4:9",
         "an audit runs before the rows can be read: declare one on `daily` instead"),
        ("- relationships: {column: who, to: ref('base'), field: woh}",
         "the column `woh` of the audit `relationships(who)` is not in `base`", "models/base.yml:4:9",
         "did you mean `who`?"),
        ("- expression_is_true: amount >> > 3", ("the audit `expression_is_true(amount >> > 3)` has no condition in "
         "`amount >> > 3`"), "models/base.yml:4:9", None),
        ("- expression_is_true: 1 = 1) or (2 = 2", ("the audit `expression_is_true(1 = 1) or (2 = 2)` has no condition in "
         "`1 = 1) or (2 = 2`"), "models/base.yml:4:9", None),
        ("- unique: who\n  where: who in (select who from x)", "a condition of the audit `unique(who)` reads a table",
         "models/base.yml:4:9", "write an audit `sql` that gives the bad rows"),
        ("- expression_is_true: amuont > 3", ("the database refuses the audit `expression_is_true(amuont > 3)` of `base`:"
         ' Referenced column "amuont" not found in FROM clause'), "models/base.yml:4:9", None),
        ("- accepted_values: {column: amount, values: [1, '2', many]}",
         "`many` in the audit `accepted_values(amount)` can't be a value of `amount`, which is INTEGER",
         "models/base.yml:4:9", "write values that the column can have"),
        ("- accepted_values: {column: day, values: [2024-01-01, '2024-01-02', 3]}",
         "`3` in the audit `accepted_values(day)` can't be a value of `day`, which is DATE", "models/base.yml:4:9", None),
        ("- sql: selct * from {{ this }}", "in the audit `sql`: the SQL can't be parsed near `selct`",
         "models/base.yml:4:9", "did you mean `select`?"),
        ("- sql: select * from {{ thsi }}", "in the audit `sql`: `thsi` is not defined", "models/base.yml:4:9",
         "did you mean `this`?"),
        ("- sql: select * from {{ this }} where day = {{ partition.start }}", "the audit `sql` can't use `partition.*`",
         "models/base.yml:4:9", None),
        ("- sql: select * from elsewhere", "in the audit `sql`: `elsewhere` is read without `ref()` or `source()`",
         "models/base.yml:4:9", None),
        ("- positive", "the column of a file", None, None),
    ],
)  # fmt: skip
def test_what_is_declared_wrongly_is_said_with_its_place(
    mini: Miniature, text: str, message: str, at: str | None, hint: str | None
) -> None:
    if text == "- positive":
        own_audit(mini, "positive", "select *\nfrom {{ this }}\nwhere amuont < 0\n")
        message, at = (
            'the database refuses the audit `positive` of `base`: Referenced column "amuont"',
            "audits/positive.sql:1:1",
        )
    declare(mini, text)
    before = snapshot(mini.root)
    told = backfill(mini)
    assert told.code == 2
    assert told.errors[0].startswith(message)
    assert told.at == at
    assert told.hint is not None
    if hint is not None:
        assert told.hint == hint
    assert snapshot(mini.root) == before


def test_files_of_audits_are_named_for_what_they_are(mini: Miniature) -> None:
    own_audit(mini, "not_null", "select 1")
    told = backfill(mini)
    assert (told.code, told.at) == (2, "audits/not_null.sql")
    (mini.root / "audits" / "not_null.sql").unlink()
    own_audit(mini, "low", "{{ config(severity='warn') }} select * from {{ this }}")
    declare(mini, "- low")
    told = backfill(mini)
    assert (told.errors, told.at) == (["the audit `low` can't have a `config()`"], "audits/low.sql:1:4")


class TestTheCommand:
    def test_it_audits_what_is_stored_and_writes_nothing(self, mini: Miniature) -> None:
        mini.set_day(day(9), [(1, None, "7")])  # type: ignore[list-item]
        backfill(mini)
        declare(mini, "- not_null: who\n- row_count: {min: 2, severity: warn}\n- unique: [day, who, amount]")
        before = snapshot(mini.root)
        told = swathe(mini.root, "audit", *NOW)
        assert told.code == 1
        assert told.stdout.splitlines() == [
            "base  2024-01-01 … 2024-01-21 (21)",
            "  failed  the audit `not_null(who)` found 1 bad row in 2024-01-09",
            "    day=2024-01-09, who=NULL, amount=7",
            "  warned  the audit `row_count` found 1 row in 2024-01-09, fewer than 2",
            "  passed  unique(day, who, amount)",
            "",
            "3 audits of 1 model: 1 passed, 1 warned, 1 failed",
        ]
        assert snapshot(mini.root) == before

    def test_of_some_partitions(self, mini: Miniature) -> None:
        mini.set_day(day(9), [(1, None, "7")])  # type: ignore[list-item]
        backfill(mini)
        declare(mini, "- not_null: who")
        assert swathe(mini.root, "audit", "base", "--partition", "2024-01-08", *NOW).code == 0
        assert swathe(mini.root, "audit", "--from", "2024-01-08", "--to", "2024-01-10", *NOW).code == 1
        assert swathe(mini.root, "audit", "--from", "2024-01-10", *NOW).code == 0

    def test_as_json(self, mini: Miniature) -> None:
        mini.set_day(day(9), [(1, None, "7")])  # type: ignore[list-item]
        backfill(mini)
        declare(mini, "- not_null: who")
        told = swathe(mini.root, "audit", "--output", "json", *NOW)
        found = json.loads(told.stdout)
        assert found["totals"] == {"passed": 0, "warned": 0, "failed": 1}
        (model,) = found["models"]
        assert (model["model"], model["partitions"]) == ("base", 21)
        assert model["audits"] == [
            {
                "audit": "not_null(who)",
                "severity": "error",
                "status": "failed",
                "bad_rows": 1,
                "ranges": [{"from": "2024-01-09", "to": "2024-01-09"}],
                "message": "the audit `not_null(who)` found 1 bad row in 2024-01-09",
                "columns": ["day", "who", "amount"],
                "rows": [["2024-01-09", None, 7]],
            }
        ]

    def test_partitions_that_failed_are_audited_as_they_are_stored(self, mini: Miniature) -> None:
        declare(mini, "- not_null: who")
        backfill(mini)
        mini.set_day(day(9), [(1, None, "7")])  # type: ignore[list-item]
        assert backfill(mini).code == 1
        assert swathe(mini.root, "audit", *NOW).code == 0

    def test_a_partition_that_lies_apart_and_one_that_is_not_built(self, mini: Miniature) -> None:
        backfill(mini, "--partition", "2024-01-02", "--partition", "2024-01-20")
        declare(mini, "- sql: select * from {{ this }} where amount = 1")
        told = swathe(mini.root, "audit", *NOW)
        assert told.code == 1
        assert "found 1 bad row in 2024-01-02, 2024-01-20" in " ".join(told.stdout.split())

    def test_nothing_is_built(self, mini: Miniature) -> None:
        declare(mini, "- not_null: who")
        told = swathe(mini.root, "audit", *NOW)
        assert (told.code, told.stdout.splitlines()[0]) == (0, "base  no such partition is built")
        assert not (mini.root / "mini.duckdb").exists()

    def test_nothing_is_declared(self, mini: Miniature) -> None:
        told = swathe(mini.root, "audit", *NOW)
        assert (told.code, told.errors) == (2, ["no selected model has an audit"])

    def test_a_table_that_has_not_the_column_yet(self, mini: Miniature) -> None:
        backfill(mini)
        mini.write_model("base", mini.models["base"].replace("as amount", "as amount, 1 as extra"))
        declare(mini, "- not_null: extra")
        told = swathe(mini.root, "audit", *NOW)
        assert (told.code, told.at) == (2, "models/base.sql")
        assert told.hint == "if the model has changed, or its audits read what is not built: `swathe backfill +base`"
