"""The statements that tell how the stored rows of some partitions differ from what a query gives for them now.

Each is one SELECT that reads either side once, so what it counts and the rows that it shows are of one moment. Nothing
is compared outside of the database. A key's columns hold no NULL, so rows are matched by `=`, which can be hashed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from swathe.frozen import frozen
from swathe.sql.diff_columns import SharedColumn

Row = tuple[Any, ...]
Key = tuple[int, ...]
"""Positions of columns, among those that both sides have."""


@frozen
class Trial:
    """How well a set of columns tells rows apart. `stored_values` and `now_values` count its different values on either
    side, `common` those on both; `nulls` the rows of both sides in which one of the columns is NULL.
    """

    key: Key
    stored: int
    now: int
    stored_values: int
    now_values: int
    common: int
    nulls: int

    @property
    def is_key(self) -> bool:
        return not self.nulls and self.stored == self.stored_values and self.now == self.now_values

    @property
    def values(self) -> int:
        return self.stored_values + self.now_values - self.common


@frozen
class ChangedRow:
    """A row before and after, in all columns. `differs` are the positions of those that are not the same."""

    stored: Row
    now: Row
    differs: tuple[int, ...]


@frozen
class Comparison:
    """How two sides differ, and the first rows of each kind. `changes` counts the changed rows in which a column
    differs, by its position. `changed` is None where rows could not be matched: a changed row is then one that was
    removed and one that was added.
    """

    stored: int
    now: int
    added: int
    removed: int
    changed: int | None
    changes: dict[int, int]
    added_rows: tuple[Row, ...] = ()
    removed_rows: tuple[Row, ...] = ()
    changed_rows: tuple[ChangedRow, ...] = ()

    @property
    def same(self) -> int:
        return self.now - self.added - (self.changed or 0)


@frozen
class TwoSides:
    """Two SELECTs, of stored rows and of those that a query gives, with the columns that both have, at least one."""

    stored: str
    now: str
    columns: tuple[SharedColumn, ...]
    dialect: str

    def trial(self, keys: Sequence[Key], sample: int | None = None) -> str:
        """A row for each set of columns: see `read_trials`. With `sample` of so many rows of either side only: what is
        no key among those is none.
        """
        used = sorted({index for key in keys for index in key})
        trials = "\nUNION ALL\n".join(_trial(number, key) for number, key in enumerate(keys))
        sides = self
        if sample is not None:
            sides = replace(self, stored=_first(self.stored, sample), now=_first(self.now, sample))
        return f"WITH sides AS MATERIALIZED (\n{sides._sides(used)}\n)\n{trials}"  # noqa: SLF001 - the same class

    def by_key(self, key: Key, limit: int) -> str:
        """Rows matched by columns that are a key: see `read_by_key`. Shows `limit` rows of each kind."""
        rest = self._rest(key)
        changed = " + ".join(f"d{index}" for index in rest) or "0"
        totals = [
            *(_count(f"kind = '{kind}'") for kind in ("added", "removed", "changed", "same")),
            *(_count(f"kind = 'changed' AND d{index} = 1") for index in rest),
        ]
        order = ", ".join(f"k{index}" for index in key)
        return (
            f"WITH matched AS (\n{self._matched(key, rest)}\n),\n"
            "pairs AS MATERIALIZED (\nSELECT m.*, CASE WHEN side IS NOT NULL THEN side "
            f"WHEN {changed} > 0 THEN 'changed' ELSE 'same' END AS kind\nFROM matched AS m\n),\n"
            f"totals AS (\nSELECT {_named(totals)}\nFROM pairs\n),\n"
            f"{_samples('pairs', order, limit)}"
            f"SELECT t.*, {self._shown(rest)}\nFROM totals AS t LEFT JOIN samples AS s ON TRUE"
        )

    def as_multisets(self, limit: int) -> str:
        """Rows as they are, each as often as it is there: see `read_multisets`. Shows `limit` rows of each kind."""
        listed = ", ".join(f"c{index}" for index in range(len(self.columns)))
        kind = "CASE WHEN n > s THEN 'added' WHEN n < s THEN 'removed' ELSE 'same' END"
        totals = [
            "COALESCE(SUM(s), 0)",
            "COALESCE(SUM(n), 0)",
            "COALESCE(SUM(CASE WHEN n > s THEN n - s END), 0)",
            "COALESCE(SUM(CASE WHEN n < s THEN s - n END), 0)",
        ]
        return (
            f"WITH counted AS MATERIALIZED (\nSELECT {listed}, s, n, {kind} AS kind\nFROM (\n"
            f"SELECT {listed}, SUM(s) AS s, SUM(n) AS n\nFROM (\n{self._sides(range(len(self.columns)))}\n) AS b\n"
            f"GROUP BY {listed}\n) AS g\n),\n"
            f"totals AS (\nSELECT {_named(totals)}\nFROM counted\n),\n"
            f"{_samples('counted', listed, limit)}"
            f"SELECT t.*, s.kind, s.place, s.n - s.s AS surplus, {_prefixed('s.c', range(len(self.columns)))}\n"
            "FROM totals AS t LEFT JOIN samples AS s ON TRUE"
        )

    def read_trials(self, rows: Sequence[Row], keys: Sequence[Key]) -> list[Trial]:
        """In the order of the keys."""
        return [Trial(keys[row[0]], *(int(number or 0) for number in row[1:])) for row in sorted(rows)]

    def read_by_key(self, rows: Sequence[Row], key: Key) -> Comparison:
        rest = self._rest(key)
        added, removed, changed, same, *counts = (int(number) for number in rows[0][: 4 + len(rest)])
        width = len(self.columns)
        found: dict[str, list[Row]] = {"added": [], "removed": []}
        changes = []
        for kind, _, *values in sorted((row[4 + len(rest) :] for row in rows), key=_place):
            stored, now, flags = values[:width], values[width : 2 * width], values[2 * width :]
            if kind == "changed":
                differs = tuple(index for index, flag in zip(rest, flags, strict=True) if flag)
                changes.append(ChangedRow(tuple(stored), tuple(now), differs))
            elif kind is not None:
                found[kind].append(tuple(now if kind == "added" else stored))
        return Comparison(
            stored=removed + changed + same,
            now=added + changed + same,
            added=added,
            removed=removed,
            changed=changed,
            changes={index: count for index, count in zip(rest, counts, strict=True) if count},
            added_rows=tuple(found["added"]),
            removed_rows=tuple(found["removed"]),
            changed_rows=tuple(changes),
        )

    def read_multisets(self, rows: Sequence[Row], limit: int) -> Comparison:
        """Where one side has no rows, no row can have changed."""
        stored, now, added, removed = (int(number) for number in rows[0][:4])
        found: dict[str, list[Row]] = {"added": [], "removed": []}
        for kind, _, surplus, *values in sorted((row[4:] for row in rows), key=_place):
            if kind is not None:
                found[kind] += [tuple(values)] * min(abs(int(surplus)), limit)
        changed = None if stored and now and (added or removed) else 0
        first = {kind: tuple(listed[:limit]) for kind, listed in found.items()}
        return Comparison(stored, now, added, removed, changed, {}, first["added"], first["removed"])

    def _rest(self, key: Key) -> list[int]:
        return [index for index in range(len(self.columns)) if index not in key]

    def _sides(self, used: Sequence[int]) -> str:
        """The rows of both sides, one below the other."""
        old = [f"{self.columns[index].stored_sql('a.', self.dialect)} AS c{index}" for index in used]
        new = [f"{self.columns[index].now_sql('b.', self.dialect)} AS c{index}" for index in used]
        return (
            f"SELECT {', '.join(old)}, 1 AS s, 0 AS n\nFROM (\n{self.stored}\n) AS a\nUNION ALL\n"
            f"SELECT {', '.join(new)}, 0 AS s, 1 AS n\nFROM (\n{self.now}\n) AS b"
        )

    def _matched(self, key: Key, rest: Sequence[int]) -> str:
        """Each row beside its partner: the key, both sides' columns, and for each column whether they differ."""
        old = [column.stored_sql("a.", self.dialect) for column in self.columns]
        new = [column.now_sql("b.", self.dialect) for column in self.columns]
        side = f"CASE WHEN {old[key[0]]} IS NULL THEN 'added' WHEN {new[key[0]]} IS NULL THEN 'removed' END AS side"
        columns = [
            *(f"COALESCE({old[index]}, {new[index]}) AS k{index}" for index in key),
            *self._raw(),
            *(f"CASE WHEN {old[index]} IS DISTINCT FROM {new[index]} THEN 1 ELSE 0 END AS d{index}" for index in rest),
        ]
        condition = " AND ".join(f"{old[index]} = {new[index]}" for index in key)
        return (
            f"SELECT {side},\n{', '.join(columns)}\n"
            f"FROM (\n{self.stored}\n) AS a\nFULL JOIN (\n{self.now}\n) AS b ON {condition}"
        )

    def _raw(self) -> Iterator[str]:
        for index, column in enumerate(self.columns):
            yield f"a.{column.raw_stored(self.dialect)} AS s{index}"
            yield f"b.{column.raw_now(self.dialect)} AS n{index}"

    def _shown(self, rest: Sequence[int]) -> str:
        everything = range(len(self.columns))
        parts = [_prefixed("s.s", everything), _prefixed("s.n", everything), _prefixed("s.d", rest)]
        return ", ".join(["s.kind", "s.place", *(part for part in parts if part)])


