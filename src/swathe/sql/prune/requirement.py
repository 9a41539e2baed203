"""What the reader of a relation asks of it, and what is told of each scan in the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from swathe.frozen import frozen
from swathe.model.definition import Column
from swathe.partition.window import Window
from swathe.sql.pruned import Pruned

Schema = Mapping[tuple[str, str], Sequence[Column]]
"""The columns of the scanned tables by (schema, table), in the table's order."""

_MOST_CHAINS = 64


@frozen
class Unpruned:
    """A scan that reads its whole input.

    `offset` counts characters from the start of the parsed text to the construct responsible; None when unknown.
    """

    reason: str
    offset: int | None = None


@frozen
class SameValues:
    """A scan that may be filtered: only rows whose `column` holds one of the values asked for matter.

    The values are the partition's, unchanged, whatever set they are; a NULL is never one of them. `column` and
    `column_type` are spelled as in the schema. Literals of the partition column's values fit this column as well.
    """

    column: str
    column_type: str


@frozen
class AlsoNull:
    """A scan that may be filtered: only rows in which `column` is NULL matter to the rows with NULL in the output's.

    `column` and `column_type` are spelled as in the schema.
    """

    column: str
    column_type: str


ScanResult = tuple[Pruned, ...] | Unpruned
ValuesResult = tuple[SameValues, ...] | Unpruned
NullsResult = tuple[AlsoNull, ...] | Unpruned


@frozen
class Rows:
    """Only the rows that lie in all of these windows matter. Keys are column positions, from 0; never empty.

    Where sets of values or NULL are asked for, every window is `Window()`: the same set.
    """

    windows: Mapping[int, Window]


Demand = Rows | Unpruned


def merge(demands: Sequence[Demand]) -> Demand:
    """What satisfies every reader of one relation: the hull of each column that all of them restrict."""
    if not demands:
        return Unpruned("no part of the query reads this WITH query")
    merged: dict[int, Window] | None = None
    for demand in demands:
        if isinstance(demand, Unpruned):
            return demand
        if merged is None:
            merged = dict(demand.windows)
        else:
            merged = {
                position: window.hull(demand.windows[position])
                for position, window in merged.items()
                if position in demand.windows
            }
    if not merged:
        return Unpruned("it is read more than once, restricted by different columns")
    if any(len(window.chains) > _MOST_CHAINS for window in merged.values()):
        return Unpruned("it is read in too many different ways")
    return Rows(merged)


def offset_of(*nodes: exp.Expr | None) -> int | None:
    """Where the first token of these nodes that kept its position stood in the parsed text.

    The table of a column does not count: once resolved, it stands where the FROM names it.
    """
    starts = [
        start
        for node in nodes
        if node is not None
        for part in node.walk()
        if isinstance(start := part.meta.get("start"), int)
        and not (isinstance(part.parent, exp.Column) and part.arg_key != "this")
    ]
    return min(starts, default=None)
