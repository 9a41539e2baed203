"""Calls that give something else in each run, and where they stand."""

from __future__ import annotations

import pytest

from swathe.errors import Location
from swathe.model.definition import InputName, InputRef
from swathe.sql.parse import parse_query
from swathe.sql.volatile import VolatileCall, VolatileKind, volatile_calls

INPUTS = {("swathe:ref", name): InputRef(InputName(name)) for name in ("t", "u")}
T, U = '"swathe:ref"."t"', '"swathe:ref"."u"'
CLOCK, RANDOM, SAMPLE = VolatileKind


def calls(text: str, dialect: str = "duckdb") -> tuple[VolatileCall, ...]:
    return volatile_calls(
        parse_query(text, INPUTS, dialect, lambda offset: Location("m.sql", 1, offset + 1)), (), dialect
    )


def found(text: str, dialect: str = "duckdb") -> list[tuple[str, VolatileKind]]:
    """Each with what stands in the text at its place."""
    assert all(text[call.offset :].startswith(call.name.removesuffix("()")) for call in calls(text, dialect))
    return [(call.name, call.kind) for call in calls(text, dialect)]


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
@pytest.mark.parametrize(
    "call",
    [
        "now()", "NOW()", "current_date", "current_date()", "current_timestamp", "current_timestamp()", "current_time",
        "localtime", "localtimestamp", "today()", "get_current_time()", "get_current_timestamp()",
        "transaction_timestamp()", "statement_timestamp()", "clock_timestamp()", "timeofday()",
        "current_localtimestamp()",
    ],
)  # fmt: skip
def test_the_clock(call: str, dialect: str) -> None:
    assert found(f"select a, {call} as b from {T}", dialect) == [(call, CLOCK)]


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
@pytest.mark.parametrize(
    "call",
    [
        "random()", "uuid()", "gen_random_uuid()", "uuidv4()", "uuidv7()", "uuid_generate_v4()", "txid_current()",
        "pg_current_xact_id()", "lastval()", "random_normal()",
    ],
)  # fmt: skip
def test_chance_and_counters(call: str, dialect: str) -> None:
    assert found(f"select a, {call} as b from {T}", dialect) == [(call, RANDOM)]


@pytest.mark.parametrize("call", ["setseed(0.5)", "nextval('s')", "currval('s')", "array_shuffle(a)"])
def test_calls_with_arguments_are_named_without_them(call: str) -> None:
    assert found(f"select {call} as b from {T}", "postgres") == [(call.partition("(")[0] + "()", RANDOM)]


def test_the_age_of_one_moment_is_that_of_today() -> None:
    assert found(f"select age(a) as b from {T}") == [("age()", CLOCK)]
    assert found(f"select age(a, b) as b from {T}") == []


@pytest.mark.parametrize(
    "moment", ["date 'today'", "timestamp 'now'", "'now'::timestamptz", "cast('Yesterday' as date)", "'tomorrow'::date"]
)
def test_words_of_time_are_moments_in_postgres_and_errors_in_duckdb(moment: str) -> None:
    text = f"select 'now' as word, {moment} as b from {T}"
    assert [kind for _, kind in found(text, "postgres")] == [CLOCK]
    assert found(text) == []


@pytest.mark.parametrize(
    "expression",
    [
        "now", "t.now", "t.current_date", "a as current_date", '"current_date"', "'now()'", "/* now() */ a",
        "'today' = a", "date '2024-01-01'", "cast('epoch' as date)", "current_user", "version()", "util.now()", "pi()",
        "hash(a)", "a -- random()",
    ],
)  # fmt: skip
def test_what_only_looks_like_it(expression: str) -> None:
    assert found(f"select {expression}\nfrom {T}") == []


def test_functions_of_the_databases_own_schemas() -> None:
    assert found(f"select main.now() as a, pg_catalog.random() as b, util.random() as c from {T}") == [
        ("now()", CLOCK),
        ("random()", RANDOM),
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f"select * from {T} tablesample 10%", ["tablesample"]),
        (f"select * from {T} tablesample bernoulli(10)", ["tablesample"]),
        (f"select * from {T} tablesample reservoir(10 rows)", ["tablesample"]),
        (f"select * from {T} using sample 10", ["using sample"]),
        (f"select * from {T} where a using sample 10% (system)", ["using sample"]),
        (f"select * from (select * from {T}) as s tablesample system (10 percent)", ["tablesample"]),
        (f"select * from {T} tablesample bernoulli(10) repeatable (3)", []),
        (f"select * from {T} using sample 10% (bernoulli, 3)", []),
        (f"select * from {T} using sample reservoir(10 rows) repeatable (4)", []),
    ],
)
def test_samples_without_a_seed(text: str, names: list[str]) -> None:
    assert found(text) == [(name, SAMPLE) for name in names]


def test_of_two_samples_the_one_without_a_seed_is_named() -> None:
    text = f"select * from {T} tablesample 10% repeatable (3), {U} tablesample (10 rows)"
    (call,) = calls(text)
    assert call.offset == text.rindex("tablesample")


def test_every_call_is_found_wherever_it_stands() -> None:
    text = (
        f"with c as (select *, current_date as current_date from {T} where d < current_date)\n"
        f"select count(*) filter (where random() < 0.5), (select max(now()) from {U})\n"
        "from c where d = today() group by uuid() having max(a) < current_timestamp order by current_date()"
    )
    assert [name for name, _ in found(text)] == [
        "current_date", "current_date", "random()", "now()", "today()", "uuid()", "current_timestamp", "current_date()",
    ]  # fmt: skip


def test_a_partitions_own_value_is_the_same_in_each_run() -> None:
    assert found(f"select __swathe_partition_end__ as loaded_at from {T}") == []


def test_a_message_says_what_differs() -> None:
    assert [call.message for call in calls(f"select now() from {T} using   sample 3 rows")] == [
        "`now()` gives another value in each run",
        "`using sample` takes other rows in each run",
    ]
