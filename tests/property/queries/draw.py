"""The dice, what they chose, and the productions they choose from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from types import FunctionType
from typing import TypeVar, cast

from queries.data import TABLES, World

T = TypeVar("T")

_STRESS = 40
"""How much likelier features in focus are."""


class Mode(StrEnum):
    """What the queries are cut by."""

    TIME = "time"
    VALUES = "values"
    NUMBERS = "numbers"
    NULLS = "nulls"


class Kind(StrEnum):
    """What kind of values an expression has, as far as the generator needs it to write valid SQL."""

    DATE = "date"
    NAIVE = "timestamp"
    INSTANT = "timestamptz"
    TEXT = "varchar"
    INT = "integer"
    BOOL = "boolean"

    @property
    def is_time(self) -> bool:
        return self in (Kind.DATE, Kind.NAIVE, Kind.INSTANT)


@dataclass(frozen=True, slots=True)
class E:
    """An expression."""

    sql: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Rel:
    """A query with the columns `p`, `q`, `x` and `k`, in this order."""

    sql: str
    p: Kind
    q: Kind


@dataclass(frozen=True, slots=True)
class Source:
    """One item of a FROM: how it is written there, and how its columns are written elsewhere."""

    sql: str
    alias: str
    p: E
    q: E
    x: str
    k: str
    is_table: bool = False

    @property
    def columns(self) -> tuple[str, str, str, str]:
        return self.p.sql, self.q.sql, self.x, self.k


Production = Callable[["Draw", int], Rel]
PRODUCTIONS: dict[str, tuple[float, Production]] = {}


def production(feature: str, weight: float = 1.0) -> Callable[[Production], Production]:
    """Register a way to make a query; `depth` says how many more may be put inside."""

    def register(made: Production) -> Production:
        PRODUCTIONS[feature] = (weight, made)
        return made

    return register


_FAMILIES: dict[Mode, dict[str, dict[str, Kind]]] = {
    Mode.TIME: {"times": {"d": Kind.DATE, "d2": Kind.DATE, "ts": Kind.NAIVE, "ts2": Kind.NAIVE, "tz": Kind.INSTANT}},
    Mode.NUMBERS: {"numbers": {"n": Kind.INT, "n2": Kind.INT, "x": Kind.INT}},
    Mode.VALUES: {
        "texts": {"k": Kind.TEXT, "k2": Kind.TEXT},
        "integers": {"n": Kind.INT, "n2": Kind.INT},
        "integers and texts": {"n": Kind.INT, "n2": Kind.INT, "k": Kind.TEXT, "k2": Kind.TEXT},
        "days": {"d": Kind.DATE, "d2": Kind.DATE},
        "booleans": {"b": Kind.BOOL, "b2": Kind.BOOL},
        "integers and booleans": {"n": Kind.INT, "n2": Kind.INT, "b": Kind.BOOL},
    },
    Mode.NULLS: {
        "times or NULL": {"d": Kind.DATE, "d2": Kind.DATE, "ts": Kind.NAIVE, "tz": Kind.INSTANT},
        "texts or NULL": {"k": Kind.TEXT, "k2": Kind.TEXT},
        "numbers or NULL": {"n": Kind.INT, "n2": Kind.INT, "x": Kind.INT},
        "booleans or NULL": {"b": Kind.BOOL, "b2": Kind.BOOL},
    },
}


_FAMILIES_OF_POSTGRES: dict[Mode, dict[str, dict[str, Kind]]] = {
    Mode.TIME: {"times and a domain": {"d": Kind.DATE, "ts": Kind.NAIVE, "tz": Kind.INSTANT, "dd": Kind.DATE}},
    Mode.VALUES: {"texts and padded": {"k": Kind.TEXT, "k2": Kind.TEXT, "c": Kind.TEXT}},
    Mode.NUMBERS: {},
    Mode.NULLS: {},
}


def _families(dialect: str, mode: Mode) -> dict[str, dict[str, Kind]]:
    return _FAMILIES[mode] | (_FAMILIES_OF_POSTGRES[mode] if dialect == "postgres" else {})


LACKING: Mapping[str, frozenset[str]] = {
    "postgres": frozenset(
        {
            "integers and texts", "integers and booleans", "try_cast", "try_cast to integer", "time_bucket", "ASOF",
            "ASOF USING", "POSITIONAL", "PIVOT", "UNION ALL BY NAME", "UNION BY NAME", "star replaced", "star excluded",
            "lag ignoring nulls", "last_value ignoring nulls", "nth_value ignoring nulls", "count distinct over",
            "first_value ignoring nulls", "median over", "arg_max", "range", "unnest of a series",
        }
    ),
    "duckdb": frozenset({"only in PostgreSQL", "series in SELECT", "series of days in SELECT"}),
}  # fmt: skip
"""Features that are left out, by dialect."""


@dataclass
class Draw:
    """One query being made. Features in `focus` are chosen far more often."""

    dice: Random
    world: World
    mode: Mode
    focus: frozenset[str] = frozenset()
    dialect: str = "duckdb"
    used: set[str] = field(default_factory=set)
    ctes: list[tuple[str, Rel]] = field(default_factory=list)
    names: int = 0

    def __post_init__(self) -> None:
        # Most columns of one query are of one family, so that most of its comparisons can be followed.
        self.family: dict[str, Kind] = self.pick(_families(self.dialect, self.mode))

    def pick(self, options: Mapping[str, T | Callable[[], T]], **weights: float) -> T:
        """One of the options, named by features; a name that starts with a blank is recorded nowhere."""
        names = [name for name in options if name not in self.lacking] or list(options)
        chosen = self.dice.choices(
            names, [weights.get(name.strip(), 1.0) * (_STRESS if name in self.focus else 1) for name in names]
        )[0]
        if not chosen.startswith(" "):
            self.used.add(chosen)
        found = options[chosen]
        return found() if isinstance(found, FunctionType) else cast(T, found)

    @property
    def lacking(self) -> frozenset[str]:
        """Features that the dialect has no words for."""
        return LACKING.get(self.dialect, frozenset())

    def chance(self, feature: str, probability: float) -> bool:
        if feature in self.lacking:
            return False
        if feature in self.focus:
            probability = max(probability, 0.75)
        if self.dice.random() >= probability:
            return False
        self.used.add(feature)
        return True

    def name(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    def query(self, depth: int) -> Rel:
        if depth <= 0:
            return self.rows()
        names = [name for name in PRODUCTIONS if name not in self.lacking]
        weights = [PRODUCTIONS[name][0] * (_STRESS if name in self.focus else 1) for name in names]
        chosen = self.dice.choices(names, weights)[0]
        self.used.add(chosen)
        return PRODUCTIONS[chosen][1](self, depth - 1)

    def rows(self) -> Rel:
        """A table with nothing done to it but naming."""
        source = self.table()
        return Rel(
            f"select {source.p.sql} as p, {source.q.sql} as q, {source.x} as x, {source.k} as k from {source.sql}",
            source.p.kind,
            source.q.kind,
        )

    def source(self, depth: int) -> Source:
        """An item for a FROM: a table, a WITH query or a subquery."""
        if self.ctes and self.chance("a WITH query read", 0.45):
            name, rel = self.dice.choice(self.ctes)
            alias = self.name("c")
            return self.over(rel, f"{name} as {alias}", alias)
        if depth <= 0 or self.dice.random() < 0.3:
            return self.table()
        self.used.add("subquery in FROM")
        rel, alias = self.query(depth), self.name("q")
        return self.over(rel, f"({rel.sql}) as {alias}", alias)

    def derived(self, depth: int) -> Source:
        """The same, surely with columns that are called `p`, `q`, `x` and `k`."""
        rel, alias = self.query(depth), self.name("q")
        return self.over(rel, f"({rel.sql}) as {alias}", alias)

    def over(self, rel: Rel, sql: str, alias: str) -> Source:
        return Source(sql, alias, E(f"{alias}.p", rel.p), E(f"{alias}.q", rel.q), f"{alias}.x", f"{alias}.k")

    def table(self) -> Source:
        alias = self.name("t")
        first, second = self.dice.choice(list(self.family)), self.dice.choice(list(self.family))
        p, q = E(f"{alias}.{first}", self.family[first]), E(f"{alias}.{second}", self.family[second])
        return Source(
            f"s.{self.dice.choice(TABLES)} as {alias}", alias, p, q, f"{alias}.x", f"{alias}.k", is_table=True
        )

    def constant(self, kind: Kind) -> str:
        """A literal near the data."""
        match kind:
            case Kind.TEXT:
                return self.dice.choice(("'a'", "'b'", "'1'", "'2'", "'B'"))
            case Kind.INT:
                return str(self.dice.randrange(4))
            case Kind.BOOL:
                return self.dice.choice(("true", "false"))
        moment = self.moment()
        return f"date '{moment.date()}'" if kind is Kind.DATE else f"{kind.value} '{moment}'"

    def moment(self) -> datetime:
        hours = self.dice.choice((0, 0, 0, 7, 23))
        return self.world.first + timedelta(days=self.dice.randrange(self.world.days), hours=hours)


def united(*kinds: Kind) -> Kind:
    """The kind of what may be any of these."""
    for kind in (Kind.TEXT, Kind.INSTANT, Kind.NAIVE, Kind.DATE, Kind.INT):
        if kind in kinds:
            return kind
    return Kind.BOOL
