"""A call that gives something else in each run, as a value. `sql/volatile.py` finds them."""

from __future__ import annotations

from enum import Enum

from swathe.frozen import frozen
from swathe.sql.literal import ColumnClock


@frozen
class Pin:
    """Where a call stands in the query's text, `end` exclusive, and the type of what it gives."""

    start: int
    end: int
    clock: ColumnClock


class VolatileKind(Enum):
    """What a call depends on besides the rows that it is given."""

    CLOCK = "clock"
    RANDOM = "random"
    SAMPLE = "sample"


@frozen
class VolatileCall:
    """A call as it is written, `now()` or `current_date`, and where it stands in the query's text.

    `pin` is None where it can't be written as a literal.
    """

    name: str
    offset: int
    kind: VolatileKind
    pin: Pin | None = None

    @property
    def message(self) -> str:
        what = "takes other rows" if self.kind is VolatileKind.SAMPLE else "gives another value"
        return f"`{self.name}` {what} in each run"
