"""Which calls of the clock may be written as a literal, where they stand, and that nothing but their value changes."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pytest

from swathe.errors import Location
from swathe.model.definition import Column, InputName, InputRef
from swathe.sql.literal import ColumnClock, time_literal
from swathe.sql.parse import parse_query
from swathe.sql.volatile import volatile_calls

INPUTS = {("swathe:ref", name): InputRef(InputName(name)) for name in ("t", "u")}
T, U = '"swathe:ref"."t"', '"swathe:ref"."u"'
MOMENT = datetime(2024, 6, 1, 12, 0, 0, 250)
DATE, TIMESTAMP = "DATE '2024-06-01'", "TIMESTAMP '2024-06-01 12:00:00.000250'"
INSTANT = "TIMESTAMPTZ '2024-06-01 12:00:00.000250+00:00'"
IN_DUCKDB = {
    "now()": INSTANT, "NOW ( )": INSTANT, "now\n()": INSTANT, "current_timestamp": INSTANT,
    "get_current_timestamp()": INSTANT, "transaction_timestamp()": INSTANT,
    "current_date": DATE, "Current_Date": DATE, "current_date()": DATE, "today()": DATE, "today /* now() */ ()": DATE,
    "localtimestamp": TIMESTAMP, "current_localtimestamp()": TIMESTAMP,
}  # fmt: skip


def pinned(text: str, dialect: str = "duckdb", columns: tuple[Column, ...] = ()) -> str:
    """The query as it is run, with its inputs under their own names."""
    query = parse_query(text, INPUTS, dialect, lambda offset: Location("m.sql", 1, offset + 1))
    pins = [call.pin for call in volatile_calls(query, columns, dialect) if call.pin]
    template = query.template_with({(pin.start, pin.end): time_literal(MOMENT, pin.clock) for pin in pins})
    return template.fill(lambda scan: scan.relation[1], None)


@pytest.mark.parametrize(("call", "literal"), IN_DUCKDB.items())
def test_a_call_is_written_as_a_literal_of_its_type(call: str, literal: str) -> None:
    assert pinned(f"select a, {call} as b from {T}") == f"select a, {literal} as b from t"


@pytest.mark.parametrize(("call", "literal"), IN_DUCKDB.items())
def test_duckdb_gives_the_literal_the_type_of_the_call(call: str, literal: str) -> None:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        (types,) = connection.execute(f"SELECT typeof({call}), typeof({literal})").fetchall()
        assert types[0] == types[1]
        (moment,) = connection.execute(f"SELECT CAST({literal} AS VARCHAR)").fetchone() or ()
    assert moment in ("2024-06-01", "2024-06-01 12:00:00.00025", "2024-06-01 12:00:00.00025+00")


@pytest.mark.parametrize(
    ("call", "literal"),
    [
        ("now()", INSTANT), ("current_timestamp", INSTANT), ("transaction_timestamp()", INSTANT),
        ("current_date", DATE), ("localtimestamp", TIMESTAMP),
    ],
)  # fmt: skip
def test_in_postgres(call: str, literal: str) -> None:
    assert pinned(f"select a, {call} as b from {T}", "postgres") == f"select a, {literal} as b from t"


@pytest.mark.parametrize(
    "call",
    [
        "random()", "clock_timestamp()", "statement_timestamp()", "timeofday()", "age(a)", "current_time", "localtime",
        "get_current_time()", "current_localtime()", "current_timestamp(3)", "localtimestamp(0)", "now(*)", '"now"()',
        "main.now()", "pg_catalog.now()", "util.now()",
    ],
)  # fmt: skip
@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
def test_what_is_not_the_start_of_the_run_for_certain_stays(call: str, dialect: str) -> None:
    assert pinned(f"select {call} as b from {T}", dialect) == f"select {call} as b from t"


@pytest.mark.parametrize("call", ["today()", "get_current_timestamp()", "current_localtimestamp()"])
def test_what_postgres_does_not_have_stays(call: str) -> None:
    assert pinned(f"select {call} as b from {T}", "postgres") == f"select {call} as b from t"


def test_nothing_else_that_looks_like_it_is_touched() -> None:
    text = f"""select "now", t.now, 'now()' as "now()", a as today, -- now()
    now() as b,now()as c, $$now()$$ as d, /* today() */ case when a then today()else current_date()end as e
from {T} as t where t.d < now() - interval 1 day and 'current_date' <> a"""
    wanted = f"""select "now", t.now, 'now()' as "now()", a as today, -- now()
    {INSTANT} as b,{INSTANT}as c, $$now()$$ as d, /* today() */ case when a then {DATE}else {DATE}end as e
