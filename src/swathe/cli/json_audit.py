"""What `--output json` says of audits."""

from __future__ import annotations

from typing import Any

from swathe.api.audit import Audited
from swathe.cli.json_cells import cell_json, instant
from swathe.run.audits import AuditResult
from swathe.state.audits import AuditRow

Json = dict[str, Any]


def audited_json(audited: Audited) -> Json:
    """`models` are those with audits; `partitions` and `audited` are what was looked at."""
    workspace = audited.workspace
    return {
        "project": workspace.settings.name,
        "target": workspace.profile.target,
        "now": instant(workspace.now),
        "models": [
            {
                "model": model.spec.name,
                "partitions": model.partitions.count,
                "audited": [{"from": first, "to": last} for first, last in model.spec.keys(model.partitions)],
                "audits": [audit_json(result) for result in model.results],
            }
            for model in audited.models
        ],
        "totals": {status: audited.count(status) for status in ("passed", "warned", "failed")},
    }


def audit_json(result: AuditResult) -> Json:
    """What one audit found. `ranges` are the partitions with bad rows, `rows` a few of those."""
    return {
        "audit": result.name,
        "severity": str(result.audit.severity),
        "status": result.status,
        "bad_rows": result.bad_rows,
        "ranges": [{"from": first, "to": last} for first, last in result.keys],
        "message": result.message or None,
        "columns": list(result.columns),
        "rows": [[cell_json(cell) for cell in row] for row in result.rows],
    }


def stored_audit_json(row: AuditRow) -> Json:
    """What one audit found in a batch of a run."""
    return {
        "model": row.model,
        "from": row.first_key,
        "to": row.last_key,
        "partitions": row.partitions,
        "audit": row.audit,
        "severity": row.severity,
        "status": row.status,
        "bad_rows": row.bad_rows,
        "message": row.message,
        "checked_at": instant(row.checked_at),
    }
