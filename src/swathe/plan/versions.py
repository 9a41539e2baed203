"""Data versions of an input's partitions, summed over any run of them, for each set of columns that somebody reads.

A version is an integer modulo 2^63 and versions add up: that of a run of partitions is the sum of theirs. Where a
version is a checksum of rows the sum is the checksum of the run's rows, so cutting a table differently keeps it.

A version over some columns is of the rows with just these columns, jointly: two rows that swap a value show. Over no
column at all it still tells how many rows there are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from hashlib import blake2b
from itertools import accumulate

from swathe.frozen import frozen
from swathe.partition.grid import Scheme
from swathe.partition.interval import Interval, IntervalSet

MODULUS = 2**63

ColumnSet = frozenset[str]
"""Columns of one input, in lower case."""


def covers(read: ColumnSet | None, wanted: ColumnSet | None) -> bool:
    """Whether what is known of some columns tells of others; None is whole rows."""
    return read is None or (wanted is not None and wanted <= read)


@frozen
class Versions:
    """The version of each partition that holds rows. A partition that is not listed holds none and counts as 0.

    `known` are the partitions that these tell of; None is all.

    `scheme` is the cut that numbers the partitions, where it is another one than the table has now. `sets` are the
    versions over sets of columns; these here are over whole rows, or, where not `is_whole`, over nothing.
    """

    unit: str
    ordinals: tuple[int, ...]
    prefix: tuple[int, ...]
    scheme: Scheme | None = None
    sets: Mapping[ColumnSet, Versions] = field(default_factory=dict)
    is_whole: bool = True
    known: IntervalSet | None = None

    @classmethod
    def of(
        cls,
        unit: str,
        versions: Iterable[tuple[int, int]],
        scheme: Scheme | None = None,
        known: IntervalSet | None = None,
    ) -> Versions:
        """From pairs of ordinal and version; pairs with the same ordinal add up."""
        ordered = sorted(versions)
        ordinals, prefix = tuple(pair[0] for pair in ordered), (0, *accumulate(pair[1] for pair in ordered))
        return cls(unit, ordinals, prefix, scheme, known=known)

    @classmethod
    def by_columns(cls, unit: str, versions: Mapping[ColumnSet | None, Iterable[tuple[int, int]]]) -> Versions:
        """The same over each of several sets of columns, of which None is whole rows."""
        sets = {columns: cls.of(unit, pairs) for columns, pairs in versions.items() if columns is not None}
        return replace(cls.of(unit, versions.get(None, ())), sets=sets, is_whole=None in versions)

    def over(self, columns: ColumnSet | None) -> Versions | None:
        """The versions over some columns; None where they are not known."""
        if columns is not None:
            return self.sets.get(columns)
        return self if self.is_whole else None

    def numbered_by(self, scheme: Scheme) -> Versions:
        """These, of a table that was cut so."""
        sets = {columns: replace(versions, scheme=scheme) for columns, versions in self.sets.items()}
        return replace(self, scheme=scheme, sets=sets)

    def total(self, partitions: IntervalSet | None) -> int:
        """The version of some partitions; None is all of them. Raises LookupError where it is not known.

        >>> Versions.of("day", [(1, 10), (2, 20), (5, 50)]).total(IntervalSet.span(2, 6))
        70
        """
        if self.known is not None and (partitions is None or partitions - self.known):
            raise LookupError("the versions of these partitions were not read")
        if partitions is None:
            return self.prefix[-1] % MODULUS
        return sum(map(self._run, partitions)) % MODULUS

    def differing(self, other: Versions, among: IntervalSet | None) -> IntervalSet:
        """The partitions that two versions of an input say different things of, both numbered alike; among None is all.

        >>> then, now = (Versions.of("day", pairs) for pairs in ([(1, 10), (2, 20)], [(2, 21), (3, 30)]))
        >>> list(then.differing(now, None).ordinals())
        [1, 2, 3]
        """
        mine, theirs = self._each(), other._each()
        return IntervalSet.from_ordinals(
            ordinal
            for ordinal in mine.keys() | theirs.keys()
            if mine.get(ordinal, 0) != theirs.get(ordinal, 0) and (among is None or ordinal in among)
        )

    def pairs(self, partitions: IntervalSet) -> list[tuple[int, int]]:
        """Ordinal and version of each of some partitions that holds rows."""
        return [pair for run in partitions for pair in self._each(*self._places(run)).items() if pair[1]]

    def _each(self, first: int = 0, end: int | None = None) -> dict[int, int]:
        """By ordinal, those from one place of the list to another."""
        ordinals, prefix = self.ordinals[first:end], self.prefix[first : None if end is None else end + 1]
        found = {
            ordinal: (after - before) % MODULUS
            for ordinal, before, after in zip(ordinals, prefix, prefix[1:], strict=False)
        }
        if len(found) < len(ordinals):
            found = dict.fromkeys(ordinals, 0)
            for ordinal, before, after in zip(ordinals, prefix, prefix[1:], strict=False):
                found[ordinal] = (found[ordinal] + after - before) % MODULUS
        return found

    def _run(self, partitions: Interval) -> int:
        first, end = self._places(partitions)
        return self.prefix[end] - self.prefix[first]

    def _places(self, partitions: Interval) -> tuple[int, int]:
        return bisect_left(self.ordinals, partitions.start), bisect_left(self.ordinals, partitions.end)


def mixed(ordinal: int, value: str, part: str = "") -> int:
    """The version of a partition whose measure is no checksum of rows, such as a count. `part` is its slice's text.

    Where it lies goes in, so that a count that moves from one partition to another does not cancel out in a sum.
    """
    place = f"{part}/{ordinal}" if part else f"{ordinal}"
    digest = blake2b(f"{place}:{value}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % MODULUS
