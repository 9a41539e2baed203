"""`swathe plan --explain`: the whole chain of why for one partition, by the command line."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from support.command_line import Told, snapshot, swathe
from support.miniature import MODELS, NOW, SOURCES, Miniature
from swathe.api.keys import KeyRange

AT = ("--now", f"{NOW:%Y-%m-%dT%H:%M}")
LATE = date(2024, 1, 3)
ENDED = "a partition of time is there once it has ended, on the clock of its column"


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


def ask(mini: Miniature, *arguments: str) -> Told:
    return swathe(mini.root, "plan", *AT, "--explain", *arguments)


def text(mini: Miniature, model: str, key: str | None = None, *more: str) -> str:
    """What it says, without what differs from run to run."""
    told = ask(mini, model, *(("--partition", key) if key else ()), *more)
    assert (told.code, told.stderr) == (0, "")
    plain = re.sub(r"\b20\d{6}T\d{6}-[0-9a-f]{8}\b", "RUN", told.stdout)
    plain = re.sub(r"\b20[2-9]\d-\d\d-\d\d \d\d:\d\d:\d\d UTC", "TIME", plain)
    plain = re.sub(r", <?\d+(\.\d+)? s\n", "\n", plain)
    plain = re.sub(r"version \d+ then, \d+ now", "version THEN then, NOW now", plain)
    return re.sub(r"\b(?=[0-9a-f]*[0-9])[0-9a-f]{8}\b", "LOGIC", plain)


def said(mini: Miniature, model: str, key: str | None = None, *more: str) -> Any:
    told = ask(mini, model, *(("--partition", key) if key else ()), *more, "--output", "json")
    assert (told.code, told.stderr) == (0, "")
    return json.loads(told.stdout)


def explained(mini: Miniature, model: str, key: str | None = None, *more: str) -> Any:
    return said(mini, model, key, *more)["explanation"]


def tree(given: Any) -> list[str]:
    """Partition and verdict, at each depth."""
    found = [f"{given['model']} {given['partition']} {given['verdict']}"]
    parts = [*given["needs"], *(part for needed in given["inputs"] for part in needed["parts"])]
    for part in parts:
        inner = part["explanation"]
        found += [f"  {line}" for line in (tree(inner) if inner else [f"{part['model']} {part['first']} told"])]
    return found


def source_of(given: Any) -> Any:
    """The source at the end of the first branch."""
    for needed in given["inputs"]:
        if needed["kind"] == "source":
            return needed
    return source_of(given["inputs"][0]["parts"][0]["explanation"])


class TestText:
    def test_what_is_current(self, mini: Miniature) -> None:
        assert text(mini, "rolling", "2024-01-05") == (
            "rolling 2024-01-05  current\n"
            "  a plan now leaves it as it is\n"
            "  built TIME, because it was missing\n"
            "    run RUN, logic LOGIC, 1 row\n"
            "  reads daily 2024-01-03 … 2024-01-05 (3): unchanged\n"
        )

    def test_an_edit_upstream(self, mini: Miniature) -> None:
        mini.write_model("base", MODELS["base"].replace("as amount", "* 2 as amount"))
        assert text(mini, "rolling", "2024-01-05") == (
            "rolling 2024-01-05  current\n"
            "  a plan now judges it again once what it reads is settled, and skips it if that is as it was\n"
            "  built TIME, because it was missing\n"
            "    run RUN, logic LOGIC, 1 row\n"
            "  reads daily 2024-01-03 … 2024-01-05 (3): unchanged so far, but\n"
            "    daily 2024-01-03 … 2024-01-05 (3)  current; to be judged again; the first, 2024-01-03:\n"
            "      built TIME, because it was missing\n"
            "        run RUN, logic LOGIC, 2 rows\n"
            "      reads base 2024-01-03: unchanged so far, but\n"
            "        base 2024-01-03  stale-logic: built by logic LOGIC, now LOGIC\n"
            "          built TIME, because it was missing\n"
            "            run RUN, logic LOGIC, 3 rows\n"
            "          the SQL changed from logic LOGIC to LOGIC, not run yet:\n"
            "            @@ -1,2 +1,2 @@\n"
            "\n"
            "            -select cast(seen_at as date) as day, who, cast(amount as integer) as amount from {{\n"
            "            source('raw', 'events') }}\n"
            "            +select cast(seen_at as date) as day, who, cast(amount as integer) * 2 as amount from {{\n"
            "            source('raw', 'events') }}\n"
            "          reads raw.events 2024-01-03: unchanged\n"
        )

    def test_late_data_in_one_file_that_has_come_half_way(self, mini: Miniature) -> None:
        mini.set_day(LATE, [(1, "a", "99")])
        mini.backfill("base", "daily")
        assert text(mini, "rolling", "2024-01-05") == (
            "rolling 2024-01-05  stale-input: `daily` changed between 2024-01-03 and 2024-01-05\n"
            "  a plan now builds it again\n"
            "  built TIME, because it was missing\n"
            "    run RUN, logic LOGIC, 1 row\n"
            "  reads daily 2024-01-03 … 2024-01-05 (3): changed\n"
            "    version THEN then, NOW now\n"
            "    daily 2024-01-03  current; written anew\n"
            "      built TIME, because its input was stale\n"
            "        run RUN, logic LOGIC, 1 row\n"
            "      reads base 2024-01-03, written before that build and after the one before\n"
            "        base 2024-01-03  current; written anew\n"
            "          built TIME, because its input was stale\n"
            "            run RUN, logic LOGIC, 1 row\n"
            "          reads raw.events 2024-01-03, modified before that build and after the one before\n"
            "            data/events/week-0.parquet, modified TIME\n"
        )

    def test_a_failed_partition(self, mini: Miniature) -> None:
        mini.set_day(LATE, [(1, "a", "boom")])
        swathe(mini.root, "backfill", "--yes", *AT)
        told = text(mini, "base", "2024-01-03")
        assert told.startswith("base 2024-01-03  failed: Conversion Error: ")
        assert "\n  a plan now builds it again\n" in told
        assert "\n  failed TIME in run RUN\n    Conversion Error: " in told
        assert (
            "    modified since then, and with rows of what is read:\n    data/events/week-0.parquet, modified TIME\n"
            in told
        )

    def test_names_are_cut_to_no_narrower_than_half_the_terminal(self, fresh: Miniature) -> None:
        """However deep the tree is, there is room to write in."""
        for number in range(30):
            before = f"m{number - 1}" if number else "base"
            fresh.write_model(
                f"m{number}", MODELS["daily"].partition("}}\n")[0] + "}}\nselect day from {{ ref('" + before + "') }}"
            )
        lines = text(fresh, "m29", "2024-01-05").splitlines()
        assert max(len(line) - len(line.lstrip()) for line in lines) == 50
        assert lines[-1].strip() == "reads raw.events 2024-01-05"


class TestChains:
    def test_nothing_is_built(self, fresh: Miniature) -> None:
        given = explained(fresh, "louder", "2024-01-05")
        assert tree(given) == [
            "louder 2024-01-05 missing",
            "  loud all missing",
            "  daily 2024-01-05 missing",
            "    base 2024-01-05 missing",
        ]
        assert given["missing"]["why"] == "nothing-built"
        assert given["plan"] == {"action": "built", "reason": "missing", "detail": "never built", "by": None}
        assert given["inputs"][0]["state"] == "uncompared"

    def test_late_data_before_anything_is_rebuilt(self, mini: Miniature) -> None:
        mini.set_day(LATE, [(1, "a", "99")])
        given = explained(mini, "weekly", "2024-01-01")
        assert tree(given) == [
            "weekly 2024-01-01 current",
            "  daily 2024-01-03 current",
            "    base 2024-01-03 stale-input",
        ]
        source = source_of(given)
        assert source["state"] == "changed"
        assert source["window"] == {"from": "2024-01-03", "to": "2024-01-03", "values": None}
        assert source["version_then"] != source["version_now"]
        assert source["changed"] == [{"from": "2024-01-03", "to": "2024-01-03", "partitions": 1}]
        assert [file["path"] for file in source["files"]] == ["data/events/week-0.parquet"]
        assert source["files_differ"]

    def test_only_the_files_that_hold_what_is_read(self, mini: Miniature) -> None:
        """Another file changed, too, and of the one that matters another day."""
        week = 'partition_by={"column": "week", "granularity": "week"}, begin="2024-01-01", end="2024-01-22"'
        query = "select cast(date_trunc('week', seen_at) as date) as week, count(*) as n from {{ source('raw', 'events') }} group by 1"
        mini.write_model("weeks", "{{ config(" + week + ") }}\n" + query)
        mini.backfill("weeks")
        mini.set_day(date(2024, 1, 9), [(1, "a", "99")])
        mini.set_day(date(2024, 1, 11), [])
        mini.set_day(date(2024, 1, 17), [(1, "a", "99")])
        source = source_of(explained(mini, "weeks", "2024-01-08"))
        assert [(run["from"], run["to"]) for run in source["changed"]] == [
            ("2024-01-09", "2024-01-09"), ("2024-01-11", "2024-01-11"),
        ]  # fmt: skip
        assert [file["path"] for file in source["files"]] == ["data/events/week-1.parquet"]

    def test_a_file_that_is_gone(self, mini: Miniature) -> None:
        (mini.root / "data" / "events" / "week-1.parquet").unlink()
        source = source_of(explained(mini, "base", "2024-01-09"))
        assert source["files"] == [{"path": "data/events/week-1.parquet", "modified_at": None}]
        assert "week-1.parquet, gone\n" in text(mini, "base", "2024-01-09")

    def test_a_file_that_was_measured_again_since(self, mini: Miniature) -> None:
        """A backfill of something else has seen the change: only the file's time tells now."""
        mini.write_model("other", MODELS["base"])
        mini.set_day(LATE, [(1, "a", "99")])
        mini.backfill("other")
        source = source_of(explained(mini, "base", "2024-01-03"))
        assert (source["changed"][0]["from"], source["files_differ"]) == ("2024-01-03", False)
        assert [file["path"] for file in source["files"]] == ["data/events/week-0.parquet"]

    def test_a_source_that_is_only_counted(self, fresh: Miniature) -> None:
        fresh.yaml = SOURCES + '        watch: "count(*)"\n'
        fresh.write_sources()
        fresh.backfill("base")
        fresh.set_day(LATE, [(1, "a", "99")])
        source = source_of(explained(fresh, "base", "2024-01-03"))
        assert (source["files_differ"], [run["from"] for run in source["changed"]]) == (True, ["2024-01-03"])

    def test_a_source_that_is_not_watched(self, fresh: Miniature) -> None:
        fresh.yaml = SOURCES + "        watch: none\n"
        fresh.write_sources()
        fresh.backfill("base")
        assert source_of(explained(fresh, "base", "2024-01-03"))["state"] == "unwatched"
        assert "reads raw.events 2024-01-03: not watched, so nothing tells whether it changed" in text(
            fresh, "base", "2024-01-03"
        )

    def test_an_edit_that_was_run_upstream_only(self, mini: Miniature) -> None:
        mini.write_model("base", MODELS["base"].replace("as amount", "* 2 as amount"))
        mini.backfill("base")
        given = explained(mini, "weekly", "2024-01-08")
        assert tree(given) == [
            "weekly 2024-01-08 current",
            "  daily 2024-01-08 stale-input",
            "    base 2024-01-08 current",
        ]
        daily = given["inputs"][0]["parts"][0]["explanation"]
        part = daily["inputs"][0]["parts"][0]
        (change,) = part["explanation"]["logic"]
        assert part["written_since"]
        assert part["explanation"]["built"]["reason"] == "stale-logic"
        assert change["first_run_at"] is not None
        assert [line[0] for line in change["diff"] if line[0] in "+-"] == ["-", "+"]

    def test_a_table_in_one_piece_needs_no_key(self, mini: Miniature) -> None:
        mini.set_day(LATE, [(1, "a", "99")])
        assert tree(explained(mini, "people"))[:2] == ["people all current", "  daily 2024-01-03 current"]
        assert text(mini, "people").startswith("people  current\n")
        assert "\n  reads all of daily: unchanged so far, but\n" in text(mini, "people")

    def test_a_view_that_changed(self, mini: Miniature) -> None:
        mini.write_model("loud", MODELS["loud"].replace("> 10", "> 12"))
        given = explained(mini, "louder", "2024-01-05")
        assert tree(given) == ["louder 2024-01-05 stale-logic", "  loud all stale-logic"]
        assert explained(mini, "loud")["logic"][0]["diff"]

    def test_a_table_that_reads_itself(self, fresh: Miniature) -> None:
        sums = (
            MODELS["daily"].partition("}}\n")[0] + "}}\n"
            "with days as (select day, cast(sum(amount) as bigint) as amount from {{ ref('base') }} group by day)\n"
            "select days.day, days.amount + coalesce(before.total, 0) as total\n"
            "from days left join {{ this }} as before on before.day = days.day - interval 1 day"
        )
        fresh.write_model("sums", sums)
        fresh.backfill("base", "sums")
        fresh.set_day(LATE, [(1, "a", "99")])
        assert tree(explained(fresh, "sums", "2024-01-15")) == [
            "sums 2024-01-15 current",
            "  sums 2024-01-03 current",
            "    base 2024-01-03 stale-input",
        ]


