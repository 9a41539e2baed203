"""Why is a partition what it is? Facts in, a tree out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from support.facts import (
    BUILT_AT,
    DAYS,
    MONTHS,
    NOW,
    WHOLE,
    built,
    by,
    failure,
    grid,
    model,
    ordinals,
    plan,
    reads,
    record,
    records,
    shown,
    versions,
    view,
)
from swathe.model.definition import InputName, ModelName
from swathe.partition.earlier import EarlierMapping
from swathe.partition.grid import NULL_LINE, STRIDE, slice_of
from swathe.partition.interval import Interval
from swathe.partition.numbers import RangeScheme
from swathe.partition.reading import GridMapping, Reading
from swathe.plan.causes import Facts, versions_now
from swathe.plan.explain import explain
from swathe.plan.explanation import (
    Absence,
    Absent,
    Action,
    Explanation,
    Failed,
    Input,
    InputState,
    Mark,
    Marked,
    Needs,
    NewLogic,
    Otherwise,
    Part,
    Unended,
)
from swathe.plan.history import History, SourceFile, SourcePast, Try
from swathe.plan.plan import Reason, Request
from swathe.plan.planner import build_plan
from swathe.plan.record import Former, ModelRecords, Record
from swathe.plan.spec import InputSpec, ModelSpec
from swathe.plan.verdict import Verdict
from swathe.plan.versions import Versions

RAW = InputName("raw.events")
THEN = versions(d1=10, d2=20, d3=30)
NOW_THERE = versions(d1=10, d2=21, d3=30)
LATER = BUILT_AT + timedelta(days=1)

BASE = model("base", "0-9", reads(RAW, source=True))
DAILY = model("daily", "0-9", reads("base"))
ROLLING = model("rolling", "0-9", reads("daily", lookback=2))
TOTAL = model("total", "0", reads("daily", whole=True, reader=WHOLE), scheme=WHOLE)
CHAIN = (BASE, DAILY, ROLLING, TOTAL)
TODAY = (datetime(2024, 6, 1), datetime(2024, 6, 1))


def why(
    specs: tuple[ModelSpec, ...],
    known: Mapping[str, ModelRecords],
    name: str,
    ordinal: int = 0,
    *,
    sources: Mapping[InputName, Versions] | None = None,
    select: str = "",
    history: Mapping[str, History] | None = None,
    pasts: Mapping[InputName, SourcePast] | None = None,
) -> Explanation:
    """One partition in the plan of all models, or of those selected."""
    given = {ModelName(key): value for key, value in known.items()}
    by_name = {spec.name: spec for spec in specs}
    request = Request(frozenset(map(ModelName, select.split()))) if select else None
    made = plan(specs, given, sources, request)
    facts = Facts(
        by_name,
        given,
        versions_now(by_name, given, sources or {}, made),
        made,
        {ModelName(key): value for key, value in (history or {}).items()},
        pasts or {},
    )
    return explain(facts, ModelName(name), ordinal)


def chain_built(source: Versions = THEN) -> dict[str, ModelRecords]:
    """Every model of the chain, built when the source was so."""
    found: dict[str, ModelRecords] = {}
    now = {RAW: source}
    for spec in CHAIN:
        found[spec.name] = built(spec, "0" if spec is TOTAL else "0-9", now)
        now[InputName(spec.name)] = found[spec.name].versions
    return found


def changed(facts: ModelRecords, *made: Record) -> ModelRecords:
    """With some records replaced."""
    return replace(facts, records={**facts.records, **{entry.ordinal: entry for entry in made}})


def rebuilt(spec: ModelSpec, ordinal: int, now: Mapping[InputName, Versions] | None = None, **more: Any) -> Record:
    """Built anew a day later, with other content."""
    return record(spec, ordinal, now, **{"version": 5000 + ordinal, "built_at": LATER, "run_id": "later", **more})


def tried(
    which: str, *, later: float = 0, reason: str = "missing", logic: str = "L", run: str = "run", ok: bool = True
) -> Try:
    """A try that began an hour before its records were written, in a run that began an hour before that."""
    at = BUILT_AT + timedelta(days=later)
    return Try(ordinals(which), run, logic, reason, ok, at - timedelta(hours=1), at - timedelta(hours=2))


def found(explanation: Explanation, kind: type[Any]) -> Any:
    """The only cause of a kind."""
    (cause,) = (cause for cause in explanation.causes if isinstance(cause, kind))
    return cause


def read(explanation: Explanation, name: str) -> Input:
    return next(entry for entry in explanation.inputs if entry.name == name)


def told(explanation: Explanation) -> list[str]:
    """The tree in short: depth, partition and verdict; `=` where it was explained before, `*` where written since."""
    return [f"{explanation.spec.name} {explanation.ordinal} {explanation.verdict}", *_told(explanation, 1)]


def _told(explanation: Explanation, depth: int) -> Iterator[str]:
    for part in parts(explanation):
        mark = ("=" if part.told else "") + ("*" if part.written else "") + ("!" if part.absent else "")
        yield "  " * depth + f"{part.spec.name} {shown(part.partitions)} {part.verdict}{mark}"
        if part.explanation is not None:
            yield from _told(part.explanation, depth + 1)


def parts(explanation: Explanation) -> Iterator[Part]:
    for cause in explanation.causes:
        if isinstance(cause, Needs):
            yield cause.part
        elif isinstance(cause, Input):
            yield from cause.parts


class TestCurrent:
    def test_nothing_is_to_be_done_and_each_input_is_unchanged(self) -> None:
        given = why(CHAIN, chain_built(), "daily", 2, sources={RAW: THEN})
        assert (given.verdict, given.fate.action, given.key) == (Verdict.CURRENT, Action.NOTHING, "1970-01-03")
        assert read(given, "base").state is InputState.UNCHANGED
        assert (read(given, "base").then, read(given, "base").now) == (1002, 1002)
        assert read(given, "base").parts == ()

    def test_what_it_was_built_from_and_when(self) -> None:
        given = why(CHAIN, chain_built(), "daily", 2, history={"daily": History((tried("0-9"),))})
        assert given.build is not None
        assert (given.build.at, given.build.run_id, given.build.rows, given.build.seconds) == (BUILT_AT, "run", 1, 1.0)
        assert (given.build.fingerprint, given.build.reason) == ("L", "missing")

    def test_without_history_nobody_knows_why_it_was_built(self) -> None:
        build = why(CHAIN, chain_built(), "daily", 2).build
        assert build is not None
        assert build.reason is None

    def test_the_part_of_each_input_that_is_read(self) -> None:
        given = why(CHAIN, chain_built(), "rolling", 5)
        assert read(given, "daily").reading == Reading(Interval(3, 6))
        assert read(why(CHAIN, chain_built(), "total"), "daily").reading == Reading(None)

    def test_an_input_that_is_not_watched(self) -> None:
        assert read(why(CHAIN, chain_built(), "base", 2), "raw.events").state is InputState.UNWATCHED

    def test_upstream_work_makes_it_a_maybe(self) -> None:
        given = why(CHAIN, chain_built(), "rolling", 3, sources={RAW: NOW_THERE})
        assert (given.verdict, given.fate.action) == (Verdict.CURRENT, Action.JUDGED_AGAIN)
        assert told(given) == [
            "rolling 3 current",
            "  daily 2 current",
            "    base 2 stale-input",
        ]
        assert read(given, "daily").state is InputState.UNCHANGED

    def test_a_table_in_one_piece(self) -> None:
        given = why(CHAIN, chain_built(), "total", sources={RAW: NOW_THERE})
        assert told(given) == ["total 0 current", "  daily 2 current", "    base 2 stale-input"]

    def test_what_is_rebuilt_with_the_same_content_is_not_told(self) -> None:
        known = chain_built()
        known["base"] = changed(known["base"], rebuilt(BASE, 2, {RAW: THEN}, version=1002))
        given = why(CHAIN, known, "daily", 2, sources={RAW: THEN})
        assert (read(given, "base").state, read(given, "base").parts) == (InputState.UNCHANGED, ())

    def test_kept_logic_is_told(self) -> None:
        spec = model("m", "0-9", keep_old_logic=True)
        change = found(why((spec,), {"m": built(spec, "0-9", logic="old")}, "m", 1), NewLogic)
        assert (change.before, change.after, change.is_kept) == ("old", "L", True)


OLD_BASE = {"base": built(BASE, "0-9", {RAW: THEN}, logic="old")}


class TestStaleLogic:
    def test_which_logic_built_it_and_which_it_would_be_now(self) -> None:
        given = why((BASE,), OLD_BASE, "base", 2, sources={RAW: THEN})
        assert (given.verdict, given.fate.action) == (Verdict.STALE_LOGIC, Action.BUILT)
        assert given.fate.reason is Reason.STALE_LOGIC
        assert found(given, NewLogic) == NewLogic(ModelName("base"), "old", "L", None)
        assert read(given, "raw.events").state is InputState.UNCHANGED

    def test_when_the_new_logic_was_first_run(self) -> None:
        history = {"base": History(first_seen={"L": LATER, "old": BUILT_AT})}
        assert found(why((BASE,), OLD_BASE, "base", 2, history=history), NewLogic).first_seen_at == LATER

    def test_a_view_that_is_read_through(self) -> None:
        loud = view("loud", "base")
        louder = model("louder", "0-9", reads("base"), after=(ModelName("loud"),))
        known = chain_built()
        now = {InputName("base"): known["base"].versions}
        given = why(
            (BASE, loud, louder),
            {**known, "loud": built(loud, "0", logic="old"), "louder": built(louder, "0-9", now, logic="old")},
            "louder",
            2,
            sources={RAW: THEN},
        )
        assert told(given) == ["louder 2 stale-logic", "  loud 0 stale-logic"]
        needed = found(given, Needs).part.explanation
        assert found(needed, NewLogic).before == "old"

    def test_a_view_that_was_made_anew_since(self) -> None:
        loud = view("loud", "base")
        louder = model("louder", "0-9", reads("base"), after=(ModelName("loud"),))
        known = chain_built()
        now = {InputName("base"): known["base"].versions}
        history = {"loud": History((tried("0", later=1, run="later"), tried("0", logic="old")))}
        given = why(
            (BASE, loud, louder),
            {
                **known,
                "loud": built(loud, "0", built_at=LATER, run_id="later"),
                "louder": built(louder, "0-9", now, logic="old"),
            },
            "louder",
            2,
            sources={RAW: THEN},
            history=history,
        )
        assert told(given) == ["louder 2 stale-logic", "  loud 0 current*"]
        assert found(found(given, Needs).part.explanation, NewLogic).before == "old"

    def test_a_view_itself(self) -> None:
        loud = view("loud", "base")
        given = why((BASE, loud), {**chain_built(), "loud": built(loud, "0", logic="old")}, "loud", sources={RAW: THEN})
        assert (given.verdict, given.inputs) == (Verdict.STALE_LOGIC, ())
        assert found(given, NewLogic).after == "L"


class TestStaleInput:
    def test_the_partitions_that_were_written_since(self) -> None:
        known = chain_built()
        known["daily"] = changed(known["daily"], rebuilt(DAILY, 4), rebuilt(DAILY, 6))
        given = why(CHAIN, known, "rolling", 5)
        assert (given.verdict, given.fate.action) == (Verdict.STALE_INPUT, Action.BUILT)
        daily = read(given, "daily")
        assert (daily.state, daily.then, daily.now) == (InputState.CHANGED, 3012, 1003 + 5004 + 1005)
        assert [(shown(part.partitions), part.written) for part in daily.parts] == [("4", True)]

    def test_those_that_are_to_be_built_come_after(self) -> None:
        known = chain_built()
        known["daily"] = changed(known["daily"], rebuilt(DAILY, 5), record(DAILY, 3, logic="old"))
        given = why(CHAIN, known, "rolling", 5)
        written, stale = read(given, "daily").parts
        assert (shown(written.partitions), written.written, written.verdict) == ("5", True, Verdict.STALE_INPUT)
        assert (shown(stale.partitions), stale.written, stale.verdict) == ("3", False, Verdict.STALE_LOGIC)

    def test_why_what_was_written_since_was_written(self) -> None:
        known = chain_built()
        base = {InputName("base"): known["base"].versions}
        known["daily"] = changed(known["daily"], rebuilt(DAILY, 4, base))
        tries = (tried("4", later=1, run="later", reason="stale-logic"), tried("0-9", logic="old"))
        given = why(CHAIN, known, "rolling", 5, sources={RAW: THEN}, history={"daily": History(tries)})
        inner = read(given, "daily").parts[0].explanation
        assert inner is not None
        assert inner.build is not None
        assert (inner.verdict, inner.build.reason) == (Verdict.CURRENT, "stale-logic")
        assert found(inner, NewLogic) == NewLogic(ModelName("daily"), "old", "L")
        assert inner.inputs == ()

    def test_back_through_what_was_rebuilt_already_to_the_file(self) -> None:
        """Late data went through two models, each rebuilt in a run of its own, and has not come to the third one."""
        known = chain_built()
        source = {RAW: NOW_THERE}
        known["base"] = changed(known["base"], rebuilt(BASE, 2, source))
        base = {InputName("base"): known["base"].versions}
        after = LATER + timedelta(hours=5)
        known["daily"] = changed(known["daily"], rebuilt(DAILY, 2, base, built_at=after, run_id="last"))
        late = SourceFile("late.parquet", BUILT_AT + timedelta(hours=9), ordinals("2"), ordinals(""))
        early = SourceFile("early.parquet", BUILT_AT - timedelta(days=9), ordinals("2"), ordinals(""))
        given = why(
            CHAIN,
            known,
            "rolling",
            3,
            sources=source,
            history={
                "base": History((tried("2", later=1, run="later", reason="stale-input"), tried("0-9"))),
                "daily": History((tried("2", later=1.2, run="last", reason="stale-input"), tried("0-9"))),
            },
            pasts={RAW: SourcePast(DAYS, NOW_THERE, (early, late))},
        )
        assert told(given) == ["rolling 3 stale-input", "  daily 2 current*", "    base 2 current*"]
        daily = read(given, "daily").parts[0].explanation
        assert daily is not None
        assert read(daily, "base").state is InputState.REWRITTEN
        base_explained = read(daily, "base").parts[0].explanation
        assert base_explained is not None
        assert [file.path for file in read(base_explained, "raw.events").files] == ["late.parquet"]

    def test_when_no_record_tells_which(self) -> None:
        known = chain_built()
        known["daily"] = replace(known["daily"], records={n: r for n, r in known["daily"].records.items() if n != 4})
        given = why(CHAIN, known, "rolling", 5, sources={RAW: THEN})
        (gone,) = read(given, "daily").parts
        assert (gone.verdict, gone.written, shown(gone.partitions)) == (Verdict.MISSING, False, "4")

    def test_partitions_of_which_the_same_is_to_be_said_are_told_once(self) -> None:
        monthly = model("monthly", "0-2", reads("daily", reader=MONTHS), scheme=MONTHS)
        daily = model("daily", "0-89", reads("base"))
        now = {InputName("base"): built(BASE, "0-89").versions}
        month = {InputName("daily"): built(daily, "0-89", now).versions}
        known = {
            "base": built(BASE, "0-89"),
            "daily": built(daily, "0-89", now, logic="old"),
            "monthly": built(monthly, "0-2", month),
        }
        given = why((model("base", "0-89"), daily, monthly), known, "monthly", 1)
        assert told(given) == ["monthly 1 current", "  daily 31-58 stale-logic"]
        (part,) = read(given, "daily").parts
        assert part.first == 31

    def test_at_most_five_kinds_are_told_of_one_input(self) -> None:
        known = chain_built()
        days = [rebuilt(DAILY, day, run_id=f"run {day}") for day in range(8)]
        known["daily"] = changed(known["daily"], *days)
        total = read(why(CHAIN, known, "total"), "daily")
        assert [shown(part.partitions) for part in total.parts] == ["0", "1", "2", "3", "4"]
        assert total.more == 3

    def test_an_input_that_was_cut_otherwise(self) -> None:
        old = model("daily", "0-9", reads("base"))
        known = chain_built() | {
            "rolling": records(ROLLING, record(ROLLING, 5, {InputName("daily"): versions("week", d5=1)}))
        }
        given = why((BASE, old, ROLLING), known, "rolling", 5)
        assert (read(given, "daily").state, read(given, "daily").detail) == (
            InputState.RECUT, "is cut by day, and was cut by week",
        )  # fmt: skip

    def test_an_input_that_was_not_read_then(self) -> None:
        known = chain_built() | {"daily": built(DAILY, "0-9")}
        assert read(why(CHAIN, known, "daily", 5), "base").state is InputState.NEW

    def test_invalidated(self) -> None:
        facts = records(BASE, record(BASE, 2, {RAW: THEN}, invalidated="wrong rates"))
        history = {"base": History(invalidated_at={2: LATER})}
        given = why((BASE,), {"base": facts}, "base", 2, sources={RAW: THEN}, history=history)
        assert found(given, Marked) == Marked(Mark.INVALIDATED, "wrong rates", LATER)
        assert read(given, "raw.events").state is InputState.UNCHANGED

    def test_built_before_it_had_ended(self) -> None:
        early = datetime(1970, 1, 3, 6)
        spec = model("m", "0-9", planned_at=datetime(1970, 2, 1))
        given = why((spec,), {"m": records(spec, record(spec, 2, planned_at=early))}, "m", 2)
        assert given.verdict is Verdict.STALE_INPUT
        assert found(given, Unended) == Unended(early)

    def test_lookback(self) -> None:
        spec = model("base", "0-9", lookback=2)
        given = why((spec,), {"base": built(spec, "0-7")}, "base", 7)
        assert (given.verdict, given.fate.action, given.fate.reason) == (Verdict.CURRENT, Action.BUILT, Reason.LOOKBACK)


class TestSources:
    def file(self, path: str, later: float | None, holds: str, changed: str = "") -> SourceFile:
        at = None if later is None else BUILT_AT + timedelta(days=later)
        return SourceFile(path, at, ordinals(holds), ordinals(changed))

    def asked(
        self, past: SourcePast | None, spec: ModelSpec = BASE, day: int = 2, history: History | None = None
    ) -> Input:
        facts = {"base": built(spec, "0" if spec.scheme == WHOLE else "0-9", {RAW: THEN})}
        given = why(
            (spec,), facts, "base", day, sources={RAW: NOW_THERE},
            pasts={RAW: past} if past else {}, history={"base": history} if history else {},
        )  # fmt: skip
        return read(given, "raw.events")

    def test_what_was_measured_last_is_what_was_built_from_so_all_is_known(self) -> None:
        week = model("base", "0-9", reads(RAW, source=True, lookback=3))
        past = SourcePast(
            DAYS, THEN, (self.file("a", 5, "0-3", "2"), self.file("b", 5, "0-3", "7"), self.file("c", -1, "2"))
        )
        source = self.asked(past, week, 4)
        assert (source.changed, source.exact, [file.path for file in source.files]) == (ordinals("2"), True, ["a"])

    def test_a_file_that_is_gone(self) -> None:
        source = self.asked(SourcePast(DAYS, THEN, (self.file("a", None, "2", "2"),)))
        assert [(file.path, file.modified_at) for file in source.files] == [("a", None)]

    def test_measured_again_since_so_only_the_files_times_tell(self) -> None:
        week = model("base", "0-9", reads(RAW, source=True, lookback=3))
        files = (self.file("a", 5, "0-3"), self.file("b", 5, "7"), self.file("c", -1, "2"))
        source = self.asked(SourcePast(DAYS, NOW_THERE, files), week, 4)
        assert (source.changed, source.exact, [file.path for file in source.files]) == (None, False, ["a"])

    def test_one_partition_that_is_read_is_the_one_that_changed(self) -> None:
        source = self.asked(SourcePast(DAYS, NOW_THERE))
        assert (source.changed, source.exact, source.files) == (ordinals("2"), False, ())

    def test_a_file_that_was_modified_while_the_run_went_on_counts(self) -> None:
        """Sources are looked at when a run begins, here two hours before the record was written."""
        files = (self.file("during", -1 / 24, "2"), self.file("before", -3 / 24, "2"))
        source = self.asked(SourcePast(DAYS, NOW_THERE, files), history=History((tried("0-9"),)))
        assert [file.path for file in source.files] == ["during"]

    def test_the_newest_files_come_first_after_those_that_are_gone(self) -> None:
        files = [self.file(f"f{day}", day, "2") for day in range(1, 8)]
        source = self.asked(SourcePast(DAYS, None, (*files, self.file("gone", None, "2"))))
        assert [file.path for file in source.files] == ["gone", "f7", "f6", "f5", "f4"]
        assert source.more_files == 3

    def test_nothing_is_known_of_the_past(self) -> None:
        source = self.asked(None)
        assert (source.state, source.changed, source.files) == (InputState.CHANGED, None, ())

    def test_a_source_that_is_read_as_a_whole(self) -> None:
        spec = model("base", "0", reads(RAW, source=True, whole=True, reader=WHOLE), scheme=WHOLE)
        assert self.asked(SourcePast(DAYS, THEN), spec, 0).changed == ordinals("2")


class TestMissing:
    def why(self, facts: ModelRecords, day: int = 5, spec: ModelSpec = BASE, history: History | None = None) -> Absent:
        given = why((spec,), {"base": facts}, "base", day, history={"base": history} if history else {})
        assert given.verdict is Verdict.MISSING
        assert given.fate.action in (Action.BUILT, Action.BLOCKED)
        return found(given, Absent)  # type: ignore[no-any-return]

    def test_nothing_was_ever_built(self) -> None:
        assert self.why(records(BASE)).why is Absence.NOTHING_BUILT

    def test_others_were(self) -> None:
        assert self.why(built(BASE, "0-4 6-9", planned_at=datetime(1970, 2, 1))).why is Absence.NEVER_BUILT

    def test_it_was_not_due_yet(self) -> None:
        absent = self.why(built(BASE, "0-4", planned_at=datetime(1970, 1, 6, 3)))
        assert absent == Absent(Absence.NEWLY_DUE, at=BUILT_AT, run_id="run")

    def test_it_was_due_then_and_left_out(self) -> None:
        assert self.why(built(BASE, "0-4", planned_at=datetime(1970, 1, 7))).why is Absence.NEVER_BUILT

    def test_a_range_of_numbers_that_became_longer(self) -> None:
        spec = model("base", "0-9", scheme=RangeScheme("id", 100))
        assert self.why(built(spec, "0-4", planned_stop=500), spec=spec).why is Absence.NEWLY_DUE
        assert self.why(built(spec, "0-4", planned_stop=600), spec=spec).why is Absence.NEVER_BUILT

    def test_a_value_that_is_new(self) -> None:
        spec = model("base", [0, STRIDE], scheme=grid(by("origin", "EWR", "JFK")))
        assert self.why(built(spec, [0]), STRIDE, spec).why is Absence.NEW_VALUE

    def test_a_partition_for_null_that_is_new(self) -> None:
        spec = model("base", [0, 1, NULL_LINE], scheme=grid(line=DAYS, null_line=True))
        assert self.why(built(spec, [0, 1]), NULL_LINE, spec).why is Absence.NEW_VALUE

    def test_its_table_is_gone(self) -> None:
        absent = self.why(
            records(BASE), history=History((tried("0-9"),), lost="there is no table `main.base` any more")
        )
        assert (absent.why, absent.detail, absent.run_id) == (
            Absence.LOST,
            "there is no table `main.base` any more",
            "run",
        )

    def test_it_was_wiped(self) -> None:
        history = History((tried("5", later=1, reason="wipe", run="later"), tried("0-9")))
        absent = self.why(built(BASE, "0-4"), history=history)
        assert (absent.why, absent.run_id) == (Absence.WIPED, "later")

    def test_its_record_is_gone(self) -> None:
        assert self.why(built(BASE, "0-4"), history=History((tried("0-9"),))).why is Absence.RECORD_GONE

    def test_what_there_is_was_cut_otherwise(self) -> None:
        absent = self.why(records(BASE, other_units=frozenset({"month"})))
        assert (absent.why, absent.detail) == (Absence.OTHER_CUT, "`month`")

    def test_nothing_is_built_through_a_chain_of_three(self) -> None:
        given = why(CHAIN, {}, "rolling", 5, sources={RAW: THEN})
        assert told(given) == ["rolling 5 missing", "  daily 3-5 missing", "    base 3 missing"]
        assert read(given, "daily").state is InputState.UNCOMPARED
        assert read(given, "daily").then is None

    def test_what_it_reads_is_there(self) -> None:
        known = chain_built() | {"rolling": records(ROLLING)}
        given = why(CHAIN, known, "rolling", 5, sources={RAW: THEN})
        assert told(given) == ["rolling 5 missing"]


class TestFailed:
    def test_its_error_how_often_and_when(self) -> None:
        facts = records(
            BASE, record(BASE, 2, logic="old"), failures=[failure("2", error="boom\nLINE 1", hours_later=48)]
        )
        tries = [tried("2", later=day, ok=False, run=f"run {day}") for day in (2, 1)]
        history = {"base": History((*tries, tried("0-9", logic="old"), tried("2", later=-1, ok=False)))}
        given = why((BASE,), {"base": facts}, "base", 2, history=history)
        assert given.verdict is Verdict.FAILED
        failed = found(given, Failed)
        assert (failed.error, failed.failed_at, failed.tries, failed.run_id) == (
            "boom\nLINE 1", BUILT_AT + timedelta(days=2), 2, "run 2",
        )  # fmt: skip
        assert failed.first_at == tries[-1].started_at

    def test_never_built(self) -> None:
        given = why((BASE,), {"base": records(BASE, failures=[failure("2")])}, "base", 2)
        assert (given.verdict, given.build, found(given, Failed).tries) == (Verdict.FAILED, None, 0)
        assert found(given, Absent).why is Absence.NOTHING_BUILT

    def test_what_reads_it_is_told_so(self) -> None:
        known = chain_built()
        facts = changed(known["base"], record(BASE, 2, {RAW: THEN}, logic="old"))
        known["base"] = replace(facts, failures=(failure("2"),))
        given = why(CHAIN, known, "rolling", 3, sources={RAW: THEN})
        assert told(given) == ["rolling 3 current", "  daily 2 current", "    base 2 failed"]


class TestFrozenRetiredRunning:
    def test_frozen_by_hand_and_what_it_would_be(self) -> None:
        facts = records(BASE, record(BASE, 2, {RAW: THEN}, logic="old", frozen="audited"))
        history = {"base": History(frozen_at={2: LATER})}
        given = why((BASE,), {"base": facts}, "base", 2, sources={RAW: THEN}, history=history)
        assert (given.verdict, given.fate.action) == (Verdict.FROZEN, Action.NOTHING)
        assert found(given, Marked) == Marked(Mark.FROZEN, "audited", LATER)
        assert found(given, Otherwise) == Otherwise(Verdict.STALE_LOGIC, "built by logic old, now L")

    def test_frozen_by_config_and_true(self) -> None:
        spec = model("m", "0-9", frozen=ordinals("0-4"))
        given = why((spec,), {"m": built(spec, "0-9")}, "m", 2)
        assert found(given, Marked).mark is Mark.FROZEN_BEFORE
        assert not any(isinstance(cause, Otherwise) for cause in given.causes)

    def test_retired_whatever_it_was_built_from(self) -> None:
        spec = model("m", "5-9", reads("base"))
        given = why((BASE, spec), {"m": built(spec, "3", logic="old")}, "m", 3)
        assert (given.verdict, given.detail, given.causes) == (
            Verdict.RETIRED, "outside the bounds of the model's cut", (),
        )  # fmt: skip

    def test_running(self) -> None:
        facts = records(BASE, record(BASE, 1), running=ordinals("1"))
        assert why((BASE,), {"base": facts}, "base", 1).verdict is Verdict.RUNNING

    def test_one_that_is_neither_due_nor_built_is_no_partition(self) -> None:
        with pytest.raises(LookupError):
            why((BASE,), {}, "base", 77)


class TestBlocked:
    def test_by_which_partitions_and_why_those_are_absent(self) -> None:
        known = {"daily": built(DAILY, "0-2 4-9"), "base": replace(records(BASE), failures=(failure("3"),))}
        given = why(CHAIN, known, "rolling", 5, select="rolling")
        assert (given.verdict, given.fate.action, given.fate.by) == (Verdict.MISSING, Action.BLOCKED, "daily")
        assert told(given)[:3] == ["rolling 5 missing", "  daily 3 missing!", "    base 3 failed!"]
        (absent, *_) = read(given, "daily").parts
        assert absent.explanation is not None
        assert absent.explanation.fate.detail == "`daily` is not selected"

    def test_by_a_view_that_does_not_exist(self) -> None:
        loud = view("loud", "base")
        louder = model("louder", "0-9", reads("base"), after=(ModelName("loud"),))
        given = why((BASE, loud, louder), chain_built(), "louder", 2, sources={RAW: THEN}, select="louder")
        assert (given.fate.action, given.fate.by) == (Action.BLOCKED, "loud")
        assert told(given) == ["louder 2 missing", "  loud 0 missing!"]

    def test_by_a_model_whose_cut_changed(self) -> None:
        known = chain_built() | {"base": records(BASE, other_units=frozenset({"month"})), "daily": records(DAILY)}
        given = why(CHAIN, known, "daily", 2, sources={RAW: THEN})
        assert told(given) == ["daily 2 missing", "  base 2 missing!"]
        inner = read(given, "base").parts[0].explanation
        assert inner is not None
        assert (inner.fate.action, found(inner, Absent).why) == (Action.BLOCKED, Absence.OTHER_CUT)


class TestDiamond:
    LEFT, RIGHT = model("left", "0-9", reads("base")), model("right", "0-9", reads("base"))
    BOTH = model("both", "0-9", reads("left"), reads("right"))

    def test_what_two_ways_lead_to_is_explained_once(self) -> None:
        known = {"base": built(BASE, "0-9", {RAW: THEN}, logic="old")}
        now = {InputName("base"): known["base"].versions}
        known |= {spec.name: built(spec, "0-9", now) for spec in (self.LEFT, self.RIGHT)}
        now |= {InputName(name): known[name].versions for name in ("left", "right")}
        known["both"] = built(self.BOTH, "0-9", now)
        given = why((BASE, self.LEFT, self.RIGHT, self.BOTH), known, "both", 2, sources={RAW: THEN})
        assert told(given) == [
            "both 2 current",
            "  left 2 current",
            "    base 2 stale-logic",
            "  right 2 current",
            "    base 2 stale-logic=",
        ]

    def test_a_long_line_of_models_ends_somewhere(self) -> None:
        specs = [model("m0", "0-9")]
        for number in range(1, 300):
            specs.append(model(f"m{number}", "0-9", reads(f"m{number - 1}")))
        lines = told(why(tuple(specs), {}, "m299", 2))
        assert 10 < len(lines) < 60


def reads_itself(name: str, back: int = 1) -> InputSpec:
    """A day reads the days before it of its own table."""
    lines = reads(name, lookback=back).mapping.lines
    return InputSpec(InputName(name), GridMapping(EarlierMapping(lines, 0), DAYS, DAYS), is_model=True)  # type: ignore[arg-type]


class TestReadsItself:
    SPEC = model("sums", "0-9", reads("base"), reads_itself("sums"))

    def known(self) -> dict[str, ModelRecords]:
        base = built(BASE, "0-9", {RAW: THEN})
        now = {InputName("base"): base.versions, InputName("sums"): built(self.SPEC, "0-9").versions}
        return {"base": base, "sums": built(self.SPEC, "0-9", now)}

    def test_the_first_one_reads_nothing_of_its_own_table(self) -> None:
        assert read(why((BASE, self.SPEC), self.known(), "sums", 0), "sums").state is InputState.NOTHING

    def test_it_is_led_back_to_the_first_that_is_not_true(self) -> None:
        given = why((BASE, self.SPEC), self.known(), "sums", 8, sources={RAW: NOW_THERE})
        assert told(given) == [
            "sums 8 current",
            "  sums 2-7 current",
            "    base 2 stale-input",
        ]

    def test_a_thousand_days_that_wait_for_one_another_are_told_at_once(self) -> None:
        spec = model("sums", "0-999", reads("base"), reads_itself("sums"))
        assert told(why((BASE, spec), {}, "sums", 999)) == [
            "sums 999 missing",
            "  sums 0-998 missing",
            "    base 0 missing",
        ]

    def test_an_earlier_day_that_was_written_since(self) -> None:
        known = self.known()
        known["sums"] = changed(known["sums"], rebuilt(self.SPEC, 4))
        given = why((BASE, self.SPEC), known, "sums", 5, sources={RAW: THEN})
        assert given.verdict is Verdict.STALE_INPUT
        (part, *_) = read(given, "sums").parts
        assert (shown(part.partitions), part.written) == ("4", True)

    def test_where_all_earlier_ones_are_read(self) -> None:
        spec = model("sums", "0-9", reads("base"), reads_itself("sums", back=20))
        assert told(why((BASE, spec), {}, "sums", 9)) == [
            "sums 9 missing",
            "  base 9 missing",
            "  sums 0-8 missing",
            "    base 0 missing",
        ]


class TestOtherCuts:
    def test_values_are_linked(self) -> None:
        cut = grid(by("k", "x", "y"), line=DAYS)
        base = model("base", [0, 1, STRIDE, STRIDE + 1], scheme=cut)
        daily = model(
            "daily", [0, 1, STRIDE, STRIDE + 1], reads("base", reader=cut, cut=cut, links=["k=k"]), scheme=cut
        )
        known = {"base": built(base, [0, 1, STRIDE, STRIDE + 1])}
        now = {InputName("base"): known["base"].versions}
        known["daily"] = built(daily, [0, 1, STRIDE, STRIDE + 1], now)
        known["base"] = changed(known["base"], rebuilt(base, STRIDE), rebuilt(base, 1))
        given = why((base, daily), known, "daily", STRIDE)
        assert read(given, "base").reading == Reading(Interval(0, 1), "k=y")
        (part,) = read(given, "base").parts
        assert (slice_of(part.first), part.partitions.count) == (1, 1)

    def test_ranges(self) -> None:
        hundreds = RangeScheme("id", 100)
        base = model("base", "0-3", scheme=hundreds)
        bands = model("bands", "0-3", reads("base", reader=hundreds, cut=hundreds), scheme=hundreds)
        known = {"base": built(base, "0-3")}
        known["bands"] = built(bands, "0-3", {InputName("base"): known["base"].versions})
        known["base"] = changed(known["base"], rebuilt(base, 2))
        given = why((base, bands), known, "bands", 2)
        assert (given.key, told(given)) == ("200", ["bands 2 stale-input", "  base 2 current*"])

    def test_null_along_the_line(self) -> None:
        cut = grid(line=DAYS, null_line=True)
        spec = model("base", [0, NULL_LINE], scheme=cut)
        daily = model("daily", [0, NULL_LINE], reads("base", reader=cut, cut=cut), scheme=cut)
        known = {"base": built(spec, [0, NULL_LINE])}
        known["daily"] = built(daily, [0, NULL_LINE], {InputName("base"): known["base"].versions})
        known["base"] = changed(known["base"], rebuilt(spec, NULL_LINE))
        given = why((spec, daily), known, "daily", NULL_LINE)
        assert (given.key, given.verdict) == ("__null__", Verdict.STALE_INPUT)
        assert [part.first for part in read(given, "base").parts] == [NULL_LINE]

    def test_a_cut_that_changed_and_keeps_its_rows(self) -> None:
        spec = model("m", "0-1", scheme=MONTHS)
        days = model("m", "0-58")
        before = Former(DAYS, built(days, "0-58"))
        facts = records(spec, other_units=frozenset({"day"}))
        made = build_plan([spec], {spec.name: facts}, {}, NOW, Request(frozenset({spec.name})), {spec.name: before})
        given = explain(Facts({spec.name: spec}, {spec.name: facts}, {}, made), spec.name, 1)
        assert (given.fate.action, given.fate.reason) == (Action.KEPT, Reason.RECUT)
        assert versions_now({spec.name: spec}, {spec.name: facts}, {}, made)[InputName("m")].scheme == DAYS
