"""Whatever a query does: every part of it read through the derived slices equals that part of the whole query.

`SWATHE_DEEP_TESTS=1` checks 20,000 queries; `SWATHE_CASES` and `SWATHE_SEED` say how many, and from which seed on.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest
from queries import Mode, make
from queries.check import filtered
from queries.deep import Tally, case_of, explained, run
from queries.themes import FOLLOWED, THEMES

DEEP = bool(os.environ.get("SWATHE_DEEP_TESTS"))
CASES = int(os.environ.get("SWATHE_CASES", "20000" if DEEP else "400"))
SEED = int(os.environ.get("SWATHE_SEED", "0"))


@pytest.fixture(scope="module")
def tally() -> Tally:
    return run(SEED, CASES, print if DEEP else None)


def test_reading_less_changes_nothing(tally: Tally) -> None:
    assert not tally.wrong, "\n\n".join(explained(case, finding, 10) for case, finding in tally.wrong[:3])


def test_most_queries_run(tally: Tally) -> None:
    assert tally.skipped < 0.1, tally.reasons.most_common(5)


def test_every_feature_is_met() -> None:
    met = Counter(feature for seed in range(SEED, SEED + 4000) for feature in case_of(seed).features)
    assert not {feature for theme in THEMES for feature in theme if met[feature] < 5}


@pytest.mark.parametrize("feature", sorted(FOLLOWED))
def test_what_rules_are_written_for_is_filtered(feature: str) -> None:
    theme = frozenset(next(theme for theme in THEMES if feature in theme))
    cases = (make(seed, theme, Mode.TIME) for seed in range(200))
    assert any(feature in case.features and filtered(case) for case in cases)


def test_many_scans_are_filtered(tally: Tally) -> None:
    assert tally.scans["filtered"] > 0.3 * tally.scans["all"]