class TestMarks:
    def test_invalidated_by_hand(self, mini: Miniature) -> None:
        swathe(mini.root, "invalidate", "daily", "--partition", "2024-01-03", "--reason", "wrong rates", "--yes", *AT)
        given = explained(mini, "daily", "2024-01-03")
        assert (given["verdict"], given["invalidated"]["reason"]) == ("stale-input", "wrong rates")
        told = text(mini, "daily", "2024-01-03")
        assert told.startswith("daily 2024-01-03  stale-input: invalidated: wrong rates\n")
        assert "\n  invalidated TIME\n  reads base 2024-01-03: unchanged\n" in told

    def test_frozen_by_hand(self, mini: Miniature) -> None:
        swathe(mini.root, "freeze", "daily", "--partition", "2024-01-03", "--reason", "audited", "--yes", *AT)
        mini.write_model("daily", MODELS["daily"].replace("sum(amount)", "max(amount)"))
        frozen = explained(mini, "daily", "2024-01-03")["frozen"]
        assert (frozen["by"], frozen["reason"], frozen["otherwise"]["verdict"]) == ("hand", "audited", "stale-logic")
        told = text(mini, "daily", "2024-01-03")
        assert told.startswith("daily 2024-01-03  frozen: audited\n  a plan now leaves it as it is\n")
        assert "\n  frozen since TIME\n  it would be stale-logic if it were not frozen: built by logic" in told

    def test_frozen_by_config(self, mini: Miniature) -> None:
        mini.write_model("daily", MODELS["daily"].replace(") }}", ', frozen_before="2024-01-05") }}', 1))
        assert explained(mini, "daily", "2024-01-03")["frozen"]["by"] == "config"
        assert "`frozen_before` is 2024-01-05 00:00:00 in models/daily.sql:1:" in text(mini, "daily", "2024-01-03")

    def test_wiped(self, mini: Miniature) -> None:
        swathe(mini.root, "wipe", "daily", "--partition", "2024-01-03", "--yes", *AT)
        assert text(mini, "daily", "2024-01-03").startswith("daily 2024-01-03  missing: it was wiped TIME by run RUN\n")
        told = text(mini, "rolling", "2024-01-05")
        assert "\n    daily 2024-01-03  missing: it was wiped TIME by run RUN\n" in told
        assert "can't be told" not in told

    def test_a_table_that_was_dropped(self, mini: Miniature) -> None:
        mini.query("drop table main.daily")
        missing = explained(mini, "daily", "2024-01-03")["missing"]
        assert (missing["why"], missing["detail"]) == ("table-gone", "there is no table `main.daily` any more")
        assert missing["at"] is not None

    def test_a_table_of_another_name(self, mini: Miniature) -> None:
        mini.write_model("daily", MODELS["daily"].replace(") }}", ', alias="by_day") }}', 1))
        missing = explained(mini, "daily", "2024-01-03")["missing"]
        assert missing["detail"] == "the model's table is `main.by_day` now, and was `main.daily`"

    def test_newly_due(self, fresh: Miniature) -> None:
        for name in ("base", "daily"):
            fresh.write_model(name, MODELS[name].replace(', end="2024-01-22"', ""))
        assert swathe(fresh.root, "backfill", "base", "--yes", "--now", "2024-01-20").code == 0
        assert explained(fresh, "base", "2024-01-20")["missing"]["why"] == "newly-due"
        assert explained(fresh, "base", "2024-01-19")["verdict"] == "current"

    def test_retired(self, mini: Miniature) -> None:
        mini.write_model("daily", MODELS["daily"].replace('begin="2024-01-01"', 'begin="2024-01-05"'))
        given = explained(mini, "daily", "2024-01-03")
        assert (given["verdict"], given["plan"]["action"], given["inputs"]) == ("retired", "nothing", [])


