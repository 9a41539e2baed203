"""What judging some records compares: which partitions of the models that they read, and over which columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from swathe.frozen import frozen
from swathe.model.definition import ModelName
from swathe.partition.grid import Grid
from swathe.partition.interval import Interval, IntervalSet
from swathe.plan.record import InputRecord, ModelRecords
from swathe.plan.spec import InputSpec, ModelSpec
from swathe.plan.strays import beside
from swathe.plan.versions import ColumnSet


@frozen
class Compared:
    """Of one model: some partitions, None is all of them, and sets of columns beside whole rows."""

    partitions: IntervalSet | None = field(default_factory=IntervalSet)
    sets: frozenset[ColumnSet] = frozenset()


@dataclass(slots=True)
class _Collected:
    """Mutable, while it is collected. `everything`: also what `lines` do not tell."""

    lines: list[Interval] = field(default_factory=list)
    everything: bool = False
    sets: set[ColumnSet | None] = field(default_factory=set)

    def add(self, needed: InputSpec, spec: ModelSpec) -> None:
        """What is compared whatever was recorded: what lies beside. Slices are not told apart."""
        self.everything |= isinstance(needed.mapping.input, Grid)
        self.lines += () if self.everything else beside(spec, needed)
        self.sets.update(needed.all_columns)

    def add_entry(self, entry: InputRecord) -> None:
        self.sets.add(entry.columns)
        if entry.reading.lines is None:
            self.everything = True
        else:
            self.lines.append(entry.reading.lines)

    def made(self) -> Compared:
        partitions = None if self.everything else IntervalSet.merge(self.lines)
        return Compared(partitions, frozenset(columns for columns in self.sets if columns is not None))


def compared(
    specs: Iterable[ModelSpec], records: Mapping[ModelName, Iterable[ModelRecords]]
) -> dict[ModelName, Compared]:
    """By the model that is read. `records` are the readers'."""
    found: dict[ModelName, _Collected] = {}
    for spec in specs:
        read: dict[str, _Collected] = {}
        for needed in spec.inputs:
            if needed.is_model:
                read[needed.name] = found.setdefault(ModelName(needed.name), _Collected())
                read[needed.name].add(needed, spec)
        for facts in records.get(spec.name, ()):
            for name, known in facts.checked.items():
                if name in read:
                    read[name].sets.add(known.columns)
            for record in facts.records.values():
                for entry in record.inputs:
                    if entry.input in read:
                        read[entry.input].add_entry(entry)
    return {name: collected.made() for name, collected in found.items()}
