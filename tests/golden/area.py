"""Which rows lie in the partitions that a golden case names: what the statements are held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from swathe.api.keys import one_partition
from swathe.model.definition import LineColumn, PartitionBy, RangeColumn, ValuesColumn
from swathe.partition.granularity import Granularity
from swathe.partition.interval import Interval
from swathe.partition.rectangle import Rectangle
from swathe.plan.spec import ModelSpec

Cell = datetime | int | str | None


@dataclass(frozen=True)
class Area:
    """Partitions, by the texts of their keys, and which rows lie in them.

    What a key means is reckoned here from its text and the model's config, apart from all that makes statements.
    `ends` are the first key along time or numbers and the last; `slices` have a key for each column of values.
    """

    by: PartitionBy | None
    ends: tuple[str, str] | None
    slices: tuple[Mapping[str, str], ...] = ({},)

    @classmethod
    def of_key(cls, by: PartitionBy | None, key: str) -> Area:
        if by is None:
            return cls(by, None)
        parts = _parts(by, key)
        line = by.line
        ends = (parts[line.column], parts[line.column]) if line else None
        return cls(by, ends, ({column.column: parts[column.column] for column in by.lists},))

    @classmethod
    def of_batch(cls, by: PartitionBy | None, given: Any) -> Area:
        """Of `[first, last]`, or of a mapping with `from`, `to`, and the values of each column or some `slices`."""
        assert by is not None
        given = {"from": given[0], "to": given[1]} if isinstance(given, list) else dict(given)
        ends = (str(given.pop("from")), str(given.pop("to"))) if by.line else None
        if "slices" in given:
            slices = [_parts(by, key) for key in given.pop("slices")]
        else:
            listed = {column.column: given.pop(column.column) for column in by.lists}
            slices = [dict(zip(listed, map(str, keys), strict=True)) for keys in product(*listed.values())]
        assert not given
        return cls(by, ends, tuple(slices))

    def holds(self, cells: tuple[Cell, ...]) -> bool:
        """Whether a row with these values of the partition columns lies in it."""
        if self.by is None:
            return True
        row = dict(zip(self.by.names, cells, strict=True))
        line = self.by.line
        along = line is None or self.ends is None or _lies_along(line, self.ends, row[line.column])
        return along and any(
            all(_lies_at(column, part[column.column], row[column.column]) for column in self.by.lists)
            for part in self.slices
        )

    def parts(self, limit: int | None) -> list[Area]:
        """Cut up as statements of at most so many partitions must be."""
        if limit is None or self.by is None:
            return [self]
        line = self.by.line
        runs = [self.ends] if line is None or self.ends is None else _runs(line, self.ends, limit)
        return [Area(self.by, run, (part,)) for part in self.slices for run in runs]

    def rectangle(self, spec: ModelSpec) -> Rectangle:
        """The same for the code under test."""
        corners = [one_partition(key, spec) for key in self._corners()]
        lines = Interval(min(part.lines.start for part in corners), max(part.lines.end for part in corners))
        return Rectangle(lines, tuple(sorted({number for part in corners for number in part.slices})))

    def _corners(self) -> list[str]:
        if self.by is None:
            return ["all"]
        found = []
        for part in self.slices:
            for end in dict.fromkeys(self.ends or ("",)):
                keys = {name: part.get(name, end) for name in self.by.names}
                named = "/".join(f"{_spelled(name)}={key}" for name, key in keys.items())
                found.append(named if len(keys) > 1 else keys[self.by.names[0]])
        return found


def _parts(by: PartitionBy, key: str) -> dict[str, str]:
    if len(by.names) == 1:
        return {by.names[0]: key}
    return {unquote(name): value for name, _, value in (part.partition("=") for part in key.split("/"))}


def _spelled(name: str) -> str:
    return name.replace("%", "%25").replace("/", "%2F").replace("=", "%3D")


def _lies_along(column: LineColumn, ends: tuple[str, str], cell: Cell) -> bool:
    if cell is None or "__null__" in ends:
        return cell is None and "__null__" in ends
    if isinstance(column, RangeColumn):
        return int(ends[0]) <= int(str(cell)) < int(ends[1]) + column.step
    assert isinstance(cell, datetime)
    assert column.every == 1
    moment = cell
    if column.instants:
        moment = cell.replace(tzinfo=UTC).astimezone(ZoneInfo(column.timezone)).replace(tzinfo=None)
    first, last = (_begin(column.granularity, _moment(key)) for key in ends)
    return first <= moment < _begin(column.granularity, last + _STEPS[column.granularity])


def _lies_at(column: ValuesColumn, key: str, cell: Cell) -> bool:
    match key:
        case "__null__":
            return cell is None
        case "__else__":
            listed = {str(value).lower() if isinstance(value, bool) else str(value) for value in column.values}
            return cell is not None and cell not in listed
        case "__empty__":
            return cell == ""
    return cell == unquote(key)


_STEPS = {
    Granularity.HOUR: timedelta(hours=1),
    Granularity.DAY: timedelta(days=1),
    Granularity.WEEK: timedelta(days=7),
    Granularity.MONTH: timedelta(days=31),
    Granularity.QUARTER: timedelta(days=92),
    Granularity.YEAR: timedelta(days=366),
}
"""From the begin of a partition into the next one: months and longer ones have at most so many days."""


def _moment(key: str) -> datetime:
    if "Q" in key:
        return datetime(int(key[:4]), 3 * int(key[-1]) - 2, 1)
    return datetime.fromisoformat(key + "0000-01-01"[len(key) :])


def _begin(granularity: Granularity, moment: datetime) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    match granularity:
        case Granularity.HOUR:
            return midnight.replace(hour=moment.hour)
        case Granularity.DAY:
            return midnight
        case Granularity.WEEK:
            return midnight - timedelta(days=moment.weekday())
        case Granularity.MONTH:
            return midnight.replace(day=1)
        case Granularity.QUARTER:
            return midnight.replace(month=(moment.month - 1) // 3 * 3 + 1, day=1)
        case Granularity.YEAR:
            return midnight.replace(month=1, day=1)


def _runs(column: LineColumn, ends: tuple[str, str], limit: int) -> list[tuple[str, str]]:
    """A run of partitions cut into runs of at most `limit`."""
    first, last = ends
    keys = []
    if first == "__null__":
        keys = [first]
    elif isinstance(column, RangeColumn):
        keys = [str(number) for number in range(int(first), int(last) + 1, column.step)]
    else:
        moment, end = (_begin(column.granularity, _moment(key)) for key in ends)
        form = "%Y-%m-%dT%H" if column.granularity is Granularity.HOUR else "%Y-%m-%d"
        while moment <= end:
            keys.append(moment.strftime(form))
            moment = _begin(column.granularity, moment + _STEPS[column.granularity])
    return [(keys[at], keys[min(at + limit, len(keys)) - 1]) for at in range(0, len(keys), limit)]
