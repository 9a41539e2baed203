"""`swathe diff`: what a rebuild would change, before anything is rebuilt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from support.command_line import Told, snapshot, swathe
from support.cuts import SOURCE, CutProject, Row, by_day, by_values
from swathe.api.diff import Difference, diff
from swathe.api.keys import KeyRange
from swathe.errors import ModelError, PlanError, SelectionError

DAYS: dict[str, Any] = {"begin": "2024-01-01", "end": "2024-01-04"}
SALES = f"select day, region, count(*) as n, sum(cast(amount as integer)) as total from {SOURCE} group by day, region"
REGIONS = ("eu", "uk", "us")


def event(number: int, day: int | None = 1, region: str | None = "eu", amount: str | None = "1") -> Row:
    return number, day and date(2024, 1, day), region, number % 3, True, amount


EVENTS = [
    event(100 * day + 10 * place + hour, day, region, str(10 * day + place + hour))
    for day in (1, 2, 3)
    for place, region in enumerate(REGIONS)
    for hour in (0, 1)
]


@pytest.fixture
def project(tmp_path: Path) -> CutProject:
    made = CutProject.create(tmp_path / "p")
    made.write_rows(EVENTS)
    return made


@pytest.fixture
def sales(project: CutProject) -> CutProject:
    """A model by day with three rows in each, built."""
    daily(project, SALES)
    project.fill()
    return project


def daily(project: CutProject, sql: str, name: str = "sales", **config: Any) -> None:
    project.write_model(name, sql, **{"partition_by": [by_day()], **DAYS, **config})


def found(
    project: CutProject, model: str = "sales", partition: str | None = "2024-01-02", key: str | None = None, n: int = 5
) -> Difference:
    return diff(project.options, model, partition, key, n)


def counts(difference: Difference) -> dict[str, int | None]:
    rows = difference.rows
    assert rows.stored - rows.removed == rows.now - rows.added == rows.same + (rows.changed or 0)
    return {"added": rows.added, "removed": rows.removed, "changed": rows.changed, "same": rows.same}


def changes(difference: Difference) -> dict[str, int]:
    """How many rows changed, by column."""
    return {difference.columns.shared[index].name: count for index, count in difference.rows.changes.items()}


def changed(difference: Difference) -> list[dict[str, tuple[Any, Any]]]:
    """The changed rows that are shown, with both values of what differs."""
    names = [column.name for column in difference.columns.shared]
    return [{names[i]: (row.stored[i], row.now[i]) for i in row.differs} for row in difference.rows.changed_rows]


def say(project: CutProject, *arguments: str) -> Told:
    told = swathe(project.root, "diff", *arguments, "--now", "2024-06-01")
    assert told.code == 0, told.stderr
    assert told.stderr == ""
    return told


def lines(project: CutProject, *arguments: str) -> list[str]:
    return say(project, *arguments).stdout.splitlines()


class TestRows:
    def test_of_what_did_not_change_there_is_no_difference(self, sales: CutProject) -> None:
        difference = found(sales)
        assert counts(difference) == {"added": 0, "removed": 0, "changed": 0, "same": 3}
        assert difference.logic_differs is False
        assert lines(sales, "sales", "--partition", "2024-01-02")[1:] == ["3 rows stored, 3 now: no difference"]

    def test_an_edit_of_the_logic_changes_a_column(self, sales: CutProject) -> None:
        daily(sales, SALES.replace("sum(cast(amount as integer))", "sum(greatest(cast(amount as integer), 22))"))
        difference = found(sales)
        assert counts(difference) == {"added": 0, "removed": 0, "changed": 2, "same": 1}
        assert changes(difference) == {"total": 2}
        assert difference.key == ("region",)
        assert difference.logic_differs is True
        assert changed(difference) == [{"total": (41, 44)}, {"total": (43, 44)}]

    def test_it_is_told_in_words(self, sales: CutProject) -> None:
        daily(sales, SALES.replace("sum(cast(amount as integer))", "sum(greatest(cast(amount as integer), 22))"))
        head, *rest = lines(sales, "sales", "--partition", "2024-01-02")
        assert head.startswith("sales 2024-01-02: the logic differs: built by logic ")
        assert rest == [
            "3 rows stored, 3 now: 0 added, 0 removed, 2 changed, 1 the same, matched by region",
            "",
            "column  changed",
            "total         2",
            "",
            "changed:",
            "region  column  stored  now",
            "eu      total       41   44",
            "uk      total       43   44",
        ]

    def test_each_column_has_its_own_count(self, sales: CutProject) -> None:
        edited = SALES.replace("count(*)", "count(*) + case when region = 'eu' then 1 else 0 end")
        daily(sales, edited.replace("sum(", "1 + sum("))
        difference = found(sales)
        assert changes(difference) == {"n": 1, "total": 3}
        assert changed(difference)[0] == {"n": (2, 3), "total": (41, 42)}
        assert changed(difference)[1] == {"total": (43, 44)}

    def test_a_late_row_of_the_source_counts_though_the_logic_is_the_same(self, sales: CutProject) -> None:
        sales.write_rows([*EVENTS, event(999, 2, "asia", "7"), event(998, 2, "us", "1")])
        difference = found(sales)
        assert counts(difference) == {"added": 1, "removed": 0, "changed": 1, "same": 2}
        assert difference.rows.added_rows == ((date(2024, 1, 2), "asia", 1, 7),)
        assert difference.logic_differs is False
        assert lines(sales, "sales", "--partition", "2024-01-02")[0].startswith(
            "sales 2024-01-02: the same logic: built by logic "
        )

    def test_a_row_that_the_query_gives_no_more_is_removed(self, sales: CutProject) -> None:
        sales.write_rows([row for row in EVENTS if row[2] != "uk"])
        difference = found(sales)
        assert counts(difference) == {"added": 0, "removed": 1, "changed": 0, "same": 2}
        assert difference.rows.removed_rows == ((date(2024, 1, 2), "uk", 2, 43),)

    def test_all_that_a_key_covers_is_compared(self, sales: CutProject) -> None:
        sales.write_rows([*EVENTS, event(999, 2, "us"), event(998, 3, "us")])
        for key in ("2024-01", "all", "2024"):
            difference = found(sales, partition=key)
            assert counts(difference) == {"added": 0, "removed": 0, "changed": 2, "same": 7}
            assert difference.key == ("day", "region")
        assert counts(found(sales, partition=None))["changed"] == 1, "the newest"

    def test_partitions_that_a_backfill_would_not_build_are_left_out_of_a_wider_key(self, project: CutProject) -> None:
        daily(project, SALES, begin="2024-01-02")
        project.fill()
        assert found(project, partition="2024-01").partitions.count == 2
        assert counts(found(project, partition="2024-01")) == {"added": 0, "removed": 0, "changed": 0, "same": 6}
        first = found(project, partition="2024-01-01")
        assert (first.stays, counts(first)["added"]) == ("not due", 3)
        assert "not due: a backfill leaves" in say(project, "sales", "--partition", "2024-01-01").stdout

    def test_the_first_rows_of_each_kind_are_shown(self, sales: CutProject) -> None:
        edited = SALES.replace("select day, region,", "select day, region || '!' as region,")
        daily(sales, edited.replace("sum(", "1000 + sum("))
        difference = found(sales, n=2)
        assert counts(difference) == {"added": 3, "removed": 3, "changed": 0, "same": 0}
        assert [row[1] for row in difference.rows.added_rows] == ["eu!", "uk!"]
        assert [row[1] for row in difference.rows.removed_rows] == ["eu", "uk"]
        told = lines(sales, "sales", "--partition", "2024-01-02", "--limit", "1")
        assert "added, 1 of 3:" in told
        assert "removed, 1 of 3:" in told
        assert counts(found(sales, n=0)) == counts(difference)
        assert found(sales, n=0).rows.added_rows == ()


class TestKeys:
    def test_a_measure_that_is_unique_by_chance_is_no_better_than_what_matches_more_rows(
        self, project: CutProject
    ) -> None:
        columns = "sum(cast(amount as integer)) as total, region, day"
        daily(project, f"select {columns} from {SOURCE} group by day, region")
        project.fill()
        daily(project, f"select 100 + {columns} from {SOURCE} group by day, region")
        difference = found(project)
        assert difference.key == ("region",)
        assert counts(difference)["changed"] == 3

    def test_the_partition_columns_and_more_are_tried_where_none_is_alone(self, project: CutProject) -> None:
        project.write_rows([event(n, 1 + n % 2, REGIONS[n // 2 % 3], "5") for n in range(6)])
        daily(project, f"select kind * 0 as zero, region, day, cast(amount as integer) as amount from {SOURCE}")
        project.fill()
        assert found(project, partition="2024-01").key == ("day", "region")

    def test_keys_may_be_named(self, sales: CutProject) -> None:
        sales.write_rows([*EVENTS, event(999, 2, "us")])
        assert found(sales, key="total").key == ("total",)
        assert counts(found(sales, key="total")) == {"added": 1, "removed": 1, "changed": 0, "same": 2}
        assert found(sales, key=" Region , DAY").key == ("region", "day")
        assert counts(found(sales, key="region,day")) == {"added": 0, "removed": 0, "changed": 1, "same": 2}

    @pytest.mark.parametrize(
        ("key", "message"),
        [
            ("n", "`n`, which is not unique: 1 value in 3 rows of the table and 1 value in 3 rows of the query"),
            ("day,n", "`day, n`, which are not unique: 1 value in 3 rows of the table and 1 value in 3 rows of the query"),
            ("regoin", "there is no column `regoin` (given with `--key`)"),
            ("", "there is no column `` (given with `--key`)"),
        ],
    )  # fmt: skip
    def test_a_key_that_is_none_is_refused(self, sales: CutProject, key: str, message: str) -> None:
        with pytest.raises(SelectionError) as caught:
            found(sales, key=key)
        assert caught.value.message.removeprefix("rows can't be matched by ") == message
        assert caught.value.hint

    def test_a_key_with_null_is_refused(self, project: CutProject) -> None:
        project.write_rows([event(1, 2, None, "1"), event(2, 2, "eu", "2")])
        daily(project, SALES)
        project.fill()
        with pytest.raises(SelectionError, match="which is NULL in 2 rows"):
            found(project, key="region")
        assert found(project).key == ("total",)

    def test_a_key_that_only_one_side_has_is_refused(self, sales: CutProject) -> None:
        daily(sales, SALES.replace("count(*) as n,", "count(*) as many,"))
        for key, where in (("n", "only in the table"), ("many", "only in the query")):
            with pytest.raises(SelectionError, match=where):
                found(sales, key=key)

    def test_without_a_key_rows_are_compared_as_they_are(self, project: CutProject) -> None:
        rows = [event(1, 2, "eu"), event(2, 2, "eu"), event(3, 2, "us")]
        project.write_rows(rows)
        daily(project, f"select day, region from {SOURCE}")
        project.fill()
        assert counts(found(project)) == {"added": 0, "removed": 0, "changed": 0, "same": 3}
        project.write_rows([*rows, event(4, 2, "eu"), event(5, 2, "eu"), event(6, 2, None)][1:])
        difference = found(project)
        assert difference.key is None
        assert counts(difference) == {"added": 2, "removed": 0, "changed": None, "same": 3}
        assert difference.rows.added_rows == ((date(2024, 1, 2), "eu"), (date(2024, 1, 2), None))
        told = lines(project, "sales", "--partition", "2024-01-02")
        assert told[1] == "3 rows stored, 5 now: 2 added, 0 removed, 3 the same"
        assert told[2].startswith("no columns were found that tell rows apart")

    def test_a_row_that_is_there_more_often_is_shown_as_often(self, project: CutProject) -> None:
        daily(project, f"select day, region from {SOURCE}")
        project.write_rows([event(1, 2), event(2, 2)])
        project.fill()
        project.write_rows([event(n, 2) for n in range(9)])
        assert len(found(project, n=5).rows.added_rows) == 5
        assert found(project).rows.added == 7


class TestColumns:
    def test_an_added_column_is_told_and_not_compared(self, sales: CutProject) -> None:
        daily(sales, SALES.replace("count(*) as n", "count(*) as n, min(amount) as least"))
        difference = found(sales)
        assert counts(difference) == {"added": 0, "removed": 0, "changed": 0, "same": 3}
        assert [column.name for column in difference.columns.added] == ["least"]
        assert "column least VARCHAR is only in the query: not compared" in lines(sales, "sales")

    def test_a_removed_column_too(self, sales: CutProject) -> None:
        daily(sales, SALES.replace("count(*) as n,", ""))
        difference = found(sales)
        assert counts(difference)["same"] == 3
        assert [column.name for column in difference.columns.removed] == ["n"]
        assert "column n BIGINT is only in the table: not compared" in lines(sales, "sales")

    def test_the_case_of_a_name_makes_no_other_column(self, sales: CutProject) -> None:
        daily(sales, SALES.replace("as n", 'as "N"'))
        assert counts(found(sales))["same"] == 3
        assert found(sales).columns.added == ()

    @pytest.mark.parametrize(
        ("before", "after", "same"),
        [
            ("cast(amount as integer)", "cast(amount as bigint)", True),
            ("cast(amount as integer)", "cast(amount as double)", True),
            ("cast(amount as decimal(10, 2))", "cast(amount as double)", True),
            ("cast(amount as decimal(10, 2))", "cast(amount as decimal(38, 30))", True),
            ("cast(amount as integer)", "cast(amount as integer) + 0.5", False),
            ("amount", "cast(amount as integer)", True),
            ("amount", "cast(amount as integer) + 1", False),
            ("amount || 'x'", "cast(amount as integer)", False),
            ("day", "cast(day as timestamp)", True),
            ("day", "cast(day as timestamptz)", True),
            ("day", "cast(day as varchar)", True),
            ("[amount]", "[cast(amount as integer)]", True),
            ("cast(amount as integer)", "[amount]", False),
        ],
    )
    def test_a_changed_type_is_told_and_compared_by_value(
        self, project: CutProject, before: str, after: str, same: bool
    ) -> None:
        daily(project, f"select day, id, {before} as it from {SOURCE}")
        project.fill()
        daily(project, f"select day, id, {after} as it from {SOURCE}")
        difference = found(project)
        assert changes(difference) == ({} if same else {"it": 6})
        assert any(line.startswith("column it was ") for line in lines(project, "sales"))

    def test_a_key_of_another_type_still_matches(self, project: CutProject) -> None:
        daily(project, f"select day, id, amount from {SOURCE}")
        project.fill()
        daily(project, f"select day, cast(id as varchar) as id, amount || '!' as amount from {SOURCE}")
        difference = found(project)
        assert difference.key == ("id",)
        assert changes(difference) == {"amount": 6}
        text = say(project, "sales").stdout
        assert "column id was INTEGER and is VARCHAR: compared as text" in text

    def test_odd_names_and_types(self, project: CutProject) -> None:
        sql = f"""
            select day, id as "select", amount as "a ""b"", c", cast('nan' as double) as "nän", id as "from",
                   [id, null] as list, {{'a': id, 'b': [amount]}} as struct, cast(amount as decimal(9, 2)) as d
            from {SOURCE}"""
        daily(project, sql)
        project.fill()
        assert counts(found(project)) == {"added": 0, "removed": 0, "changed": 0, "same": 6}
        edited = (
            sql.replace("[id, null]", "[id, 1]").replace("[amount]", "[null]").replace("9, 2)) as d", "9, 2)) + 1 as d")
        )
        daily(project, edited.replace("cast('nan' as double)", "cast(null as double)"))
        difference = found(project)
        assert difference.key == ("select",)
        assert changes(difference) == {"nän": 6, "list": 6, "struct": 6, "d": 6}
        first = changed(difference)[0]
        assert first["list"] == ([200, None], [200, 1])
        assert first["d"] == (Decimal("20.00"), Decimal("21.00"))
        assert found(project, key='from,a "b", c').key == ("from", 'a "b", c')
        shown = json.loads(say(project, "sales", "--partition", "2024-01-02", "--output", "json").stdout)
        assert shown["samples"]["changed"][0] == {
            "key": {"select": 200},
            "stored": {"nän": None, "list": [200, None], "struct": {"a": 200, "b": ["20"]}, "d": 20},
            "now": {"nän": None, "list": [200, 1], "struct": {"a": 200, "b": [None]}, "d": 21},
        }

    def test_texts_are_compared_byte_by_byte_whatever_the_collation(self, project: CutProject) -> None:
        (project.root / "profiles.yml").write_text(
            "p:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: p.duckdb, settings: {default_collation: nocase}}\n"
        )
        daily(project, f"select day, id, region from {SOURCE}")
        project.fill()
        daily(project, f"select day, id, upper(region) as region from {SOURCE}")
        assert changes(found(project)) == {"region": 6}
        daily(project, f"select day, upper(region) as region from {SOURCE}", name="bare")
        project.fill("bare")
        daily(project, f"select day, region from {SOURCE}", name="bare")
        assert counts(found(project, "bare")) == {"added": 6, "removed": 6, "changed": None, "same": 0}


class TestWhatIsStored:
    def test_without_a_table_all_rows_are_added(self, project: CutProject) -> None:
        daily(project, SALES)
        difference = found(project)
        assert (difference.has_table, difference.logic_differs) == (False, None)
        assert counts(difference) == {"added": 3, "removed": 0, "changed": 0, "same": 0}
        head, second, *rest = lines(project, "sales", "--partition", "2024-01-02")
        assert head.startswith("sales 2024-01-02: nothing is stored; logic ")
        assert second == "there is no table yet: nothing is stored, so all 3 rows would be added"
        assert rest[:2] == ["", "added:"]
        assert not (project.root / "p.duckdb").exists()

    def test_a_partition_without_rows_says_so(self, project: CutProject) -> None:
        daily(project, SALES)
        project.write_rows([row for row in EVENTS if row[1] != date(2024, 1, 2)])
        project.fill()
        assert lines(project, "sales", "--partition", "2024-01-02")[1:] == ["no rows stored, and none now"]
        project.write_rows(EVENTS)
        assert found(project).has_table
        second = lines(project, "sales", "--partition", "2024-01-02")[1]
        assert second == "nothing is stored, so all 3 rows would be added"

    def test_a_partition_that_was_never_built(self, project: CutProject) -> None:
        daily(project, SALES, end="2024-01-02")
        project.fill()
        daily(project, SALES)
        assert "nothing is stored; logic" in lines(project, "sales", "--partition", "2024-01-03")[0]
        assert ", 2 partitions never built" in lines(project, "sales", "--partition", "all")[0]

    def test_a_query_without_rows_removes_all(self, sales: CutProject) -> None:
        sales.write_rows([])
        assert lines(sales, "sales", "--partition", "2024-01-02")[1] == "3 rows stored, 0 now: all 3 would be removed"

    def test_rows_that_swathe_did_not_write_can_be_looked_at_before_they_are_adopted(self, project: CutProject) -> None:
        with duckdb.connect(str(project.root / "p.duckdb")) as connection:
            connection.execute(
                "create table sales as select date '2024-01-02' as day, r as region, 2 as n, 0 as total "
                "from unnest(['eu', 'uk', 'us']) as t (r)"
            )
        daily(project, SALES)
        difference = found(project)
        assert difference.built == ()
        assert changes(difference) == {"total": 3}
        assert "no record says what built the stored rows" in lines(project, "sales", "--partition", "2024-01-02")[0]

    def test_several_logics_are_told(self, sales: CutProject) -> None:
        daily(sales, SALES.replace("sum(", "1 + sum("))
        sales.fill("sales", keys=KeyRange(keys=("2024-01-03",)))
        difference = found(sales, partition="all")
        assert [(entry.same, entry.partitions) for entry in difference.built] == [(False, 2), (True, 1)]
        assert difference.logic_differs
        assert counts(difference) == {"added": 0, "removed": 0, "changed": 6, "same": 3}
        assert " (2) and " in lines(sales, "sales", "--partition", "all")[0]

    def test_a_view_stores_nothing(self, sales: CutProject) -> None:
        sales.write_model("seen", "select * from {{ ref('sales') }}", materialized="view")
        told = swathe(sales.root, "diff", "seen")
        assert (told.code, told.errors) == (2, ["`seen` is a view, which stores no rows to compare with"])

    def test_a_view_that_is_to_become_a_table_stores_nothing_yet(self, sales: CutProject) -> None:
        sales.write_model("seen", "select * from {{ ref('sales') }}", materialized="view")
        sales.fill()
        sales.write_model("seen", "select * from {{ ref('sales') }}")
        assert not found(sales, "seen", "all").has_table

    def test_a_query_that_cant_be_run_is_an_error(self, project: CutProject) -> None:
        daily(project, SALES)
        daily(project, "select day, n from {{ ref('sales') }}", name="next")
        with pytest.raises(ModelError, match="the query of `next` can't be run") as caught:
            found(project, "next")
        assert caught.value.hint == "if it reads tables that do not exist yet: `swathe backfill +next`"

    def test_a_table_without_the_column_that_cuts_it_cant_be_compared(self, sales: CutProject) -> None:
        sql = f"select day as date, region, count(*) as n from {SOURCE} group by day, region"
        sales.write_model("sales", sql, partition_by=[{"column": "date", "granularity": "day"}], **DAYS)
        with pytest.raises(PlanError, match="has no column `date`"):
            found(sales)

    def test_unknown_names(self, sales: CutProject) -> None:
        for partition, model, message in (
            ("2024-01-02", "salse", "there is no model `salse`"),
            ("nonsense", "sales", "`nonsense`"),
            ("region=eu", "sales", "no selected model is cut by `region`"),
        ):
            with pytest.raises(SelectionError) as caught:
                found(sales, model, partition)
            assert message in caught.value.message
            assert caught.value.hint

    def test_nothing_is_written(self, sales: CutProject) -> None:
        daily(sales, SALES.replace("sum(", "1 + sum("))
        before = snapshot(sales.root)
        for arguments in (["--partition", "all"], ["--key", "region"], ["--output", "json"]):
            say(sales, "sales", *arguments)
        assert snapshot(sales.root) == before


class TestCuts:
    """Each is built, looked at, changed in the source, and looked at again."""

    @pytest.mark.parametrize(
        ("cuts", "config", "partition", "rows", "changed"),
        [
            ([by_day(), by_values("region", *REGIONS)], DAYS, "day=2024-01-02/region=us", 2, 1),
            ([by_day(), by_values("region", *REGIONS)], DAYS, "region=us", 6, 3),
            ([by_day(), by_values("region", *REGIONS)], DAYS, "2024-01-02", 6, 1),
            ([by_day(nulls="own"), by_values("region", *REGIONS)], DAYS, "region=us", 6, 3),
            ([by_day(nulls="own"), by_values("region", *REGIONS)], DAYS, "all", 18, 3),
            ([by_values("region", "us", rest=True, nulls="own")], {}, "us", 6, 3),
            ([by_values("region", "eu", rest=True, nulls="own")], {}, "__else__", 12, 3),
            ([{"column": "region", "query": f"select distinct region from {SOURCE}"}], {}, "us", 6, 3),
            ([{"column": "id", "range": {"start": 0, "stop": 400, "step": 100}}], {}, "250", 6, 1),
            ([{"column": "id", "range": {"start": 0, "stop": 400, "step": 100}}, by_values("region", *REGIONS)], {},
             "id=200/region=us", 2, 1),
            ([by_day(granularity="month")], {"begin": "2024-01-01", "end": "2024-02-01"}, "2024-01", 18, 3),
            ([], {"materialized": "table"}, "all", 18, 3),
            ([], {"materialized": "table"}, None, 18, 3),
        ],
    )  # fmt: skip
    def test_rows_of_its_partitions_only(
        self, project: CutProject, cuts: Sequence[Any], config: dict[str, Any], partition: str | None, rows: int,
        changed: int,
    ) -> None:  # fmt: skip
        by = {"partition_by": list(cuts)} if cuts else {}
        project.write_model("m", f"select id, day, region, amount from {SOURCE}", **by, **config)
        project.fill()
        assert counts(found(project, "m", partition)) == {"added": 0, "removed": 0, "changed": 0, "same": rows}
        project.write_rows([(*row[:5], "0") if row[0] % 100 == 20 else row for row in EVENTS if row[0] != 221])
        difference = found(project, "m", partition)
        assert counts(difference) == {"added": 0, "removed": 1, "changed": changed, "same": rows - changed - 1}
        assert difference.key == ("id",)

    def test_the_partition_of_null(self, project: CutProject) -> None:
        project.write_rows([*EVENTS, event(1, None), event(2, None)])
        daily(project, f"select id, day, region from {SOURCE}", partition_by=[by_day(nulls="own")])
        project.fill()
        project.write_rows([*EVENTS, event(1, None, "us"), event(3, None)])
        difference = found(project, partition="__null__")
        assert counts(difference) == {"added": 1, "removed": 1, "changed": 1, "same": 0}

    def test_a_retired_partition(self, project: CutProject) -> None:
        sql = f"select id, region from {SOURCE}"
        project.write_model("m", sql, partition_by=[by_values("region", *REGIONS)])
        project.fill()
        project.write_model("m", f"{sql} where region <> 'us'", partition_by=[by_values("region", "eu", "uk")])
        difference = found(project, "m", "us")
        assert (difference.stays, difference.rows.removed) == ("not due", 6)
        assert found(project, "m", "all").partitions.count == 2

    def test_frozen_partitions_stay_as_they_are(self, sales: CutProject) -> None:
        sales.freeze("sales", keys=["2024-01-02"])
        sales.write_rows([*EVENTS, event(999, 2, "us")])
        difference = found(sales)
        assert (difference.stays, counts(difference)["changed"]) == ("frozen", 1)
        assert "frozen: a backfill leaves the stored rows as they are" in lines(
            sales, "sales", "--partition", "2024-01-02"
        )
        assert found(sales, partition="all").stays is None

    def test_a_query_that_asks_for_its_partition_is_asked_once_for_each(self, project: CutProject) -> None:
        sql = (
            "select {{ partition.start }} as day, count(*) as n, min('{{ partition.key }}') as k from "
            f"{SOURCE} where day = {{{{ partition.start }}}}"
        )
        daily(project, sql)
        project.fill()
        assert counts(found(project, partition="all")) == {"added": 0, "removed": 0, "changed": 0, "same": 3}
        project.write_rows(EVENTS[1:])
        difference = found(project, partition="2024-01")
        assert changes(difference) == {"n": 1}
        assert difference.rows.changed_rows[0].now == (date(2024, 1, 1), 5, "2024-01-01")

    def test_a_template_that_branches_on_its_partition_is_each_partitions_own_query(self, project: CutProject) -> None:
        sql = (
            f"select day, {{% if partition.start >= '2024-01-03' %}}count(*) * 100{{% else %}}count(*){{% endif %}} as n "
            f"from {SOURCE} group by day"
        )
        daily(project, sql)
        project.fill()
        assert counts(found(project, partition="all"))["same"] == 3
        assert len(found(project, partition="all").fingerprints) == 2
        daily(project, sql.replace("100", "1000"))
        difference = found(project, partition="all")
        assert changed(difference) == [{"n": (600, 6000)}]
        assert [(entry.same, entry.partitions) for entry in difference.built] == [(True, 2), (False, 1)]
        assert found(project, partition="2024-01-01").logic_differs is False

    def test_a_table_that_reads_itself_reads_what_is_stored(self, project: CutProject) -> None:
        sql = (
            f"select today.day, today.n + coalesce(earlier.n, 0) as n from (select day, count(*) as n from {SOURCE} "
            "group by day) as today left join {{ this }} as earlier on earlier.day = today.day - interval 1 day"
        )
        daily(project, sql)
        project.fill()
        assert counts(found(project, partition="all")) == {"added": 0, "removed": 0, "changed": 0, "same": 3}
        project.write_rows([*EVENTS, event(999, 1)])
        assert changed(found(project, partition="all")) == [{"n": (6, 7)}], "the days after read what is stored of it"
        assert "the model reads its own table" in say(project, "sales", "--partition", "all").stdout

    def test_more_queries_than_can_be_asked_at_once_are_refused(self, project: CutProject) -> None:
        sql = "select {{ partition.start }} as day, 1 as n"
        daily(project, sql, begin="2020-01-01", end="2024-01-01")
        assert found(project, partition="2023").rows.added == 365
        with pytest.raises(SelectionError, match="1,461 partitions of `sales` can't be compared at once"):
            found(project, partition="all")


def test_json(sales: CutProject) -> None:
    daily(sales, SALES.replace("sum(cast(amount as integer))", "sum(greatest(cast(amount as integer), 22))"))
    sales.write_rows([*(row for row in EVENTS if row[2] != "us"), event(999, 2, "asia", "7")])
    told = json.loads(say(sales, "sales", "--partition", "2024-01-02", "--output", "json").stdout)
    assert told.pop("fingerprints")[0].startswith("v2:")
    (built,) = told.pop("built")
    assert built.pop("fingerprint").startswith("v2:")
    assert built.pop("built_at").endswith("+00:00")
    assert built == {"same": False, "partitions": 1}
    assert told == {
        "model": "sales",
        "partition": "2024-01-02",
        "partitions": 1,
        "logic_differs": True,
        "stays": None,
        "key": ["region"],
        "rows_stored": 3,
        "rows_now": 3,
        "added": 1,
        "removed": 1,
        "changed": 2,
        "same": 0,
        "columns": [
            {"column": "day", "stored": "DATE", "now": "DATE", "changed": 0},
            {"column": "region", "stored": "VARCHAR", "now": "VARCHAR", "changed": 0},
            {"column": "n", "stored": "BIGINT", "now": "BIGINT", "changed": 0},
            {"column": "total", "stored": "HUGEINT", "now": "HUGEINT", "changed": 2},
        ],
        "columns_added": [],
        "columns_removed": [],
        "samples": {
            "added": [{"day": "2024-01-02", "region": "asia", "n": 1, "total": 22}],
            "removed": [{"day": "2024-01-02", "region": "us", "n": 2, "total": 45}],
            "changed": [
                {"key": {"region": "eu"}, "stored": {"total": 41}, "now": {"total": 44}},
                {"key": {"region": "uk"}, "stored": {"total": 43}, "now": {"total": 44}},
            ],
        },
    }
    told = json.loads(say(sales, "sales", "--partition", "2024-01", "--output", "json").stdout)
    assert (told["partition"], told["partitions"], told["key"]) == ("2024-01", 3, ["day", "region"])
