"""What `swathe compact --output json` says."""

from __future__ import annotations

from typing import Any

from swathe.api.compact import Compacted
from swathe.run.compact import Scatter


def compacted_json(done: Compacted) -> dict[str, Any]:
    """`models` are those that were written anew; `left_out` tells of the others."""
    return {
        "run_id": done.changed.run_id,
        "models": [
            {
                "model": name,
                "partitions": after.partitions,
                "rows": after.rows,
                "before": _scatter(done.before[name]),
                "after": _scatter(after),
            }
            for name, after in done.after.items()
        ],
        "left_out": [
            {"model": change.spec.name, "why": part.why} for change in done.changed.found for part in change.left_out
        ],
        "totals": {"models": len(done.after)},
    }


def _scatter(scatter: Scatter) -> dict[str, Any]:
    return {"row_groups": scatter.groups, "row_groups_of_a_partition": round(scatter.groups_each, 3)}
