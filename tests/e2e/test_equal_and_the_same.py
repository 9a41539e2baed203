"""What the database takes for equal, or for another type, is not taken for the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from support.command_line import swathe
from support.databases import opened

CONFIG = '{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01", end="2024-01-03") }}\n'
AT = ("--now", "2024-06-01T00:00")


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def project(folder: Path, source: str, model: str, settings: str = "") -> Path:
    write(
        folder,
        {
            "profiles.yml": f"p:\n  target: dev\n  outputs:\n    dev: {{type: duckdb, path: p.duckdb{settings}}}\n",
            "models/sources.yml": f"sources:\n  - name: raw\n    tables:\n      - {source}\n",
            "models/m.sql": CONFIG + model,
        },
    )
    return folder


def backfill(folder: Path) -> None:
    told = swathe(folder, "backfill", "--yes", *AT)
    assert told.code == 0, told
    assert "everything is current" in swathe(folder, "plan", *AT).stdout


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with opened(folder / "p.duckdb") as connection:
        return connection.execute(sql).fetchall()


def test_a_changed_file_is_measured_by_the_types_of_all_files(tmp_path: Path) -> None:
    """Alone, the second file is one of numbers, and 1.00 and 1.000 are the same number."""
    folder = project(
        tmp_path,
        '{name: ev, location: "d/*.csv", event_time: day}',
        "select day, x from {{ source('raw', 'ev') }}",
    )
    write(folder, {"d/0.csv": "day,x\n2024-01-01,abc\n"})
    os.utime(folder / "d/0.csv", (1.7e9, 1.7e9))  # what was written just now is always measured again
    for number, text in enumerate(("1.5", "1.0", "1.00", "1.000")):
        write(folder, {"d/1.csv": f"day,x\n2024-01-02,{text}\n"})
        os.utime(folder / "d/1.csv", (1.7e9 + number, 1.7e9 + number))
        backfill(folder)
        assert rows(folder, "select x from main.m where day = date '2024-01-02'") == [(text,)]


@pytest.mark.parametrize(
    ("column", "settings"), [("varchar collate nocase", ""), ("varchar", ", settings: {default_collation: nocase}")]
)
def test_constants_leave_nothing_out_that_a_collation_takes_for_equal(
    tmp_path: Path, column: str, settings: str
) -> None:
    folder = project(
        tmp_path,
        "{name: ev, partition_by: [{column: day, granularity: day}, {column: region, values: all}], watch: checksum}",
        "select day, count(*) as n from {{ source('raw', 'ev') }} where region = 'north' group by day",
        settings,
    )
    rows(folder, "create schema raw")
    rows(folder, f"create table raw.ev (id integer, day date, region {column})")
    rows(folder, "insert into raw.ev values (1, '2024-01-01', 'North'), (2, '2024-01-02', 'North')")
    backfill(folder)
    rows(folder, "insert into raw.ev values (3, '2024-01-01', 'north')")
    backfill(folder)
    assert rows(folder, "select n from main.m order by day") == [(2,), (1,)]


@pytest.mark.parametrize("kind", ["date", "timestamp", "timestamptz"])
def test_times_that_no_calendar_of_ours_holds(tmp_path: Path, kind: str) -> None:
    folder = project(
        tmp_path,
        "{name: ev, event_time: day, watch: checksum}",
        "select cast(day as date) as day, id from {{ source('raw', 'ev') }}",
    )
    rows(folder, "create schema raw")
    rows(folder, f"create table raw.ev (id integer, day {kind})")
    rows(folder, "insert into raw.ev values (1, '2024-01-01'), (2, '12000-01-01'), (3, '0044-03-15 (BC)')")
    backfill(folder)
    assert rows(folder, "select id from main.m") == [(1,)]
