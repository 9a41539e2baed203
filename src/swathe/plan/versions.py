"""Data versions of an input's partitions, summed over any run of them.

A version is an integer modulo 2^63 and versions add up: that of a run of partitions is the sum of theirs. Where a
version is a checksum of rows the sum is the checksum of the run's rows, so cutting a table differently keeps it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate

from swathe.partition.interval import Interval

MODULUS = 2**63


@dataclass(frozen=True, slots=True)
class Versions:
    """The version of each partition that holds rows. A partition that is not listed holds none and counts as 0."""

    unit: str
    ordinals: tuple[int, ...]
    prefix: tuple[int, ...]

    @classmethod
    def of(cls, unit: str, versions: Iterable[tuple[int, int]]) -> Versions:
        """From pairs of ordinal and version; pairs with the same ordinal add up."""
        ordered = sorted(versions)
        return cls(unit, tuple(pair[0] for pair in ordered), (0, *accumulate(pair[1] for pair in ordered)))

    def total(self, partitions: Interval | None) -> int:
        """The version of a run of partitions; None is all of them.

        >>> Versions.of("day", [(1, 10), (2, 20), (5, 50)]).total(Interval(2, 6))
        70
        """
        if partitions is None:
            return self.prefix[-1] % MODULUS
        first = bisect_left(self.ordinals, partitions.start)
        end = bisect_left(self.ordinals, partitions.end)
        return (self.prefix[end] - self.prefix[first]) % MODULUS


def mixed(ordinal: int, value: str) -> int:
    """The version of a partition whose measure is no checksum of rows, such as a count.

    The ordinal goes in, so that a count that moves from one partition to another does not cancel out in a sum.
    """
    digest = blake2b(f"{ordinal}:{value}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % MODULUS
