"""After any sequence of edits, changed data, partial backfills, failures and crashes: what is called current is true,
and a backfill makes all of it true.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from support.crashes import Crash, crash_after
from support.miniature import DAYS, FIRST_DAY, KEY_COLUMN, MODELS, ORDER, Miniature, all_work, verdicts
from support.settled import assert_told_alike
from swathe.api.keys import KeyRange
from swathe.api.plan import Planned
from swathe.engine.duckdb.checksum import checksum_sql
from swathe.model.definition import ModelName

VARIANTS: dict[str, list[str]] = {
    "base": [
        MODELS["base"],
        MODELS["base"].replace("as amount", "* 2 as amount"),
        MODELS["base"] + "\nwhere who <> 'b'",
        MODELS["base"] + "\nwhere amount is not null",
        MODELS["base"].replace("who,", "who, length(who) as letters,"),
        MODELS["base"].replace("select", "-- a comment\nSELECT  "),
    ],
    "daily": [
        MODELS["daily"],
        MODELS["daily"].replace("sum(amount)", "max(amount)"),
        MODELS["daily"].replace("count(*)", "count(distinct amount)"),
        MODELS["daily"].replace('end="2024-01-22"', 'end="2024-01-22", batch_size=2'),
    ],
    "rolling": [
        MODELS["rolling"],
        MODELS["rolling"].replace("interval 2 day", "interval 4 day"),
        MODELS["rolling"].replace(
            "d.day - interval 2 day and d.day", "d.day - interval 1 day and d.day + interval 1 day"
        ),
        (
            "{{ config("
            'partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01", end="2024-01-22"'
            ") }}\n"
            "select day, count(*) as n, sum(total) as total from {{ ref('daily') }}\n"
            "where total > (select avg(total) from {{ ref('daily') }}) group by day"
        ),
    ],
    "weekly": [MODELS["weekly"], MODELS["weekly"].replace("sum(total)", "sum(n)")],
    "people": [MODELS["people"], MODELS["people"] + " having sum(total) > 100"],
    "loud": [MODELS["loud"], MODELS["loud"].replace("> 10", "> 30")],
    "louder": [MODELS["louder"], MODELS["louder"].replace("count(*)", "sum(total)")],
}

days = st.integers(0, DAYS - 1).map(lambda number: FIRST_DAY + timedelta(days=number))
rows = st.lists(st.tuples(st.integers(0, 23), st.sampled_from("abc"), st.integers(0, 60).map(str)), max_size=4)
models = st.sampled_from(ORDER)


class AnyHistory(RuleBasedStateMachine):
    """Whatever people and machines do to a project."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="swathe-"))
        self.mini = Miniature.create(self.folder / "mini")

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder, ignore_errors=True)

    @rule(model=models, choice=st.integers(0, 5))
    def edit(self, model: str, choice: int) -> None:
        variants = VARIANTS[model]
        self.mini.write_model(model, variants[choice % len(variants)])

    @rule(day=days, rows=rows)
    def change_data(self, day: date, rows: list[tuple[int, str, str]]) -> None:
        self.mini.set_day(day, rows)

    @rule(first=days, length=st.integers(0, 12), upstream=st.booleans(), model=models, workers=st.sampled_from([1, 3]))
    def backfill_some(self, first: date, length: int, upstream: bool, model: str, workers: int) -> None:
        last = first + timedelta(days=length)
        keys = KeyRange(first=first.isoformat(), last=last.isoformat())
        self.mini.backfill(f"{'+' if upstream else ''}{model}", keys=keys, workers=workers)
        self.check_current()

    @rule(day=days, fine=days)
    def fail_and_mend(self, day: date, fine: date) -> None:
        before = self.mini.rows[day]
        self.mini.set_day(fine, [(5, "c", "9")])
        self.mini.set_day(day, [(1, "a", "poison")])
        done = self.mini.backfill()
        assert done.outcome is not None
        base = next(model for model in done.outcome.models if model.name == "base")
        assert [failure.keys[0] for failure in base.failures] == [day.isoformat()]
        assert verdicts(self.mini.plan("base"), "base")[day.isoformat()] == "failed"
        self.mini.set_day(day, before)
        self.check_current()

    @rule(statements=st.integers(0, 120), workers=st.sampled_from([1, 3]))
    def crash(self, statements: int, workers: int) -> None:
        with crash_after(statements), suppress(Crash):
            self.mini.backfill(workers=workers)
        self.check_current()

    @rule(full=st.booleans())
    def backfill_all(self, full: bool) -> None:
        done = self.mini.backfill(full=full)
        assert done.outcome is None or done.outcome.failed == 0
        planned, truth = self.mini.plan(), self.mini.truth()
        for name in ORDER:
            assert self.mini.table(name) == rounded_out(self.mini, planned, name, truth[name]), name
        assert all_work(planned) == {}

    @rule(model=st.sampled_from(["base", "daily"]), value=st.integers(0, 3), backfill_first=st.booleans())
    def change_what_nobody_reads(self, model: str, value: int, backfill_first: bool) -> None:
        """A column that comes, changes or goes: nothing that is current is rebuilt for it, but the model itself."""
        if backfill_first:
            self.backfill_all(full=False)
        elif not (self.mini.root / "mini.duckdb").exists():
            return
        before = all_work(self.mini.plan())
        without = re.sub(r"(?i)\bselect -?\d as unread,", "select", self.mini.models[model])
        self.mini.write_model(model, re.sub(r"(?i)\bselect\b", f"select {value} as unread,", without, count=1))
        if before:
            return
        done = self.mini.backfill()
        built = {entry.name for entry in done.outcome.models if entry.succeeded} if done.outcome else set()
        assert built <= {model}
        self.backfill_all(full=False)

    @precondition(lambda self: (self.mini.root / "mini.duckdb").exists())
    @rule()
    def check_versions(self) -> None:
        """What is stored over some columns is what measuring the table gives."""
        for name in ("base", "daily"):
            try:
                stored = self.mini.query(
                    "select v.columns, p.partition_key, v.version from swathe_state.column_versions as v "
                    f"join swathe_state.partitions as p using (model, unit, slice, ordinal) where model = '{name}'"
                )
            except duckdb.CatalogException:
                return
            for columns in {row[0] for row in stored}:
                checksum = checksum_sql(self.mini.columns(name, json.loads(columns)))
                held = dict(self.mini.query(f"select cast(day as varchar), {checksum} from main.{name} group by day"))
                assert {key: version for text, key, version in stored if text == columns}.items() <= held.items()

    @precondition(lambda self: (self.mini.root / "mini.duckdb").exists())
    @rule()
    def check_current(self) -> None:
        """What is called current, and reads nothing that is not, equals the same slice of a full refresh."""
        if not (self.mini.root / "mini.duckdb").exists():
            return
        assert_told_alike(self.mini.options)
        planned = self.mini.plan()
        due = all_work(planned)
        blocked = {model.spec.name for model in planned.plan.models if model.blocked}
        truth = self.mini.truth()
        for name, column in KEY_COLUMN.items():
            true_keys = {
                key for key, verdict in verdicts(planned, name).items()
                if verdict == "current" and key not in due.get(name, {})
            }  # fmt: skip
            if not true_keys or name in blocked:
                continue
            held = [row for row in self.columns(name) if str(row[0]) in true_keys]
            expected = [row for row in rounded_out(self.mini, planned, name, truth[name]) if str(row[0]) in true_keys]
            assert held == expected, (name, column)

    def columns(self, name: str) -> list[tuple[Any, ...]]:
        return self.mini.table(name)


def rounded_out(mini: Miniature, planned: Planned, name: str, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows with NULL in the columns that the table has kept from an earlier query, in the table's order."""
    held = [row[0] for row in mini.query(
        "select column_name from duckdb_columns() where database_name = current_database() "
        f"and schema_name = 'main' and table_name = '{name}' order by column_index"
    )]  # fmt: skip
    given = [column.name for column in planned.workspace.project.models[ModelName(name)].columns]
    return sorted(
        (tuple(row[given.index(column)] if column in given else None for column in held) for row in rows), key=repr
    )


DEEP = bool(os.environ.get("SWATHE_DEEP_TESTS"))
TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(
    max_examples=200 if DEEP else 6,
    stateful_step_count=20 if DEEP else 10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    phases=[Phase.explicit, Phase.generate],
)
