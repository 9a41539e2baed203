"""What `--output json` says. The keys and their order are documented and only ever grow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from swathe.api.backfill import Backfilled
from swathe.api.changes import Change, Changed
from swathe.api.history import RunDetails
from swathe.api.plan import Planned
from swathe.api.preview import Preview
from swathe.cli.json_audit import audit_json, stored_audit_json
from swathe.cli.json_cells import cell_json, instant
from swathe.cli.waiting import is_blocked, left_waiting
from swathe.cli.warnings import warnings_json
from swathe.partition.interval import Interval, IntervalSet
from swathe.plan.plan import ModelPlan, Work
from swathe.plan.spec import ModelSpec
from swathe.plan.verdict import Verdict, VerdictRun
from swathe.run.audits import joined
from swathe.run.progress import ModelProgress, PartitionFailure
from swathe.state.runs import AttemptRow, Run

Json = dict[str, Any]

_VERDICTS = (
    Verdict.CURRENT,
    Verdict.MISSING,
    Verdict.STALE_LOGIC,
    Verdict.STALE_INPUT,
    Verdict.FAILED,
    Verdict.FROZEN,
    Verdict.RUNNING,
    Verdict.RETIRED,
)


def plan_json(planned: Planned) -> Json:
    """`totals.models` counts the models with work."""
    return {
        **head_json(planned),
        "models": [_plan_model(model, planned) for model in planned.plan.models],
        "totals": {
            "models": sum(1 for model in planned.plan.models if model.work),
            "partitions": planned.plan.partitions,
            "statements": planned.plan.statements,
        },
    }


def status_json(planned: Planned) -> Json:
    return {
        **head_json(planned),
        "models": [
            {
                "model": model.spec.name,
                "fingerprint": model.spec.fingerprint,
                "verdicts": _verdicts(model),
                "maybe": model.maybe.count,
                "ranges": list(ranges_json(model.spec, model.verdicts)),
                "row_count": model.row_count,
                "waits_for": _waits_for(model, planned),
            }
            for model in planned.plan.models
        ],
    }


def backfill_json(done: Backfilled) -> Json:
    """`totals.seconds` is wall time; a model's is the sum over its batches."""
    models: list[Json]
    if done.outcome is None:
        blocked = {model.spec.name: sum(len(b.partitions) for b in model.blocked) for model in done.planned.plan.models}
        models = [{"model": name, **_NOTHING_DONE, "blocked": number} for name, number in blocked.items()]
        status, seconds = "failed" if is_blocked(done.planned) else "succeeded", 0.0
        if done.declined:
            status = "cancelled"
    else:
        models = [_progress(model, done.planned) for model in done.outcome.models]
        status = "cancelled" if done.outcome.cancelled else "failed" if done.outcome.failed else "succeeded"
        seconds = done.outcome.seconds
    waiting = left_waiting(done)
    models = [{**model, "waits_for": waiting.get(model["model"], [])} for model in models]
    totals: Json = {
        key: sum(model[key] for model in models) for key in ("succeeded", "skipped", "failed", "blocked", "rows")
    }
    return {
        "run_id": done.run_id,
        "status": status,
        "models": models,
        "totals": {**totals, "seconds": round(seconds, 3)},
    }


def preview_json(shown: Preview, asked: str | None) -> Json:
    """`partition` is its own key; the key that was asked for where that covers several."""
    first, last = shown.keys
    return {
        "model": shown.model,
        "partition": first if first == last else asked,
        "columns": list(shown.columns),
        "rows": [[cell_json(cell) for cell in row] for row in shown.rows],
        "row_count": shown.row_count,
    }


def changed_json(changed: Changed) -> Json:
    """`models` are those that were changed; `left_out` tells of all that were found."""
    return {
        "run_id": changed.run_id,
        "models": [_change(change) for change in changed.done],
        "left_out": [
            {"model": change.spec.name, **_ranges(change.spec, part.partitions), "why": part.why}
            for change in changed.found
            for part in change.left_out
        ],
        "totals": {"models": len(changed.done), "partitions": changed.partitions},
    }


def _change(change: Change) -> Json:
    return {
        "model": change.spec.name,
        **_ranges(change.spec, change.partitions),
        "rows": change.rows,
        "notes": list(change.notes),
    }


def _ranges(spec: ModelSpec, partitions: IntervalSet) -> Json:
    return {
        "partitions": partitions.count,
        "ranges": [{"from": first, "to": last} for first, last in spec.keys(partitions)],
    }


def runs_json(runs: Iterable[Run]) -> Json:
    return {"runs": [_run(run) for run in runs]}


def run_json(details: RunDetails) -> Json:
    return {
        **_run(details.run),
        "attempts": [_attempt(attempt) for attempt in details.attempts],
        "audits": [stored_audit_json(audit) for audit in details.audits],
    }


