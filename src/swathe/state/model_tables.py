"""The table or view that each model's records are about, and how it is cut: what one process changes for all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from swathe.engine.adapter import Session
from swathe.errors import StateError
from swathe.model.definition import ModelName, Relation


class Store(Protocol):
    """What is asked of a `StateStore`."""

    @property
    def session(self) -> Session: ...

    def table(self, name: str) -> str: ...

    def lock_name(self, kind: str, name: str) -> str: ...

    def insert(self, table: str, rows: Sequence[tuple[object, ...]]) -> None: ...

    def forget(self, model: ModelName) -> None: ...


class ModelTables:
    """Reads and writes them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._session = store.session
        self._target = store.table("tables")

    def all(self) -> dict[ModelName, Relation]:
        rows = self._session.query(f"SELECT model, table_schema, table_name FROM {self._target}")
        return {ModelName(model): Relation(schema, name) for model, schema, name in rows}

    def lock(self, model: ModelName) -> None:
        """Nobody else changes a model's table, or what is known of all of it, until the transaction ends."""
        self._session.lock(self._store.lock_name("model", model))

    def set(self, model: ModelName, relation: Relation, unit: str, now: datetime) -> bool:
        """From now on a model's records are about this table, cut so. Records of another table are deleted. Gives
        whether they were about it before.

        Call inside a transaction that has the model locked. Raises FrozenError. Writes state.
        """
        before = self._of(model)
        if before is not None and before[0] == relation:
            if before[1] != unit:
                self._session.execute(f"UPDATE {self._target} SET unit = ? WHERE model = ?", [unit, model])
            return True
        if before is not None:
            self._store.forget(model)
            self._session.execute(f"DELETE FROM {self._target} WHERE model = ?", [model])
        self._store.insert("tables", [(model, relation.schema, relation.name, unit, now)])
        return False

    def refuse_moved(self, model: ModelName, relation: Relation, unit: str) -> None:
        """Raises StateError when a model's records are about another table now, or it is cut in another way.

        Call inside the transaction that would write it.
        """
        if self._of(model) != (relation, unit):
            raise StateError(
                f"another run has given `{model}` another table or another cut meanwhile",
                hint="run the same command again, and let all who run it have the same models",
            )

    def _of(self, model: ModelName) -> tuple[Relation, str] | None:
        rows = self._session.query(
            f"SELECT table_schema, table_name, unit FROM {self._target} WHERE model = ?", [model]
        )
        return (Relation(rows[0][0], rows[0][1]), rows[0][2]) if rows else None
