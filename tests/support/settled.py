"""Plans made by runs of records, against the same plans made by looking at each record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from swathe.api.facts import Reading, every_record, settled_records, what_built
from swathe.api.plan import Choice, Planned, plan_in
from swathe.api.workspace import ProjectOptions, load, open_warehouse

_BLOCKS = (1, 4, 512)


def assert_told_alike(options: ProjectOptions, choice: Choice | None = None) -> int:
    """Whatever the size of blocks. Gives how many partitions were not looked at one by one, at the best size."""
    each = _plan(options, choice or Choice(), every_record)
    settled = 0
    for size in _BLOCKS:
        with _blocks_of(size):
            runs = _plan(options, choice or Choice(), settled_records)
        assert _told(runs) == _told(each), f"blocks of {size}"
        settled = max(settled, sum(facts.settled.count for facts in runs.records.values()))
    return settled


def _plan(options: ProjectOptions, choice: Choice, reading: Reading) -> Planned:
    workspace = load(options)
    selected = workspace.select(choice.select, choice.exclude)
    with open_warehouse(workspace, read_only=True) as warehouse:
        return plan_in(workspace, warehouse, selected, choice, reading=reading, recall=what_built, strict=False)


def _told(planned: Planned) -> dict[str, Any]:
    """All that people and runs are told."""
    return {
        model.spec.name: (
            model.verdicts,
            model.work,
            model.blocked,
            model.row_count,
            round(model.seconds_each or 0, 9),
            planned.built_before.get(model.spec.name),
        )
        for model in planned.plan.models
    }


@contextmanager
def _blocks_of(size: int) -> Iterator[None]:
    with patch("swathe.plan.settle.BLOCK", size), patch("swathe.state.overview.BLOCK", size):
        yield
