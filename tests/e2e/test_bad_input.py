"""What a user can get wrong: exit code 2, one message with its place and what to do, and nothing is changed."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from support.command_line import Told, snapshot, swathe
from support.databases import opened

EVENTS = """{{ config(
    partition_by = {"column": "day", "granularity": "day"},
    begin = "2024-01-01",
    end = "2024-01-04",
) }}
select cast(seen_at as date) as day, who, amount
from {{ source('raw', 'events') }}
"""
QUERY = EVENTS.partition(") }}\n")[2].rstrip()
DAILY = """{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01", end="2024-01-04", tags=["nightly"]) }}
select day, count(*) as n from {{ ref('events') }} group by day
"""
SOURCES = """version: 2
sources:
  - name: raw
    tables:
      - name: events
        location: data/events.parquet
        event_time: seen_at
"""
PROFILES = """mini:
  target: dev
  outputs:
    dev: {type: duckdb, path: mini.duckdb}
"""
PROJECT = {
    "models/events.sql": EVENTS,
    "models/marts/daily.sql": DAILY,
    "models/sources.yml": SOURCES,
    "macros/share.sql": "{% macro share(a, b) %}{{ a }} / nullif({{ b }}, 0){% endmacro %}\n",
    "profiles.yml": PROFILES,
    "pyproject.toml": '[tool.swathe]\nname = "mini"\n',
}

Files = Mapping[str, str | bytes]


@dataclass(frozen=True)
class Bad:
    """What was written, and what is said of it. A message that ends in `…` is the beginning of one."""

    name: str
    files: Files
    says: str
    at: str | None
    hint: str | None
    without: tuple[str, ...] = ()
    run: tuple[str, ...] = ("backfill", "--yes")
    env: Mapping[str, str] = field(default_factory=dict)


def edited(path: str, *pairs: str) -> dict[str, str | bytes]:
    """One file of the project, each first of two texts replaced by the second."""
    text = PROJECT[path]
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        assert old in text, old
        text = text.replace(old, new)
    return {path: text}


def events(*pairs: str) -> dict[str, str | bytes]:
    return edited("models/events.sql", *pairs)


def daily(*pairs: str) -> dict[str, str | bytes]:
    return edited("models/marts/daily.sql", *pairs)


def sources(*pairs: str) -> dict[str, str | bytes]:
    return edited("models/sources.yml", *pairs)


def profiles(*pairs: str) -> dict[str, str | bytes]:
    return edited("profiles.yml", *pairs)


# fmt: off
TEMPLATES = [
    Bad("jinja unclosed tag", events("'events') }}", "'events') "),
        "a tag is opened here and never closed",
        "models/events.sql:7:9", "close it with `}}`"),
    Bad("jinja unclosed block", events("from", "{% if true %}\nfrom"),
        "`{% if %}` is never closed",
        "models/events.sql:7:4", "close it with `{% endif %}`"),
    Bad("jinja unknown filter", events("who,", "{{ 'who' | uper }},"),
        "no filter named `uper`",
        "models/events.sql:6:49", "did you mean `upper`?"),
    Bad("jinja unknown test", events("who,", "{{ 'who' if 1 is evn }},"),
        "no test named `evn`",
        "models/events.sql:6:55", "did you mean `even`?"),
    Bad("jinja undefined", events("who,", "{{ shre }},"),
        "`shre` is not defined",
        "models/events.sql:6:41", "did you mean `share`?"),
    Bad("jinja undefined key", events("who,", "{{ target.nam }},"),
        "there is no key `nam`",
        "models/events.sql:6:48", "did you mean `name`?"),
    Bad("macro runtime error", {**events("amount\n", "{{ ratio(1, 0) }} as amount\n"), 'macros/r.sql':"{% macro ratio(a, b) %}\n  {{ a / b }}\n{% endmacro %}"},
        "division by zero (ZeroDivisionError)",
        "macros/r.sql:2:6", "called from `models/events.sql:6`"),
    Bad("macro missing arg", events("amount\n", "{{ share(1, 0, 3) }} as amount\n"),
        "macro `share` takes not more than 2 argument(s)",
        "models/events.sql:6:46", "it begins `{% macro share(…) %}`: compare its arguments with the call"),
    Bad("macro called misspelt", events("amount\n", "{{ shar(1, 0) }} as amount\n"),
        "`shar` is not defined",
        "models/events.sql:6:46", "did you mean `share`?"),
    Bad("macro syntax", {'macros/r.sql': "{% macro ratio(a, b) %}\n  {{ a / }}\n{% endmacro %}"},
        "unexpected `}}`",
        "macros/r.sql:2:6", "something before it is missing or left over"),
    Bad("partition in unpartitioned", {'models/x.sql': "select {{ partition.start }} as a"},
        "`partition.*` is used, but the model is not partitioned",
        "models/x.sql:1:11", "set `partition_by` in the model's config"),
    Bad("partition attr", events("amount\n", "{{ partition.begin }} as amount\n"),
        "`partition` has no `begin`",
        "models/events.sql:6:56", "it has `start`, `end` and `key`"),
    Bad("sandbox", events("who,", "{{ ''.__class__.__mro__ }},"),
        "access to attribute `__class__` of `str` object is unsafe",
        "models/events.sql:6:44", "templates run in a sandbox, without access to Python's internals"),
    Bad("include", events("who,", "{% include 'x' %},"),
        "`{% include %}` can't be used here",
        "models/events.sql:6:41", "put the shared text into a macro under `macros/`: macros are visible everywhere"),
]

SQL = [
    Bad("sql misspelt select", events("select", "selct"),
        "the SQL can't be parsed near `selct`",
        "models/events.sql:6:1", "did you mean `select`?"),
    Bad("sql misspelt from", events("from", "fromm"),
        "the SQL can't be parsed near `fromm`",
        "models/events.sql:7:1", "did you mean `from`?"),
    Bad("sql misspelt by", daily("group by", "group bye"),
        "the SQL can't be parsed near `bye`",
        "models/marts/daily.sql:2:58", "did you mean `by`?"),
    Bad("sql unclosed paren", events("as date)", "as date"),
        'the database refuses the query: syntax error at or near "as"',
        "models/events.sql:6:29", "mend the query: `swathe compile` checks it and runs nothing"),
    Bad("sql unclosed quote", events("who,", "'who,"),
        "a string is opened here and never closed",
        "models/events.sql:6:38", "close it with `'`; a quote inside a string is written twice"),
    Bad("sql unclosed comment", events("who,", "/* who,"),
        "a comment is opened here and never closed",
        "models/events.sql:6:38", "close it with `*/`"),
    Bad("sql unknown column", events("who,", "whoo,"),
        'the database refuses the query: Referenced column "whoo" not found in FROM clause',
        "models/events.sql:6:38", "did you mean `who`?"),
    Bad("sql unknown column line", events("who, amount", "\n    lower(whoo) as who,\n    amount"),
        'the database refuses the query: Referenced column "whoo" not found in FROM clause',
        "models/events.sql:7:11", "did you mean `who`?"),
    Bad("sql unknown function", events("who,", "lowr(who) as who,"),
        "the database refuses the query: Scalar Function with name lowr does not exist",
        "models/events.sql:6:38", "did you mean `lower`?"),
    Bad("sql type error", events("amount\n", "amount + who as amount\n"),
        "the database refuses the query: No function matches the given name and argument types '+(BIGINT, VARCHAR)'…",
        "models/events.sql:6:50", "the types do not fit: cast a side, e.g. `cast(x as integer)`"),
    Bad("sql types of dates", events("amount\n", "amount + date '2024-01-01' + seen_at as amount\n"),
        "the database refuses the query: No function matches the given name and argument types '+(BIGINT, DATE)'…",
        "models/events.sql:6:50", "the types do not fit: cast a side, e.g. `cast(x as integer)`"),
    Bad("sql not grouped", daily("group by day", ""),
        'the database refuses the query: column "day" must appear in the GROUP BY clause or must be part of an aggregate function',
        "models/marts/daily.sql:2:8", 'either add it to the GROUP BY list, or use …'),
    Bad("two statements", events("from {{ source('raw', 'events') }}", "from {{ source('raw', 'events') }};\nselect 2"),
        "a model is one statement, and here a second one begins",
        "models/events.sql:8:1", "make a model of each statement"),
    Bad("create table", events(QUERY, "create table x as select 1"),
        "a model is one SELECT, and this begins with `create`",
        "models/events.sql:6:1", "write only the query: swathe writes the statement around it"),
    Bad("explain", events(QUERY, "explain select 1"),
        "a model is one SELECT, and this begins with `explain`",
        "models/events.sql:6:1", "write only the query: swathe writes the statement around it"),
    Bad("drop table", events(QUERY, "drop table events"),
        "a model is one SELECT, and this begins with `drop`",
        "models/events.sql:6:1", "write only the query: swathe writes the statement around it"),
    Bad("insert", events("select cast", "insert into x select cast"),
        "a model is one SELECT, and this begins with `insert`",
        "models/events.sql:6:1", "write only the query: swathe writes the statement around it"),
    Bad("no sql at all", events(QUERY, "hello world"),
        "a model is one SELECT, and this begins with `hello`",
        "models/events.sql:6:1", "write only the query: swathe writes the statement around it"),
    Bad("empty model", {'models/events.sql': ''},
        "the model has no SQL",
        "models/events.sql:1:1", "a model is one SELECT statement"),
    Bad("config and nothing else", events(QUERY, ""),
        "the model has no SQL",
        "models/events.sql:5:5", "a model is one SELECT statement"),
    Bad("only comment", {'models/events.sql': '-- nothing\n'},
        "the model has no SQL",
        "models/events.sql:1:1", "a model is one SELECT statement"),
    Bad("bare table", events("{{ source('raw', 'events') }}", "raw.events"),
        "`raw.events` is read without `ref()` or `source()`",
        "models/events.sql:7:6", "swathe must know what a model reads: write {{ ref('…') }} for a model, {{ source('…', '…') }} for a table or file declared in YAML"),
    Bad("bare file", events("{{ source('raw', 'events') }}", "'data/events.parquet'"),
        "`data/events.parquet` is read without `ref()` or `source()`",
        "models/events.sql:7:6", "swathe must know what a model reads: write {{ ref('…') }} for a model, {{ source('…', '…') }} for a table or file declared in YAML"),
    Bad("read_parquet", events("{{ source('raw', 'events') }}", "read_parquet('data/events.parquet')"),
        "`read_parquet` reads what swathe can't watch",
        "models/events.sql:7:6", "declare the files as a source with `location:` in YAML, and read {{ source('…', '…') }}"),
    Bad("column given twice", events("who, amount", "who, who"),
        "the query gives two columns named `who`",
        "models/events.sql:6:1", "give one of them another name with `as`"),
    Bad("ambiguous column", daily("select day, count(*) as n from {{ ref('events') }} group by day", "select day, count(*) as n from {{ ref('events') }} a join {{ ref('events') }} b on a.day = b.day group by day"),
        "the database refuses the query: Ambiguous reference to column name \"day\"…",
        "models/marts/daily.sql:2:8", "mend the query: `swathe compile` checks it and runs nothing"),
]

CONFIG = [
    Bad("unknown key", events("begin =", "bgin ="),
        "unknown config key `bgin`",
        "models/events.sql:3:5", "did you mean `begin`?"),
    Bad("wrong granularity", events('"granularity": "day"', '"granularity": "dya"'),
        "`granularity` can't be `dya`",
        "models/events.sql:2:5", "did you mean `day`?"),
    Bad("granularity of no kind", events('"granularity": "day"', '"granularity": "fortnight"'),
        "`granularity` can't be `fortnight`",
        "models/events.sql:2:5", "it is one of `hour`, `day`, `week`, `month`, `quarter`, `year`"),
    Bad("unknown key of partition_by", events('"granularity": "day"', '"granulariti": "day"'),
        "`partition_by` has no key `granulariti`",
        "models/events.sql:2:5", "did you mean `granularity`?"),
    Bad("batch_size zero", events("begin =", "batch_size = 0, begin ="),
        "`batch_size` must be at least 1, not 0",
        "models/events.sql:3:5", "leave it out for the default"),
    Bad("batch_size text", events("begin =", "batch_size = 'many', begin ="),
        "`batch_size` is a number of partitions, not `many`",
        "models/events.sql:3:5", "the width of a partition is the `granularity` of `partition_by`"),
    Bad("lookback text", events("begin =", "lookback = '3', begin ="),
        "`lookback` must be a whole number, not text",
        "models/events.sql:3:5", "write it without quotes, as in lookback = 1"),
    Bad("tags number", events("begin =", "tags = 3, begin ="),
        "`tags` must be text or a list of texts, not a number",
        "models/events.sql:3:5", 'write tags = "nightly" or tags = ["nightly", "finance"]'),
    Bad("partition_by text", events('{"column": "day", "granularity": "day"}', '"day"'),
        "`partition_by` must be a mapping, not text",
        "models/events.sql:2:5", 'write it as {"column": "order_date", "granularity": "day"}'),
    Bad("begin no date", events('"2024-01-01"', '"soon"'),
        "`begin` `soon` is not a date or a time",
        "models/events.sql:3:5", "write it like `2024`, `2024-01`, `2024-01-31` or `2024-01-31T05`"),
    Bad("begin list", events('"2024-01-01"', '[1]'),
        "`begin` must be text, not a list",
        "models/events.sql:3:5", "put it in quotes"),
    Bad("unknown timezone", events('"granularity": "day"', '"granularity": "day", "timezone": "Europe/Berlim"'),
        "`Europe/Berlim` is not a time zone",
        "models/events.sql:2:5", "did you mean `Europe/Berlin`?"),
    Bad("timezone number", events('"granularity": "day"', '"granularity": "day", "timezone": 3'),
        "`timezone` must be text, not a number",
        "models/events.sql:2:5", "put it in quotes"),
    Bad("begin none", events('"2024-01-01"', 'none'),
        "a partitioned model needs `begin`",
        "models/events.sql:2:5", 'add the first partition to build, as in begin = "2024-01-01"'),
    Bad("empty schema", events("begin =", "schema = '', begin ="),
        "`schema` is empty",
        "models/events.sql:3:5", "leave it out, or give it a value"),
]

REFERENCES = [
    Bad("missing ref", daily("ref('events')", "ref('evnts')"),
        "there is no model `evnts`",
        "models/marts/daily.sql:2:39", "did you mean `events`?"),
    Bad("missing source", events("source('raw', 'events')", "source('raw', 'evnts')"),
        "there is no source `raw.evnts`",
        "models/events.sql:7:23", "did you mean `raw.events`?"),
    Bad("missing source group", events("source('raw', 'events')", "source('rw', 'events')"),
        "there is no source `rw.events`",
        "models/events.sql:7:22", "did you mean `raw.events`?"),
    Bad("missing var", events("amount\n", "amount * {{ var('rate') }} as amount\n"),
        "variable `rate` is not set",
        "models/events.sql:6:59", "set it with `--vars` or in `[tool.swathe] vars`"),
    Bad("missing var with a near one", events("amount\n", "amount * {{ var('rate') }} as amount\n"),
        "variable `rate` is not set",
        "models/events.sql:6:59", "did you mean `rates`?", run=('backfill', '--yes', '--vars', '{rates: 2}')),
    Bad("missing env var", events("amount\n", "amount * {{ env_var('NOSUCHVAR_X') }} as amount\n"),
        "environment variable `NOSUCHVAR_X` is not set",
        "models/events.sql:6:63", "set it, or give a default: `env_var('NAME', 'default')`"),
    Bad("secret env var", events("amount\n", "'{{ env_var('SWATHE_ENV_SECRET_TOKEN') }}' as amount\n"),
        "the secret `SWATHE_ENV_SECRET_TOKEN` can't be read in a template",
        "models/events.sql:6:55", "only `profiles.yml` may read secrets", env={'SWATHE_ENV_SECRET_TOKEN': 'hunter2'}),
    Bad("cycle", events("{{ source('raw', 'events') }}", "{{ ref('daily') }}"),
        "models read each other in a cycle: `daily -> events -> daily`",
        "models/marts/daily.sql:1:4", "each model of the cycle reads the next: take out one `ref()`"),
    Bad("reads itself", events("{{ source('raw', 'events') }}", "{{ ref('events') }}"),
        "`events` reads itself",
        "models/events.sql:7:13", "a table is cut from what other tables hold: read what this one is made of"),
]

TABLES = [
    Bad("duplicate model", {'models/old/events.sql': EVENTS},
        "`models/events.sql` and `models/old/events.sql` are both the model `events`",
        "models/old/events.sql", "rename one: a model's name is its file's name"),
    Bad("two models one table", daily('tags=["nightly"]', 'alias="events"'),
        "`daily` would write the table of model `events`: `main.events`",
        "models/marts/daily.sql:1:103", "give one of them another `alias` or `schema`"),
    Bad("model writes a source", sources("        location: data/events.parquet\n", "", "name: raw", "name: raw\n    schema: main"),
        "`events` would write the table of source `raw.events`: `main.events`",
        "models/events.sql:1:4", "give one of them another `alias` or `schema`"),
    Bad("duplicate macro", {'macros/other.sql': "\n{% macro share(a) %}{% endmacro %}"},
        "macro `share` is defined twice",
        "macros/share.sql:1:10", "the other one is at `macros/other.sql:2:10`"),
    Bad("macro with a taken name", {'macros/other.sql': "\n{% macro ref(a) %}{% endmacro %}"},
        "a macro can't be named `ref`",
        "macros/other.sql:2:10", "the name has a meaning in every template"),
    Bad("partition column absent", events("as day,", "as dayy,"),
        "partition column `day` is not in the output of `events`",
        "models/events.sql:2:5", "did you mean `dayy`?"),
    Bad("partition column text", events("cast(seen_at as date) as day", "cast(seen_at as varchar) as day"),
        "partition column `day` is VARCHAR, and a table is cut by DATE or TIMESTAMP",
        "models/events.sql:2:5", "cast it in the query, e.g. `cast(day as date) as day`"),
    Bad("date cut by hour", events('"granularity": "day"', '"granularity": "hour"'),
        "partition column `day` is DATE, and has no hours",
        "models/events.sql:2:5", "use a TIMESTAMP column, or `granularity: day`"),
    Bad("begin missing", events('    begin = "2024-01-01",\n', ''),
        "a partitioned model needs `begin`",
        "models/events.sql:2:5", 'add the first partition to build, as in begin = "2024-01-01"'),
    Bad("begin after end", events('"2024-01-01"', '"2024-02-01"'),
        "`end` `2024-01-04` is not after `begin` `2024-02-01`",
        "models/events.sql:4:5", "`end` is exclusive: the first partition not to build"),
    Bad("begin = end", events('"2024-01-01"', '"2024-01-04"'),
        "`end` `2024-01-04` is not after `begin` `2024-01-04`",
        "models/events.sql:4:5", "`end` is exclusive: the first partition not to build"),
    Bad("begin off boundary", events('"granularity": "day"', '"granularity": "month"', '"2024-01-01"', '"2024-01-02"'),
        "`begin` `2024-01-02` does not start a month",
        "models/events.sql:3:5", "the nearest that does is `2024-01`"),
    Bad("end off boundary", events('"granularity": "day"', '"granularity": "month"'),
        "`end` `2024-01-04` does not start a month",
        "models/events.sql:4:5", "the nearest that does is `2024-01`"),
]

COMMAND_LINE = [
    Bad("bad partition key", {},
        "`2024-13-01` is not a partition key (given with `--partition`)",
        None, "keys look like 2013-01-31T05, 2013-01-31, 2013-W05, 2013-01, 2013-Q1 or 2013", run=('backfill', '--yes', '--partition', '2024-13-01')),
    Bad("partition key no date", {},
        "`yesterday` is not a partition key (given with `--partition`)",
        None, "keys look like 2013-01-31T05, 2013-01-31, 2013-W05, 2013-01, 2013-Q1 or 2013", run=('backfill', '--yes', '--partition', 'yesterday')),
    Bad("bad from", {},
        "`2024-02-30` is not a partition key (given with `--from`)",
        None, "keys look like 2013-01-31T05, 2013-01-31, 2013-W05, 2013-01, 2013-Q1 or 2013", run=('backfill', '--yes', '--from', '2024-02-30')),
    Bad("bad to", {},
        "`x` is not a partition key (given with `--to`)",
        None, "keys look like 2013-01-31T05, 2013-01-31, 2013-W05, 2013-01, 2013-Q1 or 2013", run=('backfill', '--yes', '--to', 'x')),
    Bad("empty from", {},
        "`--from` is empty",
        None, "give it a key, or leave it out", run=('backfill', '--yes', '--from', '')),
    Bad("from after to", {},
        "`--to 2024-01-02` is before `--from 2024-01-03`",
        None, "swap the two", run=('backfill', '--yes', '--from', '2024-01-03', '--to', '2024-01-02')),
    Bad("event time end before start", {},
        "`--event-time-end 2024-01-02` is before `--from 2024-01-03`",
        None, "the end is exclusive: it must come after the start", run=('backfill', '--yes', '--from', '2024-01-03', '--event-time-end', '2024-01-02')),
    Bad("from given twice", {},
        "`--from` and `--event-time-start` can't be used together",
        None, "leave one of them out", run=('backfill', '--yes', '--from', '2024-01-03', '--event-time-start', '2024-01-02')),
    Bad("preview key", {},
        "`all` is not a time key",
        None, "a key of `daily` looks like 2024-01-01", run=('preview', 'daily', '--partition', 'all')),
    Bad("compile key", {},
        "`2024-99` is not a partition key (given with `--partition`)",
        None, "keys look like 2013-01-31T05, 2013-01-31, 2013-W05, 2013-01, 2013-Q1 or 2013", run=('compile', 'daily', '--partition', '2024-99')),
    Bad("status unknown model", {},
        "no model matches `nosuch`",
        None, "models: `daily`, `events`", run=('status', '--select', 'nosuch')),
    Bad("unknown model", {},
        "no model matches `evnts`",
        None, "did you mean `events`?", run=('backfill', '--yes', 'evnts')),
    Bad("unknown model far", {},
        "no model matches `zzz`",
        None, "models: `daily`, `events`", run=('backfill', '--yes', '-s', 'zzz')),
    Bad("unknown tag", {},
        "no model has the tag `nightl`",
        None, "did you mean `nightly`?", run=('backfill', '--yes', '-s', 'tag:nightl')),
    Bad("unknown path", {},
        "no model lies in `models/mart`",
        None, "did you mean `models/marts`?", run=('backfill', '--yes', '-s', 'path:models/mart')),
    Bad("unknown method", {},
        "unknown selection method `tags:`",
        None, "did you mean `tag:`?", run=('backfill', '--yes', '-s', 'tags:nightly')),
    Bad("unknown exclude", {},
        "no model matches `evnts`",
        None, "did you mean `events`?", run=('backfill', '--yes', '--exclude', 'evnts')),
    Bad("preview unknown", {},
        "there is no model `evnts`",
        None, "did you mean `events`?", run=('preview', 'evnts')),
    Bad("bad vars", {},
        "`--vars` is not valid YAML: expected the node content, but found '<stream end>'",
        None, "write --vars '{name: value}'", run=('backfill', '--yes', '--vars', '{a: ')),
    Bad("bad vars list", {},
        "`--vars` must be a mapping of names to values",
        None, "write --vars '{name: value}'", run=('backfill', '--yes', '--vars', '[1]')),
    Bad("bad now", {},
        "`yesterday` is not an ISO time (given with `--now`)",
        None, "write 2024-03-01 or 2024-03-01T06:30+01:00", run=('backfill', '--yes', '--now', 'yesterday')),
    Bad("bad output", {},
        "invalid value for '--output': 'yaml' is not one of 'text', 'json'",
        None, "`swathe plan --help` shows how it is used", run=('plan', '--output', 'yaml')),
    Bad("bad only", {},
        "`--only` can't be `mising`",
        None, "did you mean `missing`?", run=('plan', '--only', 'mising')),
    Bad("bad order", {},
        "`--order` can't be `old`",
        None, "did you mean `oldest`?", run=('backfill', '--order', 'old')),
    Bad("bad option", {},
        "no such option: --selct (Possible options: --help, --select)",
        None, "`swathe plan --help` shows how it is used", run=('plan', '--selct', 'x')),
    Bad("bad command", {},
        "no such command 'backfil'. Did you mean 'backfill'?",
        None, "`swathe --help` shows how it is used", run=('backfil',)),
    Bad("bad parallel", {},
        "invalid value for '--parallel': Input should be greater than or equal to 1",
        None, "`swathe backfill --help` shows how it is used", run=('backfill', '--parallel', '0')),
    Bad("bad parallel text", {},
        "invalid value for '--parallel': Input should be a valid integer, unable to parse string as an integer",
        None, "`swathe backfill --help` shows how it is used", run=('backfill', '--parallel', 'x')),
    Bad("bad dialect", {},
        "there is no dialect `bigqery`",
        None, "did you mean `bigquery`?", run=('compile', '--dialect', 'bigqery')),
    Bad("bad run", {},
        "nothing has been run yet",
        None, "`swathe backfill` makes the first run", run=('runs', 'xyz')),
]

PROFILES = [
    Bad("profile missing", {'pyproject.toml': '[tool.swathe]\nprofile = "prod"\n'},
        "`profiles.yml` has no profile `prod`",
        "profiles.yml", "it has `mini`"),
    Bad("profile missing option", {},
        "`profiles.yml` has no profile `min`",
        "profiles.yml", "did you mean `mini`?", run=('backfill', '--yes', '--profile', 'min')),
    Bad("target missing", {},
        "profile `mini` has no target `prod`",
        "profiles.yml:4:5", "it has `dev`", run=('backfill', '--yes', '--target', 'prod')),
    Bad("target near", {},
        "profile `mini` has no target `devv`",
        "profiles.yml:4:5", "did you mean `dev`?", run=('backfill', '--yes', '--target', 'devv')),
    Bad("target of the file", profiles('target: dev', 'target: prd'),
        "profile `mini` has no target `prd`",
        "profiles.yml:2:11", "it has `dev`"),
    Bad("no profiles", {},
        "there is no `profiles.yml`",
        None, "looked in `{folder}`, `{home}/home/.dbt`; `--profiles-dir` names another folder", without=('profiles.yml',)),
    Bad("no profiles in dir", {},
        "there is no `profiles.yml`",
        None, "looked in `nowhere`; `--profiles-dir` names another folder", run=('backfill', '--yes', '--profiles-dir', 'nowhere')),
    Bad("broken profiles", {'profiles.yml': "mini:\n  target: dev\n   outputs:\n"},
        "`profiles.yml` is not valid YAML",
        "profiles.yml:3:11", "quote values that hold special characters"),
    Bad("empty profiles", {'profiles.yml': ""},
        "`profiles.yml` has no profile",
        "profiles.yml", "write the profile's name, then `target` and `outputs`, as in dbt"),
    Bad("profile list", {'profiles.yml': "- a\n"},
        "`profiles.yml` must be a mapping, not a list",
        "profiles.yml:1:1", "write it as lines of `key: value`"),
    Bad("unknown profile type", profiles('type: duckdb', 'type: duckbd'),
        "target `dev` has the unknown type `duckbd`",
        "profiles.yml:4:17", "did you mean `duckdb`?"),
    Bad("spark", profiles('type: duckdb', 'type: spark'),
        "the engine `spark` is not supported yet",
        None, "use an output with `type: duckdb` or `type: postgres`"),
    Bad("unknown postgres key", profiles('type: duckdb', 'type: postgres', 'path: mini.duckdb', 'prot: 5432'),
        "unknown key `prot` of a PostgreSQL target",
        "profiles.yml:4:27", "did you mean `port`?"),
    Bad("postgres without a host", profiles('type: duckdb', 'type: postgres', 'path: mini.duckdb', 'user: me'),
        "a PostgreSQL target needs `host`",
        "profiles.yml:4:10", "name the server, such as `host: localhost`, or the folder of its socket"),
    Bad("unknown profile key", profiles('path:', 'pth:'),
        "unknown key `pth` of a DuckDB target",
        "profiles.yml:4:25", "did you mean `path`?"),
    Bad("profile env var", profiles('mini.duckdb', '"{{ env_var(\'NOSUCHVAR_X\') }}"'),
        "`path`: the environment variable `NOSUCHVAR_X` is not set",
        "profiles.yml:4:31", "set it, or write env_var('NOSUCHVAR_X', 'default')"),
    Bad("path below a file", profiles('mini.duckdb', 'profiles.yml/x/mini.duckdb'),
        "the database file can't be created in `{folder}/profiles.yml/x`: `{folder}/profiles.yml` is a file",
        None, "change `path` in profiles.yml, or mend the permissions"),
    Bad("path is a folder", profiles('mini.duckdb', 'models'),
        "`{folder}/models` is a folder, not a database file",
        None, "name a file in `path` in profiles.yml"),
    Bad("no database", {'mini.duckdb': 'hello, I am text\n'*300},
        "`{folder}/mini.duckdb` is not a DuckDB database file",
        None, "change `path` in profiles.yml, or move that file away"),
    Bad("no database and small", {'mini.duckdb': 'hello'},
        "`{folder}/mini.duckdb` is not a DuckDB database file",
        None, "change `path` in profiles.yml, or move that file away"),
]

YAML = [
    Bad("broken yaml", sources("    tables:\n", "   tables:\n"),
        "`models/sources.yml` is not valid YAML: expected <block end>, but found '<block mapping start>'",
        "models/sources.yml:4:4", "check the indentation, and that brackets and quotes are closed"),
    Bad("yaml unclosed bracket", sources("seen_at\n", "seen_at\n  - name: [x\n"),
        "`models/sources.yml` is not valid YAML: expected ',' or ']', but got '<stream end>'",
        "models/sources.yml:9:1", "check the indentation, and that brackets and quotes are closed"),
    Bad("yaml tab", sources("    tables:", "\ttables:"),
        "`models/sources.yml` is not valid YAML: found character '\\t' that cannot start any token",
        "models/sources.yml:4:1", "indent with spaces: YAML takes no tabs there"),
    Bad("unknown yaml key", sources("location", "lokation"),
        "unknown key `lokation` in a table of a source",
        "models/sources.yml:6:9", "did you mean `location`?"),
    Bad("unknown yaml top key", sources("sources:", "source:"),
        "unknown key `source` in `models/sources.yml`",
        "models/sources.yml:2:1", "did you mean `sources`?"),
    Bad("yaml unknown model", sources("seen_at\n", "seen_at\nmodels:\n  - name: dailyy\n"),
        "there is no model `dailyy`",
        "models/sources.yml:9:5", "did you mean `daily`?"),
    Bad("yaml bad config", sources("seen_at\n", "seen_at\nmodels:\n  - name: daily\n    config:\n      batch_size: zero\n"),
        "`batch_size` is a number of partitions, not `zero`",
        "models/sources.yml:11:7", "the width of a partition is the `granularity` of `partition_by`"),
    Bad("source without files", sources("events.parquet", "nothing/*.parquet"),
        "the files of source `raw.events` can't be read: No files found that match the pattern \"{folder}/data/nothing/*.parquet\"",
        "models/sources.yml:5:9", "`location` is a path or a glob, relative to the project's folder"),
    Bad("source location no suffix", sources("events.parquet", "events"),
        "`location` `data/events` does not say what the files are",
        "models/sources.yml:6:19", "end it in one of `.parquet`, `.csv`, `.json`, `.jsonl`, `.ndjson`; all but Parquet may be zipped with `.gz`"),
    Bad("source files corrupt", sources("events.parquet", "x.parquet") | {"data/x.parquet": "hello"},
        "the files of source `raw.events` can't be read: File '{folder}/data/x.parquet' too small to be a Parquet file",
        "models/sources.yml:5:9", "`location` is a path or a glob, relative to the project's folder"),
    Bad("source column missing", sources("seen_at", "seen"),
        "source `raw.events` has no column `seen`",
        "models/sources.yml:5:9", "did you mean `seen_at`?"),
    Bad("source column wrong type", sources("seen_at", "who"),
        "source `raw.events` is cut by `who`, which is VARCHAR",
        "models/sources.yml:5:9", "its time column must be a DATE or TIMESTAMP"),
    Bad("source no table", sources("        location: data/events.parquet\n", ""),
        "the table of source `raw.events` is not in the warehouse: `raw.events`",
        "models/sources.yml:5:9", "create it, mend `schema` or `identifier`, or give the source a `location`"),
    Bad("watch bad", sources("seen_at\n", "seen_at\n        watch: max(loaded)\n"),
        "`watch` of source `raw.events` can't be used: Referenced column \"loaded\" not found in FROM clause",
        "models/sources.yml:5:9", "`watch` is `checksum`, `none` or an aggregate such as `max(loaded_at)`"),
    Bad("watch syntax", sources("seen_at\n", "seen_at\n        watch: max(\n"),
        "`watch` of source `raw.events` can't be used: syntax error at or near \"AS\"",
        "models/sources.yml:5:9", "`watch` is `checksum`, `none` or an aggregate such as `max(loaded_at)`"),
]

PROJECTS = [
    Bad("no models", {'models/x.txt': ''},
        "the project has no model",
        "models", "run `swathe init` to make a project, or put a model in `models/`, such as `models/daily.sql`", without=('models/events.sql', 'models/marts/daily.sql')),
    Bad("no models folder", {},
        "there is no folder `models`",
        "{folder}", "run `swathe init` to make a project, or put a model in `models/`, such as `models/daily.sql`", without=('models/events.sql', 'models/marts/daily.sql', 'models/sources.yml')),
    Bad("no project", {},
        "`{folder}` is not in a swathe project",
        None, "run `swathe init` to make one, or name its folder with `--project-dir`", without=('models/events.sql', 'models/marts/daily.sql', 'models/sources.yml', 'pyproject.toml')),
    Bad("project dir", {},
        "there is no folder `nope`",
        None, "check `--project-dir`", run=('backfill', '--yes', '--project-dir', 'nope')),
    Bad("model not utf-8", {"models/events.sql": EVENTS.encode().replace(b"who,", b"who, -- caf\xe9\n")},
        "`models/events.sql` is not UTF-8: byte 0xe9 at byte position 174",
        "models/events.sql:6:49", "save the file as UTF-8"),
    Bad("yaml not utf-8", {"models/sources.yml": SOURCES.encode() + b"# \xff\n"},
        "`models/sources.yml` is not UTF-8: byte 0xff at byte position 135",
        "models/sources.yml:8:3", "save the file as UTF-8"),
    Bad("model with nul", events("who,", "who,\0"),
        "a NUL character stands in the SQL",
        "models/events.sql:6:42", "take it out: databases read a text only as far as the first one"),
    Bad("strict pruning", {'pyproject.toml': '[tool.swathe]\nstrict_pruning = true\n',**daily("from {{ ref('events') }} group by day", "from (select day, ntile(4) over (order by day) from {{ ref('events') }}) group by day")},
        "every partition reads all of `events`: the window of NTILE is not partitioned by `day`",
        "models/marts/daily.sql:2:45", "`strict_pruning` is on: rewrite the query, or say so with `window='all'` or `lookback=`"),
    Bad("broken pyproject", {'pyproject.toml': '[tool.swathe]\nname = mini\n'},
        "`pyproject.toml` is not valid TOML: invalid value",
        "pyproject.toml:2:8", "text stands in quotes, and brackets are closed"),
    Bad("pyproject unknown", {'pyproject.toml': '[tool.swathe]\nnam = "mini"\n'},
        "unknown setting `nam`",
        "pyproject.toml:2:1", "did you mean `name`?"),
    Bad("pyproject type", {'pyproject.toml': '[tool.swathe]\nvars = 3\n'},
        "`vars` must be a table, not a number",
        "pyproject.toml:2:1", "write `[tool.swathe.vars]` with one variable a line"),
]

# fmt: on

ALL = [*TEMPLATES, *SQL, *CONFIG, *REFERENCES, *TABLES, *COMMAND_LINE, *PROFILES, *YAML, *PROJECTS]


@pytest.fixture(scope="session")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("data") / "events.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select timestamp '2024-01-01' + interval (i) hour as seen_at, 'ab'[1 + i % 2] as who, i as amount "
            f"from range(72) t(i)) to '{path}'"
        )
    return path.read_bytes()


@pytest.fixture
def folder(tmp_path: Path, parquet: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project, as it should be."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("TARGET", "PROFILE", "PROFILES_DIR", "PROJECT_DIR", "VARS", "NOW", "DEBUG"):
        monkeypatch.delenv(f"SWATHE_{name}", raising=False)
    monkeypatch.delenv("DBT_PROFILES_DIR", raising=False)
    write(tmp_path / "project", PROJECT | {"data/events.parquet": parquet})
    return tmp_path / "project"


def write(folder: Path, files: Files) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def query(folder: Path, sql: str) -> list[tuple[object, ...]]:
    with opened(folder / "mini.duckdb") as connection:
        return connection.execute(sql).fetchall()


def refused(folder: Path, *run: str) -> Told:
    """What is said of a command that must change nothing."""
    before = snapshot(folder)
    told = swathe(folder, *(run or ("backfill", "--yes")))
    assert told.code == 2, told
    assert told.stdout == ""
    assert told.stderr.startswith("error: ")
    assert len(told.errors) == 1, told.stderr
    assert "Traceback" not in told.stderr
    assert snapshot(folder) == before
    return told


@pytest.mark.parametrize("bad", ALL, ids=lambda bad: bad.name.replace(" ", "-"))
def test_one_message_with_its_place_and_what_to_do(folder: Path, bad: Bad, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, bad.files)
    for name in bad.without:
        (folder / name).unlink()
        with contextlib.suppress(OSError):
            (folder / name).parent.rmdir()
    for name, value in bad.env.items():
        monkeypatch.setenv(name, value)
    told = refused(folder, *bad.run)
    places = {"folder": folder, "home": folder.parent}
    says = filled(bad.says, places)
    assert len(told.errors) == 1
    assert_says(told.errors[0], says)
    assert told.at == (bad.at and filled(bad.at, places))
    assert_says(told.hint or "", filled(bad.hint or "", places))
    assert not any(value in told.stderr for value in bad.env.values())


def assert_says(said: str, expected: str) -> None:
    """Word for word, or up to `…` where the rest is the database's own and differs between its versions."""
    if expected.endswith("…"):
        assert said.startswith(expected[:-1])
    else:
        assert said == expected


def filled(text: str, places: Mapping[str, Path]) -> str:
    for name, path in places.items():
        text = text.replace(f"{{{name}}}", str(path))
    return text


def test_the_project_that_all_of_them_break_is_fine(folder: Path) -> None:
    assert swathe(folder, "backfill", "--yes").code == 0
    assert query(folder, "select count(*), sum(n) from main.daily") == [(3, 72)]


@pytest.mark.parametrize(
    "command",
    [["plan"], ["compile"], ["status"], ["preview", "daily"], ["invalidate", "daily", "--yes"]],
    ids=lambda args: args[0],
)
def test_every_command_says_it_alike(folder: Path, command: list[str]) -> None:
    write(folder, events("who,", "whoo,"))
    told = refused(folder, *command)
    assert told.errors == ['the database refuses the query: Referenced column "whoo" not found in FROM clause']
    assert told.at == "models/events.sql:6:38"


@pytest.mark.parametrize("files", [events("who,", "whoo,"), profiles("dev:", "dve:")], ids=["model", "profile"])
def test_a_built_warehouse_and_its_state_are_left_alone(folder: Path, files: Files) -> None:
    swathe(folder, "backfill", "--yes")
    write(folder, files)
    refused(folder)
    refused(folder, "plan")


@pytest.mark.parametrize(
    "run",
    [["evnts"], ["--partition", "2024-13"], ["--from", "2024-01-03", "--to", "2024-01-02"]],
    ids=["model", "key", "range"],
)
def test_a_bad_request_to_a_built_warehouse_changes_nothing(folder: Path, run: list[str]) -> None:
    swathe(folder, "backfill", "--yes")
    refused(folder, "backfill", "--yes", *run)


def test_a_range_in_which_no_model_has_a_partition(folder: Path) -> None:
    told = refused(folder, "backfill", "--yes", "--partition", "2030-01-01")
    assert told.errors == ["no selected model has a partition there"]
    assert told.hint == "`swathe status` shows which partitions each model has"


def test_a_plan_with_nothing_in_it_creates_no_warehouse(folder: Path) -> None:
    before = snapshot(folder)
    assert swathe(folder, "backfill", "--yes", "--only", "failed").code == 0
    assert snapshot(folder) == before


def test_a_warehouse_in_use_names_the_process(folder: Path) -> None:
    swathe(folder, "backfill", "--yes")
    holder = subprocess.Popen(
        [sys.executable, "-c", "import duckdb; c = duckdb.connect('mini.duckdb'); print('held', flush=True); input()"],
        cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"held\n"
        for command in (["backfill", "--yes", "--full"], ["plan"]):
            told = refused(folder, *command)
            assert told.errors[0].startswith(
                f"the database file `{folder}/mini.duckdb` is in use by another process: PID {holder.pid}"
            )
            assert told.hint == "wait for it to finish or stop it; a DuckDB file belongs to one process at a time"
    finally:
        holder.stdin.write(b"\n")
        holder.communicate()


def test_a_metadata_schema_of_a_newer_version(folder: Path) -> None:
    swathe(folder, "backfill", "--yes")
    query(folder, "update swathe_state.meta set value = '999' where name = 'schema_version'")
    for command in (["backfill", "--yes"], ["plan"], ["runs"]):
        told = refused(folder, *command)
        assert told.errors[0].startswith("the metadata schema `swathe_state` has version 999, and this swathe (")
        assert told.hint == "upgrade swathe: pip install --upgrade swathe"


def test_a_table_with_rows_of_others(folder: Path) -> None:
    query(folder, "create table main.daily as select date '2024-01-01' as day, 1::bigint as n")
    told = refused(folder)
    assert told.errors == ["the table `main.daily` already holds rows that swathe did not write"]
    assert told.at == "models/marts/daily.sql:1:4"
    assert told.hint == (
        "if they are the model's, `swathe adopt daily` takes them over; "
        "else give the model another `alias` or `schema`, or drop the table"
    )
    assert query(folder, "select * from main.daily") != []


def test_an_empty_table_of_others_is_taken_over(folder: Path) -> None:
    query(folder, "create table main.daily (day date, n bigint)")
    assert swathe(folder, "backfill", "--yes").code == 0
    assert query(folder, "select count(*) from main.daily") == [(3,)]


def test_columns_that_may_not_change(folder: Path) -> None:
    write(folder, daily("tags=", "on_schema_change='fail', tags="))
    swathe(folder, "backfill", "--yes")
    write(folder, daily("tags=", "on_schema_change='fail', tags=", "as n", "as n, max(who) as who"))
    told = refused(folder)
    assert told.errors == ["the columns of `daily` changed (`who`), and its `on_schema_change` is `fail`"]
    assert told.at == "models/marts/daily.sql:1:103"
    assert told.hint == "set `on_schema_change` to `append` or `sync`"


def test_a_type_that_would_lose_values(folder: Path) -> None:
    swathe(folder, "backfill", "--yes")
    write(folder, daily("count(*) as n", "cast(count(*) as varchar) as n"))
    told = refused(folder)
    assert told.errors == ["column `n` of `daily` is BIGINT in the table and VARCHAR in the query"]
    assert told.hint == "cast it to the old type, or set `on_schema_change` to `sync` to change the table"


BREAKOUTS = {
    "another statement": "x'; drop table main.events; --",
    "a condition": "x' or 'a' = 'a",
    "a union": "x' union all select current_date, 'x', 1 --",
    "a comment": "x' /* ",
}


@pytest.mark.parametrize("value", BREAKOUTS.values(), ids=[name.replace(" ", "-") for name in BREAKOUTS])
def test_a_variable_can_not_leave_its_quotes(folder: Path, value: str) -> None:
    swathe(folder, "backfill", "--yes")
    write(folder, daily("group by", "where who = '{{ var('who') }}' group by"))
    told = refused(folder, "backfill", "--yes", "--vars", f'{{who: "{value}"}}')
    assert told.at == "models/marts/daily.sql:2:68"
    assert query(folder, "select count(*) from main.events") == [(72,)]


def test_a_variable_that_is_no_string_can_not_begin_another_statement(folder: Path) -> None:
    swathe(folder, "backfill", "--yes")
    write(folder, daily("group by", "where amount > {{ var('least') }} group by"))
    told = refused(folder, "backfill", "--yes", "--vars", "{least: '1; drop table main.events'}")
    assert told.errors == ["a model is one statement, and here a second one begins"]


def test_quotes_in_a_variable_are_data_when_doubled(folder: Path) -> None:
    write(folder, daily("group by", """where who <> '{{ var('who') | replace("'", "''") }}' group by"""))
    assert swathe(folder, "backfill", "--yes", "--vars", """{who: "O'Brien' or 'a' = 'a"}""").code == 0
    assert query(folder, "select sum(n) from main.daily") == [(72,)]


@pytest.mark.parametrize("key", ["2024-01-01'; drop table main.events; --", "2024-01-01 or 1=1", "'", "all'--"])
@pytest.mark.parametrize("option", ["--partition", "--from", "--to"])
def test_a_key_is_a_key_or_nothing(folder: Path, option: str, key: str) -> None:
    told = refused(folder, "backfill", "--yes", option, key)
    assert told.errors == [f"`{key}` is not a partition key (given with `{option}`)"]


def test_names_of_models_columns_and_schemas_are_data(folder: Path) -> None:
    name, column, schema = 'we"ird; drop table events; --', "a\"b'c; --", "s'; --"
    config = f'config(partition_by={{"column": "day", "granularity": "day"}}, begin="2024-01-01", end="2024-01-04", schema="{schema}")'
    quoted = column.replace('"', '""')
    write(folder, {
        f"models/{name}.sql": f'{{{{ {config} }}}}\nselect day, count(*) as "{quoted}" from {{{{ ref(\'events\') }}}} group by day',
        "models/reader.sql": f"select sum(\"{quoted}\") as n from {{{{ ref('{name}') }}}}",
    })  # fmt: skip
    told = swathe(folder, "backfill", "--yes")
    assert told.code == 0, told.stderr
    assert query(folder, "select n from main.reader") == [(72,)]
    assert query(
        folder, "select table_schema, table_name from information_schema.tables where table_name like 'we%'"
    ) == [(schema, name)]
    assert query(folder, "select count(*) from main.events") == [(72,)]
    assert swathe(folder, "plan", "--check").code == 0
    assert (
        swathe(
            folder, "invalidate", "--yes", "--partition", "2024-01-02", "--reason", "it's; drop table main.events; --"
        ).code
        == 0
    )
    assert swathe(folder, "backfill", "--yes").code == 0
    assert query(folder, "select n from main.reader") == [(72,)]
