"""Whatever a query does: every part of it read through the derived slices equals that part of the whole query.

`SWATHE_DEEP_TESTS=1` checks 20,000 queries; `SWATHE_CASES` and `SWATHE_SEED` say how many, and from which seed on.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest
from queries import Mode, make
from queries.check import Verdict, filtered
from queries.databases import use_postgres
from queries.deep import Tally, case_of, explained, run
from queries.postgres import PostgresWorlds
from queries.themes import FOLLOWED, POSTGRES_THEMES, THEMES

from support.postgres import Postgres

DEEP = bool(os.environ.get("SWATHE_DEEP_TESTS"))
CASES = int(os.environ.get("SWATHE_CASES", "20000" if DEEP else "400"))
SEED = int(os.environ.get("SWATHE_SEED", "0"))


@pytest.fixture(scope="module")
def tally() -> Tally:
    return run(SEED, CASES, print if DEEP else None)


@pytest.fixture(scope="module")
def of_postgres(postgres: Postgres) -> Iterator[Tally]:
    with postgres.database() as database:
        worlds = PostgresWorlds(database.dsn)
        use_postgres(worlds)
        yield run(SEED, CASES, print if DEEP else None, "postgres")
        use_postgres(None)
        worlds.close()


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


def test_reading_less_changes_nothing_on_postgres(of_postgres: Tally) -> None:
    assert not of_postgres.wrong, "\n\n".join(explained(case, finding, 10) for case, finding in of_postgres.wrong[:3])


def test_most_queries_run_on_postgres(of_postgres: Tally) -> None:
    assert of_postgres.verdicts[Verdict.UNSAID] < 0.02 * of_postgres.verdicts.total(), of_postgres.reasons.most_common(
        5
    )
    assert of_postgres.skipped < 0.1, of_postgres.reasons.most_common(5)


def test_many_scans_are_filtered_on_postgres(of_postgres: Tally) -> None:
    assert of_postgres.scans["filtered"] > 0.25 * of_postgres.scans["all"]


def test_every_feature_of_postgres_is_met() -> None:
    met = Counter(feature for seed in range(SEED, SEED + 4000) for feature in case_of(seed, "postgres").features)
    assert not {feature for theme in POSTGRES_THEMES for feature in theme if met[feature] < 5}