def head_json(planned: Planned) -> Json:
    workspace = planned.workspace
    return {
        "project": workspace.settings.name,
        "target": workspace.profile.target,
        "now": instant(workspace.now),
    }


def _waits_for(model: ModelPlan, planned: Planned) -> list[str]:
    return list(planned.cuts.waiting.get(model.spec.name, ()))


def _plan_model(model: ModelPlan, planned: Planned) -> Json:
    return {
        "model": model.spec.name,
        "fingerprint": model.spec.fingerprint,
        "partitions": model.partitions.count,
        "verdicts": _verdicts(model),
        "work": [_work(model, entry) for entry in model.work],
        "blocked": [
            {**_keys(model.spec, entry.partitions), "by": entry.by, "detail": entry.detail} for entry in model.blocked
        ],
        "waits_for": _waits_for(model, planned),
        "warnings": warnings_json(planned.workspace.project.models[model.spec.name]),
    }


def _work(model: ModelPlan, work: Work) -> Json:
    count = len(work.partitions)
    return {
        **_keys(model.spec, work.partitions),
        "reason": str(work.reason),
        "maybe": work.maybe,
        "detail": work.detail,
        "estimated_rows": None if model.rows_each is None else round(model.rows_each * count),
        "estimated_seconds": None if model.seconds_each is None else round(model.seconds_each * count, 3),
        "added_columns": list(work.added),
    }


def _verdicts(model: ModelPlan) -> Json:
    return {str(verdict): model.count(verdict) for verdict in _VERDICTS}


def _keys(spec: ModelSpec, partitions: Interval) -> Json:
    return {
        "from": spec.scheme.key(partitions.start),
        "to": spec.scheme.key(partitions.last),
        "partitions": len(partitions),
    }


def ranges_json(spec: ModelSpec, runs: Sequence[VerdictRun]) -> Iterable[Json]:
    """Adjacent runs that differ only in why are one range."""
    merged: list[tuple[Interval, Verdict, str | None, tuple[str, ...]]] = []
    for run in runs:
        told = (run.verdict, run.judgement.fingerprint, run.judgement.added)
        if merged and merged[-1][0].end == run.partitions.start and merged[-1][1:] == told:
            merged[-1] = (Interval(merged[-1][0].start, run.partitions.end), *told)
        else:
            merged.append((run.partitions, *told))
    for partitions, verdict, fingerprint, added in merged:
        yield {
            **_keys(spec, partitions),
            "verdict": str(verdict),
            "fingerprint": fingerprint,
            "added_columns": list(added),
        }


_NOTHING_DONE: Json = {
    "succeeded": 0, "skipped": 0, "failed": 0, "blocked": 0, "rows": 0, "seconds": 0.0, "failures": [],
    "built_by_others": {}, "left_to_others": 0, "warnings": [],
}  # fmt: skip


def _progress(model: ModelProgress, planned: Planned) -> Json:
    done = {
        "succeeded": model.succeeded,
        "skipped": model.skipped,
        "failed": model.failed,
        "blocked": model.blocked,
        "rows": model.rows,
        "seconds": round(model.seconds, 3),
        "failures": [entry for failure in model.failures for entry in _failures(model.spec, failure, planned)],
        "built_by_others": dict(model.elsewhere.built),
        "left_to_others": model.elsewhere.left.count,
        "warnings": [audit_json(result) for result in joined(model.warnings)],
    }
    return {"model": model.name, **_NOTHING_DONE, **done}


def _failures(spec: ModelSpec, failure: PartitionFailure, planned: Planned) -> Iterator[Json]:
    """Partitions that failed for one reason; `partition` is the first of a run, mostly the only one. Each combination
    of values has an entry of its own.
    """
    for run in failure.partitions.partitions():
        keys = _keys(spec, run)
        yield {
            "partition": keys["from"],
            "error": planned.workspace.profile.redact(failure.error),
            "attempts": failure.attempts,
            "to": keys["to"],
            "partitions": keys["partitions"],
        }


def _run(run: Run) -> Json:
    return {
        "run_id": run.run_id,
        "started_at": instant(run.started_at),
        "ended_at": instant(run.ended_at),
        "status": run.status,
        "command": run.command,
        "reason": run.reason,
        "target": run.target,
        "partitions": run.partitions,
        "succeeded": run.succeeded,
        "failed": run.failed,
        "rows": run.row_count,
    }


def _attempt(attempt: AttemptRow) -> Json:
    return {
        "model": attempt.model,
        "from": attempt.first_key,
        "to": attempt.last_key,
        "partitions": attempt.partitions,
        "attempt": attempt.attempt,
        "reason": attempt.reason,
        "status": attempt.status,
        "started_at": instant(attempt.started_at),
        "seconds": round(attempt.seconds, 3),
        "rows": attempt.row_count,
        "rows_outside": attempt.rows_outside,
        "error": attempt.error,
    }
