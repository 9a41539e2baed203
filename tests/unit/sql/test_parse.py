"""Parsing: scans and slots, errors at their place, and literals that the parser would lose."""

from __future__ import annotations

import pytest

from swathe.errors import Location, ModelError
from swathe.model.definition import InputName, InputRef
from swathe.sql.analyse import canonical_text
from swathe.sql.parse import ParsedQuery, parse_query
from swathe.sql.template import PartitionSlot, ScanSlot

INPUTS = {
    ("swathe:ref", "t"): InputRef(InputName("t")),
    ("swathe:source", "raw.u"): InputRef(InputName("raw.u")),
}
T, U = '"swathe:ref"."t"', '"swathe:source"."raw.u"'


def parse(text: str) -> ParsedQuery:
    return parse_query(text, INPUTS, "duckdb", lambda offset: Location("m.sql", 1, offset + 1))


def filled(text: str) -> str:
    return parse(text).template.fill(
        lambda scan: f"<{scan.input.name}{f' as {scan.alias}' if scan.alias else ''}>", None
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"select a from {T}", "select a from <t as t>"),
        (f"select a from {T} as x -- {T} in a comment", f"select a from <t> as x -- {T} in a comment"),
        (f"select {T}.a from {T}", 'select "t".a from <t as t>'),
        (f"select {U}.a from {U} x", 'select "x".a from <raw.u> x'),
        (f"/* é ☃ 𝄞 */ select a from {T}, {U} ;  ", "/* é ☃ 𝄞 */ select a from <t as t>, <raw.u as u>"),
        (f"with t as (select 1 from {T}) select * from t", "with t as (select 1 from <t as t>) select * from t"),
    ],
)
def test_each_scan_becomes_a_slot_and_the_rest_stays_letter_for_letter(text: str, expected: str) -> None:
    assert filled(text) == expected


def test_partition_values_become_slots() -> None:
    query = parse(f"select d from {T} where d >= '__swathe_partition_start__' and d < __swathe_partition_end__")
    slots = [(slot.field, slot.quoted) for slot in query.template.segments if isinstance(slot, PartitionSlot)]
    assert slots == [("start", True), ("end", False)]
    assert sum(isinstance(segment, ScanSlot) for segment in query.template.segments) == 1


@pytest.mark.parametrize(
    ("text", "said", "column"),
    [
        ("select a from", "can't be parsed", 10),
        ("select a from nowhere", "`nowhere` is read without", 15),
        ("create table x as select 1", "begins with `create`", 1),
        ("select 1; select 2", "a second one begins", 11),
        ("  ", "has no SQL", 1),
    ],
)
def test_what_is_no_query_is_refused_at_its_place(text: str, said: str, column: int) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        parse(text)
    assert caught.value.at == Location("m.sql", 1, column)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("interval '1 day 02:00:00'", "interval '1 day 03:00:00'"),
        ("j -> 'a.b'", "j -> '$.a.b'"),
        ("interval '1 day 2 hours'", "interval '1 day'"),
    ],
)
def test_literals_that_the_parser_loses_still_tell_queries_apart(one: str, other: str) -> None:
    forms = {canonical_text(parse(f"select {value} as v from {T}"), {}, "duckdb") for value in (one, other)}
    assert len(forms) == 2


@pytest.mark.parametrize("value", ["interval '6 day'", "interval 6 day", "'a''b'", "1e3", "date '2024-01-01'", "1.50"])
def test_literals_that_the_parser_keeps_are_not_lost(value: str) -> None:
    assert parse(f"select {value} as v from {T}").lost == ()
