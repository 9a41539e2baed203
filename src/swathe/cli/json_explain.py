"""What `swathe plan --explain --output json` says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from swathe.api.explain import Explained
from swathe.cli.json_cells import instant
from swathe.cli.json_output import Json, head_json
from swathe.cli.ranges import line_key
from swathe.partition.grid import Scheme
from swathe.partition.interval import Interval
from swathe.partition.reading import Reading
from swathe.plan.explanation import (
    Absent,
    Build,
    Explanation,
    Failed,
    Input,
    Mark,
    Marked,
    Needs,
    NewLogic,
    Otherwise,
    Part,
    Unended,
)

Found = TypeVar("Found")


def explained_json(explained: Explained) -> Json:
    """`others` are the partitions that the key covers, too."""
    return {
        **head_json(explained.planned),
        "explanation": _explanation(explained.explanation, explained),
        "others": explained.others,
        "others_with_work": explained.others_with_work,
    }


def _explanation(given: Explanation, whole: Explained) -> Json:
    redact = whole.planned.workspace.profile.redact
    return {
        "model": given.spec.name,
        "partition": given.key,
        "verdict": str(given.verdict),
        "detail": redact(given.detail),
        "plan": {
            "action": str(given.fate.action),
            "reason": None if given.fate.reason is None else str(given.fate.reason),
            "detail": redact(given.fate.detail),
            "by": given.fate.by,
        },
        "built": _build(given.build),
        "missing": next((_absent(cause) for cause in _of(given, Absent)), None),
        "failed": next((_failed(cause, whole) for cause in _of(given, Failed)), None),
        "invalidated": next(_marks(given, Mark.INVALIDATED), None),
        "frozen": next(_marks(given, Mark.FROZEN, Mark.FROZEN_BEFORE), None),
        "planned_before_its_end": next((instant(cause.planned_at) for cause in _of(given, Unended)), None),
        "logic": [_logic(cause, whole) for cause in _of(given, NewLogic)],
        "needs": [_part(cause.part, whole) for cause in _of(given, Needs)],
        "inputs": [_input(cause, whole) for cause in _of(given, Input)],
    }


def _of(given: Explanation, kind: type[Found]) -> Iterator[Found]:
    return (cause for cause in given.causes if isinstance(cause, kind))


def _build(build: Build | None) -> Json | None:
    if build is None:
        return None
    return {
        "at": instant(build.at),
        "run_id": build.run_id,
        "fingerprint": build.fingerprint,
        "rows": build.rows,
        "seconds": round(build.seconds, 3),
        "reason": build.reason,
    }


def _absent(absent: Absent) -> Json:
    return {"why": str(absent.why), "detail": absent.detail, "at": instant(absent.at), "run_id": absent.run_id}


def _failed(failed: Failed, whole: Explained) -> Json:
    return {
        "error": whole.planned.workspace.profile.redact(failed.error),
        "attempts": max(failed.tries, 1),
        "first_at": instant(failed.first_at or failed.failed_at),
        "last_at": instant(failed.failed_at),
        "run_id": failed.run_id,
    }


def _marks(given: Explanation, *marks: Mark) -> Iterator[Json]:
    otherwise = next(_of(given, Otherwise), None)
    for cause in _of(given, Marked):
        if cause.mark in marks:
            found: Json = {"reason": cause.reason, "at": instant(cause.at)}
            if cause.mark is not Mark.INVALIDATED:
                found["by"] = "config" if cause.mark is Mark.FROZEN_BEFORE else "hand"
                found["otherwise"] = otherwise and {"verdict": str(otherwise.verdict), "detail": otherwise.detail}
            yield found


def _logic(change: NewLogic, whole: Explained) -> Json:
    diff = whole.diffs.get((change.model, change.before, change.after))
    return {
        "before": change.before,
        "after": change.after,
        "first_run_at": instant(change.first_seen_at),
        "kept": change.is_kept,
        "diff": None if diff is None else list(diff),
        "added_columns": list(change.added),
    }


def _input(read: Input, whole: Explained) -> Json:
    return {
        "input": read.name,
        "kind": "model" if read.is_model else "source",
        "state": str(read.state),
        "detail": read.detail,
        "window": None if read.reading is None else _window(read.scheme, read.reading),
        "version_then": read.then,
        "version_now": read.now,
        "parts": [_part(part, whole) for part in read.parts],
        "more_partitions": read.more,
        "changed": None if read.changed is None else _ranges(read.scheme, read.changed),
        "files_differ": read.exact,
        "files": [{"path": file.path, "modified_at": instant(file.modified_at)} for file in read.files],
        "more_files": read.more_files,
    }


def _window(scheme: Scheme, part: Reading) -> Json | str:
    if part.lines is None and not part.slices:
        return "all"
    first, last = (None if end is None else line_key(scheme, end) for end in part.ends(scheme))
    return {"from": first, "to": last, "values": part.slices or None}


def _part(part: Part, whole: Explained) -> Json:
    return {
        "model": part.spec.name,
        "partitions": part.partitions.count,
        "ranges": _ranges(part.spec.scheme, part.partitions),
        "first": part.spec.scheme.key(part.first),
        "verdict": str(part.verdict),
        "written_since": part.written,
        "absent": part.absent,
        "explained_before": part.told,
        "explanation": None if part.explanation is None else _explanation(part.explanation, whole),
    }


def _ranges(scheme: Scheme, runs: Iterable[Interval]) -> list[Json]:
    return [{"from": scheme.key(run.start), "to": scheme.key(run.last), "partitions": len(run)} for run in runs]
