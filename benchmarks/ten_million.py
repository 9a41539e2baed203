"""A plan over ten million recorded partitions: two thousand models of five thousand days each.

The records are written by SQL, as a backfill of them would have left them. Then a new day has come, rows of one old day
were late, and the logic of twenty models was edited.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb

from benchmarks.measure import Figure, Scale, median_of, swathe

MODELS = 2_000
DAYS = 5_000
ROOTS = 10
EDITED = 20
NOW = "2023-09-11T00:00:00+00:00"
"""So that of the days from the beginning one more is due than is recorded."""

PROFILES = "bench: {target: dev, outputs: {dev: {type: duckdb, path: bench.duckdb}}}\n"
SOURCES = "sources: [{name: raw, tables: [{name: events, event_time: day}]}]\n"
MODEL = (
    '{{{{ config(partition_by={{"column": "day", "granularity": "day"}}, begin="2010-01-01") }}}}\n'
    "select day, sum(amount) as amount from {read} group by day\n"
)
EVENTS = (
    "create schema raw; create table raw.events as select date '2010-01-01' + i::integer as day, i as amount "
    "from range({days}) as t(i)"
)
LATE = "insert into raw.events values (date '2012-03-04', 1), (date '2010-01-01' + {days}, 1)"

TIMED = """
import json, resource, sys, time
from datetime import datetime
from pathlib import Path
from swathe.api.plan import Choice, plan_in
from swathe.api.workspace import ProjectOptions, load, open_warehouse
from swathe.plan.plan import Request
from swathe.plan.planner import build_plan
workspace = load(ProjectOptions(Path.cwd(), datetime.fromisoformat(sys.argv[1])))
selected = workspace.select((), ())
with open_warehouse(workspace, read_only=True) as warehouse:
    start = time.perf_counter()
    planned = plan_in(workspace, warehouse, selected, Choice())
    read = time.perf_counter() - start
    start = time.perf_counter()
    request = Request(frozenset(selected))
    built = build_plan(planned.specs, planned.records, planned.sources, workspace.now, request, planned.formers)
    alone = time.perf_counter() - start
recorded = sum(facts.built.count for facts in planned.records.values())
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([read, alone, memory, recorded, built.partitions]))
"""


def figures(scale: Scale, folder: Path) -> Iterator[Figure]:
    models, days = max(ROOTS + EDITED, scale.of(MODELS)), DAYS
    write_project(folder, models)
    with duckdb.connect(str(folder / "bench.duckdb")) as connection:
        connection.execute(EVENTS.format(days=days))
    record(folder, days)
    with duckdb.connect(str(folder / "bench.duckdb")) as connection:
        connection.execute(LATE.format(days=days))
    for number in range(models - EDITED, models):
        path = folder / "models" / f"m{number}.sql"
        path.write_text(path.read_text().replace("sum(amount)", "max(amount)"))
    swathe(folder, "compile")
    runs = [timed(folder) for _ in range(scale.runs)]
    middle = [sorted(column)[len(column) // 2] for column in zip(*runs, strict=True)]
    name = f"plan over {middle[3]:,.0f} records of {models:,} models, {middle[4]:,.0f} partitions to build"
    yield Figure(f"{name}: the planner alone", middle[1], 1.0)
    yield Figure(f"{name}: with the state in DuckDB", middle[0], 3.0)
    yield Figure("memory of that, whole process", middle[2], 500, unit="MB")
    whole = median_of(scale.runs, lambda: swathe(folder, "plan", "--now", NOW))
    yield Figure(f"`swathe plan` of that, whole process, {models:,} models to load", whole, float("inf"))


def timed(folder: Path) -> list[float]:
    done = subprocess.run([sys.executable, "-c", TIMED, NOW], cwd=folder, capture_output=True, text=True, check=True)
    found: list[float] = json.loads(done.stdout)
    return found


def write_project(folder: Path, models: int) -> None:
    """Each model reads another one, the first ones the source."""
    (folder / "models").mkdir(parents=True)
    (folder / "profiles.yml").write_text(PROFILES)
    (folder / "models" / "sources.yml").write_text(SOURCES)
    for number in range(models):
        read = "{{ source('raw', 'events') }}" if number < ROOTS else "{{ ref('m" + str(number // 2) + "') }}"
        (folder / "models" / f"m{number}.sql").write_text(MODEL.format(read=read))


RECORD = """
import sys
from datetime import datetime
from pathlib import Path
from swathe.api.backfill import ensure_state, remember_all, save_logic
from swathe.api.plan import Choice, plan_in
from swathe.api.workspace import ProjectOptions, load, open_warehouse
from swathe.state.column_sets import columns_to_text

