"""Numbers in words."""

from __future__ import annotations

import pytest

from swathe.cli.words import about, counted, duration, key_range


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "<0.01 s"), (0.05, "0.05 s"), (0.994, "0.99 s"), (0.996, "1.0 s"), (1.24, "1.2 s"), (9.96, "10 s"),
        (59.4, "59 s"), (59.6, "1 min"), (65, "1 min 5 s"), (3599.9, "1 h"), (7384, "2 h 3 min"), (187_200, "2 d 4 h"),
    ],
)  # fmt: skip
def test_durations_have_two_units_at_most(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0"), (7.4, "7"), (999, "999"), (999.7, "1k"), (12_340, "12k"), (336_776, "337k"), (999_600, "1M"),
        (1_240_000, "1.2M"), (98e9, "98B"), (5e12, "5,000B"),
    ],
)  # fmt: skip
def test_estimates_have_few_digits(number: float, words: str) -> None:
    assert about(number) == words


def test_one_is_singular() -> None:
    assert (counted(1, "row"), counted(0, "row"), counted(1200, "row")) == ("1 row", "0 rows", "1,200 rows")


def test_a_range_of_one_is_its_key() -> None:
    assert key_range("2013-03-15", "2013-03-15", 1) == "2013-03-15"
    assert key_range("2013-01-01", "2013-12-31", 365) == "2013-01-01 … 2013-12-31 (365)"
