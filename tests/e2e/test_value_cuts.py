"""Tables cut by values, by ranges of numbers and by several columns at once, with a partition for NULL or without."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from support.cuts import SOURCE, CutProject, Row, by_day, by_values, errors
from swathe.api.keys import KeyRange
from swathe.engine.duckdb.session import DuckDBSession

COLUMNS = {"id": "integer", "day": "date", "origin": "varchar", "delay": "varchar"}
BY_DAY_AND_ORIGIN = [by_day(), {"column": "origin", "values": "all"}]
DAYS: dict[str, Any] = {"begin": "2013-01-01", "end": "2013-01-05"}
ALL = f"select id, day, origin, delay from {SOURCE}"
THREE = by_values("origin", "EWR", "JFK", "LGA")


def flight(number: int, day: int | None, origin: str | None, delay: str = "0") -> Row:
    return number, day and date(2013, 1, day), origin, delay


FLIGHTS = [
    flight(10 * day + place, day, origin) for day in range(1, 5) for place, origin in enumerate(("EWR", "JFK", "LGA"))
]


@pytest.fixture
def project(tmp_path: Path) -> CutProject:
    made = CutProject.create(tmp_path / "p", partition_by=BY_DAY_AND_ORIGIN, columns=COLUMNS)
    made.write_rows(FLIGHTS)
    return made


def flights(project: CutProject, *cuts: dict[str, Any], sql: str = ALL, **config: Any) -> None:
    line = any("granularity" in cut for cut in cuts)
    project.write_model("flights", sql, partition_by=list(cuts), **({**DAYS, **config} if line else config))


def ids(project: CutProject, model: str = "flights") -> list[int]:
    return sorted(row[0] for row in project.rows(model))


def all_ids(rows: list[Row]) -> list[int]:
    return sorted(row[0] for row in rows)


@contextmanager
def stopping_at(statement: int) -> Iterator[list[int]]:
    """From that statement on nothing reaches the database, as if the process had been killed there."""

    class StoppedError(BaseException):
        pass

    run, left = DuckDBSession._run, [statement]

    def dying(self: DuckDBSession, sql: str, parameters: Any) -> duckdb.DuckDBPyConnection:
        left[0] -= 1
        if left[0] < 0:
            raise StoppedError
        return run(self, sql, parameters)

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(StoppedError):
        patch.setattr(DuckDBSession, "_run", dying)
        yield left


class TestLists:
    def test_of_an_added_value_only_its_partition_is_missing(self, project: CutProject) -> None:
        flights(project, by_values("origin", "EWR", "JFK"), sql=f"{ALL} where origin <> 'LGA'")
        project.fill()
        flights(project, by_values("origin", "EWR", "JFK", "LGA"), sql=f"{ALL} where origin <> 'LGA'")
        assert project.verdicts("flights") == {"EWR": "current", "JFK": "current", "LGA": "missing"}
        assert project.fill() == {"flights": ["LGA"]}

    def test_the_order_of_a_list_does_not_matter(self, project: CutProject) -> None:
        flights(project, by_values("origin", "EWR", "JFK", rest=True))
        project.fill()
        flights(project, by_values("origin", "JFK", "EWR", rest=True))
        assert project.fill() == {}

    def test_a_removed_value_is_retired_and_keeps_its_rows_until_they_are_wiped(self, project: CutProject) -> None:
        flights(project, THREE)
        project.fill()
        flights(project, by_values("origin", "EWR", "JFK"), sql=f"{ALL} where origin in ('EWR', 'JFK')")
        assert project.verdicts("flights")["LGA"] == "retired"
        project.fill()
        assert ids(project) == all_ids(FLIGHTS)
        assert project.verdicts("flights") == {"EWR": "current", "JFK": "current", "LGA": "retired"}
        project.wipe("flights", keys=["LGA"])
        assert project.verdicts("flights") == {"EWR": "current", "JFK": "current"}
        assert {row[2] for row in project.rows("flights")} == {"EWR", "JFK"}

    def test_else_takes_over_the_rows_of_a_removed_value(self, project: CutProject) -> None:
        flights(project, by_values("origin", "EWR", "JFK", rest=True))
        project.fill()
        flights(project, by_values("origin", "EWR", rest=True))
        assert project.verdicts("flights") == {"EWR": "current", "JFK": "retired", "__else__": "stale-logic"}
        assert project.fill() == {"flights": ["__else__"]}
        assert project.records("flights") == {"EWR": 4, "__else__": 8}
        assert ids(project) == all_ids(FLIGHTS)

    def test_a_value_is_taken_out_of_else_wherever_the_run_stops(self, project: CutProject) -> None:
        flights(project, by_values("origin", "EWR", rest=True))
        project.fill()
        flights(project, by_values("origin", "EWR", "JFK", rest=True))
        assert project.work("flights") == {"JFK": "missing", "__else__": "stale-logic"}
        for statement in range(0, 400, 3):
            with stopping_at(statement) as left:
                project.backfill()
            assert ids(project) == all_ids(FLIGHTS), statement
            if left[0] >= 0:
                break
        assert left[0] >= 0, "the run was never let through"
        assert project.records("flights") == {"EWR": 4, "JFK": 4, "__else__": 4}
        assert project.fill() == {}

    @pytest.mark.parametrize("first", ["JFK", "__else__"])
    def test_a_value_is_taken_out_of_else_in_either_order(self, project: CutProject, first: str) -> None:
        flights(project, by_values("origin", "EWR", rest=True))
        project.fill()
        flights(project, by_values("origin", "EWR", "JFK", rest=True))
        assert project.fill(keys=KeyRange(keys=(first,))) == {"flights": [first]}
        assert ids(project) == all_ids(FLIGHTS)
        project.fill()
        assert ids(project) == all_ids(FLIGHTS)
        assert project.records("flights") == {"EWR": 4, "JFK": 4, "__else__": 4}

    def test_a_list_that_is_changed_back_has_not_forgotten_what_happened_between(self, project: CutProject) -> None:
        flights(project, by_values("origin", "EWR", rest=True))
        project.fill()
        flights(project, THREE, sql=ALL.replace("delay from", "'between' as delay from"))
        project.fill()
        flights(project, by_values("origin", "EWR", rest=True))
        project.fill()
        assert project.rows("flights") == sorted(FLIGHTS, key=repr)
        assert project.records("flights") == {"EWR": 4, "__else__": 8}

    def test_a_changed_list_is_no_logic_that_could_be_kept(self, project: CutProject) -> None:
        for values in (("EWR",), ("EWR", "JFK"), ("JFK",)):
            flights(project, by_values("origin", *values, rest=True), on_logic_change="keep")
            project.fill()
            assert project.records("flights") == dict.fromkeys(values, 4) | {"__else__": 12 - 4 * len(values)}
            assert ids(project) == all_ids(FLIGHTS)

    def test_rows_that_were_wiped_in_between_come_back_with_else(self, project: CutProject) -> None:
        flights(project, by_values("origin", "EWR", rest=True))
        project.fill()
        flights(project, THREE)
        project.fill()
        project.wipe("flights", keys=["JFK"])
        flights(project, by_values("origin", "EWR", rest=True))
        project.fill()
        assert ids(project) == all_ids(FLIGHTS)

    def test_nothing_is_taken_out_of_a_frozen_else(self, project: CutProject) -> None:
        flights(project, by_values("origin", "EWR", rest=True))
        project.fill()
        project.freeze("flights", keys=["__else__"])
        project.write_rows([*FLIGHTS, flight(99, 1, "JFK")])
        flights(project, by_values("origin", "EWR", "JFK", rest=True))
        done = project.backfill()
        assert "partition __else__ of `flights` is frozen" in errors(done)["flights"][0]
        assert ids(project) == all_ids(FLIGHTS)
        project.thaw("flights")
        project.fill()
        assert ids(project) == [*all_ids(FLIGHTS), 99]
        assert project.records("flights") == {"EWR": 4, "JFK": 5, "__else__": 4}

    def test_a_value_outside_the_list_fails_the_model_until_the_list_is_mended(self, project: CutProject) -> None:
        flights(project, by_day(), by_values("origin", "EWR", "JFK"), sql=f"{ALL} where origin <> 'LGA'")
        project.fill()
        before = project.rows("flights")
        flights(project, by_day(), by_values("origin", "EWR", "JFK"))
        (said,) = set(errors(project.backfill())["flights"])
        assert "4 rows have a `origin` that has no partition: `LGA` (4)" in said
        assert '"else": true' in said
        assert project.rows("flights") == before
        flights(project, by_day(), THREE)
        project.fill()
        assert ids(project) == all_ids(FLIGHTS)

    def test_else_does_not_hold_null(self, project: CutProject) -> None:
        project.write_rows([*FLIGHTS, flight(98, 1, None), flight(99, 1, None)])
        flights(project, by_values("origin", "EWR", rest=True))
        (said,) = set(errors(project.backfill())["flights"])
        assert "2 rows have no `origin` (NULL)" in said
        flights(project, by_values("origin", "EWR", rest=True, nulls="own"))
        project.fill()
        assert project.records("flights") == {"EWR": 4, "__else__": 8, "__null__": 2}

    def test_two_values_that_differ_in_next_to_nothing(self, project: CutProject) -> None:
        values = ["Åre", unicodedata.normalize("NFD", "Åre"), "åre", "Åre ", " Åre", "ÅRE", "", " ", "null", "NULL"]
        assert len(set(values)) == len(values)
        rows = [flight(number, 1, value) for number, value in enumerate(values)]
        project.write_rows([*rows, *((row[0] + 100, *row[1:]) for row in rows[::2])])
        flights(project, by_values("origin", *values))
        project.fill()
        assert sorted(project.records("flights").values()) == [1] * 5 + [2] * 5
        assert len(project.rows("flights")) == 15
        project.write_rows([*rows, flight(99, 1, "åre")])
        flights(project, by_values("origin", *values))
        assert list(project.work("flights").values()) == ["stale-input"] * 5
        project.fill()
        assert ids(project) == [*range(10), 99]

    def test_values_that_would_break_out_of_a_key_or_a_statement(self, project: CutProject) -> None:
        values = [
            "a/b",
            "a=b",
            "it's",
            '"q"',
            "50%",
            "%2F",
            "line\nbreak",
            "tab\t",
            "__else__",
            "__null__",
            "all",
            "\\",
            "💥",
        ]
        rows = [flight(number, 1 + number % 4, value) for number, value in enumerate(values)]
        project.write_rows(rows)
        flights(project, by_day(), by_values("origin", *values, rest=True, nulls="own"))
        project.fill(workers=2)
        assert sum(project.records("flights").values()) == len(values)
        assert ids(project) == all_ids(rows)
        assert project.fill() == {}
        flights(project, by_day(), by_values("origin", *values, rest=True))
        project.write_rows(rows[1:])
        assert project.fill() == {"flights": ["day=2013-01-01/origin=a%2Fb"]}
        project.invalidate("flights", keys=["day=2013-01-01/origin=%5F_else__"])
        assert project.fill() == {"flights": ["day=2013-01-01/origin=%5F_else__"]}

    def test_dates_numbers_and_booleans(self, project: CutProject) -> None:
        sql = f"select *, id % 2 = 0 as even, id // 10 as ten from {SOURCE}"
        listed = {
            "day": ("2013-01-01", "2013-01-03"), "ten": (1, 3), "even": (True,),
        }  # fmt: skip
        for column, values in listed.items():
            flights(project, by_values(column, *values, rest=True), sql=sql)
            project.backfill(full=True)
            counted = 8 if column == "even" else 3
            spelled = [str(value).lower() for value in values]
            others = 12 - counted * len(values)
            assert project.records("flights") == dict.fromkeys(spelled, counted) | {"__else__": others}
            assert ids(project) == all_ids(FLIGHTS)
            assert project.fill() == {}


class TestQueries:
    def test_a_new_value_is_missing_a_vanished_one_retired_and_one_that_comes_back_rebuilt(
        self, project: CutProject
    ) -> None:
        flights(project, {"column": "origin", "query": f"select distinct origin from {SOURCE}"})
        assert project.fill() == {"flights": ["EWR", "JFK", "LGA"]}
        project.write_rows([row for row in FLIGHTS if row[2] != "LGA"] + [flight(99, 1, "TEB")])
        assert project.verdicts("flights") == {"EWR": "current", "JFK": "current", "TEB": "missing", "LGA": "retired"}
        assert project.fill() == {"flights": ["TEB"]}
        assert ids(project) == [*all_ids(FLIGHTS), 99]
        project.write_rows([row for row in FLIGHTS if row[0] != 12])
        assert project.work("flights") == {"LGA": "stale-input"}
        project.fill()
        assert project.records("flights") == {"EWR": 4, "JFK": 4, "LGA": 3, "TEB": 1}
        assert ids(project) == sorted({*all_ids(FLIGHTS), 99} - {12})

    def test_a_listed_value_without_rows_is_an_empty_partition(self, project: CutProject) -> None:
        flights(project, THREE)
        project.fill()
        project.write_rows([row for row in FLIGHTS if row[2] != "LGA"])
        assert project.fill() == {"flights": ["LGA"]}
        assert project.records("flights") == {"EWR": 4, "JFK": 4, "LGA": 0}
        assert len(ids(project)) == 8

    def test_else_holds_what_the_query_does_not_find(self, project: CutProject) -> None:
        query = f"select origin from {SOURCE} group by origin having count(*) > 3"
        flights(project, {"column": "origin", "query": query, "else": True})
        project.write_rows(FLIGHTS[1:])
        project.fill()
        assert project.records("flights") == {"JFK": 4, "LGA": 4, "__else__": 3}
        project.write_rows(FLIGHTS)
        assert sorted(project.fill()["flights"]) == ["EWR", "__else__"]
        assert project.records("flights") == {"EWR": 4, "JFK": 4, "LGA": 4, "__else__": 0}
        project.write_rows(FLIGHTS[:-1])
        assert project.fill() == {"flights": ["__else__"]}
        assert project.records("flights") == {"EWR": 4, "JFK": 4, "__else__": 3}
        assert ids(project) == all_ids(FLIGHTS[:-1])

    def test_values_of_a_model_that_the_same_backfill_builds(self, project: CutProject) -> None:
        project.write_model("base", ALL, partition_by=[by_values("origin", "EWR", rest=True)])
        project.write_model(
            "by_origin", "select origin, count(*) as n from {{ ref('base') }} group by origin",
            partition_by={"column": "origin", "query": "select distinct origin from {{ ref('base') }}"},
        )  # fmt: skip
        project.write_model("total", "select sum(n) as n from {{ ref('by_origin') }}")
        project.fill()
        assert project.rows("by_origin") == [("EWR", 4), ("JFK", 4), ("LGA", 4)]
        assert project.rows("total") == [(12,)]
        project.write_rows([*FLIGHTS, flight(99, 1, "TEB")])
        assert project.fill() == {"base": ["__else__"], "by_origin": ["JFK", "LGA", "TEB"], "total": ["all"]}
        assert project.rows("total") == [(13,)]
        assert project.fill() == {}

    def test_rows_that_the_query_does_not_find_are_no_less_strange(self, project: CutProject) -> None:
        project.write_model("base", ALL)
        project.write_model(
            "by_origin", "select origin, day from {{ ref('base') }}",
            partition_by={"column": "origin", "query": "select origin from {{ ref('base') }} where origin <> 'LGA'"},
        )  # fmt: skip
        project.backfill("base")
        assert "`LGA` (4)" in errors(project.backfill())["by_origin"][0]
        project.write_rows([*FLIGHTS, flight(99, 1, "TEB")])
        (said,) = set(errors(project.backfill())["by_origin"])
        assert "`LGA` (4)" in said
        assert "TEB" not in said


class TestRanges:
    @pytest.fixture
    def project(self, tmp_path: Path) -> CutProject:
        made = CutProject.create(tmp_path / "p", partition_by=[{"column": "id", "range": {"step": 5}}], columns=COLUMNS)
        made.write_rows(FLIGHTS)
        return made

    def cut(self, project: CutProject, stop: int | str, sql: str = ALL, **config: Any) -> None:
        nulls = config.pop("nulls", None)
        by = {"column": "id", "range": {"start": 0, "stop": stop, "step": 10}} | ({"nulls": nulls} if nulls else {})
        project.write_model("flights", sql, partition_by=by, **config)

    def test_a_fixed_stop(self, project: CutProject) -> None:
        self.cut(project, 40)
        assert project.fill() == {"flights": ["0", "10", "20", "30"]}
        assert project.records("flights") == {"0": 0, "10": 3, "20": 3, "30": 3}
        self.cut(project, 50)
        assert project.fill() == {"flights": ["40"]}
        assert ids(project) == all_ids(FLIGHTS)

    def test_the_stop_that_a_query_finds_grows_and_shrinks(self, project: CutProject) -> None:
        self.cut(project, f"select max(id) + 1 from {SOURCE}")
        assert project.fill() == {"flights": ["0", "10", "20", "30"]}
        project.write_rows([*FLIGHTS, flight(57, 1, "EWR"), flight(60, 1, "EWR")])
        assert project.work("flights") == {"40": "missing", "50": "missing"}
        project.fill()
        assert ids(project) == [*all_ids(FLIGHTS), 57]
        project.write_rows(FLIGHTS[:6])
        assert project.verdicts("flights") == {
            "0": "current", "10": "current", "20": "retired", "30": "retired", "40": "retired", "50": "retired",
        }  # fmt: skip
        project.wipe("flights", keys=["20", "30", "40", "50"])
        assert project.fill() == {}
        assert ids(project) == all_ids(FLIGHTS[:3])

    def test_the_open_range_is_built_again_once_the_top_has_moved(self, project: CutProject) -> None:
        project.write_rows(FLIGHTS[:4])
        self.cut(project, f"select max(id) + 1 from {SOURCE}", end_offset=1)
        assert project.fill() == {"flights": ["0", "10", "20"]}
        assert project.fill() == {}
        project.write_rows(FLIGHTS[:6])
        assert project.work("flights") == {"20": "stale-input"}
        project.fill()
        project.write_rows(FLIGHTS[:7])
        assert project.work("flights") == {"20": "stale-input", "30": "missing"}
        project.fill()
        assert project.fill() == {}
        assert ids(project) == all_ids(FLIGHTS[:7])

    def test_rows_without_a_number_are_a_partition_of_their_own(self, project: CutProject) -> None:
        odd = [(None, *FLIGHTS[0][1:]), (-5, *FLIGHTS[0][1:])]
        project.write_rows([*FLIGHTS, *odd])
        self.cut(project, 50, nulls="own")
        for _ in range(3):
            project.fill(full=True)
            assert project.records("flights") == {"__null__": 1, "0": 0, "10": 3, "20": 3, "30": 3, "40": 3}
            assert len(project.rows("flights")) == 13


class TestNull:
    def test_rows_without_a_value_are_written_once_however_often(self, project: CutProject) -> None:
        rows = [*FLIGHTS, flight(90, None, "EWR"), flight(91, None, None), flight(92, 1, None)]
        project.write_rows(rows)
        flights(project, by_day(nulls="own"), by_values("origin", "EWR", rest=True, nulls="own"))
        for workers in (1, 2, 1):
            project.fill(full=True, workers=workers)
            assert project.rows("flights") == sorted(rows, key=repr)
            assert {key: count for key, count in project.records("flights").items() if "__null__" in key and count} == {
                "day=__null__/origin=EWR": 1, "day=__null__/origin=__null__": 1, "day=2013-01-01/origin=__null__": 1,
            }  # fmt: skip
        assert project.fill() == {}

    def test_a_row_that_gets_its_value_later_leaves_the_partition_of_null(self, project: CutProject) -> None:
        project.write_rows([*FLIGHTS, flight(90, None, "EWR"), flight(91, 2, None)])
        flights(project, by_day(nulls="own"), by_values("origin", "EWR", "JFK", "LGA", nulls="own"))
        project.fill()
        project.write_rows([*FLIGHTS, flight(90, 2, "EWR"), flight(91, 2, "JFK")])
        project.fill()
        records = project.records("flights")
        assert records["day=2013-01-02/origin=EWR"] == records["day=2013-01-02/origin=JFK"] == 2
        assert {count for key, count in records.items() if "__null__" in key} == {0}
        assert ids(project) == [*all_ids(FLIGHTS), 90, 91]
        assert project.fill() == {}

    def test_strays_among_the_rows_without_a_day_are_seen_too(self, project: CutProject) -> None:
        project.write_rows([*FLIGHTS, flight(90, None, "TEB")])
        flights(project, by_day(nulls="own"), THREE)
        assert "`TEB` (1)" in errors(project.backfill())["flights"][0]
        project.write_rows([*FLIGHTS, flight(90, None, None)])
        assert "1 row has no `origin` (NULL)" in errors(project.backfill())["flights"][0]

    @pytest.mark.parametrize("cuts", [(by_day(nulls="own"),), (by_day(nulls="own"), THREE)])
    def test_a_partition_of_null_that_is_no_more_is_retired(
        self, project: CutProject, cuts: tuple[dict[str, Any], ...]
    ) -> None:
        project.write_rows([*FLIGHTS, flight(90, None, "EWR")])
        flights(project, *cuts)
        project.fill()
        flights(project, by_day(), *cuts[1:], sql=f"{ALL} where day is not null")
        retired = [key for key, verdict in project.verdicts("flights").items() if verdict == "retired"]
        assert len(retired) == (1 if len(cuts) == 1 else 3)
        assert all("__null__" in key for key in retired)
        project.fill()
        assert ids(project) == [*all_ids(FLIGHTS), 90]


class TestSeveralColumns:
    def chain(self, project: CutProject) -> None:
        flights(project, by_day(), THREE)
        flights_ = "{{ ref('flights') }}"
        project.write_model(
            "daily", f"select day, count(*) as n from {flights_} group by day", partition_by=[by_day()], **DAYS
        )
        project.write_model(
            "by_origin", f"select origin, count(*) as n from {flights_} group by origin", partition_by=[THREE]
        )
        project.write_model(
            "by_parity", f"select *, id % 2 = 0 as even from {flights_}",
            partition_by=[by_values("even", True, False), by_day(), by_values("origin", "EWR", rest=True)], **DAYS,
        )  # fmt: skip

    def test_late_rows_rebuild_exactly_what_reads_them(self, project: CutProject) -> None:
        self.chain(project)
        project.fill()
        project.write_rows([*FLIGHTS, flight(99, 2, "JFK")])
        assert project.fill() == {
            "flights": ["day=2013-01-02/origin=JFK"],
            "daily": ["2013-01-02"],
            "by_origin": ["JFK"],
            "by_parity": ["even=false/day=2013-01-02/origin=__else__", "even=true/day=2013-01-02/origin=__else__"],
        }
        assert project.query("select n from main.daily where day = '2013-01-02'") == [(4,)]
        assert project.rows("by_origin") == [("EWR", 4), ("JFK", 5), ("LGA", 4)]
        assert ids(project, "by_parity") == [*all_ids(FLIGHTS), 99]

    def test_a_failing_batch_is_halved_by_day_and_then_by_origin(self, project: CutProject) -> None:
        flights(project, by_day(), THREE, sql=ALL.replace("delay", "cast(delay as integer) as delay"))
        project.fill()
        before = project.rows("flights")
        poisoned = [(*row[:3], "poison" if row[0] == 31 else "7") for row in FLIGHTS]
        project.write_rows(poisoned)
        done = project.backfill()
        assert done.outcome is not None
        (model,) = done.outcome.models
        assert [failure.keys for failure in model.failures] == [("day=2013-01-03/origin=JFK",) * 2]
        assert model.succeeded == 11
        assert project.work("flights") == {"day=2013-01-03/origin=JFK": "failed"}
        held = project.rows("flights")
        assert [row for row in held if row[0] == 31] == [row for row in before if row[0] == 31]
        assert {row[3] for row in held if row[0] != 31} == {7}
        split = project.query(
            "select distinct partitions from swathe_state.attempts where status = 'split' order by 1 desc"
        )
        assert [count for (count,) in split][-2:] == [3, 2]
        project.write_rows(FLIGHTS)
        project.fill()
        assert project.rows("flights") == before

    def test_a_failed_partition_blocks_only_what_reads_it(self, project: CutProject) -> None:
        self.chain(project)
        flights(project, by_day(), THREE, sql=ALL.replace("delay", "cast(delay as integer) as delay"))
        project.write_rows([(*row[:3], "poison" if row[0] == 31 else "7") for row in FLIGHTS])
        done = project.backfill()
        assert done.outcome is not None
        assert {model.name: (model.succeeded, model.blocked) for model in done.outcome.models} == {
            "flights": (11, 0), "daily": (3, 1), "by_origin": (2, 1), "by_parity": (14, 2),
        }  # fmt: skip

    def test_every_verb_on_one_value(self, project: CutProject) -> None:
        flights(project, by_day(), THREE)
        project.fill()
        assert project.invalidate("flights", keys=["origin=EWR"]).partitions == 4
        assert sorted(project.work("flights")) == [f"day=2013-01-0{day}/origin=EWR" for day in range(1, 5)]
        project.fill()
        assert project.freeze("flights", keys=["origin=EWR"]).partitions == 4
        project.write_rows([(*row[:3], "late") for row in FLIGHTS])
        assert len(project.fill()["flights"]) == 8
        assert {row[2]: row[3] for row in project.rows("flights")} == {"EWR": "0", "JFK": "late", "LGA": "late"}
        assert project.wipe("flights", keys=["origin=EWR"]).partitions == 0
        assert project.thaw("flights", keys=["origin=EWR"]).partitions == 4
        assert len(project.work("flights")) == 4
        assert project.wipe("flights", keys=["origin=EWR", "day=2013-01-01"]).partitions == 6
        assert {row[2] for row in project.rows("flights")} == {"JFK", "LGA"}
        assert len(project.fill()["flights"]) == 6
        assert ids(project) == all_ids(FLIGHTS)

    def test_rows_that_are_there_are_adopted_by_value(self, project: CutProject) -> None:
        flights(project, by_day(), by_values("origin", "EWR", rest=True))
        files = f"{project.root}/data/*.parquet"
        project.query(f"create table main.flights as select id, day, origin, delay from read_parquet('{files}')")
        assert project.adopt("flights", keys=["origin=EWR"]).partitions == 4
        assert project.records("flights") == {f"day=2013-01-0{day}/origin=EWR": 1 for day in range(1, 5)}
        assert set(project.work("flights")) == {f"day=2013-01-0{day}/origin=__else__" for day in range(1, 5)}
        project.fill()
        assert project.rows("flights") == sorted(FLIGHTS, key=repr)

    def test_a_table_that_reads_itself(self, project: CutProject) -> None:
        sql = (
            f"select s.day, s.origin, count(*) + coalesce(max(t.n), 0) as n from {SOURCE} as s\n"
            "left join {{ this }} as t on t.origin = s.origin and t.day between s.day - 1 and s.day - 1\n"
            "group by s.day, s.origin"
        )
        project.write_model("running", sql.replace("count(*)", "cast(count(*) as bigint)"), partition_by=[by_day(), THREE], **DAYS)  # fmt: skip
        project.fill(workers=2)
        assert project.query("select origin, list(n order by day) from main.running group by 1 order by 1") == [
            (origin, [1, 2, 3, 4]) for origin in ("EWR", "JFK", "LGA")
        ]
        project.write_rows([*FLIGHTS, flight(99, 2, "JFK")])
        built = project.fill()["running"]
        assert [key for key in built if "JFK" in key] == [f"day=2013-01-0{day}/origin=JFK" for day in (2, 3, 4)]
        assert project.query("select list(n order by day) from main.running where origin = 'JFK'") == [([1, 3, 4, 5],)]
        assert project.query("select list(n order by day) from main.running where origin = 'EWR'") == [([1, 2, 3, 4],)]
        assert project.fill() == {}

    @pytest.mark.parametrize("workers", [1, 3])
    def test_a_partition_that_reads_nothing_of_a_table_needs_the_table_all_the_same(
        self, project: CutProject, workers: int
    ) -> None:
        more = by_values("origin", "EWR", "JFK", "LGA", "TEB")
        flights(project, by_values("origin", "EWR", "JFK"))
        project.write_model("more", "select * from {{ ref('flights') }}", partition_by=[more])
        done = project.backfill(workers=workers)
        assert set(errors(done)) == {"flights"}
        assert done.outcome is not None
        assert [model.blocked for model in done.outcome.models] == [0, 4]
        assert project.backfill("more").planned.plan.blocked == 4
        flights(project, THREE)
        project.fill(workers=workers)
        assert project.records("more") == {"EWR": 4, "JFK": 4, "LGA": 4, "TEB": 0}

    def test_strays_that_a_later_batch_of_the_same_run_brings(self, project: CutProject) -> None:
        project.write_rows([*FLIGHTS, flight(99, 4, "TEB")])
        flights(project, by_day(), batch_size=1)
        project.write_model("listed", "select * from {{ ref('flights') }}", partition_by=[by_day(), THREE], **DAYS)
        done = project.backfill(workers=2)
        assert "`TEB` (1)" in errors(done)["listed"][0]
        assert project.verdicts("listed")["day=2013-01-04/origin=LGA"] == "failed"

    @pytest.mark.parametrize("workers", [1, 2])
    @pytest.mark.parametrize("newest_first", [False, True])
    def test_any_part_in_any_order(self, project: CutProject, workers: int, newest_first: bool) -> None:
        self.chain(project)
        for keys in (KeyRange(keys=("origin=JFK",)), KeyRange(first="2013-01-03", last="2013-01-03")):
            project.fill("flights", keys=keys, workers=workers, newest_first=newest_first)
        project.fill(workers=workers, newest_first=newest_first)
        assert project.rows("flights") == sorted(FLIGHTS, key=repr)
        assert project.rows("by_origin") == [("EWR", 4), ("JFK", 4), ("LGA", 4)]
        assert ids(project, "by_parity") == all_ids(FLIGHTS)
        assert project.fill() == {}


class TestStrays:
    """Late rows that no partition is for. No partition reads them, and still they are not passed over."""

    def test_a_late_row_with_a_value_outside_the_list(self, project: CutProject) -> None:
        flights(project, by_day(), THREE)
        project.fill()
        assert project.fill() == {}
        project.write_rows([*FLIGHTS, flight(99, 2, "TEB")])
        assert project.work("flights") == {"day=2013-01-04/origin=EWR": "stale-input"}
        assert "`TEB` (1)" in errors(project.backfill())["flights"][0]
        assert project.verdicts("flights")["day=2013-01-04/origin=EWR"] == "failed"
        flights(project, by_day(), by_values("origin", "EWR", "JFK", "LGA", rest=True))
        project.fill()
        assert ids(project) == sorted([99, *all_ids(FLIGHTS)])
        assert project.fill() == {}

    def test_a_late_row_without_a_day(self, project: CutProject) -> None:
        flights(project, by_day())
        project.fill()
        project.write_rows([*FLIGHTS, flight(99, None, "EWR")])
        assert project.work("flights") == {"2013-01-04": "stale-input"}
        assert "1 row has no `day` (NULL)" in errors(project.backfill())["flights"][0]
        project.write_rows(FLIGHTS)
        project.fill()
        assert project.fill() == {}

    def test_rows_that_the_query_may_leave_out_are_looked_through_once(self, project: CutProject) -> None:
        flights(project, by_day(), THREE, sql=f"{ALL} where lower(origin) <> 'teb' and coalesce(day, null) is not null")
        project.fill()
        project.write_rows([*FLIGHTS, flight(99, 2, "TEB"), flight(98, None, "EWR")])
        assert project.fill() == {"flights": ["day=2013-01-04/origin=EWR"]}
        assert project.fill() == {}

    def test_what_an_upstream_model_holds_of_them(self, project: CutProject) -> None:
        project.write_model(
            "base", ALL, partition_by=[by_day(), by_values("origin", "EWR", "JFK", "LGA", rest=True)], **DAYS
        )
        flights(project, by_day(), THREE, sql="select id, day, origin, delay from {{ ref('base') }}")
        project.fill()
        project.write_rows([*FLIGHTS, flight(99, 2, "TEB")])
        assert "`TEB` (1)" in errors(project.backfill())["flights"][0]
