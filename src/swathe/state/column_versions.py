"""The stored versions of models' partitions over sets of columns.

Invariant: what is stored is what measuring the partition's rows in the table would give. So it is written with them or
while they are held, goes with their record, and is deleted when the columns are altered. A set may be there for some
partitions only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from swathe.engine.adapter import Session
from swathe.model.definition import InputName, ModelName
from swathe.partition.grid import STRIDE, Scheme, line_of, slice_number, slice_of, slice_texts
from swathe.partition.interval import Interval
from swathe.plan.versions import ColumnSet
from swathe.state.column_sets import columns_from_text, columns_to_text


class Store(Protocol):
    """What is asked of a `StateStore`."""

    @property
    def session(self) -> Session: ...

    def table(self, name: str) -> str: ...

    def insert(self, table: str, rows: Sequence[tuple[object, ...]]) -> None: ...


class ColumnVersions:
    """Reads and writes them, and says which sets are asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._session = store.session
        self._target = store.table("column_versions")

    def over(
        self, model: ModelName, scheme: Scheme, sets: Collection[ColumnSet], among: Interval | None = None
    ) -> dict[ColumnSet, dict[int, int]]:
        """Version by partition over each of these sets, of those that hold rows and were measured over it; `among` a
        run along the line, None is all.
        """
        texts = {columns_to_text(columns): columns for columns in sets}
        if not texts:
            return {}
        within, values = along(among)
        # A list takes DuckDB twice as long as one value, which is all that most readers read.
        one_of = "columns = ?" if len(texts) == 1 else "columns IN (SELECT UNNEST(CAST(? AS VARCHAR[])))"
        rows = self._session.query(
            f"SELECT columns, slice, ordinal, version FROM {self._target} "
            f"WHERE model = ? AND unit = ? AND {one_of}{within}",
            [model, scheme.unit, next(iter(texts)) if len(texts) == 1 else list(texts), *values],
        )
        found: dict[str, list[Sequence[Any]]] = {}
        for text, *row in rows:
            found.setdefault(text, []).append(row)
        return {columns: numbered(found.get(text or "", ()), scheme) for text, columns in texts.items()}

    def recorded(self, readers: Iterable[ModelName]) -> dict[InputName, set[ColumnSet | None]]:
        """The sets of columns of each input that records of these models are about."""
        of_models = "WHERE model IN (SELECT UNNEST(CAST(? AS VARCHAR[])))"
        names = sorted(readers)
        rows = self._session.query(
            f"SELECT DISTINCT input, columns FROM {self._store.table('inputs')} {of_models} "
            f"UNION SELECT DISTINCT input, columns FROM {self._store.table('checks')} {of_models}",
            [names, names],
        )
        found: dict[InputName, set[ColumnSet | None]] = defaultdict(set)
        for name, text in rows:
            found[InputName(name)].add(columns_from_text(text))
        return found

    def add(self, model: ModelName, scheme: Scheme, sets: Mapping[ColumnSet, Mapping[int, int]]) -> None:
        """Store versions by partition that are not stored yet. Call inside a transaction that holds the partitions.
        Writes state.
        """
        numbers = sorted({slice_of(ordinal) for versions in sets.values() for ordinal in versions})
        texts = dict(zip(numbers, slice_texts(scheme, numbers), strict=True))
        self._store.insert(
            "column_versions",
            [
                (model, scheme.unit, texts[slice_of(ordinal)], line_of(ordinal), columns_to_text(columns), version)
                for columns, versions in sets.items()
                for ordinal, version in versions.items()
            ],
        )

    def forget(self, model: ModelName, altered: Iterable[str]) -> None:
        """Delete those over any of these columns, whose values in the table were changed. Writes state."""
        names = frozenset(name.lower() for name in altered)
        rows = self._session.query(f"SELECT DISTINCT columns FROM {self._target} WHERE model = ?", [model])
        for (text,) in rows:
            if names & (columns_from_text(text) or frozenset()):
                self._session.execute(f"DELETE FROM {self._target} WHERE model = ? AND columns = ?", [model, text])


def along(lines: Interval | None) -> tuple[str, list[object]]:
    """A condition more, that a row is about a place in a run along the line, and its parameters; None is everywhere."""
    return ("", []) if lines is None else (" AND ordinal BETWEEN ? AND ?", [lines.start, lines.last])


def numbered(rows: Iterable[Sequence[Any]], scheme: Scheme) -> dict[int, int]:
    """Versions of slices and places along the line, by partition; without slices that the scheme does not know."""
    numbers: dict[str, int | None] = {}
    found: dict[int, int] = {}
    for part, along, version in rows:
        if part not in numbers:
            numbers[part] = slice_number(scheme, part)
        if (number := numbers[part]) is not None:
            found[number * STRIDE + along] = version
    return found
