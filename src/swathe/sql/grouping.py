"""Grouping by what is computed from columns."""

from __future__ import annotations

from collections.abc import Sequence

_GUESSES_BY_COLUMNS = frozenset({"postgres"})
"""Engines that take the day of a timestamp to have as many values as the timestamp. For so many groups they neither
hash nor work in parallel.
"""


def group_by_few(relation: str, keys: Sequence[str], dialect: str) -> tuple[str, list[str]]:
    """What stands after FROM and the keys to select and to group by, so that the engine expects few groups.

    Of a column of a UNION ALL nothing is known, and then a small number is guessed.

    >>> group_by_few("t", ["CAST(a AS DATE)"], "duckdb")
    ('t', ['CAST(a AS DATE)'])
    >>> print(group_by_few("t", ["CAST(a AS DATE)"], "postgres")[0])
    (SELECT *, CAST(a AS DATE) AS __swathe_key0 FROM t UNION ALL
    SELECT *, CAST(a AS DATE) AS __swathe_key0 FROM t WHERE FALSE) AS g
    """
    if dialect not in _GUESSES_BY_COLUMNS:
        return relation, list(keys)
    names = [f"__swathe_key{number}" for number in range(len(keys))]
    listed = "".join(f", {key} AS {name}" for key, name in zip(keys, names, strict=True))
    rows = f"SELECT *{listed} FROM {relation}"
    return f"({rows} UNION ALL\n{rows} WHERE FALSE) AS g", names
