"""What the planner must know of a model: how it is cut, what it reads, and what counts as its logic."""

from __future__ import annotations

from collections.abc import Mapping as Lookup
from collections.abc import Sequence
from dataclasses import field
from datetime import UTC, datetime
from hashlib import blake2b

from swathe.frozen import frozen
from swathe.model.definition import InputName, Materialized, ModelConfig, ModelName, RangeColumn, TimeColumn
from swathe.partition.earlier import EarlierMapping
from swathe.partition.grid import Grid, Scheme, all_partitions, placed, slice_of
from swathe.partition.interval import IntervalSet
from swathe.partition.reading import GridMapping
from swathe.partition.values import Rest
from swathe.plan.versions import ColumnSet

_REST = "+rest:"


@frozen
class InputSpec:
    """An input that holds data, and which of its partitions each partition reads.

    `columns` are those that decide what the model's rows are; None is whole rows. `variants` are other ones for some
    partitions.
    """

    name: InputName
    mapping: GridMapping
    is_model: bool
    columns: ColumnSet | None = None
    variants: tuple[tuple[IntervalSet, ColumnSet | None], ...] = ()

    def columns_at(self, ordinal: int) -> ColumnSet | None:
        """What decides one of the reader's partitions."""
        if not self.variants:
            return self.columns
        return next((other for partitions, other in self.variants if ordinal in partitions), self.columns)

    @property
    def all_columns(self) -> tuple[ColumnSet | None, ...]:
        """The sets of columns that are read, each once."""
        return tuple(dict.fromkeys((self.columns, *(columns for _, columns in self.variants))))

    @property
    def own(self) -> EarlierMapping | None:
        """The mapping along the line, where the input is the model's own table."""
        return self.mapping.own


