"""What `--output json` says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from swathe.api.preview import Preview
from swathe.cli.json_cells import cell_json, instant
from swathe.cli.json_output import preview_json, runs_json
from swathe.model.definition import ModelName
from swathe.state.runs import Run


@pytest.mark.parametrize(
    ("value", "json"),
    [
        (None, None), (True, True), (2**70, 2**70), (1.5, 1.5), (float("nan"), None), (float("inf"), None),
        (Decimal("3.00"), 3), (Decimal("1.25"), 1.25), (Decimal("NaN"), None),
        (date(2013, 1, 31), "2013-01-31"), (datetime(2013, 1, 31, 5), "2013-01-31T05:00:00"),
        (b"\x00\xff", "00ff"), ([1, Decimal("0.5")], [1, 0.5]), ({"a": date(2013, 1, 1)}, {"a": "2013-01-01"}),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"), (timedelta(hours=1), "1:00:00"),
    ],
)  # fmt: skip
def test_a_value_of_a_row(value: object, json: object) -> None:
    assert cell_json(value) == json


def test_instants_have_an_offset() -> None:
    assert instant(datetime(2024, 3, 1)) == "2024-03-01T00:00:00+00:00"
    assert instant(datetime(2024, 3, 1, 1, tzinfo=timezone(timedelta(hours=1)))) == "2024-03-01T00:00:00+00:00"
    assert instant(datetime(2024, 3, 1, tzinfo=UTC)) == "2024-03-01T00:00:00+00:00"
    assert instant(None) is None


def test_a_preview_of_one_partition_names_it_by_its_own_key() -> None:
    shown = Preview(ModelName("m"), ("2013-01-01", "2013-01-01"), ("a",), ((date(2013, 1, 1),),), 7, 0.1)
    assert preview_json(shown, "20130101") == {
        "model": "m",
        "partition": "2013-01-01",
        "columns": ["a"],
        "rows": [["2013-01-01"]],
        "row_count": 7,
    }


def test_a_preview_of_several_partitions_keeps_the_key_that_was_asked_for() -> None:
    shown = Preview(ModelName("m"), ("2013-01-01", "2013-01-31"), (), (), 0, 0.1)
    assert preview_json(shown, "2013-01")["partition"] == "2013-01"


def test_a_run_that_goes_on_has_no_end() -> None:
    run = Run("r1", datetime(2024, 3, 1), None, "running", "backfill", "late data", "dev", 12, 3, 1, 40)
    assert runs_json([run]) == {
        "runs": [
            {
                "run_id": "r1",
                "started_at": "2024-03-01T00:00:00+00:00",
                "ended_at": None,
                "status": "running",
                "command": "backfill",
                "reason": "late data",
                "target": "dev",
                "partitions": 12,
                "succeeded": 3,
                "failed": 1,
                "rows": 40,
            }
        ]
    }
