"""Each rule of soundness is needed: when it is weakened, some generated query gives other rows.

`SWATHE_DEEP_TESTS=1` looks for as long as it takes. Otherwise it looks for a moment, which is enough for most of them.
"""

from __future__ import annotations

import os

import pytest
from queries import Verdict, check, make
from queries.mutations import MUTATIONS, Mutation, caught

DEEP = bool(os.environ.get("SWATHE_DEEP_TESTS"))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_the_mutation_fits_the_code(mutation: Mutation) -> None:
    with pytest.MonkeyPatch.context() as patch:
        mutation.apply(patch)


def test_the_filter_of_the_partition_itself_is_needed() -> None:
    theme = frozenset({"window function", "RANGE over p"})
    assert any(check(make(seed, theme), outer=False).verdict is Verdict.DIFFERENT for seed in range(60))


def test_most_weakened_rules_are_found_at_once() -> None:
    unnoticed = [mutation.name for mutation in MUTATIONS if caught(mutation, 6) is None]
    assert len(unnoticed) < 0.6 * len(MUTATIONS), unnoticed


if DEEP:

    @pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
    def test_every_rule_is_needed(mutation: Mutation) -> None:
        assert caught(mutation, 3000) is not None