def _first(select: str, rows: int) -> str:
    return f"SELECT * FROM (\n{select}\n) AS q LIMIT {int(rows)}"


def _trial(number: int, key: Key) -> str:
    listed = ", ".join(f"c{index}" for index in key)
    null = " OR ".join(f"c{index} IS NULL" for index in key)
    return (
        f"SELECT {number} AS trial, SUM(s), SUM(n), {_count('s > 0')}, {_count('n > 0')}, {_count('s > 0 AND n > 0')}, "
        f"SUM(CASE WHEN {null} THEN s + n ELSE 0 END)\n"
        f"FROM (SELECT {listed}, SUM(s) AS s, SUM(n) AS n FROM sides GROUP BY {listed}) AS g"
    )


def _samples(relation: str, order: str, limit: int) -> str:
    """The first rows of each kind but those that are the same."""
    return (
        "samples AS (\nSELECT * FROM (\n"
        f"SELECT r.*, ROW_NUMBER() OVER (PARTITION BY kind ORDER BY {order}) AS place\n"
        f"FROM {relation} AS r\nWHERE kind <> 'same'\n) AS p\nWHERE place <= {int(limit)}\n)\n"
    )


def _count(condition: str) -> str:
    return f"COUNT(CASE WHEN {condition} THEN 1 END)"


def _named(expressions: Sequence[str]) -> str:
    return ", ".join(f"{expression} AS t{number}" for number, expression in enumerate(expressions))


def _prefixed(prefix: str, numbers: Sequence[int]) -> str:
    return ", ".join(f"{prefix}{number}" for number in numbers)


def _place(row: Row) -> int:
    return row[1] or 0