@frozen
class ModelSpec:
    """One model as the planner sees it.

    `due` are the partitions that should exist at the time of planning. `variants` hold other fingerprints for some
    partitions, where a template branches on its partition. `same_logic` maps fingerprints of an earlier canonical
    form to the one that means the same now. `only_adds` names the columns that a logic adds to an earlier one, by the
    fingerprints of both, the earlier one first, where it changes nothing else. `repeatable`: only inputs that are
    watched by their rows decide what a rebuild gives. `after` are the models whose table or
    view must exist before the statement can run, whatever is in it. `batch_limit` is the most partitions one statement
    may write, and `transaction_limit` the most that one transaction may. `planned_at` is the time of planning, in UTC:
    what is built can't have seen anything later.
    `planned_stop` is where a range of numbers, of which a query finds the end, ends now. `waits_for` are models that
    must be built before the query that finds the partitions can be asked.
    """

    name: ModelName
    materialized: Materialized
    scheme: Scheme
    fingerprint: str
    due: IntervalSet
    inputs: tuple[InputSpec, ...] = ()
    after: tuple[ModelName, ...] = ()
    variants: tuple[tuple[IntervalSet, str], ...] = ()
    same_logic: Lookup[str, str] = field(default_factory=dict)
    only_adds: Lookup[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    repeatable: bool = True
    keep_old_logic: bool = False
    frozen: IntervalSet = field(default_factory=IntervalSet)
    lookback: int = 0
    batch_limit: int | None = None
    transaction_limit: int | None = None
    planned_at: datetime | None = None
    planned_stop: int | None = None
    waits_for: tuple[ModelName, ...] = ()

    def fingerprint_at(self, ordinal: int) -> str:
        """The fingerprint of what builds a partition now: the logic and, for the rest of a list, the list."""
        logic, rest = self.logic_at(ordinal), self._rest(ordinal)
        return f"{logic}{_REST}{rest}" if rest else logic

    def logic_at(self, ordinal: int) -> str:
        """The fingerprint of the logic that a partition has now."""
        return next((other for partitions, other in self.variants if ordinal in partitions), self.fingerprint)

    def added_since(self, ordinal: int, fingerprint: str) -> tuple[str, ...]:
        """The columns that a partition's logic adds to the one of this fingerprint, where it changes nothing else."""
        return self.only_adds.get((logic_of(fingerprint), self.logic_at(ordinal)), ())

    def has_logic(self, ordinal: int, fingerprint: str) -> bool:
        """Whether a partition built with this fingerprint has the model's logic."""
        logic, mark, rest = fingerprint.partition(_REST)
        return self.same_logic.get(logic, logic) + mark + rest == self.fingerprint_at(ordinal)

    def has_list(self, ordinal: int, fingerprint: str) -> bool:
        """Whether a partition built with this fingerprint was the rest of the same lists, if it is one."""
        return fingerprint.partition(_REST)[2] == self._rest(ordinal)

    def is_of_logic(self, ordinal: int, fingerprint: str) -> bool:
        """Whether a fingerprint says that a partition has the model's logic, whatever list it was the rest of."""
        logic = logic_of(fingerprint)
        return self.same_logic.get(logic, logic) == self.logic_at(ordinal)

    def _rest(self, ordinal: int) -> str:
        """A digest of the lists that a partition holds the rest of; empty for any other partition."""
        if not isinstance(self.scheme, Grid):
            return ""
        part = self.scheme.slices[slice_of(ordinal)]
        lists = [
            dimension.spell_wanted(at)
            for dimension, at in zip(self.scheme.dimensions, part, strict=True)
            if isinstance(at, Rest)
        ]
        return blake2b("/".join(lists).encode(), digest_size=4).hexdigest() if lists else ""

    def keys(self, partitions: IntervalSet) -> tuple[tuple[str, str], ...]:
        """First and last key of each run."""
        return tuple((self.scheme.key(run.start), self.scheme.key(run.last)) for run in partitions)


def added_in_words(columns: Sequence[str]) -> str:
    """
    >>> added_in_words(("discount", "net")), added_in_words(("net",))
    ('which only adds columns: discount, net', 'which only adds a column: net')
    """
    return f"which only adds {'a column' if len(columns) == 1 else 'columns'}: {', '.join(columns)}"


def logic_of(fingerprint: str) -> str:
    """The fingerprint of the logic alone."""
    return fingerprint.partition(_REST)[0]


def due_partitions(config: ModelConfig, now: datetime) -> IntervalSet:
    """The partitions that should exist at `now` (an aware instant): of time those between `begin` and `end` that have
    ended, of numbers those between `start` and `stop`, and `end_offset` more; of each in every slice.
    """
    return all_partitions(config.scheme, due_lines(config, now))


def due_lines(config: ModelConfig, now: datetime) -> IntervalSet:
    """The same along the line."""
    line = config.partition_by.line if config.partition_by else None
    match line:
        case TimeColumn() if config.begin is not None:
            scheme = line.scheme
            end = scheme.first_open(now.astimezone(UTC).replace(tzinfo=None)) + config.end_offset
            if config.end is not None:
                end = min(end, scheme.ordinal(config.end))
            return scheme.existing(IntervalSet.span(scheme.first_from(config.begin), end))
        case RangeColumn():
            if line.stop is None:
                return IntervalSet()
            return IntervalSet.span(line.scheme.ordinal(line.start), line.scheme.ordinal(line.stop) + config.end_offset)
    return IntervalSet.span(0, 1)


def frozen_partitions(config: ModelConfig, scheme: Scheme) -> IntervalSet:
    """The partitions that lie before `frozen_before`, in all slices that are known."""
    line = config.partition_by.time if config.partition_by else None
    if config.frozen_before is None or config.begin is None or line is None:
        return IntervalSet()
    lines = line.scheme.between(config.begin, config.frozen_before)
    if not isinstance(scheme, Grid):
        return lines
    return IntervalSet(tuple(run for number in range(len(scheme.slices)) for run in placed(number, lines)))
