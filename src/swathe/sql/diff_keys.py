"""By which columns rows of two sides are matched, where nobody says so.

Of the sets of columns that tell all rows of either side apart, the one by which most rows find a partner; of several
the smallest, then the first in the order of the columns. A measure may be unique by chance, and then matches only the
rows in which it did not change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from math import prod

from swathe.sql.diff import Key, Trial
from swathe.sql.diff_columns import SharedColumn

_MOST_COLUMNS = 4
_LEADING = 8
_MOST_TRIALS = 100


def single_keys(columns: Sequence[SharedColumn]) -> list[Key]:
    """Each column that may be a key."""
    return [(index,) for index, column in enumerate(columns) if column.may_be_key]


def composite_keys(trials: Sequence[Trial], cut_by: Sequence[int]) -> list[Key]:
    """Sets of up to four columns that are worth a trial: the columns that cut the table, and some of the others.

    `trials` are those of single columns. A column with NULL is in no key, one with a single value tells nothing apart,
    and so many values as there are rows can't come of fewer combinations.
    """
    alone = {trial.key[0]: trial for trial in trials if not trial.nulls}
    base = [index for index in cut_by if index in alone]
    others = [index for index, trial in alone.items() if index not in base and trial.values > 1][:_LEADING]
    return [key for key in _sets(base, others) if _may_be_key(key, alone)][:_MOST_TRIALS]


def best_key(trials: Iterable[Trial]) -> Trial | None:
    """None when none of them is a key."""
    found = [trial for trial in trials if trial.is_key]
    return min(found, key=lambda trial: (-trial.common, len(trial.key)), default=None)


def matches_all(trial: Trial) -> bool:
    """Whether no other key can match more rows."""
    return trial.common == min(trial.stored, trial.now)


def _sets(base: Sequence[int], others: Sequence[int]) -> Iterator[Key]:
    most = max(_MOST_COLUMNS - len(base), 1)
    for more in range(most + 1):
        for chosen in combinations(others, more):
            if len(base) + more > 1:
                yield (*base, *chosen)


def _may_be_key(key: Key, alone: Mapping[int, Trial]) -> bool:
    trials = [alone[index] for index in key]
    return prod(trial.values for trial in trials) >= max(trials[0].stored, trials[0].now)
