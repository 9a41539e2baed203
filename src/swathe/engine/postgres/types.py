"""What columns are called and what they hold, as the server says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from swathe.engine.postgres.session import PostgresSession
from swathe.model.definition import Column

_SPELLED = "CASE WHEN t.typnamespace = 'pg_catalog'::regnamespace THEN upper({0}) ELSE {0} END"
"""Built-in types in upper case; in the name of another one the case may matter."""

COLUMN_TYPE = _SPELLED.format("format_type(a.atttypid, a.atttypmod)")


class TypeNames:
    """Names of types by number and modifier, each asked for once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], str] = {}

    def columns(self, session: PostgresSession, described: Sequence[tuple[str, int, int]]) -> tuple[Column, ...]:
        """From what `PostgresSession.describe` gives."""
        self._learn(session, {(number, modifier) for _, number, modifier in described} - self._known.keys())
        return tuple(Column(name, self._known[number, modifier]) for name, number, modifier in described)

    def _learn(self, session: PostgresSession, wanted: Iterable[tuple[int, int]]) -> None:
        pairs = sorted(wanted)
        if not pairs:
            return
        spelled = _SPELLED.format("format_type(w.number, w.modifier)")
        rows = session.query(
            f"SELECT w.number::bigint, w.modifier, {spelled} "
            "FROM UNNEST(CAST(? AS oid[]), CAST(? AS integer[])) AS w(number, modifier) "
            "JOIN pg_catalog.pg_type AS t ON t.oid = w.number",
            [[number for number, _ in pairs], [modifier for _, modifier in pairs]],
        )
        self._known.update({(number, modifier): name for number, modifier, name in rows})
