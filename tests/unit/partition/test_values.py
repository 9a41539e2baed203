"""How a key spells the values of a column."""

from __future__ import annotations

import re
from datetime import date

import pytest

from swathe.partition.grid import Dimension
from swathe.partition.held import Choice
from swathe.partition.values import NULL, REST, Coordinate, Listed, Value, ValueKind, read_text


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("EWR", "EWR"),
        ("São Paulo", "São Paulo"),
        ("a/b", "a%2Fb"),
        ("k=v", "k%3Dv"),
        ("50%", "50%25"),
        ("%41", "%2541"),
        ("a,b", "a,b"),
        ('say "it\'s"', 'say "it\'s"'),
        (" x ", "%20x%20"),
        (" ", "%20"),
        ("\u3000x", "%E3%80%80x"),
        ("a\nb", "a%0Ab"),
        ("", "__empty__"),
        ("__empty__", "%5F_empty__"),
        ("__null__", "%5F_null__"),
        ("__else__", "%5F_else__"),
        ("__else__:a", "%5F_else__:a"),
        ("all", "%61ll"),
        ("ALL", "ALL"),
    ],
)
def test_a_text_is_spelled_unlike_any_other(text: str, spelled: str) -> None:
    assert ValueKind.TEXT.spell(text) == spelled
    assert ValueKind.TEXT.read(spelled) == text


@pytest.mark.parametrize(
    ("kind", "value", "spelled"),
    [
        (ValueKind.INTEGER, 7, "7"),
        (ValueKind.INTEGER, -7, "-7"),
        (ValueKind.INTEGER, 1, "1"),
        (ValueKind.BOOLEAN, True, "true"),
        (ValueKind.BOOLEAN, False, "false"),
        (ValueKind.DATE, date(2013, 1, 31), "2013-01-31"),
    ],
)
def test_other_kinds_are_spelled_as_people_write_them(kind: ValueKind, value: Value, spelled: str) -> None:
    assert kind.spell(value) == spelled
    assert kind.read(spelled) == value
    assert type(kind.read(spelled)) is type(value)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (ValueKind.INTEGER, "007", 7),
        (ValueKind.BOOLEAN, "TRUE", True),
        (ValueKind.TEXT, "100% sure", "100% sure"),
        (ValueKind.TEXT, "a%2fb", "a/b"),
    ],
)
def test_more_is_read_than_is_written(kind: ValueKind, text: str, value: Value) -> None:
    assert kind.read(text) == value


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (ValueKind.INTEGER, "seven", "`seven` is not a whole number"),
        (ValueKind.INTEGER, "-", "`-` is not a whole number"),
        (ValueKind.INTEGER, "7.0", "`7.0` is not a whole number"),
        (ValueKind.INTEGER, "\u0667", "`\u0667` is not a whole number"),
        (ValueKind.BOOLEAN, "1", "`1` is neither `true` nor `false`"),
        (ValueKind.DATE, "2013-02-30", "`2013-02-30` is not a date such as 2013-01-31"),
    ],
)
def test_what_is_no_value_is_refused(kind: ValueKind, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        kind.read(text)


@pytest.mark.parametrize("odd", ["%", "%4", "%zz", "%E3", "%FF"])
def test_a_percent_sign_that_begins_nothing_is_no_error(odd: str) -> None:
    assert read_text(ValueKind.TEXT.spell(odd)) == odd
    assert isinstance(read_text(odd), str)


ORIGIN = Dimension("Origin", ValueKind.TEXT, ("JFK", "EWR"), rest=True, null=True)


@pytest.mark.parametrize(
    ("coordinate", "spelled", "wanted"),
    [
        (Listed("JFK"), "JFK", "JFK"),
        (Listed("LGA"), "LGA", "LGA"),
        (Listed("__else__"), "%5F_else__", "%5F_else__"),
        (NULL, "__null__", "__null__"),
        (REST, "__else__", "__else__:EWR,JFK"),
    ],
)
def test_a_coordinate_and_how_another_table_is_asked_for_it(coordinate: Coordinate, spelled: str, wanted: str) -> None:
    assert ORIGIN.spell(coordinate) == spelled
    assert ORIGIN.read(spelled) == coordinate
    assert ORIGIN.spell_wanted(coordinate) == wanted
    assert ORIGIN.read_wanted(wanted) == Choice.at(coordinate, frozenset(ORIGIN.values))


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ((), "__else__:"),
        (("",), "__else__:__empty__"),
        (("b", "a"), "__else__:a,b"),
        (("a,b",), "__else__:a%2Cb"),
        ((",", "%2C"), "__else__:%252C,%2C"),
        (("__else__:a",), "__else__:%5F_else__:a"),
    ],
)
def test_the_rest_of_a_list_says_what_it_leaves_out(values: tuple[str, ...], wanted: str) -> None:
    dimension = Dimension("k", ValueKind.TEXT, values, rest=True)
    assert dimension.spell_wanted(REST) == wanted
    assert dimension.read_wanted(wanted) == Choice(frozenset(values), others=True)


@pytest.mark.parametrize(
    ("choice", "spelled"),
    [
        (Choice(), "__any__:"),
        (Choice(frozenset({"b"})), "b"),
        (Choice(frozenset({"a,b"})), "a,b"),
        (Choice(frozenset({"b", "a"})), "__any__:a,b"),
        (Choice(frozenset({"", "a,b"})), "__any__:__empty__,a%2Cb"),
        (Choice(frozenset({"__any__:a"})), "%5F_any__:a"),
        (Choice(frozenset({"__null__", "a"})), "__any__:%5F_null__,a"),
        (Choice(frozenset({"a"}), null=True), "__any__:a,__null__"),
        (Choice(null=True), "__null__"),
        (Choice(others=True), "__else__:"),
    ],
)
def test_a_set_of_values_in_a_pattern(choice: Choice, spelled: str) -> None:
    assert ORIGIN.spell_choice(choice) == spelled
    assert ORIGIN.read_wanted(spelled) == choice


def test_all_but_some_values_or_null_is_not_spelled() -> None:
    assert ORIGIN.spell_choice(Choice(others=True, null=True)) is None
    assert ORIGIN.spell_choice(Choice(frozenset({"a"}), others=True, null=True)) is None


def test_the_coordinates_of_a_column_are_in_the_order_of_its_list() -> None:
    assert ORIGIN.coordinates == (Listed("JFK"), Listed("EWR"), REST, NULL)
    assert Dimension("k", ValueKind.TEXT, ()).coordinates == ()
    assert ORIGIN.unit == "origin"
    assert Dimension("n", ValueKind.INTEGER, (1,)).unit == "n as integer"
