"""Five hundred models of a CTE chain, a join and a window each, cut by day."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from benchmarks.measure import Figure, Scale, median_of, swathe

MODELS = 500
ROOTS = 10
BEGIN, END = "2024-01-01", "2024-12-31"

PROFILES = "bench: {target: dev, outputs: {dev: {type: duckdb, path: bench.duckdb}}}\n"
SOURCES = "sources: [{name: raw, tables: [{name: events, event_time: seen_at}]}]\n"
CONFIG = (
    '{{ config(partition_by={"column": "day", "granularity": "day"}, begin="' + BEGIN + '", end="' + END + '") }}\n'
)
ROOT = "select cast(seen_at as date) as day, id, kind, amount + {n} as amount from {{events}}\n"
MODEL = """with picked as (
    select day, id, kind, amount from {one} where amount > {n} % 7
), summed as (
    select day, kind, sum(amount) as total, count(*) as n from picked group by day, kind
), ranked as (
    select day, kind, total, n, row_number() over (partition by day order by total desc, kind) as place from summed
)
select r.day, r.total + 0 as id, r.kind, coalesce(o.amount, 0) + r.n as amount, r.place
from ranked as r
left join (select day, kind, max(amount) as amount from {other} group by day, kind) as o
    on o.day = r.day and o.kind = r.kind
"""


def figures(scale: Scale, folder: Path) -> Iterator[Figure]:
    count = max(ROOTS + 1, scale.of(MODELS))
    project = folder / "project"
    write_project(project, count)

    def forget() -> None:
        shutil.rmtree(project / "target", ignore_errors=True)

    edits = iter(range(1, 10_000))
    last = project / "models" / f"m{count - 1}.sql"
    whole = last.read_text()

    def edit() -> None:
        last.write_text(whole.replace("where amount >", f"where amount > {next(edits)} +"))

    def measured(*command: str, before: Callable[[], None] | None = None) -> float:
        return median_of(scale.runs, lambda: swathe(project, *command), before)

    name = f"{count} models"
    yield Figure(f"load and compile {name}, cold", measured("compile", before=forget), 5.0)
    yield Figure(f"load and compile {name}, warm, after one edit", measured("compile", before=edit), 1.0)
    last.write_text(whole)
    swathe(project, "backfill", "--yes")
    yield Figure(f"nothing to do, {name} of 365 partitions", measured("backfill", "--yes"), 1.0)
    yield Figure(f"plan after one edit, {name}", measured("plan", before=edit), 1.2)


def write_project(folder: Path, count: int) -> None:
    """Each model reads two others."""
    (folder / "models").mkdir(parents=True)
    (folder / "profiles.yml").write_text(PROFILES)
    (folder / "models" / "sources.yml").write_text(SOURCES)
    for name, text in texts(count, "{{{{ ref('{}') }}}}").items():
        query = text.replace("{events}", "{{ source('raw', 'events') }}")
        (folder / "models" / f"{name}.sql").write_text(CONFIG + query)
    with duckdb.connect(str(folder / "bench.duckdb")) as connection:
        connection.execute("create schema raw")
        connection.execute(
            "create table raw.events as select timestamp '2024-01-01' + to_hours(i) as seen_at, i as id, "
            "'k' || (i % 3) as kind, (i % 100)::integer as amount from range(8760) as t(i)"
        )


def texts(count: int, reference: str) -> dict[str, str]:
    """The queries by name. `{events}` stands for the source; `reference` is the format of how they name each other."""
    found = {}
    for number in range(count):
        one, other = (reference.format(f"m{read}") for read in (number // 2, number % ROOTS))
        text = ROOT if number < ROOTS else MODEL
        found[f"m{number}"] = text.format(n=number, one=one, other=other)
    return found
