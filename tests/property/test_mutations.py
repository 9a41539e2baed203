"""Each rule of soundness is needed: when it is weakened, some generated query gives other rows.

`SWATHE_DEEP_TESTS=1` tries all of them; otherwise some, each for a moment.
"""

from __future__ import annotations

import os

import pytest

from queries.mutations import MUTATIONS, Mutation, caught

DEEP = bool(os.environ.get("SWATHE_DEEP_TESTS"))
QUICK = 60
CASES = 2500 if DEEP else QUICK


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_the_rule_is_needed(mutation: Mutation) -> None:
    if not DEEP and mutation.patience > QUICK:
        pytest.skip("found in a deep run only")
    assert caught(mutation, CASES) is not None


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_the_mutation_fits_the_code(mutation: Mutation) -> None:
    with pytest.MonkeyPatch.context() as patch:
        mutation.apply(patch)
