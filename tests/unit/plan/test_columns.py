"""How a table's columns follow those of its query."""

import pytest

from swathe.errors import PlanError
from swathe.model.definition import Column, OnSchemaChange
from swathe.plan.columns import ColumnChanges, column_changes

APPEND, SYNC, FAIL = OnSchemaChange.APPEND, OnSchemaChange.SYNC, OnSchemaChange.FAIL
Columns = tuple[Column, ...]


def columns(text: str) -> Columns:
    """`columns("day DATE, n BIGINT")`."""
    return tuple(Column(*entry.split(maxsplit=1)) for entry in text.split("; ") if entry)


TABLE = "day DATE; n INTEGER; who VARCHAR"


@pytest.mark.parametrize(
    ("query", "policy", "changes"),
    [
        (TABLE, APPEND, ColumnChanges()),
        (TABLE, FAIL, ColumnChanges()),
        ("who VARCHAR; n INTEGER; day DATE", FAIL, ColumnChanges()),
        ("DAY date; N integer; Who varchar", FAIL, ColumnChanges()),
        (f"{TABLE}; x DOUBLE", APPEND, ColumnChanges(added=columns("x DOUBLE"))),
        (f"{TABLE}; x DOUBLE", SYNC, ColumnChanges(added=columns("x DOUBLE"))),
        ("day DATE; n INTEGER", APPEND, ColumnChanges(kept=columns("who VARCHAR"))),
        ("day DATE; n INTEGER", SYNC, ColumnChanges(dropped=columns("who VARCHAR"))),
        ("day DATE; n BIGINT; who VARCHAR", APPEND, ColumnChanges(retyped=columns("n BIGINT"))),
        ("day DATE; n BIGINT; who VARCHAR", SYNC, ColumnChanges(retyped=columns("n BIGINT"))),
        ("day DATE; n SMALLINT; who VARCHAR", APPEND, ColumnChanges()),
        (
            "day DATE; n SMALLINT; who VARCHAR",
            SYNC,
            ColumnChanges(retyped=columns("n SMALLINT"), narrowed=columns("n INTEGER")),
        ),
        (
            "day DATE; n VARCHAR; who VARCHAR",
            SYNC,
            ColumnChanges(retyped=columns("n VARCHAR"), narrowed=columns("n INTEGER")),
        ),
        ("day DATE; m INTEGER; who VARCHAR", SYNC, ColumnChanges(columns("m INTEGER"), columns("n INTEGER"))),
        ("day DATE; m INTEGER; who VARCHAR", APPEND, ColumnChanges(columns("m INTEGER"), kept=columns("n INTEGER"))),
    ],
)
def test_what_becomes_of_the_table(query: str, policy: OnSchemaChange, changes: ColumnChanges) -> None:
    assert column_changes(columns(TABLE), columns(query), policy, "t") == changes


@pytest.mark.parametrize("query", [f"{TABLE}; x DOUBLE", "day DATE; n INTEGER", "day DATE; n BIGINT; who VARCHAR"])
def test_fail_allows_nothing(query: str) -> None:
    with pytest.raises(PlanError, match="the columns of `t` changed"):
        column_changes(columns(TABLE), columns(query), FAIL, "t")


@pytest.mark.parametrize("kind", ["VARCHAR", "DATE", "BOOLEAN", "UINTEGER"])
def test_append_refuses_a_type_that_neither_side_holds(kind: str) -> None:
    with pytest.raises(PlanError, match=f"column `n` of `t` is INTEGER in the table and {kind} in the query"):
        column_changes(columns(TABLE), columns(f"day DATE; n {kind}; who VARCHAR"), APPEND, "t")


def test_sync_changes_no_column_of_frozen_partitions() -> None:
    with pytest.raises(PlanError, match="frozen partitions of `t`"):
        column_changes(columns(TABLE), columns("day DATE; n INTEGER"), SYNC, "t", frozen=3)
    assert column_changes(columns(TABLE), columns(f"{TABLE}; x DOUBLE"), SYNC, "t", frozen=3).added


def test_only_what_alters_the_table_counts_as_a_change() -> None:
    assert not ColumnChanges()
    assert not ColumnChanges(kept=columns("x DOUBLE"))
    assert ColumnChanges(added=columns("x DOUBLE"))


def test_changes_in_words() -> None:
    changes = ColumnChanges(columns("a DATE"), columns("b DATE"), columns("c DATE"), columns("d DATE"))
    assert changes.describe() == (
        "add column `a` DATE",
        "change column `d` to DATE",
        "drop column `b`",
        "keep column `c`, which the query no longer gives, as NULL",
    )


def test_what_is_cast_to_a_type_that_loses_values_is_built_again() -> None:
    changes = column_changes(columns(TABLE), columns("day DATE; n SMALLINT; who VARCHAR"), SYNC, "t")
    assert changes.describe() == (
        "change column `n` to SMALLINT, which does not hold all values of INTEGER: all partitions are built again",
    )
    assert changes.invalidates == "column `n` was INTEGER, and SMALLINT does not hold all of its values"
    wider = column_changes(columns(TABLE), columns("day DATE; n BIGINT; who VARCHAR"), SYNC, "t")
    assert wider.describe() == ("change column `n` to BIGINT",)
    assert wider.invalidates is None
