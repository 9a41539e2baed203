"""What is no more known of a table's rows once a column of theirs was cast to a type that loses values."""

from __future__ import annotations

from datetime import datetime

from swathe.engine.adapter import Session
from swathe.model.definition import ModelName
from swathe.state.store import StateStore


def distrust(store: StateStore, session: Session, model: ModelName, reason: str, now: datetime) -> None:
    """Mark all built partitions of a model to be rebuilt, however they were cut. Writes state."""
    session.execute(
        f"UPDATE {store.table('partitions')} SET invalidated_at = ?, invalidated_for = ? WHERE model = ?",
        [now, reason, model],
    )
