"""Data versions of an input's partitions, summed over any run of them.

A version is an integer modulo 2^63 and versions add up: that of a run of partitions is the sum of theirs. Where a
version is a checksum of rows the sum is the checksum of the run's rows, so cutting a table differently keeps it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate

from swathe.partition.grid import Scheme
from swathe.partition.interval import Interval, IntervalSet

MODULUS = 2**63


@dataclass(frozen=True, slots=True)
class Versions:
    """The version of each partition that holds rows. A partition that is not listed holds none and counts as 0.

    `scheme` is the cut that numbers the partitions, where it is another one than the table has now.
    """

    unit: str
    ordinals: tuple[int, ...]
    prefix: tuple[int, ...]
    scheme: Scheme | None = None

    @classmethod
    def of(cls, unit: str, versions: Iterable[tuple[int, int]], scheme: Scheme | None = None) -> Versions:
        """From pairs of ordinal and version; pairs with the same ordinal add up."""
        ordered = sorted(versions)
        return cls(unit, tuple(pair[0] for pair in ordered), (0, *accumulate(pair[1] for pair in ordered)), scheme)

    def total(self, partitions: IntervalSet | None) -> int:
        """The version of some partitions; None is all of them.

        >>> Versions.of("day", [(1, 10), (2, 20), (5, 50)]).total(IntervalSet.span(2, 6))
        70
        """
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

    def _each(self) -> dict[int, int]:
        found: dict[int, int] = defaultdict(int)
        for ordinal, before, after in zip(self.ordinals, self.prefix, self.prefix[1:], strict=False):
            found[ordinal] = (found[ordinal] + after - before) % MODULUS
        return found

    def _run(self, partitions: Interval) -> int:
        first = bisect_left(self.ordinals, partitions.start)
        end = bisect_left(self.ordinals, partitions.end)
        return self.prefix[end] - self.prefix[first]


def mixed(ordinal: int, value: str, part: str = "") -> int:
    """The version of a partition whose measure is no checksum of rows, such as a count. `part` is its slice's text.

    Where it lies goes in, so that a count that moves from one partition to another does not cancel out in a sum.
    """
    place = f"{part}/{ordinal}" if part else f"{ordinal}"
    digest = blake2b(f"{place}:{value}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % MODULUS
