"""Values for the planner, written short: day 3 is the ordinal 3, and a version says what a partition holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from swathe.model.definition import InputName, Materialized, ModelName
from swathe.partition.granularity import Granularity
from swathe.partition.grid import Dimension, Grid, Scheme, line_scheme
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.mapping import Mapping as LineMapping
from swathe.partition.reading import GridMapping, Link
from swathe.partition.relative import lookback_window
from swathe.partition.scheme import Line, TimeScheme, WholeScheme
from swathe.partition.values import Value, ValueKind
from swathe.partition.window import Window
from swathe.plan.plan import ModelPlan, Plan, Request
from swathe.plan.planner import build_plan
from swathe.plan.record import Failure, InputRecord, ModelRecords, Record, by_ordinal
from swathe.plan.spec import InputSpec, ModelSpec
from swathe.plan.verdict import VerdictRun
from swathe.plan.versions import ColumnSet, Versions

DAYS, WEEKS, MONTHS = (
    TimeScheme(granularity) for granularity in (Granularity.DAY, Granularity.WEEK, Granularity.MONTH)
)
WHOLE = WholeScheme()
NOW = datetime(2024, 6, 1, tzinfo=UTC)
BUILT_AT = datetime(2024, 5, 1)

Ordinals = Iterable[int] | str


def ordinals(given: Ordinals) -> IntervalSet:
    """`"1-3 7"` is 1, 2, 3 and 7.

    >>> ordinals("1-3 7").count
    4
    """
    if not isinstance(given, str):
        return IntervalSet.from_ordinals(given)
    runs = (word.partition("-") for word in given.split())
    return IntervalSet.merge(Interval(int(first), int(last or first) + 1) for first, _, last in runs)


def shown(partitions: Iterable[Interval]) -> str:
    """The other way round."""
    return " ".join(f"{run.start}-{run.last}" if len(run) > 1 else f"{run.start}" for run in partitions)


def reads(
    name: str,
    *,
    lookback: int = 0,
    whole: bool = False,
    reader: Scheme = DAYS,
    cut: Scheme = DAYS,
    source: bool = False,
    links: Iterable[str] = (),
    columns: str | None = None,
) -> InputSpec:
    """An input by day, of which the same day is read, and so many days before it. The link `k=m` says that the model's
    `k` is the input's `m`. `"ab"` are the columns a and b; None is whole rows.
    """
    window = None if whole else lookback_window(lookback, Granularity.DAY) if lookback else Window()
    lines = LineMapping(window, line_scheme(reader), line_scheme(cut))
    linked = tuple(Link(link[0], link[-1]) for link in links)
    return InputSpec(InputName(name), GridMapping(lines, reader, cut, linked), not source, column_set(columns))


def column_set(columns: str | None) -> ColumnSet | None:
    """Columns with names of one letter."""
    return None if columns is None else frozenset(columns)


def by(column: str, *values: Value, rest: bool = False, null: bool = False) -> Dimension:
    """A column of texts, or of whole numbers."""
    kind = ValueKind.INTEGER if values and all(isinstance(value, int) for value in values) else ValueKind.TEXT
    return Dimension(column, kind, values, rest, null)


def grid(*dimensions: Dimension, line: Line = WHOLE, null_line: bool = False, also: Iterable[str] = ()) -> Grid:
    """A cut by values, across a line or without one. The slices `also` are known from records only."""
    along = () if isinstance(line, WholeScheme) else (line.column,)
    columns = (*along, *(dimension.column for dimension in dimensions))
    return Grid.of(line, columns, dimensions, null_line=null_line).known(also)


def model(name: str, due: Ordinals = "0-9", *inputs: InputSpec, scheme: Scheme = DAYS, **more: Any) -> ModelSpec:
    """A model by day with the logic `L`."""
    if isinstance(scheme, WholeScheme):
        due = "0"
    more.setdefault("materialized", Materialized.TABLE if isinstance(scheme, WholeScheme) else Materialized.PARTITIONED)
    more.setdefault("fingerprint", "L")
    return ModelSpec(name=ModelName(name), scheme=scheme, due=ordinals(due), inputs=inputs, **more)


def view(name: str, *after: str) -> ModelSpec:
    return model(name, "0", scheme=WHOLE, materialized=Materialized.VIEW, after=tuple(map(ModelName, after)))


def versions(unit: str = "day", **by_day: int) -> Versions:
    """`versions(d3=30)`: day 3 holds what the version 30 stands for."""
    return Versions.of(unit, ((int(day[1:]), version) for day, version in by_day.items()))


def over(whole: Versions | None = None, **sets: Versions) -> Versions:
    """`over(versions(d1=10), ab=versions(d1=20))`: versions over whole rows, and over the columns a and b jointly; `_`
    are no columns at all.
    """
    by_set: dict[ColumnSet, Versions] = {frozenset(columns.strip("_")): held for columns, held in sets.items()}
    if whole is not None:
        return replace(whole, sets=by_set)
    return replace(Versions.of(next(iter(sets.values())).unit, ()), sets=by_set, is_whole=False)


def read(spec: ModelSpec, ordinal: int, now: Mapping[InputName, Versions]) -> tuple[InputRecord, ...]:
    """What a partition that is built now would record of its inputs."""
    found = []
    for needed in spec.inputs:
        if needed.name in now:
            reading = needed.mapping.reading(ordinal)
            if reading is None:
                continue
            columns = needed.columns_at(ordinal)
            held = now[needed.name].over(columns)
            assert held is not None
            version = held.total(reading.partitions(needed.mapping.input))
            found.append(InputRecord(needed.name, now[needed.name].unit, reading, version, columns))
    return tuple(found)


def record(
    spec: ModelSpec,
    ordinal: int,
    now: Mapping[InputName, Versions] | None = None,
    *,
    logic: str | None = None,
    **more: Any,
) -> Record:
    """Of a partition that was built from inputs as they are now, with the model's logic."""
    made = Record(
        ordinal=ordinal,
        fingerprint=logic or spec.fingerprint_at(ordinal),
        row_count=1,
        version=1000 + ordinal,
        seconds=1.0,
        built_at=BUILT_AT,
        run_id="run",
        inputs=read(spec, ordinal, now or {}),
    )
    return replace(made, **more)


