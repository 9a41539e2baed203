"""Reads the versions of some partitions of many models at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from swathe.engine.adapter import Session
from swathe.model.definition import ModelName
from swathe.partition.grid import Scheme
from swathe.plan.compared import Compared
from swathe.plan.versions import ColumnSet
from swathe.state.column_sets import columns_from_text
from swathe.state.column_versions import numbered
from swathe.state.places import Places
from swathe.state.store import StateStore

Pairs = tuple[dict[int, int], dict[ColumnSet, dict[int, int]]]
"""Version by partition that holds rows: over whole rows, and over sets of columns."""


class VersionPairs:
    """Two questions, whatever is asked for. Call inside one snapshot."""

    def __init__(self, session: Session, store: StateStore) -> None:
        self._session = session
        self._store = store

    def read(self, wanted: Mapping[ModelName, Compared], schemes: Mapping[ModelName, Scheme]) -> dict[ModelName, Pairs]:
        """Of all models that are wanted. What is not stored over some columns is not there."""
        asked = {name: each for name, each in wanted.items() if each.partitions is None or each.partitions}
        among = {name: each.partitions for name, each in asked.items() if each.partitions is not None}
        whole: dict[ModelName, list[Sequence[Any]]] = defaultdict(list)
        sets: dict[ModelName, dict[ColumnSet, list[Sequence[Any]]]] = defaultdict(lambda: defaultdict(list))
        if asked:
            places = Places.of(asked, among)
            for model, unit, *row in self._session.query(
                f"SELECT t.model, t.unit, t.slice, t.ordinal, t.data_version FROM {self._store.table('partitions')} "
                f"AS t {places.join} WHERE t.row_count > 0",
                places.values,
            ):
                if unit == schemes[ModelName(model)].unit:
                    whole[ModelName(model)].append(row)
        over = [name for name, each in asked.items() if each.sets]
        if over:
            places = Places.of(over, among)
            for model, unit, text, *row in self._session.query(
                "SELECT t.model, t.unit, t.columns, t.slice, t.ordinal, t.version "
                f"FROM {self._store.table('column_versions')} AS t {places.join}",
                places.values,
            ):
                if unit == schemes[ModelName(model)].unit:
                    sets[ModelName(model)][columns_from_text(text) or frozenset()].append(row)
        return {
            name: (
                numbered(whole[name], schemes[name]),
                {columns: numbered(sets[name][columns], schemes[name]) for columns in each.sets},
            )
            for name, each in wanted.items()
        }
