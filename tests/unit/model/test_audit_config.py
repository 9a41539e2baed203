"""Lists of audits, in the words of dbt, of SQLMesh and of our own."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml

from swathe.errors import Location, ModelError
from swathe.model.audit import (
    AcceptedValues,
    Audit,
    BadRows,
    Check,
    Holds,
    NotNull,
    Relationships,
    RowCount,
    Severity,
    Unique,
    Within,
)
from swathe.model.audit_config import Path, numbered, read_audits
from swathe.model.definition import InputName

FILES = ("positive", "not_in_future")


def place(path: Path) -> Location:
    return Location("/".join(map(str, path)) or ".")


def read(text: str, column: str | None = None) -> tuple[Audit, ...]:
    """From one entry of a YAML list."""
    return read_audits([yaml.safe_load(text)], place, FILES, column)


def check(text: str, column: str | None = None) -> Check:
    (audit,) = read(text, column)
    return audit.check


def refuse(raw: Any, column: str | None = None) -> ModelError:
    with pytest.raises(ModelError) as caught:
        read_audits(raw, place, FILES, column)
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not_null", NotNull(("who",))),
        ("unique", Unique(("who",))),
        ("unique: {within: table}", Unique(("who",), Within.TABLE)),
        ("unique: {arguments: {within: TABLE}}", Unique(("who",), Within.TABLE)),
        ("accepted_values: {values: [a, 1, 2.5, true, 2024-01-31]}",
         AcceptedValues("who", ("a", 1, 2.5, True, date(2024, 1, 31)))),
        ("accepted_values: {arguments: {values: [a]}}", AcceptedValues("who", ("a",))),
        ("accepted_values: {values: ['1', '-2.5'], quote: false}", AcceptedValues("who", (1, -2.5))),
        ("accepted_values: {values: [1], quote: true}", AcceptedValues("who", ("1",))),
        ("relationships: {to: ref('people'), field: id}", Relationships("who", InputName("people"), "id")),
        ("relationships: {arguments: {to: 'source(\"raw\", \"people\")', field: id}}",
         Relationships("who", InputName("raw.people"), "id")),
        ("relationships: {to: \"{{ ref('people') }}\", field: id}", Relationships("who", InputName("people"), "id")),
        ("relationships: {to: raw.people, field: id}", Relationships("who", InputName("raw.people"), "id")),
        ("dbt_utils.expression_is_true: {expression: '> 0'}", Holds('"who" > 0')),
        ("dbt_utils.expression_is_true: {expression: length(who) > 0}", Holds("length(who) > 0")),
    ],
)  # fmt: skip
def test_under_a_column(text: str, expected: Check) -> None:
    assert check(text, "who") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not_null: who", NotNull(("who",))),
        ("unique: [who, day]", Unique(("who", "day"))),
        ("unique: {columns: [who, day]}", Unique(("who", "day"))),
        ("unique: {column_name: who}", Unique(("who",))),
        ("dbt_utils.unique_combination_of_columns: {combination_of_columns: [who, day]}", Unique(("who", "day"))),
        ("accepted_values: {column: who, is_in: [a]}", AcceptedValues("who", ("a",))),
        ("row_count: {min: 1}", RowCount(1, None)),
        ("row_count: {arguments: {min: 0, max: 10}}", RowCount(0, 10)),
        ("number_of_rows: {threshold: 10}", RowCount(11)),
        ("expression_is_true: a < b", Holds("a < b")),
        ("sql: select * from {{ this }} where n < 0", BadRows("select * from {{ this }} where n < 0")),
        ("sql: {query: select 1}", BadRows("select 1")),
        ("positive", BadRows(file="positive")),
        ("positive:", BadRows(file="positive")),
        ("{name: mine, test_name: unique, column_name: who}", Unique(("who",))),
    ],
)
def test_of_a_model(text: str, expected: Check) -> None:
    assert check(text) == expected


def test_what_sqlmesh_says_of_several_columns_is_an_audit_of_each() -> None:
    assert [audit.check for audit in read("unique_values: {columns: [a, b]}")] == [Unique(("a",)), Unique(("b",))]
    assert [audit.check for audit in read("forall: {criteria: [a > 0, b > 0]}")] == [Holds("a > 0"), Holds("b > 0")]
    assert [audit.name for audit in read("not_null: {columns: [a, b]}")] == ["not_null(a)", "not_null(b)"]


@pytest.mark.parametrize(
    ("text", "severity", "where", "name"),
    [
        ("unique", Severity.ERROR, None, "unique(who)"),
        ("unique: {config: {severity: warn, where: n > 0}}", Severity.WARN, "n > 0", "unique(who)"),
        ("unique: {severity: WARN, where: n > 0, name: mine}", Severity.WARN, "n > 0", "mine"),
        ("{unique: , severity: warn, name: mine}", Severity.WARN, None, "mine"),
        ("{name: mine, test_name: unique, config: {severity: error, tags: [x]}}", Severity.ERROR, None, "mine"),
        ("unique: {blocking: false}", Severity.WARN, None, "unique(who)"),
        ("unique: {description: x, meta: {a: 1}, config: {store_failures: true, limit: 3}}", Severity.ERROR, None,
         "unique(who)"),
    ],
)  # fmt: skip
def test_severity_where_and_name(text: str, severity: Severity, where: str | None, name: str) -> None:
    (audit,) = read(text, "who")
    assert (audit.severity, audit.where, audit.name) == (severity, where, name)


def test_what_is_not_enabled_is_not_there() -> None:
    assert read("unique: {config: {enabled: false}}", "who") == ()
    assert read_audits(None, place, FILES) == read_audits([], place, FILES) == ()


def test_two_audits_of_one_name_are_numbered() -> None:
    audits = read_audits([{"not_null": "a"}, {"not_null": "a", "where": "b"}, {"not_null": "b"}], place, FILES)
    assert [audit.name for audit in numbered(audits)] == ["not_null(a)", "not_null(a) #2", "not_null(b)"]


@pytest.mark.parametrize(
    ("raw", "message", "at", "hint"),
    [
        ("not_null", "audits must be a list, not text", ".", None),
        ([3], "an audit must be a name or a mapping, not a number", "0", None),
        (["not_nul"], "unknown audit `not_nul`", "0", "did you mean `not_null`?"),
        (["positiv"], "unknown audit `positiv`", "0", "did you mean `positive`?"),
        ([{"dbt_expectations.expect_x": {}}], "unknown audit `dbt_expectations.expect_x`", "0/dbt_expectations.expect_x",
         None),
        ([{"accepted_values": None, "values": ["a"]}], "an audit names `accepted_values`, `values`", "0/values",
         "begin each with `- `, and indent what belongs to it"),
        ([{"config": {"severity": "warn"}}], "an audit names no check", "0", None),
        ([{"accepted_values": {"column": "a", "valeus": ["a"]}}], "`accepted_values` takes no `valeus`",
         "0/accepted_values/valeus", "did you mean `values`?"),
        ([{"unique": {"columns": ["a"], "config": {"severty": "warn"}}}],
         "unknown key `severty` in the `config` of an audit", "0/unique/config/severty", "did you mean `severity`?"),
        ([{"unique": {"columns": ["a"], "config": {"error_if": ">10"}}}], "dbt's `error_if` has no meaning in swathe",
         "0/unique/config/error_if", None),
        ([{"unique": {"columns": ["a"], "config": {"severity": "fatal"}}}], "`severity` can't be `fatal`",
         "0/unique/config/severity", "it is one of `error`, `warn`"),
        ([{"unique": {"columns": ["a"], "config": 3}}], "`config` must be a mapping, not a number", "0/unique/config",
         None),
        ([{"unique": {"columns": ["a"], "enabled": "no"}}], "`enabled` must be true or false, not text",
         "0/unique/enabled", None),
        ([{"unique": {"columns": ["a"], "where": 3}}], "`where` must be text, not a number", "0/unique/where", None),
        (["not_null"], "`not_null` names no column", "0", "write it under a column, or add `columns: [a, b]`"),
        ([{"not_null": {"columns": []}}], "`columns` must be a name or a list of names, not a list",
         "0/not_null/columns", None),
        ([{"accepted_values": {"column": "a"}}], "the values of `accepted_values` are not a list but nothing",
         "0/accepted_values", None),
        ([{"accepted_values": {"column": "a", "values": []}}], "the values of `accepted_values` are empty",
         "0/accepted_values/values", None),
        ([{"accepted_values": {"column": "a", "values": [None]}}], "NULL is no value of `accepted_values`",
         "0/accepted_values/values", "leave it out: NULL is always accepted; `not_null` refuses it"),
        ([{"accepted_values": {"column": "a", "values": [[1]]}}], "a value of `accepted_values` is a list",
         "0/accepted_values/values", None),
        ([{"accepted_values": {"column": "a", "values": ["a\0"]}}],
         "a value of `accepted_values` holds a character that no database reads", "0/accepted_values/values", None),
        ([{"accepted_values": {"column": "a", "values": [float("nan")]}}], "`nan` is no value of `accepted_values`",
         "0/accepted_values/values", None),
        ([{"accepted_values": {"column": "a", "values": ["x"], "quote": False}}],
         "`x` is no number, and `quote` is false", "0/accepted_values/values", None),
        ([{"row_count": {}}], "`row_count` has neither `min` nor `max`", "0/row_count", "add `min: 1`"),
        ([{"row_count": {"min": 2, "max": 1}}], "`min` 2 is more than `max` 1", "0/row_count/min", None),
        ([{"row_count": {"min": -1}}], "`min` must be at least 0, not -1", "0/row_count/min", None),
        ([{"row_count": 3}], "`row_count` takes no value by itself", "0/row_count", None),
        ([{"relationships": {"column": "a", "field": "id"}}], "`relationships` has no `to`", "0/relationships",
         "add `to: ref('customers')`"),
        ([{"relationships": {"column": "a", "to": "ref(x)", "field": "id"}}], "`to` names no table: `ref(x)`",
         "0/relationships/to", None),
        ([{"relationships": {"column": "a", "to": "ref('x', 'y')", "field": "id"}}],
         "`to` names no table: `ref('x', 'y')`", "0/relationships/to", None),
        ([{"positive": {"column": "a"}}], "the audit `positive` is a file, and takes no arguments",
         "0/positive/column", None),
        ([{"sql": ""}], "`sql` is empty", "0/sql", None),
        ([{"forall": {"criteria": 3}}], "`criteria` must be text, not a number", "0/forall/criteria", None),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(raw: Any, message: str, at: str, hint: str | None) -> None:
    error = refuse(raw)
    assert (error.message, error.at) == (message, Location(at))
    assert error.hint is not None
    if hint is not None:
        assert error.hint == hint
