"""Which records need no look at each of them: those that were built by just the versions that their inputs have now.

What is said of such a run of records is what would be said of each. Any doubt leaves a block to be looked at one by
one: a hole in it, two fingerprints, a mark, a partition that was built before it had ended, anything read but the
partition at the same place, a digest that is another one now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from swathe.frozen import frozen
from swathe.model.definition import InputName, ModelName
from swathe.partition.grid import NULL_LINE, Grid, Scheme, line_scheme
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.scheme import TimeScheme
from swathe.plan.blocks import BLOCK, Block, Content, Overview, ReadBlock, Stretch
from swathe.plan.record import Failure, RecordRun
from swathe.plan.spec import InputSpec, ModelSpec
from swathe.plan.versions import ColumnSet, Versions, covers

_Place = tuple[str, int]
Contents = Mapping[Stretch, Content]


@frozen
class Settled:
    """The records of one model: `runs` are settled, those of `others` are to be looked at. `wanted` is what would have
    to be known to settle more.
    """

    runs: tuple[RecordRun, ...] = ()
    others: IntervalSet = field(default_factory=IntervalSet)
    wanted: tuple[Stretch, ...] = ()


class Settlement:
    """Settles models by an overview of all records, and by what more is known of contents."""

    def __init__(self, overview: Overview, schemes: Mapping[ModelName, Scheme], sources: Mapping[InputName, Versions]):
        self._overview = overview
        self._schemes = schemes
        self._sources = sources
        self._there: dict[ModelName, dict[int, _Held]] = {}

    def settle(self, spec: ModelSpec, failures: Sequence[Failure], known: Contents) -> Settled | None:
        """None for a model of which every record is to be looked at."""
        if isinstance(spec.scheme, Grid) or spec.variants or any(needed.own for needed in spec.inputs):
            return None
        blocks = [block for block in self._overview.blocks.get(spec.name, ()) if block.unit == spec.scheme.unit]
        reads: dict[_Place, list[ReadBlock]] = defaultdict(list)
        for read in self._overview.reads.get(spec.name, ()):
            reads[read.part, read.start].append(read)
        at: dict[_Place, list[Block]] = defaultdict(list)
        for block in blocks:
            at[block.part, block.start].append(block)
        failed = IntervalSet.merge(run for failure in failures for run in failure.partitions)
        runs: list[RecordRun] = []
        others: list[Interval] = []
        wanted: dict[Stretch, None] = {}
        for place, alike in at.items():
            found = None
            if len(alike) == 1 and _is_even(spec, alike[0]) and not IntervalSet.of(alike[0].partitions) & failed:
                found = self._columns(spec, alike[0], reads[place], known, wanted)
            if found is None:
                others.append(Interval(min(each.first for each in alike), max(each.last for each in alike) + 1))
            else:
                runs.append(_run(alike[0], found))
        return Settled(_joined(runs), IntervalSet.merge(others), tuple(wanted))

    def _columns(
        self,
        spec: ModelSpec,
        block: Block,
        reads: Iterable[ReadBlock],
        known: Contents,
        wanted: dict[Stretch, None],
    ) -> dict[InputName, ColumnSet | None] | None:
        """Over which columns a block has read its inputs, where these are now what they were then; else None."""
        by_input: dict[InputName, list[ReadBlock]] = defaultdict(list)
        for read in reads:
            by_input[read.input].append(read)
        found: dict[InputName, ColumnSet | None] = {}
        for needed in spec.inputs:
            if not needed.is_model and needed.name not in self._sources:
                continue  # not watched
            entries = by_input[needed.name]
            if len(entries) != 1 or not _reads_alike(needed, block, entries[0], self._unit(needed)):
                return None
            now = self._content(needed, entries[0].columns, block.partitions, known, wanted)
            if now is None or now.digest != entries[0].digest:
                return None
            found[needed.name] = entries[0].columns
        return found

    def _unit(self, needed: InputSpec) -> str:
        return needed.mapping.input.unit if needed.is_model else self._sources[needed.name].unit

    def _content(
        self,
        needed: InputSpec,
        columns: ColumnSet | None,
        lines: Interval,
        known: Contents,
        wanted: dict[Stretch, None],
    ) -> Content | None:
        """What an input holds in a part of a block."""
        stretch = Stretch(needed.name, columns, lines)
        if (asked := known.get(stretch)) is not None:
            return asked
        if not needed.is_model:
            wanted[stretch] = None
            return None
        held = self._held(ModelName(needed.name)).get(lines.start & -BLOCK)
        if held is None:
            return Content()
        if held.lines.start < lines.start or held.lines.end > lines.end:
            wanted[stretch] = None
            return None
        content = held.contents.get(columns, Content())
        # What was not measured over these columns says nothing.
        return content if content.count == held.contents[None].count else None

    def _held(self, name: ModelName) -> dict[int, _Held]:
        """The blocks of an input, by their first place."""
        if name not in self._there:
            unit = self._schemes[name].unit
            found: dict[int, _Held] = {}
            for block in self._overview.blocks.get(name, ()):
                if block.unit == unit and not block.part:
                    whole = Content(block.digest, block.held)
                    before = found.get(block.start)
                    lines = block.partitions
                    if before is not None:
                        whole |= before.contents[None]
                        lines = Interval(min(lines.start, before.lines.start), max(lines.end, before.lines.end))
                    found[block.start] = _Held(lines, {None: whole})
            for over in self._overview.contents.get(name, ()):
                if over.unit == unit and not over.part and over.start in found:
                    found[over.start].contents[over.columns] = over.content
            self._there[name] = found
        return self._there[name]


@frozen
class _Held:
    lines: Interval
    contents: dict[ColumnSet | None, Content]


def _is_even(spec: ModelSpec, block: Block) -> bool:
    """Whether the records of a block differ in nothing that judges them, but in what they have read."""
    if not block.is_whole or block.part or block.marked or block.frozen or block.first == NULL_LINE:
        return False
    if block.stopped and spec.planned_stop is not None:
        return False
    line = line_scheme(spec.scheme)
    if not isinstance(line, TimeScheme) or spec.planned_at is None or spec.planned_at <= block.planned_at:
        return True
    return block.last < line.first_open(block.planned_at)


def _reads_alike(needed: InputSpec, block: Block, read: ReadBlock, unit: str) -> bool:
    return (
        read.count == read.alike == block.count
        and read.unit == unit
        and not isinstance(needed.mapping.input, Grid)
        and covers(read.columns, needed.columns)
    )


def _run(block: Block, columns: Mapping[InputName, ColumnSet | None]) -> RecordRun:
    return RecordRun(block.partitions, block.fingerprint, block.row_count, block.seconds, block.timed, columns)


def _joined(runs: Iterable[RecordRun]) -> tuple[RecordRun, ...]:
    """Adjacent runs that are told of in one."""
    found: list[RecordRun] = []
    for run in sorted(runs, key=lambda run: run.partitions):
        if found and (joined := found[-1].joined(run)) is not None:
            found[-1] = joined
        else:
            found.append(run)
    return tuple(found)
