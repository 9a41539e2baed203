"""A project of generated models, one reading another, and its truth: every query run whole, without swathe."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import duckdb

from queries.check import Case, Verdict, check, make
from queries.data import COLUMNS, TABLES, THEMES, WORLDS, Row, World, world
from queries.databases import DuckDatabase
from queries.draw import Mode
from queries.themes import THEMES as SUBJECTS
from support.cuts import errors
from support.databases import opened
from support.miniature import all_work
from swathe.api.backfill import BackfillOptions, backfill
from swathe.api.keys import KeyRange
from swathe.api.plan import Choice, judge_all
from swathe.api.workspace import ProjectOptions
from swathe.partition.granularity import Granularity

# The columns of the tables that queries are generated over, so that a model can stand for one of them.
_WRAPPED = (
    "select x, k, k as k2, cast(abs(x) % 4 as integer) as n, cast(abs(x) % 4 as bigint) as n2, x > 3 as b, x > 5 as b2,"
    " cast(p as date) as d, cast(q as date) as d2, cast(p as timestamp) as ts, cast(q as timestamp) as ts2,"
    " cast(p as timestamp with time zone) as tz\nfrom ({sql}) as made where p is not null"
)
_TABLE = re.compile(r"\bs\.([fgh])\b")


@dataclass(frozen=True, slots=True)
class Model:
    """`sql` names tables as `s.f`; `reads` says which model stands for a table."""

    name: str
    sql: str
    unit: Granularity
    begin: datetime
    end: datetime
    reads: dict[str, str]

    @property
    def column(self) -> str:
        return "ts" if self.unit is Granularity.HOUR else "d"

    @property
    def file(self) -> str:
        cut = {"column": self.column, "granularity": str(self.unit)}
        config = f"partition_by={cut!r}, begin={self.begin.isoformat()!r}, end={self.end.isoformat()!r}"
        return "{{ config(" + config + ") }}\n" + _TABLE.sub(self._ref, self.sql)

    def _ref(self, found: re.Match[str]) -> str:
        table = found[1]
        return (
            "{{ ref('" + self.reads[table] + "') }}" if table in self.reads else "{{ source('raw', '" + table + "') }}"
        )

    @property
    def truth(self) -> str:
        text = _TABLE.sub(lambda found: f"main.{self.reads.get(found[1], found[1])}", self.sql)
        begin, end = (f"{self.column} >= timestamp '{self.begin}'", f"{self.column} < timestamp '{self.end}'")
        return f"select * from ({text}) where {begin} and {end}"


def models(dice: Random, found: World) -> list[Model]:
    """One to three models, each of which may read those before it."""
    made: list[Model] = []
    for number in range(dice.choice((1, 2, 2, 3))):
        unit = dice.choice((Granularity.DAY, Granularity.DAY, Granularity.WEEK, Granularity.MONTH, Granularity.HOUR))
        begin, end = found.first - timedelta(days=2), found.first + timedelta(days=found.days + 2)
        reads = {dice.choice(TABLES): dice.choice(made).name} if made else {}
        sql = _WRAPPED.format(sql=_case(dice, found, reads).sql)
        made.append(Model(f"m{number}", sql, unit, unit.floor(begin), unit.ceil(end), reads))
    return made


def _case(dice: Random, found: World, reads: dict[str, str]) -> Case:
    """A query that runs and is filtered somewhere; macros are not known to a project."""
    while True:
        focus = frozenset(dice.choice(SUBJECTS)) if dice.random() < 0.6 else frozenset()
        case = make(dice.randrange(10**9), focus, Mode.TIME, found.number % THEMES)
        reads_it = all(f"s.{table}" in case.sql for table in reads)
        if (
            reads_it
            and not any("macro" in feature for feature in case.features)
            and check(case).verdict is Verdict.SAME
        ):
            return case


@dataclass
class Project:
    """Models in a folder, over three files."""

    root: Path
    models: list[Model]
    tables: dict[str, list[Row]]
    now: datetime = datetime(2025, 6, 1, tzinfo=UTC)
    told: list[str] = field(default_factory=list)

    @classmethod
    def create(cls, root: Path, dice: Random) -> Project:
        found = world(dice.randrange(WORLDS))
        made = cls(root, models(dice, found), {table: list(rows) for table, rows in found.tables.items()})
        (root / "models").mkdir(parents=True)
        (root / "data").mkdir()
        (root / "profiles.yml").write_text("p:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: p.duckdb}\n")
        dates = [{"event_time": "ts"}, {"event_time": "d"}, {}]
        listed = [{"name": table, "location": f"data/{table}/*.parquet", **dice.choice(dates)} for table in TABLES]
        (root / "models" / "sources.yml").write_text(json.dumps({"sources": [{"name": "raw", "tables": listed}]}))
        for model in made.models:
            (root / "models" / f"{model.name}.sql").write_text(model.file)
            made.told.append(f"{model.name}: {model.file}")
        for table in TABLES:
            (root / "data" / table).mkdir()
            made.write(table)
        return made

    def write(self, table: str) -> None:
        with opened() as connection:
            connection.execute("set timezone = 'UTC'")
            DuckDatabase.fill(connection, table, self.tables[table])
            connection.execute(f"copy (select * from {table} order by all) to '{self.root}/data/{table}/0.parquet'")

    def change(self, dice: Random) -> None:
        """Rows come late, go, move and change."""
        source = dice.choice([dice.choice(list(world(number).tables.values())) for number in range(WORLDS)])
        for _ in range(dice.randrange(1, 4)):
            table = dice.choice(TABLES)
            rows = self.tables[table]
            some = dice.choice(
                [row for each in self.tables.values() for row in each] or source or [(None,) * len(COLUMNS["duckdb"])]
            )
            way = dice.choice(("late", "gone", "changed", "moved"))
            place = dice.randrange(len(rows)) if rows else 0
            if way == "gone" and rows:
                rows.pop(place)
            elif way == "changed" and rows:
                rows[place] = (dice.randrange(20), *rows[place][1:])
            elif way == "moved" and rows:
                rows[place] = (*rows[place][:7], *some[7:])
            else:
                rows.append((dice.randrange(20), *some[1:]))
            self.told.append(f"{way} in {table}: {place} {some}")
            self.write(table)

    @property
    def options(self) -> ProjectOptions:
        return ProjectOptions(cwd=self.root, now=self.now)

    def backfill(self, dice: Random, *, all_of_it: bool) -> dict[str, list[str]]:
        """Fill some range of one model, or all there is to do. What failed."""
        keys, select = KeyRange(), ()
        if not all_of_it:
            model = dice.choice(self.models)
            first, last = sorted(model.begin + dice.random() * (model.end - model.begin) for _ in range(2))
            keys, select = (
                KeyRange(first=str(first.date()), last=str(last.date())),
                (dice.choice(("", "+")) + model.name,),
            )
        self.told.append(f"backfill {select} {keys}")
        how = BackfillOptions(workers=1, newest_first=dice.random() < 0.4)
        done = backfill(self.options, Choice(select=select, keys=keys), how, lambda _: True, lambda _: None)
        return errors(done)

    def work(self) -> dict[str, dict[str, str]]:
        return all_work(judge_all(self.options))

    def held(self) -> dict[str, Counter[Row]]:
        with opened(self.root / "p.duckdb") as connection:
            connection.execute("set timezone = 'UTC'")
            return {model.name: _rows(connection, f"select * from main.{model.name}") for model in self.models}

    def truth(self) -> dict[str, Counter[Row]]:
        with opened() as connection:
            connection.execute("set timezone = 'UTC'")
            for table, rows in self.tables.items():
                DuckDatabase.fill(connection, table, rows)
            for model in self.models:
                connection.execute(f"create table main.{model.name} as {model.truth}")
            return {model.name: _rows(connection, f"select * from main.{model.name}") for model in self.models}


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> Counter[Row]:
    listed = ", ".join(f"cast({column.name} as varchar)" for column in COLUMNS["duckdb"])
    return Counter(connection.execute(f"select {listed} from ({sql})").fetchall())