def built(
    spec: ModelSpec, which: Ordinals, now: Mapping[InputName, Versions] | None = None, **more: Any
) -> ModelRecords:
    """Records of partitions that are as they should be."""
    return records(spec, *(record(spec, ordinal, now, **more) for ordinal in ordinals(which).ordinals()))


def records(spec: ModelSpec, *given: Record, failures: Iterable[Failure] = (), **more: Any) -> ModelRecords:
    return ModelRecords(spec.scheme.unit, by_ordinal(given), tuple(failures), **more)


def failure(which: str, *, logic: str = "L", error: str = "boom", hours_later: float = 1) -> Failure:
    return Failure(ordinals(which), logic, error, BUILT_AT + timedelta(hours=hours_later))


def plan(
    specs: Iterable[ModelSpec],
    facts: Mapping[Any, ModelRecords] | None = None,
    sources: Mapping[Any, Versions] | None = None,
    request: Request | None = None,
) -> Plan:
    listed = list(specs)
    asked = request or Request(frozenset(spec.name for spec in listed))
    given = {ModelName(name): entry for name, entry in (facts or {}).items()}
    return build_plan(listed, given, {InputName(name): entry for name, entry in (sources or {}).items()}, NOW, asked)


def verdicts(runs: Iterable[VerdictRun]) -> dict[str, str]:
    """Ordinals by verdict."""
    found: dict[str, list[Interval]] = {}
    for run in runs:
        found.setdefault(str(run.verdict), []).append(run.partitions)
    return {verdict: shown(IntervalSet.merge(listed)) for verdict, listed in found.items()}


def of(planned: Plan, name: str) -> ModelPlan:
    return next(entry for entry in planned.models if entry.spec.name == name)


def work(planned: Plan, name: str) -> dict[str, str]:
    """Ordinals by reason, with `?` where they may turn out to be current."""
    found: dict[str, list[Interval]] = {}
    for entry in of(planned, name).work:
        found.setdefault(f"{entry.reason}{'?' if entry.maybe else ''}", []).append(entry.partitions)
    return {reason: shown(IntervalSet.merge(listed)) for reason, listed in found.items()}


def blocked(planned: Plan, name: str) -> dict[str, str]:
    """Ordinals by the model that blocks them."""
    found: dict[str, list[Interval]] = {}
    for entry in of(planned, name).blocked:
        found.setdefault(str(entry.by), []).append(entry.partitions)
    return {by: shown(IntervalSet.merge(listed)) for by, listed in found.items()}
