"""What `diff` counts is what counting by hand gives, for any two small tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import isnan, nan
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from swathe.api.matching import compare
from swathe.engine.duckdb.session import DuckDBSession, NamedLocks
from swathe.model.definition import Column
from swathe.sql.diff import Comparison, TwoSides
from swathe.sql.diff_columns import match_columns
from swathe.sql.diff_keys import best_key, composite_keys, single_keys

COLUMNS = [
    Column("c1", "INTEGER"),
    Column("a b", "VARCHAR"),
    Column("side", "DOUBLE"),
    Column("n", "INTEGER[]"),
]
"""Some have names that the statements use themselves."""

MOST = 50

Row = tuple[Any, ...]
rows = st.lists(
    st.tuples(
        st.none() | st.integers(0, 3),
        st.sampled_from([None, "a", "A", "", "b'"]),
        st.sampled_from([None, 0.5, 1.0, nan]),
        st.sampled_from([None, [], [1], [1, None]]),
    ),
    max_size=6,
)


@pytest.fixture(scope="module")
def session() -> Iterator[DuckDBSession]:
    with duckdb.connect(config={"threads": 1}) as connection:
        yield DuckDBSession(connection, NamedLocks())


def selected(table: Sequence[Row]) -> str:
    values = ", ".join(f"({', '.join(_literal(value) for value in row)})" for row in table) or "(0, '', 0, [])"
    names = ", ".join(f'CAST("c{i}" AS {column.type}) AS "{column.name}"' for i, column in enumerate(COLUMNS))
    return f"SELECT {names} FROM (VALUES {values}) AS v (c0, c1, c2, c3) WHERE {'TRUE' if table else 'FALSE'}"


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return f"[{', '.join(_literal(inner) for inner in value)}]"
    if isinstance(value, float):
        return "'nan'::DOUBLE" if isnan(value) else str(value)
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def sides_of(stored: Sequence[Row], now: Sequence[Row]) -> TwoSides:
    return TwoSides(selected(stored), selected(now), match_columns(COLUMNS, COLUMNS).shared, "duckdb")


def plain(row: Sequence[Any]) -> Row:
    """A row of which two are equal when no column is distinct."""
    return tuple(repr(value) for value in row)


def by_hand(stored: Sequence[Row], now: Sequence[Row]) -> tuple[int, int]:
    before, after = (Counter(plain(row) for row in table) for table in (stored, now))
    return (after - before).total(), (before - after).total()


def unique(table: Sequence[Row], key: Sequence[int]) -> bool:
    keys = [tuple(row[index] for index in key) for row in table]
    return len(set(keys)) == len(keys) and not any(value is None for one in keys for value in one)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stored=rows, now=rows)
def test_rows_as_they_are(session: DuckDBSession, stored: list[Row], now: list[Row]) -> None:
    sides = sides_of(stored, now)
    found = sides.read_multisets(session.fetch(sides.as_multisets(MOST))[1], MOST)
    added, removed = by_hand(stored, now)
    assert (found.stored, found.now, found.added, found.removed) == (len(stored), len(now), added, removed)
    left = Counter(plain(row) for row in stored) - Counter(plain(row) for row in found.removed_rows)
    assert left + Counter(plain(row) for row in found.added_rows) == Counter(plain(row) for row in now)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stored=rows, now=rows, key=st.sampled_from([(0,), (1,), (0, 1)]), limit=st.integers(0, 3))
def test_rows_matched_by_a_key(
    session: DuckDBSession, stored: list[Row], now: list[Row], key: tuple[int, ...], limit: int
) -> None:
    sides = sides_of(stored, now)
    (tried,) = sides.read_trials(session.query(sides.trial([key])), [key])
    if stored or now:
        assert tried.is_key == (unique(stored, key) and unique(now, key))
    # What tells no rows apart is made to: the first row of each value stays.
    stored, now = _first_of_each(stored, key), _first_of_each(now, key)
    sides = sides_of(stored, now)
    found = sides.read_by_key(session.fetch(sides.by_key(key, limit))[1], key)
    before, after = ({tuple(row[index] for index in key): row for row in table} for table in (stored, now))
    both = before.keys() & after.keys()
    differing = {
        index: sum(plain([before[one][index]]) != plain([after[one][index]]) for one in both)
        for index in range(len(COLUMNS))
    }
    changed = sum(plain(before[one]) != plain(after[one]) for one in both)
    assert found == Comparison(
        stored=len(stored),
        now=len(now),
        added=len(after.keys() - both),
        removed=len(before.keys() - both),
        changed=changed,
        changes={index: count for index, count in differing.items() if count},
        added_rows=found.added_rows,
        removed_rows=found.removed_rows,
        changed_rows=found.changed_rows,
    )
    assert len(found.added_rows) == min(limit, found.added)
    assert len(found.removed_rows) == min(limit, found.removed)
    assert len(found.changed_rows) == min(limit, changed)
    assert all(plain(row) in set(map(plain, now)) for row in found.added_rows)
    assert all(plain(row) in set(map(plain, stored)) for row in found.removed_rows)
    for row in found.changed_rows:
        assert row.differs == tuple(
            index for index in range(len(COLUMNS)) if plain([row.stored[index]]) != plain([row.now[index]])
        )


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stored=rows, now=rows, cut_by=st.sampled_from([[], [0], [1], [0, 1]]))
def test_a_key_that_is_found_is_one_and_the_first_that_matches_most(
    session: DuckDBSession, stored: list[Row], now: list[Row], cut_by: list[int]
) -> None:
    sides = sides_of(stored, now)
    key, found = compare(session, sides, None, cut_by, 0)
    assert found.now - found.added == found.stored - found.removed == found.same + (found.changed or 0)
    keys = [one for one in ((0,), (1,), (0, 1)) if unique(stored, one) and unique(now, one)]
    if key is None:
        assert not (stored and now and keys)
        return
    assert tuple(sorted(key)) in keys
    matched = {one: len(_keys(stored, one) & _keys(now, one)) for one in keys}
    assert matched[tuple(sorted(key))] == max(matched.values())


def test_there_is_nothing_to_look_for_without_columns_that_may_be_a_key() -> None:
    columns = match_columns(COLUMNS[2:], COLUMNS[2:]).shared
    assert single_keys(columns) == composite_keys([], []) == []
    assert best_key([]) is None


def _first_of_each(table: Sequence[Row], key: Sequence[int]) -> list[Row]:
    found: dict[Row, Row] = {}
    for row in table:
        one = tuple(row[index] for index in key)
        if None not in one:
            found.setdefault(one, row)
    return list(found.values())


def _keys(table: Sequence[Row], key: Sequence[int]) -> set[Row]:
    return {tuple(row[index] for index in key) for row in table}