workspace = load(ProjectOptions(Path.cwd(), datetime.fromisoformat(sys.argv[1])))
days, now = int(sys.argv[2]), datetime(2024, 1, 1)
with open_warehouse(workspace, read_only=False) as warehouse:
    planned = plan_in(workspace, warehouse, workspace.select((), ()), Choice())
    store, session = ensure_state(workspace, warehouse), warehouse.session
    store = store or warehouse.store
    rows, sets = [], {}
    for number, spec in enumerate(planned.specs):
        (needed,) = spec.inputs
        rows.append((number, spec.name, spec.scheme.unit, spec.fingerprint, needed.name,
                     needed.mapping.input.unit, columns_to_text(needed.columns)))
        if needed.is_model:
            sets[needed.name, columns_to_text(needed.columns)] = needed.mapping.input.unit
        relation = workspace.project.models[spec.name].relation
        session.execute(f'CREATE TABLE "{relation.schema}"."{relation.name}" (day DATE, amount BIGINT)')
    with session.transaction():
        save_logic(workspace, [spec.name for spec in planned.specs], store, now)
    session.execute("CREATE TABLE bench_models (number BIGINT, model VARCHAR, unit VARCHAR, fingerprint VARCHAR, "
                    "input VARCHAR, input_unit VARCHAR, columns VARCHAR)")
    session.insert("bench_models", ["BIGINT"] + ["VARCHAR"] * 6, rows)
    session.execute(f"INSERT INTO {store.table('tables')} SELECT model, 'main', model, unit, TIMESTAMP '2024-01-01' "
                    "FROM bench_models")
    session.execute("CREATE TABLE bench_sets (model VARCHAR, columns VARCHAR, unit VARCHAR)")
    session.insert("bench_sets", ["VARCHAR"] * 3, [(*key, unit) for key, unit in sets.items()])
    session.execute("CREATE TABLE bench_days (ordinal BIGINT)")
    session.insert("bench_days", ["BIGINT"], [(14610 + day,) for day in range(days)])
    session.execute("CREATE TABLE bench_source (ordinal BIGINT, version BIGINT)")
    columns = planned.specs[0].inputs[0].columns
    pairs = planned.sources[planned.specs[0].inputs[0].name].over(columns)._each()
    session.insert("bench_source", ["BIGINT"] * 2, [pair for pair in pairs.items() if pair[0] < 14610 + days])
    version = "(({0} * 7919 + d.ordinal * 104729 + length({0} || '') * 1299709) % 9007199254740881) + 1"
    of_model = lambda name: version.format(f"CAST(SUBSTR({name}, 2) AS BIGINT)")
    session.execute(f"INSERT INTO {store.table('partitions')} SELECT m.model, "
        "CAST(CAST('1970-01-01' AS DATE) + CAST(d.ordinal AS INTEGER) AS VARCHAR), m.unit, '', d.ordinal, "
        f"m.fingerprint, 100, {of_model('m.model')}, TIMESTAMP '2024-01-01', TIMESTAMP '2024-01-01', NULL, 0.01, "
        "'run', NULL, NULL, NULL, NULL FROM bench_models AS m CROSS JOIN bench_days AS d ORDER BY m.number, d.ordinal")
    session.execute(f"INSERT INTO {store.table('column_versions')} SELECT m.model, m.unit, '', d.ordinal, m.columns, "
        f"{of_model('m.model')} FROM bench_sets AS m CROSS JOIN bench_days AS d ORDER BY m.model, d.ordinal")
    session.execute(f"INSERT INTO {store.table('inputs')} SELECT m.model, '', d.ordinal, m.input, m.input_unit, "
        f"d.ordinal, d.ordinal, '', m.columns, {of_model('m.input')} FROM bench_models AS m "
        "CROSS JOIN bench_days AS d WHERE m.input NOT LIKE '%.%' ORDER BY m.number, d.ordinal")
    session.execute(f"INSERT INTO {store.table('inputs')} SELECT m.model, '', d.ordinal, m.input, m.input_unit, "
        "d.ordinal, d.ordinal, '', m.columns, d.version FROM bench_models AS m CROSS JOIN bench_source AS d "
        "WHERE m.input LIKE '%.%' ORDER BY m.number, d.ordinal")
"""


def record(folder: Path, days: int) -> None:
    """Everything up to so many days, as current."""
    done = subprocess.run(
        [sys.executable, "-c", RECORD, NOW, str(days)], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
