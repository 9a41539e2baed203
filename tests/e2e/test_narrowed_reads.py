"""What partitions read is narrowed by NULL and by constants of the query, so that only what can matter stales them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from support.command_line import swathe
from support.cuts import SOURCE, CutProject, Row, by_day, by_values

COLUMNS = {"id": "integer", "day": "date", "origin": "varchar", "delay": "varchar"}
BY_DAY_AND_ORIGIN = [by_day(), {"column": "origin", "values": "all"}]
DAYS: dict[str, Any] = {"begin": "2013-01-01", "end": "2013-01-05"}
ALL = f"select id, day, origin, delay from {SOURCE}"
FLIGHTS: list[Row] = [
    (10 * day + place, date(2013, 1, day), origin, "0")
    for day in range(1, 5)
    for place, origin in enumerate(("EWR", "JFK", "LGA"))
]
NO_ORIGIN: Row = (90, date(2013, 1, 2), None, "0")
NO_DAY: Row = (91, None, "JFK", "0")
NULL_DAY = {**by_day(), "nulls": "own"}


@pytest.fixture
def project(tmp_path: Path) -> CutProject:
    made = CutProject.create(tmp_path / "p", partition_by=BY_DAY_AND_ORIGIN, columns=COLUMNS)
    made.write_rows([*FLIGHTS, NO_ORIGIN, NO_DAY])
    return made


def model(project: CutProject, sql: str, *cuts: dict[str, Any], name: str = "flights") -> None:
    line = any("granularity" in cut for cut in cuts)
    project.write_model(name, sql, partition_by=list(cuts), **(DAYS if line else {}))


def changed(*rows: Row) -> list[Row]:
    """The source with other rows in the place of some, by id, or more of them."""
    new = {row[0]: row for row in rows}
    return list(({row[0]: row for row in [*FLIGHTS, NO_ORIGIN, NO_DAY]} | new).values())


def stale(project: CutProject, name: str = "flights") -> list[str]:
    return sorted(key for key, verdict in project.verdicts(name).items() if verdict != "current")


def current_after(project: CutProject) -> None:
    """A backfill makes all partitions what a full refresh gives."""
    project.fill()
    assert stale(project) == []


LATE_EWR = (10, date(2013, 1, 1), "EWR", "late")
LATE_JFK = (11, date(2013, 1, 1), "JFK", "late")


class TestNull:
    ORIGINS = by_values("origin", "EWR", "JFK", "LGA", nulls="own")

    def test_the_partition_for_null_reads_the_rows_with_null(self, project: CutProject) -> None:
        model(project, ALL, self.ORIGINS)
        project.write_rows(changed((91, date(2013, 1, 3), "JFK", "0")))
        project.fill()
        project.write_rows(changed((91, date(2013, 1, 3), "JFK", "0"), LATE_EWR))
        assert stale(project) == ["EWR"]
        project.write_rows(changed((91, date(2013, 1, 3), "JFK", "0"), (90, date(2013, 1, 2), None, "late")))
        assert stale(project) == ["__null__"]
        current_after(project)
        assert {row for row in project.rows("flights") if row[2] is None} == {(90, date(2013, 1, 2), None, "late")}

    def test_a_row_that_loses_its_value_is_seen(self, project: CutProject) -> None:
        model(project, ALL, self.ORIGINS)
        project.fill()
        project.write_rows(changed((10, date(2013, 1, 1), None, "0")))
        assert stale(project) == ["EWR", "__null__"]
        current_after(project)

    def test_along_a_line(self, project: CutProject) -> None:
        model(project, ALL, NULL_DAY)
        project.fill()
        project.write_rows(changed(LATE_EWR))
        assert stale(project) == ["2013-01-01"]
        project.write_rows(changed((91, None, "JFK", "late")))
        assert stale(project) == ["__null__"]
        current_after(project)

    def test_null_in_one_column_goes_with_values_of_the_others(self, project: CutProject) -> None:
        model(project, ALL, NULL_DAY, self.ORIGINS)
        project.fill()
        project.write_rows(changed((91, None, "JFK", "late")))
        assert stale(project) == ["day=__null__/origin=JFK"]
        project.fill()
        project.write_rows(changed((91, None, "JFK", "late"), (90, date(2013, 1, 2), None, "late")))
        assert stale(project) == ["day=2013-01-02/origin=__null__"]
        current_after(project)

    def test_of_a_model_that_refuses_null_nothing_is_read(self, project: CutProject) -> None:
        model(project, f"{ALL} where origin is not null and day is not null", by_values("origin", "EWR", "JFK", "LGA"))
        project.write_model("copy", "select id, origin, delay from {{ ref('flights') }}", partition_by=[self.ORIGINS])
        project.fill()
        project.write_rows(changed(LATE_EWR))
        assert project.fill() == {"copy": ["EWR"], "flights": ["EWR"]}
        assert stale(project, "copy") == []

    def test_when_that_model_lets_null_in_it_is_read(self, project: CutProject) -> None:
        model(project, f"{ALL} where day is not null", by_values("origin", "EWR", "JFK", "LGA", nulls="own"))
        project.write_model("copy", "select id, origin, delay from {{ ref('flights') }}", partition_by=[self.ORIGINS])
        project.fill()
        project.write_rows(changed((92, date(2013, 1, 2), None, "0")))
        assert project.fill() == {"copy": ["__null__"], "flights": ["__null__"]}
        assert sum(row[1] is None for row in project.rows("copy")) == 2

    def test_a_padded_row_may_be_made_from_any(self, project: CutProject) -> None:
        """Without its partner it would be padded."""
        sql = (
            f"select f.id, g.origin from {SOURCE} f left join {SOURCE} g"
            " on g.id = f.id + 10 and g.delay = '0' and g.origin is not null"
        )
        model(project, sql, self.ORIGINS)
        project.fill()
        project.write_rows(changed((20, date(2013, 1, 2), "EWR", "late")))
        assert "__null__" in stale(project)
        current_after(project)

    def test_batches_of_null_and_values_hold_all_rows(self, project: CutProject) -> None:
        model(project, ALL, by_values("origin", "EWR", rest=True, nulls="own"))
        project.fill()
        project.write_rows(changed((90, date(2013, 1, 2), None, "late"), LATE_JFK, LATE_EWR))
        current_after(project)
        assert sorted(row[0] for row in project.rows("flights")) == sorted(row[0] for row in changed())


class TestConstants:
    def test_a_value_that_the_query_leaves_out_makes_nothing_stale(self, project: CutProject) -> None:
        model(project, f"{ALL} where origin in ('JFK', 'LGA') and day is not null", by_day())
        project.fill()
        project.write_rows(changed(LATE_EWR))
        assert stale(project) == []
        project.write_rows(changed(LATE_JFK))
        assert stale(project) == ["2013-01-01"]
        current_after(project)

    def test_nor_does_a_day_before_the_first_that_it_asks_for(self, project: CutProject) -> None:
        model(project, f"select origin, count(*) as n from {SOURCE} where day >= date '2013-01-03' group by origin",
              by_values("origin", "EWR", "JFK", "LGA"))  # fmt: skip
        project.fill()
        project.write_rows(changed(LATE_EWR, (92, date(2013, 1, 2), "EWR", "0")))
        assert stale(project) == []
        project.write_rows(changed((92, date(2013, 1, 3), "EWR", "0")))
        assert stale(project) == ["EWR"]
        current_after(project)

    def test_a_table_in_one_piece(self, project: CutProject) -> None:
        project.write_model(
            "flights", f"select max(delay) as worst from {SOURCE} where origin = 'JFK' and day < '2013-01-03'"
        )
        project.fill()
        project.write_rows(changed(LATE_EWR, (31, date(2013, 1, 3), "JFK", "late"), (91, None, "JFK", "late")))
        assert stale(project) == []
        project.write_rows(changed(LATE_JFK))
        assert stale(project) == ["all"]

    def test_a_partition_that_can_hold_nothing_reads_nothing(self, project: CutProject) -> None:
        model(project, f"{ALL} where day >= date '2013-01-03'", by_day())
        project.fill()
        project.write_rows(changed(LATE_EWR))
        assert stale(project) == []
        model(project, f"{ALL} where day >= date '2013-01-01'", by_day())
        assert project.fill() == {"flights": ["2013-01-01", "2013-01-02", "2013-01-03", "2013-01-04"]}
        project.write_rows(changed(LATE_JFK, LATE_EWR))
        assert stale(project) == ["2013-01-01"]

    def test_no_one_watches_over_rows_that_the_query_leaves_out(self, project: CutProject) -> None:
        model(project, f"{ALL} where origin <> 'LGA' and day is not null", by_values("origin", "EWR", "JFK"))
        project.fill()
        project.write_rows(changed((12, date(2013, 1, 1), "LGA", "late"), (92, None, "EWR", "0")))
        assert stale(project) == []
        project.write_rows(changed((92, date(2013, 1, 2), "BOS", "0")))
        assert stale(project) == ["EWR"]

    def test_through_ctes_joins_and_unions(self, project: CutProject) -> None:
        sql = f"""
            with some_of as (select * from {SOURCE} where origin <> 'EWR'),
                 all_of as (select * from some_of where day >= '2013-01-03' union all select * from some_of where day = '2013-01-02')
            select b.day, max(b.delay) as worst from all_of b join some_of s on s.id = b.id where b.origin = 'JFK' group by b.day
        """
        model(project, sql, by_day())
        project.fill()
        project.write_rows(changed(LATE_EWR, (20, date(2013, 1, 2), "EWR", "late")))
        assert stale(project) == []
        project.write_rows(changed((21, date(2013, 1, 2), "JFK", "late")))
        assert "2013-01-02" in stale(project)
        project.fill()
        assert stale(project) == []

    def test_a_column_that_the_query_does_not_read_makes_nothing_stale_either(self, project: CutProject) -> None:
        project.write_model("flights", f"select count(*) as n from {SOURCE} where origin = 'JFK'")
        project.fill()
        project.write_rows(changed(LATE_JFK))
        assert stale(project) == []

    def test_the_input_is_a_model(self, project: CutProject) -> None:
        model(
            project, f"{ALL} where day is not null", by_day(), by_values("origin", "EWR", "JFK", rest=True, nulls="own")
        )
        project.write_model(
            "some", "select day, count(*) as n from {{ ref('flights') }} where origin in ('JFK', 'LGA') group by day",
            partition_by=by_day(), **DAYS,
        )  # fmt: skip
        project.fill()
        project.write_rows(changed(LATE_EWR))
        assert project.fill() == {"flights": ["day=2013-01-01/origin=EWR"]}
        project.write_rows(changed(LATE_EWR, (12, date(2013, 1, 1), "LGA", "late")))
        assert project.work("some") == {"2013-01-01": "stale-input?"}

    def test_a_template_that_branches_reads_what_any_of_its_branches_reads(self, project: CutProject) -> None:
        sql = f"{ALL} where day is not null and {{% if partition.key == '2013-01-01' %}} origin = 'JFK' {{% else %}} origin = 'EWR' {{% endif %}}"
        model(project, sql, by_day())
        project.fill()
        project.write_rows(changed((20, date(2013, 1, 2), "EWR", "late")))
        assert stale(project) == ["2013-01-02"]
        project.write_rows(changed(LATE_JFK))
        assert "2013-01-01" in stale(project)

    def test_the_key_of_the_partition_is_no_constant(self, project: CutProject) -> None:
        sql = f"{ALL} where day is not null and origin = '{{{{ partition.key }}}}'"
        model(project, sql, by_values("origin", "EWR", "JFK", "LGA"))
        project.fill()
        project.write_rows(changed(LATE_EWR))
        assert stale(project) == ["EWR"]

    def test_an_input_that_is_read_twice(self, project: CutProject) -> None:
        sql = f"select day, delay from {SOURCE} where origin = 'JFK' union all select day, delay from {SOURCE} where origin = 'LGA'"
        model(project, f"select day, delay from ({sql}) where day is not null", by_day())
        project.fill()
        project.write_rows(changed(LATE_EWR))
        assert stale(project) == []
        project.write_rows(changed(LATE_JFK))
        assert stale(project) == ["2013-01-01"]

    def test_window_all_is_taken_at_its_word(self, project: CutProject) -> None:
        source = "{{ source('raw', 'events', window='all') }}"
        model(
            project, f"select id, day, origin, delay from {source} where origin = 'JFK' and day is not null", by_day()
        )
        project.fill()
        project.write_rows(changed(LATE_EWR))
        assert stale(project) == ["2013-01-01", "2013-01-02", "2013-01-03", "2013-01-04"]

    def test_compile_tells_it(self, project: CutProject) -> None:
        model(project, f"{ALL} where origin in ('LGA', 'JFK') and day >= date '2013-01-02'", by_day())
        told = swathe(project.root, "compile", "flights")
        assert "reads raw.events  the same day, origin JFK or LGA, from 2013-01-02\n" in told.stdout
        (compiled,) = json.loads(swathe(project.root, "compile", "flights", "--output", "json").stdout)["models"]
        assert compiled["inputs"][0]["where"] == {
            "origin": {"in": ["JFK", "LGA"], "null": False},
            "day": {"from": "2013-01-02", "to": None, "nothing": False},
        }

    @pytest.mark.parametrize(
        ("where", "words"),
        [
            ("origin <> 'EWR'", "the same day, origin not EWR"),
            ("origin is not null", "the same day, origin not NULL"),
            ("origin = 'JFK' or origin is null", "the same day, origin JFK or NULL"),
            ("day <= '2013-01-03'", "the same day, up to 2013-01-03"),
            ("day = '2013-01-03'", "the same day, only 2013-01-03"),
            ("day is not null", "the same day"),
            ("day > '2013-01-03' and day < '2013-01-02'", "the same day, nothing"),
            ("origin || '' = 'JFK'", "the same day"),
        ],
    )
    def test_its_words(self, project: CutProject, where: str, words: str) -> None:
        model(project, f"{ALL} where {where}", by_day())
        assert f"reads raw.events  {words}\n" in swathe(project.root, "compile", "flights").stdout

    def test_plan_explain_tells_it(self, project: CutProject) -> None:
        project.write_model(
            "flights",
            f"select max(delay) as worst from {SOURCE} where origin in ('JFK', 'LGA') and day >= '2013-01-03'",
        )
        project.write_model("early", f"{ALL} where day < '2013-01-02'", partition_by=by_day(), **DAYS)
        project.fill()
        project.write_rows(changed((31, date(2013, 1, 3), "JFK", "late")))
        plan = swathe(project.root, "plan").stdout
        assert "`raw.events` changed from 2013-01-03 on at origin=JFK or LGA" in " ".join(plan.split())
        why = swathe(project.root, "plan", "--explain", "flights", "--partition", "all").stdout
        assert "2013-01-03 … " in why
        assert " origin=JFK or LGA" in why
        nothing = swathe(project.root, "plan", "--explain", "early", "--partition", "2013-01-04").stdout
        assert "reads nothing of raw.events: the query leaves out all that it could read" in " ".join(nothing.split())
        assert swathe(project.root, "plan", "--explain", "flights", "--partition", "all", "--output", "json").code == 0