from t as t where t.d < {INSTANT} - interval 1 day and 'current_date' <> a"""
    assert pinned(text) == wanted


def test_every_place_of_a_word_without_parentheses() -> None:
    text = f"with c as (select a from {T} where d < current_date) select *, current_date-1 as x from c group by all"
    assert pinned(text) == text.replace(T, "t").replace("current_date", DATE)


COLUMN = Column("Current_Date", "INTEGER")
FIELD = Column("s", "STRUCT(current_date DATE)")


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (f"select current_date as x from {T}", (COLUMN,)),
        (f"select x, current_date as y from (select unnest(s) as x from {T})", (FIELD,)),
        (f"select current_date as x from (select a as current_date from {T})", ()),
        (f"select current_date as x from (select a as 'current_date' from {T})", ()),
        (f'select current_date as x from (select a as "CURRENT_DATE" from {T})', ()),
        (f"select current_date as x from (select a current_date from {T})", ()),
        (f"select current_date as x from {T} as t(current_date)", ()),
        (f"select a as current_date, current_date as x from {T}", ()),
        (f"select x from (select current_date as current_date from {T}) where current_date is null", ()),
        (f"select current_date as current_date from {T} union all select d from {U} order by current_date", ()),
        (f"select t.current_date as a, current_date as b from {T} as t", ()),
        (f"select f(current_date := 1) as a, current_date as b from {T}", ()),
        (f"select {{current_date: 1}} as a, current_date as b from {T}", ()),
        (f"select unnest({{'current_date': 1}}), current_date as b from {T}", ()),
        (f"select current_date as x from (pivot {T} on a using sum(b))", ()),
    ],
)
def test_a_word_that_may_be_a_column_stays(text: str, columns: tuple[Column, ...]) -> None:
    """DuckDB looks for a column first."""
    assert pinned(text, columns=columns) == text.replace(T, "t").replace(U, "u")


def test_duckdb_looks_for_a_column_first() -> None:
    with duckdb.connect() as connection:
        assert connection.execute("SELECT current_date FROM (SELECT 5 AS current_date)").fetchall() == [(5,)]


def test_a_word_may_name_its_own_call_in_the_outermost_select() -> None:
    text = f"select a, current_date as current_date, today() as t from {T} where d < current_date group by all"
    assert pinned(text) == (f"select a, {DATE} as current_date, {DATE} as t from t where d < {DATE} group by all")


@pytest.mark.parametrize(
    "text",
    [
        f"select now() from {T}",
        f"select a, now()::date from {T}",
        f"select count(*) filter (where d < now()) from {T}",
        f'select "now()" as x from (select now() from {T})',
        f'with c as (select max(now()) from {T}) select "max(now())" as x from c',
        f"select (select now()) from {T}",
        f"select alias(now()) as x from {T}",
        f"select struct_pack(now()) as x from {T}",
        f"from {T} select now()",
        f"select current_date as x, current_date - 1 from {T}",
    ],
)
def test_a_call_that_names_a_column_stays(text: str) -> None:
    """The column would be called by the literal."""
    assert pinned(text) == text.replace(T, "t")


@pytest.mark.parametrize(
    "text",
    [
        f"select a from {T} where d < (select now() - interval 1 day)",
        f"select a from {T} where d in (select now())",
        f"select (select now()) as x from {T}",
        f"select * replace (now() as a) from {T}",
        f"select t.* replace (now() as a) from {T} as t",
        f"select x: now() from {T}",
        f"select a, {{'k': now()}} as s from {T} group by a having max(d) < now() order by now()",
    ],
)
def test_where_no_column_is_named_by_it_a_call_is_pinned(text: str) -> None:
    assert pinned(text) == text.replace(T, "t").replace("now()", INSTANT)


def test_a_table_function_stays() -> None:
    """In PostgreSQL every function may stand there, and a literal may not."""
    assert pinned("select a from now() as a", "postgres") == "select a from now() as a"


def test_a_call_with_parentheses_is_no_other_use_of_the_word() -> None:
    text = "select current_date as a, current_date() as b, localtimestamp as c, current_localtimestamp() as d"
    assert pinned(text) == f"select {DATE} as a, {DATE} as b, {TIMESTAMP} as c, {TIMESTAMP} as d"


def test_pins_stand_beside_scans_and_partitions() -> None:
    text = f"select now() as b, {T}.a from {T} where a < __swathe_partition_end__ and {T}.d < today();"
    query = parse_query(text, INPUTS, "duckdb", lambda offset: Location("m.sql", 1, offset + 1))
    pins = [call.pin for call in volatile_calls(query, (), "duckdb") if call.pin]
    template = query.template_with({(pin.start, pin.end): pin.clock.value for pin in pins})
    assert [pin.clock for pin in pins] == [ColumnClock.INSTANT, ColumnClock.DATE]
    assert (template.scans, template.uses_bounds) == (query.template.scans, True)
    texts = [segment for segment in template.segments if isinstance(segment, str)]
    assert "".join(texts) == 'select TIMESTAMPTZ as b, "t".a from  where a <  and "t".d < DATE'
