"""Values: frozen, slotted dataclasses that are cheap to declare.

The standard library writes and compiles six functions for each one, which was a third of the time of a small command.
Here three are compiled, when the first value of a kind is made, and the rest is shared by all kinds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

Kind = TypeVar("Kind", bound=type)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: Kind) -> Kind:
    """What `dataclass(frozen=True, slots=True)` makes, but for how soon. `fields`, `replace` and `asdict` know it.

    >>> @frozen
    ... class Point:
    ...     x: int
    ...     y: int = 0
    >>> Point(1), Point(1) == Point(1, 0), hash(Point(2)) == hash(Point(2))
    (Point(x=1, y=0), True, True)
    """
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True)(kind)
    own = vars(kind)
    compiled = {name for name in ("__init__", "__eq__", "__hash__") if own.get(name) is None}

    def compile_methods() -> None:
        for name, method in _methods(made).items():
            if name in compiled:
                setattr(made, name, method)

    def first(name: str) -> Callable[..., Any]:
        def method(self: Any, *values: Any, **named: Any) -> Any:
            compile_methods()
            return getattr(made, name)(self, *values, **named)

        return method

    for name in compiled:
        setattr(made, name, first(name))
    for name, method in _SHARED.items():
        if name not in own:
            setattr(made, name, method)
    return made  # type: ignore[no-any-return]


def _methods(made: Any) -> dict[str, Any]:
    """The methods that have to be fast, compiled for one kind of value."""
    names: dict[str, Any] = {"missing": MISSING}
    taken, body = [], []
    for each in fields(made):
        # A slot takes a value past what forbids it.
        names[f"set_{each.name}"] = getattr(made, each.name).__set__
        names[f"default_{each.name}"], names[f"make_{each.name}"] = each.default, each.default_factory
        if each.init:
            taken.append(each.name + _default(each))
        if (value := _value(each)) is not None:
            body.append(f"set_{each.name}(self, {value})")
    if hasattr(made, "__post_init__"):
        body.append("self.__post_init__()")
    mine, other = ("".join(f"{of}.{each.name}, " for each in fields(made) if each.compare) for of in ("self", "other"))
    exec(  # noqa: S102 - as the standard library does: the names are those of fields
        f"def __init__(self, {', '.join(taken)}):\n  {'; '.join(body) or 'pass'}\n"
        "def __eq__(self, other):\n"
        f"  return ({mine}) == ({other}) if other.__class__ is self.__class__ else NotImplemented\n"
        f"def __hash__(self):\n  return hash(({mine}))\n",
        names,
    )
    return names


def _default(of: Field[Any]) -> str:
    if of.default is not MISSING:
        return f"=default_{of.name}"
    return "" if of.default_factory is MISSING else "=missing"


def _value(of: Field[Any]) -> str | None:
    """The expression for what a field is set to; None where something else sets it."""
    if of.default_factory is not MISSING:
        made = f"make_{of.name}()"
        return f"{made} if {of.name} is missing else {of.name}" if of.init else made
    if of.init:
        return of.name
    return None if of.default is MISSING else f"default_{of.name}"


def _represent(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse_to_set(self: Any, name: str, _value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r} of {type(self).__qualname__}")


def _refuse_to_delete(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r} of {type(self).__qualname__}")


def _values(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in fields(self)]


def _set_values(self: Any, values: list[Any]) -> None:
    for each, value in zip(fields(self), values, strict=True):
        object.__setattr__(self, each.name, value)


_SHARED = {
    "__repr__": _represent,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    # To copy and to pickle a value takes these, since it can't be set.
    "__getstate__": _values,
    "__setstate__": _set_values,
}
