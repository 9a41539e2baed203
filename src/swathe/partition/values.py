"""The values that a column of a list is cut by, and how a key spells them.

A key is text, so a value's spelling must lead back to the value: what would be taken for something else is written with
`%` and two hexadecimal digits for each of its bytes, as in a URL. A slash would end a column's part of a key and an
equals sign its name; a space at either end would be lost on the way; and four words stand for something that is no
value.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from urllib.parse import unquote

from swathe.frozen import frozen

Value = str | int | date
"""A boolean is an integer to Python; `ValueKind` says which of the two a column holds."""

NULL_KEY = "__null__"
REST_KEY = "__else__"
EMPTY_KEY = "__empty__"
ANY_KEY = "__any__"
"""Begins a list of values where a part of a table is said, as `REST_KEY` begins the values that a rest leaves out."""
NULL_ORDINAL = -(2**62)
"""The place along a line of the rows in which its column is NULL, where they are a partition of their own."""
_RESERVED = frozenset({NULL_KEY, REST_KEY, EMPTY_KEY, "all"})
_UNSEEN = (*range(32), *range(0x7F, 0xA0), 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
"""Control characters, line separators and what changes the direction of text: nothing that a terminal should get."""
_SPECIAL = frozenset("%/=") | {chr(code) for code in _UNSEEN}
_BOOLEANS = {"true": True, "false": False}


class ValueKind(StrEnum):
    """What a column of values holds."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"

    def spell(self, value: Value) -> str:
        """The value in a key.

        >>> [ValueKind.TEXT.spell(text) for text in ("São Paulo", "a/b=c", " x", "", "all", "50%")]
        ['São Paulo', 'a%2Fb%3Dc', '%20x', '__empty__', '%61ll', '50%25']
        >>> ValueKind.BOOLEAN.spell(True), ValueKind.INTEGER.spell(-7), ValueKind.DATE.spell(date(2013, 1, 31))
        ('true', '-7', '2013-01-31')
        """
        match self:
            case ValueKind.TEXT:
                return spell_text(str(value))
            case ValueKind.BOOLEAN:
                return "true" if value else "false"
            case ValueKind.DATE:
                return value.isoformat() if isinstance(value, date) else str(value)
            case ValueKind.INTEGER:
                return str(value)

    def fits(self, value: Value) -> bool:
        """Whether it is a value of this kind.

        >>> ValueKind.INTEGER.fits(True), ValueKind.BOOLEAN.fits(True)
        (False, True)
        """
        return type(value) is _TYPES[self]

    def read(self, text: str) -> Value:
        """The value that a key's text stands for. Raises ValueError, saying why, when it stands for none.

        >>> ValueKind.TEXT.read("a%2Fb"), ValueKind.TEXT.read("__empty__"), ValueKind.INTEGER.read("7")
        ('a/b', '', 7)
        """
        plain = read_text(text)
        match self:
            case ValueKind.TEXT:
                return plain
            case ValueKind.BOOLEAN:
                if plain.lower() not in _BOOLEANS:
                    raise ValueError(f"`{text}` is neither `true` nor `false`")
                return _BOOLEANS[plain.lower()]
            case ValueKind.DATE:
                try:
                    return date.fromisoformat(plain)
                except ValueError:
                    raise ValueError(f"`{text}` is not a date such as 2013-01-31") from None
            case ValueKind.INTEGER:
                digits = plain.removeprefix("-")
                if not (digits.isascii() and digits.isdecimal()):
                    raise ValueError(f"`{text}` is not a whole number")
                return int(plain)


_TYPES: dict[ValueKind, type] = {
    ValueKind.TEXT: str,
    ValueKind.INTEGER: int,
    ValueKind.BOOLEAN: bool,
    ValueKind.DATE: date,
}


@frozen
class Listed:
    """The rows with this value."""

    value: Value


@frozen
class Rest:
    """The rows with a value that is none of the list. NULL is no value."""


@frozen
class Null:
    """The rows with NULL."""


Coordinate = Listed | Rest | Null
"""Where a slice lies along one column of a list."""

REST = Rest()
NULL = Null()


def spell_text(text: str) -> str:
    """A text in a key: unlike any other text's, and without `/` and `=`."""
    if not text:
        return EMPTY_KEY
    spelled = "".join(_percent(character) if character in _SPECIAL else character for character in text)
    if text in _RESERVED or text.startswith((f"{REST_KEY}:", f"{ANY_KEY}:")) or spelled[0].isspace():
        spelled = _percent(text[0]) + spelled[1:]
    return spelled[:-1] + _percent(spelled[-1]) if spelled[-1].isspace() else spelled


def read_text(spelled: str) -> str:
    """The text that a key spells. A `%` that begins no byte stands for itself."""
    return "" if spelled == EMPTY_KEY else unquote(spelled, errors="surrogateescape")


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())
