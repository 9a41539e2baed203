"""`swathe lineage`: slices and columns, up to the sources and down to the last readers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlglot.lineage import lineage as sqlglot_lineage
from sqlglot.optimizer.scope import build_scope

from support.command_line import Told, snapshot, swathe
from swathe.api.lineage import LineageChoice, lineage
from swathe.api.workspace import ProjectOptions, load
from swathe.cli.options import parse_now
from swathe.errors import Location
from swathe.model.definition import InputName, InputRef
from swathe.sql.parse import parse_query
from swathe.sql.prune.prepare import prepare, scans_of

ROOT = Path(__file__).parents[2]
CONFIG = '{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01", end="2024-01-04") }}\n'
FILES = {
    "profiles.yml": "mini:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: mini.duckdb}\n",
    "data/events.csv": "seen_at,who,amount,note\n2024-01-01 05:00:00,ann,3,x\n2024-01-02 06:00:00,bob,4,y\n",
    "models/sources.yml": "sources:\n  - name: raw\n    tables:\n      - name: events\n"
    "        location: data/events.csv\n        event_time: seen_at\n",
    "models/events.sql": CONFIG + "select cast(seen_at as date) as day, who, amount from {{ source('raw', 'events') }}\n",
    "models/daily.sql": CONFIG + "select day, count(*) as n, sum(amount) as Total from {{ ref('events') }}\n"
    "where who <> 'bob' group by day\n",
    "models/rolling.sql": CONFIG + "select d.day, sum(p.Total) as week from {{ ref('daily') }} as d\n"
    "join {{ ref('daily') }} as p on p.day between d.day - interval 6 day and d.day group by d.day\n",
    "models/loud.sql": "{{ config(materialized='view') }}\nselect *, total > 3 as is_loud from {{ ref('daily') }}\n",
    "models/summary.sql": "select max(total) as most from {{ ref('loud') }} where is_loud\n",
    "models/so_far.sql": CONFIG + "select d.day, d.n + coalesce(e.n, 0) as n from {{ ref('daily') }} as d\n"
    "left join {{ this }} as e on e.day = d.day - interval 1 day\n",
    "models/switched.sql": CONFIG + "{% if partition.start >= '2024-01-02' %}select day, n as x from {{ ref('daily') }}\n"
    "{% else %}select day, amount as x from {{ ref('events') }}{% endif %}\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mini")
    for path, text in FILES.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def told(folder: Path, *arguments: str) -> list[str]:
    found = swathe(folder, "lineage", *arguments)
    assert (found.code, found.stderr) == (0, "")
    return found.stdout.splitlines()


def as_json(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads("\n".join(told(folder, *arguments, "--output", "json")))["models"]
    return found


def test_a_model_with_what_it_reads_and_who_reads_it(folder: Path) -> None:
    assert told(folder, "daily") == [
        "daily  by day of day",
        "  reads events      the same day",
        "  read by loud      all: the model is not partitioned",
        "  read by rolling   6 days before up to the same day",
        "  read by so_far    the same day",
        "  read by summary   all: the model is not partitioned",
        "  read by switched  the same day",
        "    day   ← events.day",
        "    n     ← no column",
        "    Total ← events.amount",
        "    rows also decided by events.who",
    ]


def test_views_are_looked_through(folder: Path) -> None:
    assert told(folder, "summary") == [
        "summary  table in one piece",
        "  reads daily  all: the model is not partitioned",
        "    most ← daily.Total",
    ]
    assert told(folder, "loud")[:3] == [
        "loud  view",
        "  reads daily      all: the model is not partitioned",
        "  read by summary  all: the model is not partitioned",
    ]


def test_the_source_stands_at_the_top(folder: Path) -> None:
    assert told(folder, "events")[1:2] == ["  reads raw.events  the same day"]


def test_a_template_that_branches_is_made_from_all_that_its_branches_read(folder: Path) -> None:
    assert told(folder, "switched") == [
        "switched  by day of day",
        "  reads daily   the same day",
        "  reads events  the same day",
        "    day ← daily.day, events.day",
        "    x   ← daily.n, events.amount",
    ]


def test_a_column_is_followed_up_and_down(folder: Path) -> None:
    assert told(folder, "daily", "--column", "TOTAL") == [
        "daily.Total",
        "  ← events.amount  the same day",
        "    ← raw.events.amount  the same day",
        "  rows also decided by events.day, events.who",
        "  → loud.Total  all: the model is not partitioned",
        "    → summary.most  all: the model is not partitioned",
        "  → loud.is_loud  all: the model is not partitioned",
        "    → the rows of summary  all: the model is not partitioned",
        "  → rolling.week  6 days before up to the same day",
        "  → summary.most  all: the model is not partitioned",
        "  → the rows of summary  all: the model is not partitioned",
    ]


def test_what_a_model_reads_of_itself_is_told_once(folder: Path) -> None:
    assert told(folder, "so_far", "--column", "n") == [
        "so_far.n",
        "  ← daily.n  the same day",
        "  ← so_far.n  1 day before up to 1 day before, as above",
        "  rows also decided by daily.day, so_far.day",
    ]


def test_what_stands_behind_two_columns_is_shown_below_the_first(folder: Path) -> None:
    lines = told(folder, "rolling", "--column", "day")
    assert lines[1:4] == [
        "  ← daily.day  6 days before up to the same day",
        "    ← events.day  the same day",
        "      ← raw.events.seen_at  the same day",
    ]


def test_without_a_model_a_column_is_followed_from_wherever_it_is(folder: Path) -> None:
    lines = told(folder, "--column", "n")
    assert [line for line in lines if line and not line.startswith(" ")] == ["daily.n", "loud.n", "so_far.n"]


def test_json_of_models(folder: Path) -> None:
    (daily,) = as_json(folder, "daily")
    assert list(daily) == ["model", "inputs", "readers", "columns", "decided_by"]
    (compiled,) = json.loads(swathe(folder, "compile", "daily", "--output", "json").stdout)["models"]
    assert daily["inputs"] == compiled["inputs"]
    assert [reader["name"] for reader in daily["readers"]] == ["loud", "rolling", "so_far", "summary", "switched"]
    assert daily["readers"][1] == {
        "name": "rolling",
        "window": {"from": -6, "to": 0},
        "unit": "day",
        "columns": {},
        "where": {},
        "nulls": {},
        "reason": None,
        "line": None,
    }
    assert daily["columns"][1:] == [
        {"column": "n", "type": "BIGINT", "made_from": []},
        {"column": "Total", "type": "HUGEINT", "made_from": [{"input": "events", "column": "amount"}]},
    ]
    assert daily["decided_by"] == [{"input": "events", "column": "day"}, {"input": "events", "column": "who"}]


def test_json_of_a_column(folder: Path) -> None:
    (daily,) = as_json(folder, "daily", "--column", "total")
    assert daily["column"] == "Total"
    keys = ("model", "column", "input", "input_column")
    assert [tuple(step[key] for key in keys) for step in daily["up"]] == [
        ("daily", "Total", "events", "amount"),
        ("events", "amount", "raw.events", "amount"),
    ]
    assert [tuple(step[key] for key in keys) for step in daily["down"]] == [
        ("loud", "Total", "daily", "Total"),
        ("loud", "is_loud", "daily", "Total"),
        ("rolling", "week", "daily", "Total"),
        ("summary", "most", "daily", "Total"),
        ("summary", None, "daily", "Total"),
        ("summary", "most", "loud", "Total"),
        ("summary", None, "loud", "is_loud"),
    ]
    assert daily["down"][2]["window"] == {"from": -6, "to": 0}


def test_nothing_is_written(folder: Path) -> None:
    before = snapshot(folder)
    told(folder)
    told(folder, "--column", "day")
    assert snapshot(folder) == before
    assert "mini.duckdb" not in before


@pytest.mark.parametrize(
    ("arguments", "says", "hint"),
    [
        (["dayly"], "no model matches `dayly`", "did you mean `daily`?"),
        (["daily", "--column", "totl"], "`daily` has no column `totl`", "did you mean `Total`?"),
        (["daily", "--column", "xyz"], "`daily` has no column `xyz`", "its columns are day, n, Total"),
        (["--column", "totl"], "no selected model has a column `totl`", "did you mean `Total`?"),
        (["--column", "daily.n"], "no selected model has a column `daily.n`", "write `swathe lineage daily --column n`"),
        (["--column", ""], "no selected model has a column ``", "`swathe lineage NAME` shows the columns of a model"),
    ],
)  # fmt: skip
def test_what_is_not_there(folder: Path, arguments: list[str], says: str, hint: str) -> None:
    found: Told = swathe(folder, "lineage", *arguments)
    assert (found.code, found.errors, found.hint, found.stdout) == (2, [says], hint, "")


def test_the_example_projects_columns_are_made_from_at_least_what_sqlglot_says() -> None:
    options = ProjectOptions(cwd=ROOT, now=parse_now("2024-03-01"))
    project = load(options).project
    refs = {relation: InputRef(InputName(relation[1])) for relation in project.schema}
    for entry in lineage(options, LineageChoice()):
        query = parse_query(entry.model.logic.sql, refs, "duckdb", lambda _: Location("m.sql"))
        inputs = {f"scan_{scan.id}": scan.input.name for scan in query.template.scans}
        tree = prepare(query.tree, scans_of(query.tree, project.schema), "duckdb")
        assert tree is not None
        scope = build_scope(tree)
        for column in entry.model.columns:
            node = sqlglot_lineage(column.name, tree, None, dialect="duckdb", scope=scope, trim_selects=False)
            leaves = {
                (inputs[leaf.expression.name], leaf.name.rpartition(".")[2].strip('"'))
                for leaf in node.walk()
                if leaf.expression.key == "table"
            }
            made_from = {(found.input, found.column) for found in entry.lineage.made_from[column.name.lower()]}
            assert leaves <= made_from
            # It does not look into named windows.
            assert leaves == made_from or entry.model.name == "rolling_delays"
