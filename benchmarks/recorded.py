"""Writes the records of a project as backfills would have left them, and times plans over them: a process of its own,
in the project's folder.

    python -m benchmarks.recorded write NOW DAYS
    python -m benchmarks.recorded plan NOW          prints JSON
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from swathe.api.backfill import save_logic
from swathe.api.plan import Choice, Planned, plan_in
from swathe.api.specs import model_targets
from swathe.api.workspace import ProjectOptions, Warehouse, Workspace, ensure_state, load, open_warehouse
from swathe.engine.adapter import Session
from swathe.plan.plan import Request
from swathe.plan.planner import build_plan
from swathe.state.column_sets import columns_to_text
from swathe.state.store import StateStore

FIRST = 14_610
"""2010-01-01, in days since 1970."""

_WRITTEN = datetime(2024, 1, 1)
_KEY = "CAST(CAST('1970-01-01' AS DATE) + CAST(d.ordinal AS INTEGER) AS VARCHAR)"


def main() -> None:
    what, now, *rest = sys.argv[1:]
    workspace = load(ProjectOptions(Path.cwd(), datetime.fromisoformat(now)))
    if what == "write":
        with open_warehouse(workspace, read_only=False) as warehouse:
            write_records(workspace, warehouse, int(rest[0]))
    else:
        with open_warehouse(workspace, read_only=True) as warehouse:
            print(json.dumps(timed_plan(workspace, warehouse)))


def timed_plan(workspace: Workspace, warehouse: Warehouse) -> dict[str, float]:
    """Seconds for reading the state and planning and for the planner alone, the most memory that the process had in
    MB, and how many partitions were recorded and are to be built.
    """
    selected = workspace.select((), ())
    start = time.perf_counter()
    planned = plan_in(workspace, warehouse, selected, Choice())
    whole = time.perf_counter() - start
    start = time.perf_counter()
    request = Request(frozenset(selected))
    built = build_plan(planned.specs, planned.records, planned.sources, workspace.now, request, planned.formers)
    alone = time.perf_counter() - start
    return {
        "whole": whole,
        "alone": alone,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "recorded": sum(facts.built.count for facts in planned.records.values()),
        "partitions": built.partitions,
    }


def write_records(workspace: Workspace, warehouse: Warehouse, days: int) -> None:
    """So many days from the first one of every model, all current."""
    planned = plan_in(workspace, warehouse, workspace.select((), ()), Choice())
    store, session = ensure_state(workspace, warehouse), warehouse.session
    for target in model_targets(workspace, warehouse.engine, {}, planned.cuts).values():
        session.execute(target.sql.create_table())
    with session.transaction():
        save_logic(workspace, [spec.name for spec in planned.specs], store, _WRITTEN)
    _write_helpers(planned, session, days)
    _write_from_helpers(store, session, warehouse.engine.capabilities.default_schema)


def _write_helpers(planned: Planned, session: Session, days: int) -> None:
    """Tables that the records are made from: models, the sets of columns that are read of each, days, the source."""
    models = []
    sets: dict[tuple[str, str | None], str] = {}
    for spec in planned.specs:
        (needed,) = spec.inputs
        columns, read = columns_to_text(needed.columns), needed.mapping.input.unit
        models.append((spec.name, spec.scheme.unit, spec.fingerprint, needed.name, read, columns))
        if needed.is_model:
            sets[needed.name, columns] = read
    text = ["VARCHAR"]
    _fill(session, "bench_models", "model unit fingerprint input input_unit columns", text * 6, models)
    _fill(session, "bench_sets", "model columns unit", text * 3, [(*key, unit) for key, unit in sets.items()])
    _fill(session, "bench_days", "ordinal", ["BIGINT"], [(FIRST + day,) for day in range(days)])
    (source,) = planned.sources.values()
    known = source.over(planned.specs[0].inputs[0].columns) or source
    pairs = known.pairs(planned.specs[0].due)
    _fill(
        session, "bench_source", "ordinal version", ["BIGINT"] * 2, [pair for pair in pairs if pair[0] < FIRST + days]
    )


def _fill(session: Session, table: str, columns: str, types: list[str], rows: Sequence[tuple[object, ...]]) -> None:
    listed = ", ".join(f"{name} {kind}" for name, kind in zip(columns.split(), types, strict=True))
    session.execute(f"CREATE TABLE {table} ({listed})")
    session.insert(table, types, rows)


def _write_from_helpers(store: StateStore, session: Session, schema: str) -> None:
    partitions, inputs, sets = (store.table(name) for name in ("partitions", "inputs", "column_versions"))
    every = "CROSS JOIN bench_days AS d"
    session.execute(
        f"INSERT INTO {store.table('tables')} SELECT model, '{schema}', model, unit, "
        "TIMESTAMP '2024-01-01' FROM bench_models"
    )
    session.execute(
        f"INSERT INTO {partitions} SELECT m.model, {_KEY}, m.unit, '', d.ordinal, m.fingerprint, 100, "
        f"{_version('m.model')}, TIMESTAMP '2024-01-01', TIMESTAMP '2024-01-01', NULL, 0.01, 'run', NULL, NULL, NULL, "
        f"NULL FROM bench_models AS m {every} ORDER BY m.model, d.ordinal"
    )
    session.execute(
        f"INSERT INTO {sets} SELECT m.model, m.unit, '', d.ordinal, m.columns, {_version('m.model')} "
        f"FROM bench_sets AS m {every} ORDER BY m.model, d.ordinal"
    )
    session.execute(
        f"INSERT INTO {inputs} SELECT m.model, '', d.ordinal, m.input, m.input_unit, d.ordinal, d.ordinal, '', "
        f"m.columns, {_version('m.input')} FROM bench_models AS m {every} WHERE m.input NOT LIKE '%.%' "
        "ORDER BY m.model, d.ordinal"
    )
    session.execute(
        f"INSERT INTO {inputs} SELECT m.model, '', d.ordinal, m.input, m.input_unit, d.ordinal, d.ordinal, '', "
        "m.columns, d.version FROM bench_models AS m CROSS JOIN bench_source AS d WHERE m.input LIKE '%.%' "
        "ORDER BY m.model, d.ordinal"
    )


def _version(model: str) -> str:
    """What stands for the checksum of a model's day: it is another one for each."""
    return f"((CAST(SUBSTR({model}, 2) AS BIGINT) * 7919 + d.ordinal * 104729) % 9007199254740881) + 1"


if __name__ == "__main__":
    main()
