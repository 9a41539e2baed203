"""How two sides are compared: which columns are the same one, by which rows are matched, what is asked and read."""

from __future__ import annotations

from datetime import date

import pytest

from swathe.model.definition import Column
from swathe.sql.diff import ChangedRow, Comparison, Trial, TwoSides
from swathe.sql.diff_columns import SharedColumn, match_columns
from swathe.sql.diff_keys import best_key, composite_keys, matches_all, single_keys


def column(name: str, kind: str = "INTEGER", now: str | None = None) -> SharedColumn:
    return match_columns([Column(name, kind)], [Column(name, now or kind)]).shared[0]


def trial(
    *key: int, stored: int = 10, now: int = 10, values: int = 10, common: int | None = None, nulls: int = 0
) -> Trial:
    return Trial(key, stored, now, values, values, values if common is None else common, nulls)


SIDES = TwoSides("SELECT * FROM t", "SELECT * FROM q", (column("id"), column("a b", "VARCHAR")), "duckdb")


class TestColumns:
    def test_they_are_matched_by_name_in_the_order_of_the_query(self) -> None:
        table = [Column("A", "INTEGER"), Column("b", "DATE"), Column("old", "DATE")]
        found = match_columns(table, [Column("b", "DATE"), Column("new", "DATE"), Column("a", "INTEGER")])
        assert [(shared.stored.name, shared.now.name) for shared in found.shared] == [("b", "b"), ("A", "a")]
        assert found.added == (Column("new", "DATE"),)
        assert found.removed == (Column("old", "DATE"),)

    @pytest.mark.parametrize(
        ("one", "other", "cast"),
        [
            ("INTEGER", "integer", None),
            ("INTEGER", "BIGINT", None),
            ("DATE", "TIMESTAMP", None),
            ("DATE", "TIMESTAMP WITH TIME ZONE", None),
            ("DECIMAL(8,2)", "DECIMAL(6,4)", "DECIMAL(10, 4)"),
            ("DECIMAL(8,2)", "INTEGER", "DECIMAL(12, 2)"),
            ("DECIMAL(38,2)", "DECIMAL(38,10)", "DOUBLE PRECISION"),
            ("HUGEINT", "DECIMAL(8,2)", "DOUBLE PRECISION"),
            ("DECIMAL(8,2)", "DOUBLE", "DOUBLE PRECISION"),
            ("FLOAT", "BIGINT", "DOUBLE PRECISION"),
            ("VARCHAR", "INTEGER", "VARCHAR"),
            ("VARCHAR", "DOUBLE", "VARCHAR"),
            ("BOOLEAN", "INTEGER", "VARCHAR"),
            ("INTEGER[]", "BIGINT[]", "VARCHAR"),
            ("DATE", "INTEGER", "VARCHAR"),
        ],
    )
    def test_two_types_are_compared_in_one_that_takes_the_values_of_both(
        self, one: str, other: str, cast: str | None
    ) -> None:
        assert column("x", one, other).cast == cast
        assert column("x", other, one).cast == cast

    def test_texts_are_compared_byte_by_byte(self) -> None:
        assert column('a"b', "VARCHAR").stored_sql("s.", "duckdb") == 's."a""b" COLLATE "C"'
        assert column("a", "INTEGER", "VARCHAR").now_sql("", "duckdb") == 'CAST("a" AS VARCHAR) COLLATE "C"'
        assert column("a", "INTEGER").now_sql("", "duckdb") == '"a"'

    def test_a_key_is_looked_for_in_what_is_no_float_and_has_no_parts(self) -> None:
        kinds = [
            "DOUBLE",
            "INTEGER[]",
            "STRUCT(a INTEGER)",
            "MAP(VARCHAR, DATE)",
            "BLOB",
            "VARCHAR",
            "DECIMAL(9,2)",
            "UUID",
        ]
        columns = [column("c", kind) for kind in kinds] + [column("c", "DECIMAL(9,2)", "DOUBLE")]
        assert single_keys(columns) == [(5,), (6,), (7,)]


