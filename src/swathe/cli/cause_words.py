"""Each piece of an explanation in words. Times are UTC."""

from __future__ import annotations

from datetime import datetime

from swathe.cli.ranges import CROSS, line_key, partitions_in_words, slice_label
from swathe.cli.words import counted, duration, glued
from swathe.model.definition import Materialized
from swathe.partition.grid import Grid, Scheme, line_of, slice_of
from swathe.partition.reading import Reading
from swathe.partition.scheme import WholeScheme
from swathe.partition.values import REST_KEY
from swathe.plan.explanation import (
    Absence,
    Absent,
    Action,
    Build,
    Explanation,
    Failed,
    Fate,
    Input,
    InputState,
    NewLogic,
    Part,
)
from swathe.plan.spec import ModelSpec, added_in_words
from swathe.plan.verdict import DUE, short

_WHY_BUILT = {
    "missing": ", because it was missing",
    "stale-logic": ", because its logic was stale",
    "stale-input": ", because its input was stale",
    "failed": ", because it had failed",
    "lookback": ", for the model's `lookback`",
    "requested": ", because it was asked for",
}
_HOW_BUILT = {"adopt": "adopted", "recut": "recorded anew for another cut"}


def moment(at: datetime) -> str:
    """
    >>> moment(datetime(2024, 5, 1, 6, 30)).replace("\\ue000", " ")
    '2024-05-01 06:30:00 UTC'
    """
    return glued(f"{at:%Y-%m-%d %H:%M:%S} UTC")


def name_of(spec: ModelSpec, ordinal: int) -> str:
    """A partition by model and key; a model that has only one by its name."""
    return spec.name if isinstance(spec.scheme, WholeScheme) else f"{spec.name} {glued(spec.scheme.key(ordinal))}"


def names_of(part: Part) -> str:
    spec = part.spec
    return (
        spec.name
        if isinstance(spec.scheme, WholeScheme)
        else f"{spec.name} {partitions_in_words(spec.scheme, part.partitions)}"
    )


def fate_in_words(explanation: Explanation) -> str:
    """What a plan does, as a sentence."""
    fate = explanation.fate
    again = " again" if explanation.build is not None else ""
    match fate.action:
        case Action.BUILT:
            why = f": {fate.detail}" if explanation.verdict not in DUE else ""
            return f"a plan now builds it{again}{why}"
        case Action.JUDGED_AGAIN:
            return "a plan now judges it again once what it reads is settled, and skips it if that is as it was"
        case Action.KEPT:
            return f"a plan now keeps its rows: {fate.detail}"
        case Action.BLOCKED:
            return f"a plan now can't build it: {fate.detail}"
        case Action.NOTHING:
            return "a plan now leaves it as it is"


def flags(part: Part, fate: Fate | None) -> list[str]:
    """What there is to say of partitions beside their verdict."""
    found = ["written anew"] if part.written else []
    if fate is None:
        return found
    match fate.action:
        case Action.JUDGED_AGAIN:
            found.append("to be judged again")
        case Action.KEPT:
            found.append("only its record is to be written")
        case Action.BUILT if part.verdict not in DUE:
            found.append(f"to be built: {fate.detail}")
        case Action.BLOCKED:
            found.append(f"blocked: {fate.detail}")
        case Action.NOTHING if part.verdict in DUE:
            found.append(f"not in this plan{fate.detail and f', {fate.detail}'}")
    return found


def build_in_words(build: Build, spec: ModelSpec) -> tuple[str, str]:
    """When and why, and what came of it."""
    how = _HOW_BUILT.get(build.reason or "", "built")
    held = [f"run {build.run_id}", f"logic {short(build.fingerprint)}"]
    if spec.materialized is not Materialized.VIEW:
        held.append(counted(build.rows, "row"))
    if build.seconds:
        held.append(duration(build.seconds))
    return f"{how} {moment(build.at)}{_WHY_BUILT.get(build.reason or '', '')}", ", ".join(held)


def absent_in_words(absent: Absent, explanation: Explanation) -> str:
    """Why a partition is missing."""
    when = f" {moment(absent.at)} by run {absent.run_id}" if absent.at else ""
    words = {
        Absence.NOTHING_BUILT: "nothing of the model was ever built",
        Absence.LOST: absent.detail + (f"; it was built{when}" if when else ""),
        Absence.WIPED: f"it was wiped{when}",
        Absence.RECORD_GONE: f"it was built{when}; its record is gone: the table was dropped or made anew since",
        Absence.OTHER_CUT: f"what there is was built with another cut, {absent.detail}",
        Absence.NEWLY_DUE: f"it was not due yet when the model was last built,{when}",
        Absence.NEW_VALUE: f"nothing of {_value(explanation)} was ever built, other values were",
        Absence.NEVER_BUILT: "it was never built, others of the model were",
    }
    return words[absent.why]


