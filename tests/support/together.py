"""A project of three models on PostgreSQL, and commands on it in processes of their own."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from support.gate import make_gate
from support.killable import start
from support.leaf_project import SOURCE, LeafProject
from support.postgres import PostgresDatabase

DAYS = 60
CUT: dict[str, Any] = {
    "partition_by": {"column": "day", "granularity": "day"}, "begin": "2024-01-01", "end": "2024-03-01",
}  # fmt: skip
ALL = {"base": DAYS, "daily": DAYS, "weeks": DAYS}
TRUTHS = {
    "base": "select day, id, amount from raw.events",
    "daily": "select day, count(*), sum(amount) from raw.events group by day",
    "weeks": "select d.day, (select sum(amount) from raw.events e where e.day between d.day - 6 and d.day) "
    "from (select distinct day from raw.events) d",
}
_PATIENCE_SECONDS = 60


@contextmanager
def opened(root: Path, database: PostgresDatabase) -> Iterator[LeafProject]:
    """`base` passes the gate; `daily` reads it day by day, `weeks` seven days of `daily`. Kills what still runs."""
    with LeafProject.opened(root, database) as project:
        make_gate(project)
        project.fill("2024-01-01", "2024-02-29 23:00", "4 hours")
        project.write_model(
            "base", f"select day, public.gate(id) as id, amount from {SOURCE}", volatile="accept", **CUT
        )
        project.write_model(
            "daily", "select day, count(*) as n, sum(amount) as total from {{ ref('base') }} group by day", **CUT
        )
        project.write_model(
            "weeks",
            "select d.day, sum(w.total) as total from {{ ref('daily') }} d join {{ ref('daily') }} w "
            "on w.day between d.day - 6 and d.day group by d.day",
            **CUT,
        )
        try:
            yield project
        finally:
            for process in multiprocessing.active_children():
                process.kill()
                process.join()


@dataclass(frozen=True)
class Running:
    """A command in a process of its own."""

    process: BaseProcess
    said: Path

    @classmethod
    def command(cls, project: LeafProject, name: str, *arguments: str) -> Running:
        said = project.root / f"{name}.txt"
        said.touch()
        return cls(start(project.root, *arguments, said=said), said)

    @classmethod
    def backfill(cls, project: LeafProject, name: str, *arguments: str) -> Running:
        return cls.command(project, name, "backfill", "--yes", *arguments)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid or 0, number)

    def end(self) -> int:
        """Its exit code."""
        self.process.join(_PATIENCE_SECONDS)
        assert not self.process.is_alive(), self.text
        return self.process.exitcode or 0

    @property
    def text(self) -> str:
        return " ".join(self.said.read_text().split())

    def built(self, model: str) -> int:
        """What its summary says."""
        found = re.search(rf"^{model} +([\d,]+) ", self.said.read_text().rpartition("model ")[2], re.MULTILINE)
        return int(found.group(1).replace(",", "")) if found else 0


def assert_true(project: LeafProject) -> None:
    """Every table is what a full refresh gives, every partition has one record, and nobody holds anything."""
    for model, truth in TRUTHS.items():
        assert project.query(f"select * from mart.{model} except all ({truth})") == [], model
        assert project.query(f"({truth}) except all select * from mart.{model}") == [], model
    assert project.query("select model, count(*) from swathe_state.partitions group by 1 order by 1") == [
        (model, DAYS) for model in TRUTHS
    ]
    twice = "select 1 from swathe_state.partitions group by model, slice, ordinal having count(*) > 1"
    assert project.query(twice) == []
    assert project.query("select * from swathe_state.claims") == []


def times_built(project: LeafProject) -> dict[str, int]:
    """Partitions that were written, by model, in all runs together."""
    return dict(
        project.query(
            "select model, sum(partitions)::integer from swathe_state.attempts where status = 'succeeded' group by 1"
        )
    )


def rows_are_as_recorded(project: LeafProject) -> bool:
    """Whether the records say how many rows each day of each table has."""
    return all(
        project.query(
            f"select 1 from (select partition_key, row_count from swathe_state.partitions where model = '{model}' "
            "and row_count > 0) r full join (select to_char(day, 'YYYY-MM-DD') as day, count(*) as n "
            f"from mart.{model} group by 1) t on t.day = r.partition_key where r.row_count is distinct from t.n"
        )
        == []
        for model in TRUTHS
        if project.query(f"select 1 where to_regclass('mart.{model}') is not null")
    )
