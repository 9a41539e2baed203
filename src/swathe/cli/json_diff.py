"""What `swathe diff --output json` says."""

from __future__ import annotations

from swathe.api.diff import Difference
from swathe.cli.json_cells import cell_json, instant
from swathe.cli.json_output import Json
from swathe.sql.diff import ChangedRow, Row


def diff_json(found: Difference, asked: str | None) -> Json:
    """`partition` is its own key; the key that was asked for where that covers several."""
    rows = found.rows
    first = found.partitions.intervals[0].start
    names = [column.name for column in found.columns.shared]
    return {
        "model": found.spec.name,
        "partition": found.spec.scheme.key(first) if found.partitions.count == 1 else asked,
        "partitions": found.partitions.count,
        "fingerprints": list(found.fingerprints),
        "logic_differs": found.logic_differs,
        "stays": found.stays,
        "built": [
            {
                "fingerprint": entry.fingerprint,
                "same": entry.same,
                "partitions": entry.partitions,
                "built_at": instant(entry.built_at),
            }
            for entry in found.built
        ],
        "key": None if found.key is None else list(found.key),
        "rows_stored": rows.stored,
        "rows_now": rows.now,
        "added": rows.added,
        "removed": rows.removed,
        "changed": rows.changed,
        "same": rows.same,
        "columns": [
            {"column": column.name, "stored": column.stored.type, "now": column.now.type,
             "changed": None if rows.changed is None else rows.changes.get(index, 0)}
            for index, column in enumerate(found.columns.shared)
        ],
        "columns_added": [column.name for column in found.columns.added],
        "columns_removed": [column.name for column in found.columns.removed],
        "samples": {
            "added": [_row(names, row) for row in rows.added_rows],
            "removed": [_row(names, row) for row in rows.removed_rows],
            "changed": [_changed(names, found.key or (), row) for row in rows.changed_rows],
        },
    }  # fmt: skip


def _row(names: list[str], row: Row) -> Json:
    return {name: cell_json(value) for name, value in zip(names, row, strict=True)}


def _changed(names: list[str], key: tuple[str, ...], row: ChangedRow) -> Json:
    """The key, and of the other columns those that differ."""
    stored, now = _row(names, row.stored), _row(names, row.now)
    differs = [names[index] for index in row.differs]
    return {
        "key": {name: now[name] for name in key},
        "stored": {name: stored[name] for name in differs},
        "now": {name: now[name] for name in differs},
    }
