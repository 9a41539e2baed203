"""How many partitions one transaction writes: a canary of one, then more while a batch stays under a target time. And
how many statements that takes.
"""

from __future__ import annotations

from collections.abc import Iterator

TARGET_SECONDS = 20.0
GROWTH = 20
MOST = 10_000


def next_size(previous: int | None, seconds: float, limit: int | None) -> int:
    """The size of the next batch, after one of `previous` partitions that took `seconds`; None before the first.

    >>> next_size(None, 0.0, None), next_size(1, 0.1, None), next_size(8, 40.0, None)
    (1, 20, 4)
    """
    most = min(limit or MOST, MOST)
    if previous is None:
        return 1
    per_partition = max(seconds / previous, 1e-6)
    affordable = max(1, int(TARGET_SECONDS / per_partition))
    return max(1, min(previous * GROWTH, affordable, most))


def predicted_statements(partitions: int, limit: int | None, each: int | None) -> int:
    """How many statements a run of partitions takes when every batch is quick: of `limit` partitions at the most, and
    of `each` with one statement.
    """
    return sum(-(-size // (each or size)) for size in _sizes(partitions, limit))


def _sizes(partitions: int, limit: int | None) -> Iterator[int]:
    size: int | None = None
    while partitions > 0:
        size = next_size(size, 0.0, limit)
        yield min(size, partitions)
        partitions -= size