class TestKeys:
    def test_the_one_that_matches_most_rows_is_best_then_the_smallest_then_the_first(self) -> None:
        assert best_key([trial(0, 1), trial(3), trial(2)]) == trial(3)
        assert best_key([trial(2, common=4), trial(0, 1, common=9)]) == trial(0, 1, common=9)
        assert best_key([trial(0, values=9), trial(1, nulls=1)]) is None

    def test_no_key_can_match_more_rows_than_the_smaller_side_has(self) -> None:
        assert matches_all(Trial((0,), 3, 5, 3, 5, 3, 0))
        assert not matches_all(Trial((0,), 3, 5, 3, 5, 2, 0))

    def test_the_columns_that_cut_the_table_come_first_and_then_some_of_the_others(self) -> None:
        singles = [trial(0, values=1), *(trial(number, values=4) for number in (1, 2, 3))]
        assert composite_keys(singles, [0]) == [(0, 1, 2), (0, 1, 3), (0, 2, 3), (0, 1, 2, 3)]
        assert composite_keys(singles, []) == [(1, 2), (1, 3), (2, 3), (1, 2, 3)]

    def test_what_cuts_the_table_may_be_a_key_of_its_own(self) -> None:
        assert composite_keys([trial(0, values=4), trial(1, values=4)], [1, 0]) == [(1, 0)]

    def test_a_column_with_null_and_one_with_a_single_value_are_of_no_use(self) -> None:
        singles = [trial(0, values=5), trial(1, values=5), trial(2, nulls=1), trial(3, values=1)]
        assert composite_keys(singles, [2, 0]) == [(0, 1)]

    def test_too_few_combinations_are_not_tried(self) -> None:
        assert composite_keys([trial(0, values=3), trial(1, values=3)], []) == []

    def test_of_many_columns_the_leading_ones_are_tried(self) -> None:
        found = composite_keys([trial(number, values=4) for number in range(40)], [])
        assert len(found) == 100
        assert max(max(key) for key in found) == 7


class TestStatements:
    def test_rows_are_matched_by_equality_of_the_key(self) -> None:
        sql = SIDES.by_key((0,), 5)
        assert 'ON a."id" = b."id"' in sql
        assert 'a."a b" COLLATE "C" IS DISTINCT FROM b."a b" COLLATE "C"' in sql
        assert "place <= 5" in sql

    def test_each_side_is_read_once(self) -> None:
        for sql in (SIDES.by_key((0,), 5), SIDES.as_multisets(5), SIDES.trial([(0,), (1,), (0, 1)])):
            assert (sql.count(SIDES.stored), sql.count(SIDES.now)) == (1, 1)

    def test_only_the_columns_on_trial_are_read(self) -> None:
        assert '"id"' not in SIDES.trial([(1,)])
        assert "LIMIT 20" in SIDES.trial([(1,)], 20)

    def test_trials_are_read_in_order(self) -> None:
        rows = [(1, 3, 4, 3, 4, 2, 0), (0, 3, 4, 1, 1, 1, None)]
        assert SIDES.read_trials(rows, [(0,), (1,)]) == [Trial((0,), 3, 4, 1, 1, 1, 0), Trial((1,), 3, 4, 3, 4, 2, 0)]

    def test_counts_and_rows_of_a_comparison_by_key(self) -> None:
        totals = (1, 1, 2, 4, 2)
        rows = [
            (*totals, "changed", 2, 8, "y", 8, "Y", 1),
            (*totals, "added", 1, None, None, 9, "z", 1),
            (*totals, "removed", 1, 1, "a", None, None, 1),
            (*totals, "changed", 1, 7, "x", 7, "X", 1),
        ]
        assert SIDES.read_by_key(rows, (0,)) == Comparison(
            stored=7,
            now=7,
            added=1,
            removed=1,
            changed=2,
            changes={1: 2},
            added_rows=((9, "z"),),
            removed_rows=((1, "a"),),
            changed_rows=(ChangedRow((7, "x"), (7, "X"), (1,)), ChangedRow((8, "y"), (8, "Y"), (1,))),
        )

    def test_where_all_is_the_same_there_are_no_rows_to_show(self) -> None:
        found = SIDES.read_by_key([(0, 0, 0, 4, 0, None, None, None, None, None, None, None)], (0,))
        assert found == Comparison(4, 4, 0, 0, 0, {})
        assert found.same == 4

    def test_rows_of_multisets_are_shown_as_often_as_they_are_more(self) -> None:
        day = date(2024, 1, 1)
        rows = [(4, 6, 3, 1, "added", 1, 3, 5, day), (4, 6, 3, 1, "removed", 1, -1, 6, day)]
        found = SIDES.read_multisets(rows, 2)
        assert found == Comparison(4, 6, 3, 1, None, {}, ((5, day),) * 2, ((6, day),))
        assert found.same == 3

    def test_where_a_side_is_empty_nothing_can_have_changed(self) -> None:
        assert SIDES.read_multisets([(0, 1, 1, 0, "added", 1, 1, 5, None)], 2).changed == 0
        assert SIDES.read_multisets([(0, 0, 0, 0, None, None, None, None, None)], 2).changed == 0