def failed_in_words(failed: Failed) -> str:
    last = moment(failed.failed_at) + (f" in run {failed.run_id}" if failed.run_id else "")
    if failed.tries < 2 or failed.first_at is None:
        return f"failed {last}"
    return f"failed {failed.tries:,} times since {moment(failed.first_at)}, the last time {last}"


def logic_in_words(change: NewLogic) -> str:
    if change.is_kept:
        text = f"built by logic {short(change.before)}, which stays: `on_logic_change` is `keep`. The SQL changed since"
    else:
        text = f"the SQL changed from logic {short(change.before)} to {short(change.after)}"
    text += f", {added_in_words(change.added)};" if change.added else ","
    return text + (f" first run {moment(change.first_seen_at)}" if change.first_seen_at else " not run yet")


def input_in_words(read: Input) -> str:
    """What is read of an input, and how that is now."""
    if read.state is InputState.NOTHING:
        return f"reads nothing of {read.name}: {read.detail}"
    what = str(read.name)
    if read.reading is not None and not isinstance(read.scheme, WholeScheme):
        window = reading(read.scheme, read.reading)
        what = f"{read.name} {window}" if window else f"all of {read.name}"
    return f"reads {what}{_state(read)}"


def reading(scheme: Scheme, part: Reading) -> str:
    """A part of an input: its keys along the line, and its values; empty for all of it.

    >>> from swathe.partition.granularity import Granularity
    >>> from swathe.partition.interval import Interval
    >>> from swathe.partition.scheme import TimeScheme
    >>> reading(TimeScheme(Granularity.MONTH), Reading(Interval(516, 518)))
    '2013-01 … 2013-02 (2)'
    """
    words = []
    if part.lines is not None:
        first, last = (None if end is None else glued(line_key(scheme, end)) for end in part.ends(scheme))
        if first is None or last is None:
            words += [f"{first or ''} … {last or ''}".strip()] if first or last else []
        else:
            words.append(first if first == last else f"{first} … {last} ({len(part.lines):,})")
    for column in part.slices_in_words():
        name, _, value = column.partition("=")
        words.append(glued(f"{name}={REST_KEY if value.startswith(f'{REST_KEY}:') else value}"))
    return f" {CROSS} ".join(words)


def certainty(read: Input) -> list[str]:
    """What can be told of which partitions changed, beside those that are told of one by one."""
    if read.state is not InputState.CHANGED:
        return []
    if read.is_model:
        written = sum(part.partitions.count for part in read.parts if part.written)
        if written or any(_was_there(part) for part in read.parts):
            return ["written since, so at least one of these is not what it was:"] if written > 1 else []
        return ["which of its partitions can't be told: none was written since, and one that was there may be gone"]
    found = []
    if read.changed is None:
        found.append("which of its partitions can't be told: it was measured again since then")
    elif read.changed != (read.reading.partitions(read.scheme) if read.reading else None):
        found.append(f"not as it was: {partitions_in_words(read.scheme, read.changed)}")
    if read.files and not read.exact:
        found.append("modified since then, and with rows of what is read:")
    return found


def _was_there(part: Part) -> bool:
    """Whether its first partition had a record once."""
    causes = part.explanation.causes if part.explanation else ()
    return any(isinstance(cause, Absent) and cause.at is not None for cause in causes)


def _state(read: Input) -> str:
    match read.state:
        case InputState.UNCHANGED:
            return ": unchanged so far, but" if read.parts else ": unchanged"
        case InputState.REWRITTEN:
            how = "written" if read.is_model else "modified"
            return f", {how} before that build and after the one before"
    words = {
        InputState.CHANGED: ": changed",
        InputState.RECUT: f": {read.detail}",
        InputState.NEW: ": not read, or not watched, when it was built",
        InputState.UNWATCHED: ": not watched, so nothing tells whether it changed",
    }
    return words.get(read.state, ", of which" if read.parts else ": current" if read.is_model else "")


def _value(explanation: Explanation) -> str:
    scheme = explanation.spec.scheme
    if isinstance(scheme, Grid) and scheme.dimensions:
        return glued(slice_label(scheme, slice_of(explanation.ordinal)))
    return glued(line_key(scheme, line_of(explanation.ordinal)))
