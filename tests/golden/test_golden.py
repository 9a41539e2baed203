"""Each folder is a model and, exactly, what comes of it. `pytest tests/golden --update-golden` writes that anew."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from support.golden import GIVEN, GoldenCase

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/model.sql"))
CLOUD = {"bigquery", "clickhouse", "databricks", "postgres", "redshift", "snowflake", "spark", "trino"}


@pytest.fixture(params=CASES, ids=lambda folder: folder.name)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> GoldenCase:
    return GoldenCase.create(request.param, tmp_path)


def test_a_model_compiles_to_exactly_this(case: GoldenCase, update_golden: bool) -> None:
    expected = case.expected()
    if update_golden:
        for name, text in expected.items():
            (case.folder / name).write_text(text)
    held = {path.name: path.read_text() for path in case.folder.iterdir() if path.name not in GIVEN}
    assert set(held) == set(expected)
    for name, text in expected.items():
        assert held[name] == text, name


def test_its_statements_leave_the_whole_query_cut_to_the_partitions(case: GoldenCase) -> None:
    with case.opened() as warehouse:
        for area in warehouse.runs.values():
            warehouse.fill_with(area)
            inside = warehouse.due(area)
            outside = [row for row in warehouse.table() if not area.holds(row[0])]
            assert inside, "the case has no row in its partitions"
            warehouse.overwrite(area)
            assert Counter(warehouse.table()) == Counter(inside + outside)


@pytest.mark.parametrize("way", ["granularity", "range", "values", "else", "query", "nulls"])
def test_every_way_to_cut_a_table_has_a_case_in_every_other_dialect(way: str) -> None:
    cases = [folder for folder in CASES if f'"{way}"' in (folder / "model.sql").read_text()]
    assert {path.stem for folder in cases for path in folder.glob("*.sql")} >= CLOUD
