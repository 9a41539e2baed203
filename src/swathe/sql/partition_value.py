"""`partition.start`, `partition.end` and `partition.key` of a template.

A model that uses them is rendered once, for all partitions: what is printed is a marker that stands for the
value. That is right only while nothing in the template depends on the value itself. So the invariant is:
**a value, or text that holds its marker, can be printed and joined to other text; whatever else is done to
it is a look**, and a look is either refused (`LookedAtPartition`, when no value is known) or noted. With a
known value a look gives the truth and printing still gives the marker, so all partitions that take the same
branches render to the same text.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from swathe.errors import ModelError
from swathe.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

START_MARKER = "__swathe_partition_start__"
END_MARKER = "__swathe_partition_end__"
KEY_MARKER = "__swathe_partition_key__"


@frozen
class PartitionValues:
    """A partition: naive times on the partition column's own clock, `end` exclusive."""

    start: datetime
    end: datetime
    key: str


class LookedAtPartition(BaseException):
    """The template needs a partition's value where only its marker is known.

    Not an Exception, because some of Jinja's tests and filters swallow those and would take the wrong branch.
    """


@dataclass(slots=True)
class Observer:
    """What one render did with its partition."""

    used: bool = False
    looked: bool = False


def _binary(operation: Callable[[Any, Any], Any]) -> Callable[[PartitionValue, object], Any]:
    return lambda self, other: operation(self._look(), self._operand(other))


def _reflected(operation: Callable[[Any, Any], Any]) -> Callable[[PartitionValue, object], Any]:
    return lambda self, other: operation(self._operand(other), self._look())


def _unary(operation: Callable[[Any], Any]) -> Callable[[PartitionValue], Any]:
    return lambda self: operation(self._look())


class PartitionValue:
    """A value of the partition, or text in which one is printed.

    `_printed` holds the markers. `_concrete` is a datetime or a string, or None when it is not known.
    """

    __slots__ = ("_concrete", "_observer", "_printed")

    def __init__(self, printed: str, concrete: datetime | str | None, observer: Observer) -> None:
        self._printed = printed
        self._concrete = concrete
        self._observer = observer

    def _look(self) -> Any:
        self._observer.looked = True
        if self._concrete is None:
            raise LookedAtPartition
        return self._concrete

    def _operand(self, other: object) -> Any:
        if isinstance(other, PartitionValue):
            return other._look()  # noqa: SLF001 - the same class
        return _moment(other) if isinstance(self._concrete, datetime) else other

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._look(), name)

    def __bool__(self) -> bool:
        return True

    def __hash__(self) -> int:
        value = self._look()
        if isinstance(value, datetime):
            # Equal to a string but not hashed like one: `in` a dictionary would be false without a word.
            raise ModelError(
                "`partition.start` and `partition.end` can't be keys of a dictionary",
                hint="use `partition.key`",
            )
        return hash(value)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._look())

    def __contains__(self, item: object) -> bool:
        return item in self._look()

    def __getitem__(self, item: Any) -> Any:
        return self._look()[item]

    def __format__(self, spec: str) -> str:
        return format(self._look(), spec)

    __str__ = _unary(str)
    __repr__ = _unary(repr)
    __len__ = _unary(len)
    __int__ = _unary(int)
    __float__ = _unary(float)
    __index__ = _unary(operator.index)
    __abs__ = _unary(abs)
    __neg__ = _unary(operator.neg)
    __pos__ = _unary(operator.pos)
    __eq__ = _binary(operator.eq)
    __ne__ = _binary(operator.ne)
    __lt__ = _binary(operator.lt)
    __le__ = _binary(operator.le)
    __gt__ = _binary(operator.gt)
    __ge__ = _binary(operator.ge)
    __add__ = _binary(operator.add)
    __sub__ = _binary(operator.sub)
    __mul__ = _binary(operator.mul)
    __mod__ = _binary(operator.mod)
    __truediv__ = _binary(operator.truediv)
    __floordiv__ = _binary(operator.floordiv)
    __pow__ = _binary(operator.pow)
    __radd__ = _reflected(operator.add)
    __rsub__ = _reflected(operator.sub)
    __rmul__ = _reflected(operator.mul)
    __rmod__ = _reflected(operator.mod)
    __rtruediv__ = _reflected(operator.truediv)
    __rfloordiv__ = _reflected(operator.floordiv)
    __rpow__ = _reflected(operator.pow)


def printed(value: PartitionValue) -> str:
    """The text with its markers. No look."""
    return value._printed  # noqa: SLF001 - private to templates, not to this package


def join_values(parts: Iterable[str | PartitionValue]) -> str | PartitionValue:
    """The parts as one text. It stays a `PartitionValue` when one of them is. No look."""
    parts = list(parts)
    for part in parts:
        if isinstance(part, PartitionValue):
            return PartitionValue(
                "".join(part if isinstance(part, str) else printed(part) for part in parts),
                _concrete_text(parts),
                part._observer,  # noqa: SLF001 - as above
            )
    return "".join(part for part in parts if isinstance(part, str))


def _concrete_text(parts: Iterable[str | PartitionValue]) -> str | None:
    texts = [part if isinstance(part, str) else part._concrete for part in parts]  # noqa: SLF001 - as above
    return None if None in texts else "".join(map(str, texts))


def _moment(other: object) -> object:
    """Dates and ISO strings as the datetimes they stand for; anything else as it is."""
    if isinstance(other, str):
        try:
            other = datetime.fromisoformat(other)
        except ValueError:
            raise ModelError(
                f"`{other}` is not a date or time that `partition.start` can be compared with",
                hint="write it as '2013-01-31' or '2013-01-31T05:00'",
            ) from None
    if isinstance(other, datetime):
        if other.tzinfo is not None:
            raise ModelError(
                "a time with a zone can't be compared with `partition.start`",
                hint="`partition.start` and `partition.end` are on the partition column's own clock",
            )
        return other
    return datetime.combine(other, time()) if isinstance(other, date) else other


class Partition:
    """The name `partition` of a template. `values` None renders symbolically."""

    __slots__ = ("_observer", "_values")

    def __init__(self, values: PartitionValues | None, observer: Observer) -> None:
        self._values = values
        self._observer = observer

    @property
    def start(self) -> PartitionValue:
        return self._value(START_MARKER, self._values.start if self._values else None)

    @property
    def end(self) -> PartitionValue:
        return self._value(END_MARKER, self._values.end if self._values else None)

    @property
    def key(self) -> PartitionValue:
        return self._value(KEY_MARKER, self._values.key if self._values else None)

    def __str__(self) -> str:
        raise ModelError(
            "`partition` is not a value", hint="write `partition.start`, `partition.end` or `partition.key`"
        )

    def _value(self, marker: str, concrete: datetime | str | None) -> PartitionValue:
        self._observer.used = True
        return PartitionValue(marker, concrete, self._observer)
