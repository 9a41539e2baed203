"""How many partitions one transaction writes, and with how many statements."""

from itertools import accumulate

import pytest

from swathe.plan.batching import GROWTH, MOST, TARGET_SECONDS, next_size, predicted_statements


@pytest.mark.parametrize(
    ("previous", "seconds", "limit", "size"),
    [
        (None, 0.0, None, 1),  # the canary
        (None, 99.0, 5, 1),
        (1, 0.1, None, 20),
        (20, 0.1, None, 400),
        (64, 1.0, None, 1280),
        (1, 0.1, 3, 3),
        (8, 40.0, None, 4),  # 5 seconds each: 4 in 20 seconds
        (8, 20.0, None, 8),
        (1, 1000.0, None, 1),  # never less than one
        (4096, 0.0, None, MOST),
        (4096, 0.0, 20_000, MOST),
        (1, 0.0, 1, 1),
    ],
)
def test_the_size_of_the_next_batch(previous: int | None, seconds: float, limit: int | None, size: int) -> None:
    assert next_size(previous, seconds, limit) == size


def test_a_batch_is_never_planned_to_take_longer_than_the_target() -> None:
    for previous in (1, 8, 100, 5000):
        for seconds in (0.01, 1.0, 19.0, 500.0):
            size = next_size(previous, seconds, None)
            assert size == 1 or size * seconds / previous <= TARGET_SECONDS


@pytest.mark.parametrize(
    ("partitions", "limit", "each", "statements"),
    [
        (0, None, None, 0),
        (1, None, None, 1),
        (9, None, None, 2),
        (21, None, None, 2),
        (22, None, None, 3),
        (73, None, None, 3),
        (365, None, None, 3),
        (10, 1, 1, 10),
        (10, 4, 4, 4),
        (365, None, 1, 365),
        (73, None, 30, 4),  # 1, 20, and 52 of 30 and 22
    ],
)
def test_the_number_of_statements(partitions: int, limit: int | None, each: int | None, statements: int) -> None:
    assert predicted_statements(partitions, limit, each) == statements


def test_ten_years_of_hours_take_few_statements() -> None:
    sizes = list(accumulate(range(5), lambda size, _: size * GROWTH, initial=1))
    assert predicted_statements(87_600, None, None) <= len(sizes) + 87_600 // MOST + 1
