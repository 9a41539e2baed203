"""The kinds of partitions: how scans are found for them, which are compared, and how a scan is filtered for one.

A new kind of result of the product is a new `Reading`, or a new branch of `filters`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from sqlglot import exp

from queries.data import SCHEMA, TEXTS_OF, Row, World
from queries.draw import Mode
from swathe.partition.granularity import Granularity, TimeSpan
from swathe.partition.number_window import NumberSpan
from swathe.sql import prune as product
from swathe.sql.literal import ColumnClock, column_clock

Part = object
"""One part of the result that is compared: a span, or a condition on values."""


class Reading(ABC):
    """One kind of partition."""

    @abstractmethod
    def results(self, query: exp.Query, dialect: str) -> Mapping[int, object]:
        """By number of scan: what the product says of it."""

    @abstractmethod
    def parts(self, rows: Sequence[Row], column_type: str, found: World, dice: Random) -> Iterator[Part]:
        """Those to compare. They cover all rows, but for time partitions far from the others."""

    @abstractmethod
    def inside(self, part: Part) -> str:
        """The condition on the output column `p`."""

    @abstractmethod
    def filters(self, result: object, part: Part) -> str:
        """The condition on the rows of a scan; nothing when it is read whole."""


class InTime(Reading):
    """Batches of adjacent time partitions."""

    def results(self, query: exp.Query, dialect: str) -> Mapping[int, object]:
        return product.prune(query, SCHEMA[dialect], dialect, "p")

    def parts(self, rows: Sequence[Row], column_type: str, found: World, dice: Random) -> Iterator[TimeSpan]:
        moments = sorted({row[0] for row in rows if isinstance(row[0], datetime)})
        if not moments:  # what is not there must not appear
            moments = [found.first, found.first + timedelta(days=found.days)]
        unit = dice.choices(list(Granularity), (2, 6, 2, 2, 1, 1))[0]
        first, last = unit.ordinal(moments[0]) - 1, unit.ordinal(moments[-1]) + 2
        inner = [unit.ordinal(dice.choice(moments)) + dice.choice((0, 1)) for _ in range(dice.randrange(1, 5))]
        cuts = sorted({first, last, *inner})
        batches = list(pairwise(cuts))
        single = {unit.ordinal(moment) for moment in dice.sample(moments, min(3, len(moments)))}
        batches += [(ordinal, ordinal + 1) for ordinal in single if (ordinal, ordinal + 1) not in batches]
        dice.shuffle(batches)
        for start, end in batches:
            yield TimeSpan(unit.start(start), unit.start(end))

    def inside(self, part: Part) -> str:
        assert isinstance(part, TimeSpan)
        return f"p >= timestamp '{part.start}' and p < timestamp '{part.end}'"

    def filters(self, result: object, part: Part) -> str:
        assert isinstance(part, TimeSpan)
        conditions = []
        for pruned in result if isinstance(result, tuple) else ():
            assert isinstance(pruned, product.Pruned)
            read = pruned.window.apply(part)
            instants = column_clock(pruned.column_type) is ColumnClock.INSTANT
            kind = "timestamptz" if instants else "timestamp"
            if read.start is not None:
                conditions.append(f"{pruned.column} >= {kind} '{read.start}'")
            if read.end is not None:
                conditions.append(f"{pruned.column} < {kind} '{read.end}'")
            if read.start is None and read.end is None:
                conditions.append(f"{pruned.column} is not null")
        return " and ".join(conditions)


class InValues(Reading):
    """Sets of values."""

    def results(self, query: exp.Query, dialect: str) -> Mapping[int, object]:
        return product.prune_values(query, SCHEMA[dialect], dialect, "p")

    def parts(self, rows: Sequence[Row], column_type: str, found: World, dice: Random) -> Iterator[str]:
        texts = [f"'{text}'" for text in sorted({text for listed in TEXTS_OF.values() for text in listed})]
        literals = {
            "VARCHAR": texts[1:],
            "TEXT": texts,
            "CHARACTER VARYING": texts,
            "BOOLEAN": ["true", "false"],
            "DATE": [f"date '{day}'" for day in {str(row[1]) for row in rows if row[1] is not None}],
            "INTEGER": ["0", "1", "2", "3"],
            "BIGINT": ["0", "1", "2", "3"],
        }.get(column_type, [])
        if not literals:
            return
        for _ in range(3):
            chosen = ", ".join(dice.sample(sorted(literals), dice.randint(1, len(literals))))
            forms = ["p in ({})", "p in ({})", "p not in ({})"]
            if "3" in literals:
                forms.append("p >= 1 and p < 3")
            yield dice.choice(forms).format(chosen)
        for literal in dice.sample(sorted(literals), min(2, len(literals))):
            yield f"p in ({literal})"

    def inside(self, part: Part) -> str:
        return str(part)

    def filters(self, result: object, part: Part) -> str:
        found = result if isinstance(result, tuple) else ()
        return " and ".join("(" + re.sub(r"\bp\b", same.column, str(part)) + ")" for same in found)


class InNumbers(Reading):
    """Batches of adjacent ranges of whole numbers."""

    def results(self, query: exp.Query, dialect: str) -> Mapping[int, object]:
        return product.prune_numbers(query, SCHEMA[dialect], dialect, "p")

    def parts(self, rows: Sequence[Row], column_type: str, found: World, dice: Random) -> Iterator[NumberSpan]:
        numbers = sorted({row[0] for row in rows if isinstance(row[0], int)}) or [0, 3]
        cuts = sorted({numbers[0] - 1, numbers[-1] + 1, *dice.choices(numbers, k=3)})
        batches = [*pairwise(cuts), *((number, number + 1) for number in dice.choices(numbers, k=3))]
        for start, end in dict.fromkeys(batches):
            yield NumberSpan(start, end)

    def inside(self, part: Part) -> str:
        assert isinstance(part, NumberSpan)
        return f"p >= {part.start} and p < {part.end}"

    def filters(self, result: object, part: Part) -> str:
        assert isinstance(part, NumberSpan)
        conditions = []
        for pruned in result if isinstance(result, tuple) else ():
            assert isinstance(pruned, product.Pruned)
            read = pruned.window.apply_to_numbers(part)
            bounds = [f"{sign} {bound}" for sign, bound in ((">=", read.start), ("<", read.end)) if bound is not None]
            conditions += [f"{pruned.column} {bound}" for bound in bounds or ["is not null"]]
        return " and ".join(conditions)


class InNulls(Reading):
    """The partition of the rows whose `p` is NULL."""

    def results(self, query: exp.Query, dialect: str) -> Mapping[int, object]:
        return product.prune_nulls(query, SCHEMA[dialect], dialect, "p")

    def parts(self, rows: Sequence[Row], column_type: str, found: World, dice: Random) -> Iterator[str]:
        yield "p is null"

    def inside(self, part: Part) -> str:
        return str(part)

    def filters(self, result: object, part: Part) -> str:
        return " and ".join(f"{also.column} is null" for also in result) if isinstance(result, tuple) else ""


READINGS: dict[Mode, Reading] = {
    Mode.TIME: InTime(),
    Mode.VALUES: InValues(),
    Mode.NUMBERS: InNumbers(),
    Mode.NULLS: InNulls(),
}
