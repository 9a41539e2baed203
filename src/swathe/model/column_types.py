"""Which types hold all values of which, as the engines spell them.

The rules are about values, not about how they look: a number of more decimals is the same number. When in doubt a type
holds nothing but itself: of texts of a fixed length the blanks at the end count here and not there, a value of an enum
has a place in an order, and what instant a date means depends on the session.
"""

from __future__ import annotations

import re

from swathe.frozen import frozen

_SHAPE = re.compile(r"([A-Z][A-Z0-9_]*(?: [A-Z]+)*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(-?\d+)\s*)?\))?( [A-Z ]+)?")
_SPELLINGS = {
    "CHARACTER VARYING": "TEXT", "VARCHAR": "TEXT", "STRING": "TEXT",
    "NUMERIC": "DECIMAL",
    "INT": "INTEGER", "INT2": "SMALLINT", "INT4": "INTEGER", "INT8": "BIGINT",
    "DOUBLE PRECISION": "DOUBLE", "FLOAT8": "DOUBLE", "REAL": "FLOAT", "FLOAT4": "FLOAT",
    "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP",
    "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE",
    "TIME WITHOUT TIME ZONE": "TIME",
}  # fmt: skip
"""Types of two names, by the less common one."""

_DIGITS = {"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19, "HUGEINT": 39}
"""Signed whole numbers, each within the next, with the most digits that they have."""

_EXACT_IN = {"FLOAT": ("TINYINT", "SMALLINT"), "DOUBLE": ("TINYINT", "SMALLINT", "INTEGER", "FLOAT")}
"""Numbers that a type of floating point skips none of."""

_SIZED = frozenset({"TEXT", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"})
"""Types whose one size, of characters or of decimals of a second, is a limit. Without it there is none."""


@frozen
class _Type:
    name: str
    size: int | None = None
    scale: int | None = None


def is_same(one: str, other: str) -> bool:
    """Whether two names are those of one type. In quoted names, as types of the user have them, case counts.

    >>> is_same("Integer", "INTEGER"), is_same('app."Mood"', 'app."mood"')
    (True, False)
    """
    return one == other or ('"' not in one + other and one.upper() == other.upper())


def holds_all(wide: str, narrow: str) -> bool:
    """Whether every value of one type is a value of another.

    >>> holds_all("BIGINT", "INTEGER"), holds_all("INTEGER", "BIGINT"), holds_all("NUMERIC(10,2)", "NUMERIC(8,2)")
    (True, False, True)
    """
    if is_same(wide, narrow):
        return True
    if wide.endswith("[]") and narrow.endswith("[]"):
        return holds_all(wide[:-2], narrow[:-2])
    big, small = _read(wide), _read(narrow)
    return big is not None and small is not None and _holds(big, small)


def _holds(big: _Type, small: _Type) -> bool:
    match big.name, small.name:
        case name, other if name == other and name in _SIZED:
            return big.size is None or (small.size is not None and small.size <= big.size)
        case name, other if name in _DIGITS and other in _DIGITS:
            return _DIGITS[other] <= _DIGITS[name]
        case "DECIMAL", _:
            return _decimal_holds(big, small)
        case name, other:
            return other in _EXACT_IN.get(name, ()) or (name, other) == ("TIMESTAMP", "DATE")


def _decimal_holds(big: _Type, small: _Type) -> bool:
    digits = _DIGITS.get(small.name)
    if small.name != "DECIMAL" and digits is None:
        return False
    if big.size is None:
        return True
    if small.name == "DECIMAL" and small.size is None:
        return False
    scale = small.scale or 0
    whole = digits if digits is not None else (small.size or 0) - scale
    own = big.scale or 0
    return own >= scale and big.size - own >= whole


def _read(text: str) -> _Type | None:
    """A type's name in one spelling, and its sizes; None for what has another shape."""
    found = _SHAPE.fullmatch(text.upper())
    if found is None:
        return None
    name = found[1] + (found[4] or "").rstrip()
    size, scale = (None if each is None else int(each) for each in (found[2], found[3]))
    return _Type(_SPELLINGS.get(name, name), size, scale)
