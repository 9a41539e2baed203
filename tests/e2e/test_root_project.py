"""The example project over a year of real flights: each of its tables equals a full refresh of its query."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from swathe.api.backfill import BackfillOptions, backfill
from swathe.api.cuts import cuts_of, find_partitions
from swathe.api.keys import KeyRange
from swathe.api.plan import Choice, plan
from swathe.api.specs import model_sql
from swathe.api.workspace import ProjectOptions, load, open_warehouse
from swathe.model.definition import Materialized
from swathe.partition.rectangle import rectangles
from swathe.plan.spec import due_partitions

ROOT = Path(__file__).parents[2]
NOW = datetime(2024, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> ProjectOptions:
    folder = tmp_path_factory.mktemp("flights")
    for part in ("models", "macros", "data"):
        shutil.copytree(ROOT / part, folder / part)
    for part in ("profiles.yml", "pyproject.toml"):
        shutil.copy(ROOT / part, folder / part)
    return ProjectOptions(cwd=folder, now=NOW)


def run(options: ProjectOptions, *select: str, keys: KeyRange | None = None, workers: int = 1) -> None:
    done = backfill(
        options,
        Choice(select=select, keys=keys or KeyRange()),
        BackfillOptions(workers=workers),
        lambda _: True,
        lambda _: None,
    )
    assert done.outcome is None or done.outcome.failed == 0


def test_every_table_equals_a_full_refresh_however_it_was_filled(options: ProjectOptions) -> None:
    run(options, "+rolling_delays", keys=KeyRange(first="2013-06", last="2013-06-17"))
    run(options, "+weather_delays", keys=KeyRange(first="2013-10-30", last="2013-11-06"), workers=2)
    run(options, "+monthly_routes", keys=KeyRange(keys=("2013-03", "2013-12")))
    run(options, workers=2)
    with open_warehouse(load(options), read_only=True) as warehouse:
        workspace, _ = find_partitions(load(options), warehouse)
        engine, session = warehouse.engine, warehouse.session
        for model in workspace.project.models.values():
            if model.config.materialized is Materialized.VIEW:
                continue
            sql = model_sql(workspace, engine, model, model.logic, cuts_of(workspace, None))
            columns = ", ".join(f'"{column.name}"' for column in model.columns)
            whole = sql.query(None)
            if sql.region is not None:
                parts = rectangles(due_partitions(model.config, options.now))
                lies_in = " OR ".join(f"({sql.region.predicate(part)})" for part in parts)
                whole = f"SELECT * FROM ({whole}\n) WHERE {lies_in}"
            for one, other in ((sql.table, f"({whole}\n)"), (f"({whole}\n)", sql.table)):
                rows = session.query(
                    f"SELECT COUNT(*) FROM (SELECT {columns} FROM {one} EXCEPT ALL SELECT {columns} FROM {other})"
                )
                assert rows == [(0,)], model.name


def test_a_changed_day_of_one_monthly_file_stales_that_day_and_its_readers(options: ProjectOptions) -> None:
    run(options)
    path = options.cwd / "data" / "flights" / "2013-07.parquet"
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"create table f as select * from '{path}'")
        connection.execute(
            "insert into f select * replace (cast(dep_delay + 1 as smallint) as dep_delay) from f "
            "where month = 7 and day = 9 limit 5"
        )
        connection.execute(f"copy f to '{path}' (format parquet)")
    planned = plan(options, Choice())
    due = {
        model.spec.name: [model.spec.scheme.key(ordinal) for ordinal in model.partitions.ordinals()]
        for model in planned.plan.models
        if model.work
    }
    assert due["flights"] == ["2013-07-09"]
    assert due["daily_delays"] == ["2013-07-09"]
    assert due["weather_delays"] == ["2013-07-09"]
    assert due["rolling_delays"] == [f"2013-07-{day:02d}" for day in range(9, 16)]
    assert due["weekly_carriers"] == ["2013-07-08"]
    assert due["monthly_routes"] == ["2013-07"]
    assert due["carriers"] == ["all"]
    assert "weather_hours" not in due
    assert "busiest_routes" not in due
    run(options)
    assert not plan(options, Choice()).plan.partitions
