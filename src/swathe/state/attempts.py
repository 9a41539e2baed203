"""The history of tries, and which partitions' last try failed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from swathe.engine.adapter import Row
from swathe.frozen import frozen
from swathe.model.definition import ModelName
from swathe.partition.grid import Scheme
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.rectangle import NamedRectangle
from swathe.plan.record import Failure


@frozen
class Attempt:
    """One try of one batch."""

    run_id: str
    model: ModelName
    keys: tuple[str, str]
    unit: str
    partitions: NamedRectangle
    fingerprint: str
    attempt: int
    reason: str
    status: str
    started_at: datetime
    seconds: float
    row_count: int | None = None
    rows_outside: int | None = None
    error: str | None = None


def attempt_row(attempt: Attempt) -> tuple[object, ...]:
    """As it is stored."""
    return (
        attempt.run_id, attempt.model, *attempt.keys, attempt.unit, attempt.partitions.lines.start,
        attempt.partitions.lines.last, json.dumps(attempt.partitions.slices, ensure_ascii=False),
        len(attempt.partitions), attempt.fingerprint, attempt.attempt, attempt.reason, attempt.status,
        attempt.started_at, attempt.seconds, attempt.row_count, attempt.rows_outside, attempt.error,
    )  # fmt: skip


def open_failures(rows: Iterable[Row], schemes: Mapping[ModelName, Scheme]) -> dict[ModelName, list[Failure]]:
    """From tries, the newest first, the partitions of each model whose last try failed."""
    found: dict[ModelName, list[Failure]] = defaultdict(list)
    settled: dict[ModelName, IntervalSet] = defaultdict(IntervalSet)
    for name, unit, first, last, slices, fingerprint, status, error, started_at in rows:
        model = ModelName(name)
        if model not in schemes or schemes[model].unit != unit:
            continue
        named = NamedRectangle(Interval(first, last + 1), tuple(json.loads(slices)))
        tried = named.partitions(schemes[model])
        if status == "failed" and (failed := tried - settled[model]):
            found[model].append(Failure(failed, fingerprint, error or "", started_at))
        settled[model] = settled[model] | tried
    return found
