"""Values as text that can be read back: plain JSON, from which only the classes listed here are made.

Not pickle: who may write to `target/` could then run code as whoever loads the project. What is read here can call
nothing but constructors of values.

A text is a list of nodes, each made of nodes before it, so that what is equal is written and made once.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any

from swathe.errors import Location
from swathe.model import audit, definition
from swathe.partition import granularity, held, interval, number_window, reading, scheme, units, values, window
from swathe.project import compiled
from swathe.sql import audits, logic, pruned, rendered, template, volatile_call
from swathe.sql.literal import ColumnClock

_MODULES = (
    audit, audits, compiled, definition, granularity, held, interval, logic, number_window, pruned, reading, rendered,
    scheme, template, units, values, volatile_call, window,
)  # fmt: skip
CLASSES: dict[str, type] = {
    cls.__name__: cls
    for cls in (
        Location,
        ColumnClock,
        *(
            found
            for module in _MODULES
            for found in vars(module).values()
            if isinstance(found, type) and found.__module__ == module.__name__
            if is_dataclass(found) or issubclass(found, Enum)
        ),
    )
}
"""By the names that they are written under."""


class Unwritable(Exception):
    """A value is made of something that is not written."""


def encode(value: object) -> str:
    """Raises Unwritable."""
    nodes: list[object] = []
    known: dict[object, int] = {}

    def add(part: Any) -> int:
        kind = type(part)
        node: object
        key: tuple[object, ...]
        if part is None or kind in (str, int, bool):
            node, key = part, (kind, part)
        else:
            node = _node(part, kind, add)
            key = tuple(node)
        if key not in known:
            known[key] = len(nodes)
            nodes.append(node)
        return known[key]

    add(value)
    return json.dumps(nodes, ensure_ascii=False, separators=(",", ":"))


def _node(part: Any, kind: type, add: Callable[[Any], int]) -> list[object]:
    if kind in (tuple, list, frozenset):
        return [kind.__name__, *map(add, part)]
    if kind is dict:
        return ["dict", *(add(side) for pair in part.items() for side in pair)]
    if kind in (float, timedelta):
        return [kind.__name__, repr(part) if kind is float else _exact(part)]
    if kind in (date, time, datetime):
        if kind is not date and (part.tzinfo is not None or part.fold):
            raise Unwritable(kind.__name__)
        return [kind.__name__, part.isoformat()]
    if CLASSES.get(kind.__name__) is not kind:
        raise Unwritable(kind.__name__)
    if isinstance(part, Enum):
        return [kind.__name__, add(part.value)]
    return [kind.__name__, *(add(getattr(part, name)) for name in _names(kind))]


def decode(text: str) -> Any:
    """What was encoded. Raises ValueError, TypeError or LookupError for a text that is not of ours."""
    made: list[Any] = []
    add = made.append
    for node in json.loads(text):
        if type(node) is not list:
            add(node)
            continue
        name = node[0]
        if (cls := CLASSES.get(name)) is not None:
            add(cls(*[made[at] for at in node[1:]]))
        elif name == "dict":
            sides = [made[at] for at in node[1:]]
            add(dict(zip(sides[::2], sides[1::2], strict=True)))
        elif name in _GROUPS:
            add(_GROUPS[name]([made[at] for at in node[1:]]))
        else:
            add(_SCALARS[name](node[1]))
    return made[-1]


def _exact(part: timedelta) -> str:
    return f"{part.days} {part.seconds} {part.microseconds}"


_GROUPS: dict[str, Callable[[list[Any]], Any]] = {"tuple": tuple, "list": list, "frozenset": frozenset}
_SCALARS: dict[str, Callable[[str], Any]] = {
    "float": float,
    "timedelta": lambda text: timedelta(*map(int, text.split())),
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "datetime": datetime.fromisoformat,
}
_NAMES: dict[type, tuple[str, ...]] = {}


def _names(kind: type) -> tuple[str, ...]:
    if kind not in _NAMES:
        _NAMES[kind] = tuple(each.name for each in fields(kind))
    return _NAMES[kind]