class TestPlans:
    def test_blocked_in_the_plan_of_one_model(self, fresh: Miniature) -> None:
        fresh.backfill("base", keys=KeyRange(first="2024-01-01", last="2024-01-02"))
        swathe(fresh.root, "wipe", "base", "--partition", "2024-01-02", "--yes", *AT)
        given = explained(fresh, "daily", "2024-01-02", "daily")
        assert (given["plan"]["action"], given["plan"]["by"]) == ("blocked", "base")
        assert tree(given) == ["daily 2024-01-02 missing", "  base 2024-01-02 missing"]
        part = given["inputs"][0]["parts"][0]
        assert (part["absent"], part["explanation"]["missing"]["why"]) == (True, "wiped")
        assert explained(fresh, "daily", "2024-01-02")["plan"]["action"] == "built"
        told = text(fresh, "daily", "2024-01-02", "daily")
        assert "\n  a plan now can't build it: reads partitions of `base` that do not exist\n" in told
        assert "not in this\n    plan, `base` is not selected\n" in told or "`base` is not selected\n" in told

    def test_of_several_partitions_the_first_with_work(self, mini: Miniature) -> None:
        mini.set_day(date(2024, 1, 9), [(1, "a", "99")])
        mini.set_day(date(2024, 1, 11), [(1, "a", "99")])
        given = said(mini, "base", "2024-01")
        assert (given["explanation"]["partition"], given["others"], given["others_with_work"]) == ("2024-01-09", 20, 1)
        last = text(mini, "base", "2024-01").splitlines()[-1]
        assert last == "not explained: 20 other partitions that were named, 1 of them with work"
        assert said(mini, "base", "2024-01-01", "--partition", "2024-01-02")["others"] == 1

    def test_nothing_is_written(self, mini: Miniature) -> None:
        mini.set_day(LATE, [(1, "a", "99")])
        before = snapshot(mini.root)
        explained(mini, "rolling", "2024-01-05")
        assert snapshot(mini.root) == before

    def test_before_there_is_a_warehouse(self, fresh: Miniature) -> None:
        explained(fresh, "people")
        assert not (fresh.root / "mini.duckdb").exists()

    def test_secrets_stay_secret(self, mini: Miniature, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SWATHE_ENV_SECRET_TOKEN", "sesame")
        settings = {"custom_user_agent": "{{ env_var('SWATHE_ENV_SECRET_TOKEN') }}"}
        output = {**mini.target, "settings": settings}
        (mini.root / "profiles.yml").write_text(json.dumps({"mini": {"target": "dev", "outputs": {"dev": output}}}))
        mini.set_day(LATE, [(1, "a", "sesame")])
        swathe(mini.root, "backfill", "--yes", *AT)
        told = ask(mini, "base", "--partition", "2024-01-03").stdout + json.dumps(said(mini, "base", "2024-01-03"))
        assert "sesame" not in told
        assert told.count("***") > 1


class TestWrongInput:
    @pytest.mark.parametrize(
        ("arguments", "error", "hint"),
        [
            (("dayly", "--partition", "2024-01-03"), "there is no model `dayly` (given with `--explain`)", "did you mean `daily`?"),
            (("daily",), "`--explain daily` needs a partition: there are 21", "for example `--partition 2024-01-01`"),
            (("daily", "--partition", "banana"), "`banana` is not a time key", "a key of `daily` looks like 2024-01-01"),
            (
                ("daily", "--partition", "2025-01-03"),
                "`2025-01-03` is no partition of `daily`",
                "they go from 2024-01-01 to 2024-01-21; " + ENDED,
            ),
            (("daily", "--check"), "`--explain` and `--check` can't be used together", "leave one of them out"),
            (("daily", "--full"), "`--explain` and `--full` can't be used together", "leave one of them out"),
            (("daily", "--only", "stale"), "`--explain` and `--only` can't be used together", "leave one of them out"),
            (
                ("daily", "--from", "2024-01-03"),
                "`--explain` is about one partition, and takes no range of them",
                "name one with `--partition`",
            ),
            (
                ("daily", "--partition", "2024-01-03", "--select", "base"),
                "`daily` is not among the selected models",
                "without a selection it is explained in the plan of all models; or add `daily` to it",
            ),
        ],
    )  # fmt: skip
    def test_is_told_what_to_do(self, built_once: Miniature, arguments: tuple[str, ...], error: str, hint: str) -> None:
        told = ask(built_once, *arguments)
        assert (told.code, told.stdout, told.errors, told.hint) == (2, "", [error], hint)

    def test_the_hint_names_the_first_with_work(self, mini: Miniature) -> None:
        mini.set_day(LATE, [(1, "a", "99")])
        assert ask(mini, "daily").hint == "for example `--partition 2024-01-03`, the first with work"

    def test_a_model_whose_partitions_are_not_found_yet(self, fresh: Miniature) -> None:
        by = 'partition_by={"column": "who", "query": "select distinct who from {{ ref(\'base\') }}"}'
        fresh.write_model(
            "whos", "{{ config(" + by + ") }}\nselect who, count(*) as n from {{ ref('base') }} group by who"
        )
        told = ask(fresh, "whos", "--partition", "a")
        assert (told.code, told.errors) == (2, ["`whos` has no partition yet"])
        assert told.hint == "it waits for `base`; `swathe status whos` shows it"
