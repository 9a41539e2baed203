"""Random chains of models that are cut in random ways, and a second opinion on where each row belongs.

The second opinion is Python's, from the values of a row; the rows that a model should hold come from its query, run
whole and without swathe over the tables and files that it reads, as they are now.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from support.cuts import SOURCE, Row

COLUMNS = {
    "id": "integer", "day": "date", "region": "varchar", "kind": "integer", "flag": "boolean", "amount": "bigint",
}  # fmt: skip
KEYS = tuple(column for column in COLUMNS if column != "amount")
FIRST_DAY = date(2024, 1, 29)
DAYS = tuple(FIRST_DAY + timedelta(days=number) for number in range(6))
OUTSIDE = (date(2024, 1, 2), date(2024, 3, 9))
"""Days of no table that is cut by day; the first is in a month that tables by month have."""

DOMAIN: Mapping[str, tuple[Any, ...]] = {
    "region": ("eu", "us", "a/p ", "%Ü"),
    "kind": (1, 2, -3),
    "flag": (True, False),
}
SPELLED = {"a/p ": "a%2Fp%20", "%Ü": "%25Ü", True: "true", False: "false", None: "__null__"}
IDS = 40


@dataclass(frozen=True)
class Cut:
    """One column of `partition_by`. `query` is what is asked for values or for the stop, with `{}` for an input."""

    column: str
    way: str
    values: tuple[Any, ...] = ()
    query: str | None = None
    of: str = SOURCE
    rest: bool = False
    null: bool = False

    @property
    def config(self) -> dict[str, Any]:
        asked = (
            self.query.format(self.of if self.of == SOURCE else "{{ ref('" + self.of + "') }}") if self.query else None
        )
        cut: dict[str, Any] = {"column": self.column}
        match self.way:
            case "day" | "month":
                cut["granularity"] = self.way
            case "range":
                cut["range"] = {"start": 0, "stop": asked or IDS, "step": 10}
            case _:
                cut |= {"query": asked} if asked else {"values": list(self.values)}
        return cut | ({"else": True} if self.rest else {}) | ({"nulls": "own"} if self.null else {})

    def key(self, value: Any) -> str:
        """How a value's partition along this column is called."""
        match self.way:
            case "day" if value is not None:
                return f"{value:%Y-%m-%d}"
            case "month" if value is not None:
                return f"{value:%Y-%m}"
            case "range" if value is not None:
                return str(value // 10 * 10)
        # True is 1 to Python.
        if value is None or isinstance(value, bool | str):
            return (
                str(SPELLED.get(value, value)) if value is None or value in self.values or not self.rest else "__else__"
            )
        return str(value) if value in self.values or not self.rest else "__else__"

    def is_stray(self, value: Any) -> bool:
        """Whether a row with this value has no partition, but for the bounds of a line."""
        if value is None:
            return not self.null
        return self.way == "values" and not self.rest and value not in self.values


@dataclass(frozen=True)
class Model:
    """A model: `body` has `{0}` and `{1}` for what it reads, `{measure}` and `{where}` for what may be edited."""

    name: str
    reads: tuple[str, ...]
    columns: tuple[str, ...]
    body: str
    cuts: tuple[Cut, ...]
    measure: str = "s.amount"
    filters: tuple[str, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    lists_changed: bool = False

    def sql(self, relation: Callable[[str], str]) -> str:
        where = f" where {' and '.join(self.filters)}" if self.filters else ""
        inner = self.body.format(*map(relation, self.reads), measure=self.measure)
        return f"select * from ({inner}) as w{where}"

    @property
    def template(self) -> str:
        return self.sql(lambda name: SOURCE if name == SOURCE else "{{ ref('" + name + "') }}")

    @property
    def settings(self) -> dict[str, Any]:
        by: dict[str, Any] = {"partition_by": [cut.config for cut in self.cuts]}
        if line := self.line:
            if line.way == "day":
                by |= {"begin": f"{DAYS[0]}", "end": f"{DAYS[-1] + timedelta(days=1)}"}
            elif line.way == "month":
                by |= {"begin": "2024-01", "end": "2024-03"}
        return by | dict(self.config)

    @property
    def moves_rows(self) -> bool:
        """Whether rows may have moved from one partition to another by a change of a list."""
        return self.lists_changed or any(cut.query and cut.rest for cut in self.cuts)

    @property
    def line(self) -> Cut | None:
        return next((cut for cut in self.cuts if cut.way in ("day", "month", "range")), None)

    def key(self, row: Row) -> str:
        """The key of the partition that a row belongs to, if there is one."""
        parts = [(cut.column, cut.key(self._value(row, cut))) for cut in self.cuts]
        return parts[0][1] if len(parts) == 1 else "/".join(f"{column}={key}" for column, key in parts)

    @property
    def listed(self) -> str:
        return ", ".join((*self.columns, "amount"))

    def is_among(self, row: Row, keys: Sequence[str]) -> bool:
        """Whether a row without a partition lies, along the line, among partitions, so that they can't be built."""
        if self.line is None:
            return True
        built = {
            key if len(self.cuts) == 1 else dict(p.split("=", 1) for p in key.split("/"))[self.line.column]
            for key in keys
        }
        mine = self.line.key(self._value(row, self.line))
        if mine == "__null__":
            return not self.line.null or mine in built
        along = sorted(built - {"__null__"}, key=_order)
        return bool(along) and _order(along[0]) <= _order(mine) <= _order(along[-1])

    def stray(self, row: Row) -> Cut | None:
        return next((cut for cut in self.cuts if cut.is_stray(self._value(row, cut))), None)

    def _value(self, row: Row, cut: Cut) -> Any:
        return row[[*self.columns, "amount"].index(cut.column)]

    def by_key(self, rows: Sequence[Row]) -> dict[str, Counter[Row]]:
        found: dict[str, Counter[Row]] = defaultdict(Counter)
        for row in rows:
            found[self.key(row)][row] += 1
        return found


def random_row(random: Random) -> Row:
    day: date | None = random.choice(DAYS)
    if random.random() < 0.12:
        day = random.choice((*OUTSIDE, None))
    values = [
        random.choice(DOMAIN[column]) if random.random() > 0.08 else None for column in ("region", "kind", "flag")
    ]
    number = random.randrange(IDS) if random.random() > 0.04 else None
    return (number, day, *values, random.randrange(1, 9))


def random_chain(random: Random) -> list[Model]:
    models: list[Model] = []
    for number in range(random.choice((2, 2, 3, 4))):
        models.append(_random_model(random, f"m{number}", models))
    return models


def _random_model(random: Random, name: str, earlier: Sequence[Model]) -> Model:
    known = {model.name: model.columns for model in earlier} | {SOURCE: KEYS}
    first = random.choice((SOURCE, *(model.name for model in earlier), *(model.name for model in earlier[-1:])))
    second = random.choice((*known,))
    both = [column for column in known[first] if column in known[second]]
    form = random.choice(("pass", "pass", "group", "join", "left join", "union")) if both else "pass"
    source_of = both if form == "union" else known[first]
    line, lists = _random_columns(random, source_of)
    columns = tuple(c for c in source_of if c in (*lists, line) or random.random() < 0.6)
    listed = ", ".join(columns)
    cuts = [_random_list(random, column, first) for column in lists]
    if line:
        cuts.insert(random.randrange(len(cuts) + 1), _random_line(random, line, first))
    match form:
        case "pass":
            body = f"select {listed}, {{measure}} as amount from {{0}} as s"
        case "group":
            body = f"select {listed}, cast(sum({{measure}}) as bigint) as amount from {{0}} as s group by {listed}"
        case "union":
            body = f"select {listed}, {{measure}} as amount from {{0}} as s union all select {listed}, amount from {{1}} as t"
        case _:
            on = [column for column in both if random.random() < 0.7] or both[:1]
            equal = " and ".join(f"s.{column} = t.{column}" for column in on)
            other = f"(select {', '.join(on)}, cast(sum(amount) as bigint) as amount from {{1}} as u group by {', '.join(on)})"
            ours = ", ".join(
                f"{random.choice('st') if c in on and form == 'join' else 's'}.{c} as {c}" for c in columns
            )
            body = (
                f"select {ours}, cast({{measure}} + coalesce(t.amount, 0) as bigint) as amount "
                f"from {{0}} as s {form} {other} as t on {equal}"
            )
    filters = []
    for cut in cuts:
        if not cut.null and random.random() < 0.9:
            filters.append(f"{cut.column} is not null")
        if cut.way == "values" and not cut.rest and not cut.query and random.random() < 0.85:
            filters.append(f"{cut.column} in ({', '.join(map(literal, cut.values))})")
    if random.random() < 0.2:
        filters.append("amount % 3 <> 0")
    config = {"batch_size": random.choice((1, 3))} if random.random() < 0.2 else {}
    reads = (first, second) if "{1}" in body else (first,)
    return Model(name, reads, columns, body, tuple(cuts), "s.amount", tuple(filters), config)


def _random_columns(random: Random, columns: Sequence[str]) -> tuple[str | None, list[str]]:
    lists = [column for column in columns if column in DOMAIN]
    lines = [column for column in columns if column in ("day", "id")]
    line = random.choice(lines) if lines and random.random() < 0.75 else None
    some = random.sample(lists, k=min(len(lists), random.choice((0, 1, 1, 2)) if line else random.choice((1, 1, 2))))
    if line is None and not some:
        return (lines[0], []) if lines else (None, lists[:1])
    return line, some


def _random_line(random: Random, column: str, of: str) -> Cut:
    null = random.random() < 0.3
    if column == "day":
        return Cut("day", random.choice(("day", "day", "month")), null=null)
    query = "select max(id) + 1 from {} as k" if random.random() < 0.4 else None
    return Cut("id", "range", query=query, of=random.choice((of, SOURCE)), null=null)


def _random_list(random: Random, column: str, of: str) -> Cut:
    null, rest = random.random() < 0.3, random.random() < 0.5
    if random.random() < 0.3:
        query = f"select distinct {column} from {{}} as k"
        return Cut(column, "values", query=query, of=of, null=null, rest=rest)
    domain = DOMAIN[column]
    some = tuple(random.sample(domain, k=random.randrange(1, len(domain) + (0 if rest else 1))))
    return Cut(column, "values", some if rest or random.random() < 0.5 else domain, null=null, rest=rest)


def relisted(model: Model, random: Random) -> Model:
    """With another list of values, another `else` or another `nulls`."""
    lists = [number for number, cut in enumerate(model.cuts) if cut.way == "values" and not cut.query]
    places = lists if lists and random.random() < 0.85 else range(len(model.cuts))
    place = random.choice(places)
    cut = model.cuts[place]
    match random.choice(("values", "values", "values", "rest", "null", "order")):
        case "null":
            changed = replace(cut, null=not cut.null)
        case "rest" if cut.way == "values":
            changed = replace(cut, rest=not cut.rest)
        case "values" if cut.values:
            value = random.choice(DOMAIN[cut.column])
            left = tuple(each for each in cut.values if each != value)
            changed = replace(cut, values=left if left and value in cut.values else (*left, value))
        case _:
            changed = replace(cut, values=tuple(random.sample(cut.values, k=len(cut.values))))
    cuts = (*model.cuts[:place], changed, *model.cuts[place + 1 :])
    return replace(model, cuts=cuts, lists_changed=True)


def reworded(model: Model, random: Random) -> Model:
    """With other logic."""
    if random.random() < 0.6:
        return replace(model, measure=random.choice(("s.amount", "s.amount * 2", "s.amount + 1")))
    extra = random.choice(("amount <> 5", "amount % 3 <> 0", "amount > 2"))
    kept = tuple(each for each in model.filters if each != extra)
    return replace(model, filters=kept if extra in model.filters else (*kept, extra))


def mended(model: Model) -> Model:
    """With a partition for each row."""
    cuts = tuple(replace(cut, null=True, rest=cut.way == "values") for cut in model.cuts)
    return replace(model, cuts=cuts, lists_changed=True)


def literal(value: Any) -> str:
    return "'" + value + "'" if isinstance(value, str) else str(value)


def _order(key: str) -> tuple[int, str]:
    return (int(key), "") if key.removeprefix("-").isdigit() else (0, key)
