"""A column that lineage does not name has no influence: with other values in it the result is the same."""

from __future__ import annotations

from collections import Counter
from functools import cache

import duckdb
import pytest

from swathe.errors import Location
from swathe.model.definition import Column, InputName, InputRef
from swathe.sql.lineage import trace
from swathe.sql.lineage_reach import InputColumn, Origin
from swathe.sql.parse import parse_query

F, C = '"swathe:ref"."f"', '"swathe:ref"."c"'
TABLES = {
    "f": {"day": "DATE", "carrier": "VARCHAR", "delay": "INTEGER", "miles": "INTEGER", "tags": "INTEGER[]"},
    "c": {"carrier": "VARCHAR", "name": "VARCHAR", "rank": "INTEGER"},
}
OTHER_VALUES = {
    "DATE": ("{} + 100", "date '2024-01-02'"),
    "VARCHAR": ("'-' || {}", "'B'"),
    "INTEGER": ("17 - {} * 3", "4"),
    "INTEGER[]": ("list_append({}, 9)", "[5]"),
}
"""Values that are told apart as the old ones are, and one value for all rows."""

INPUTS = {("swathe:ref", name): InputRef(InputName(name)) for name in TABLES}
SCHEMA = {("swathe:ref", name): [Column(*pair) for pair in columns.items()] for name, columns in TABLES.items()}

QUERIES = [
    f"select day, carrier, sum(delay) as late, count(*) as n, count(delay) as m from {F} where miles > 3 group by 1, 2",
    f"select f.day, c.name, f.miles from {F} as f join {C} as c using (carrier)",
    f"select f.day, c.name, c.rank from {F} as f left join {C} as c on c.carrier = f.carrier and f.delay > c.rank",
    f"select carrier, name, miles from {F} full join {C} using (carrier)",
    f"select day, delay from {F} where carrier in (select carrier from {C} where rank > 2)",
    f"select day, delay from {F} as f where exists (select 1 from {C} as c where c.carrier = f.carrier)",
    f"select day, (select max(name) from {C} as c where c.carrier = f.carrier) as name, delay from {F} as f",
    f"select day, rank() over (partition by carrier order by miles) as place, delay from {F}",
    f"select day, miles from {F} qualify row_number() over (partition by carrier order by miles, delay) = 1",
    f"select day, sum(miles) over w as total, delay from {F} window w as (partition by carrier)",
    f"select distinct carrier, delay from {F}",
    f"select distinct on (carrier) delay, miles from {F} order by carrier, miles, delay, day",
    f"select carrier, delay from {F} order by miles, delay, carrier limit 7",
    f"select carrier, rank from {C} union all select carrier, miles from {F} where delay > 0",
    f"select carrier from {F} except select carrier from {C} where rank > 2",
    f"select day, unnest(tags) as tag, delay from {F}",
    f"select day, tag, miles from {F}, unnest(tags) as k(tag)",
    f"select day, list_transform(tags, lambda x: x + miles) as q, delay from {F}",
    f"select f.day, k.name, f.delay from {F} as f, lateral (select name from {C} as c where c.rank < f.miles) as k",
    f"""with late as (select * from {F} where delay > 3), per as (select carrier, count(*) as n from late group by all)
        select c.name, coalesce(per.n, 0) as n, c.rank from {C} as c left join per using (carrier)""",
    f"""with recursive r(spot, step, label) as (select rank, 0, name from {C} where rank < 3 union all
        select f.miles, step + 1, label from r join {F} as f on f.delay = r.spot where step < 2) select spot, label from r""",
    f"select * from (select carrier, delay from {F}) pivot (sum(delay) for carrier in ('A', 'B'))",
    f"select columns(lambda c: c like 'd%'), miles from {F}",
    f"select q.*, miles from (select {{'x': day, 'y': delay}} as q, miles from {F})",
    f"select case when delay > 3 then miles end as far, count(*) filter (where carrier = 'A') over () as n from {F}",
    f"select x.day, y.name from ({F} as x join {C} as y on x.carrier = y.carrier)",
    f"select grouping(carrier) as g, carrier, sum(delay) as late from {F} group by rollup (carrier)",
    f"select p, q, s from {F} as f(p, q, r, s, t)",
]  # fmt: skip


@cache
def warehouse() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(
        "create schema \"swathe:ref\"; create table f as select date '2024-01-01' + cast(i % 4 as integer) as day, "
        "['A', 'B', 'C', null][i % 4 + 1] as carrier, cast(i * 7 % 11 - 2 as integer) as delay, "
        "cast(i * 5 % 9 as integer) as miles, [cast(i % 3 as integer), 5] as tags from range(23) r(i)"
    )
    rows = "('A', 'Alfa', 1), ('B', 'Beta', 3), ('D', 'Delta', 5)"
    con.execute(f"create table c as select * from (values {rows}) as v(carrier, name, rank)")
    return con


def run(sql: str, changed: InputColumn | None, how: int = 0) -> tuple[list[str], list[tuple[object, ...]]]:
    """The result with other values in one column."""
    for table, columns in TABLES.items():
        parts = [
            f"{OTHER_VALUES[kind][how].format(name)} as {name}"
            if changed == InputColumn(InputName(table), name)
            else name
            for name, kind in columns.items()
        ]
        warehouse().execute(
            f'create or replace view "swathe:ref"."{table}" as select {", ".join(parts)} from main.{table}'
        )
    cursor = warehouse().execute(sql)
    return [column[0] for column in cursor.description or ()], cursor.fetchall()


def named(column: InputColumn, origin: Origin) -> bool:
    return bool({column, InputColumn(column.input, None)} & origin)


@pytest.mark.parametrize("sql", QUERIES)
def test_what_is_not_named_has_no_influence(sql: str) -> None:
    names, rows = run(sql, None)
    assert rows
    query = parse_query(sql, INPUTS, "duckdb", lambda offset: Location("m.sql", 1, offset + 1))
    lineage = trace(query, SCHEMA, [Column(name, "INTEGER") for name in names], "duckdb")
    spared = 0
    for column in [InputColumn(InputName(table), name) for table, columns in TABLES.items() for name in columns]:
        if named(column, lineage.decided_by):
            continue
        kept = [at for at, name in enumerate(names) if not named(column, lineage.made_from[name.lower()])]
        spared += len(kept)
        before = Counter(repr([row[at] for at in kept]) for row in rows)
        for how in (0, 1):
            _, others = run(sql, column, how)
            assert Counter(repr([row[at] for at in kept]) for row in others) == before, f"{column} is not named"
    # `all of it` would be true, too, and say nothing.
    assert spared
