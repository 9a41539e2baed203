"""Groups of options: a dataclass parameter of a command becomes one option per field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from inspect import Parameter, Signature, signature
from typing import Any, get_type_hints


class Interrupted(Exception):
    """A command was stopped by a signal. Not a KeyboardInterrupt, which typer would turn into an exit of its own."""


def grouped(body: Callable[..., int]) -> Callable[..., int]:
    """A command as typer takes it, from a function whose parameters may be dataclasses of options.

    The command returns its exit code. Raises Interrupted in place of KeyboardInterrupt.
    """
    hints = get_type_hints(body, include_extras=True)
    groups: dict[str, type[Any]] = {}
    flat: list[Parameter] = []
    for parameter in signature(body).parameters.values():
        kind = hints[parameter.name]
        if isinstance(kind, type) and is_dataclass(kind):
            groups[parameter.name] = kind
            flat += _options_of(kind)
        else:
            flat.append(Parameter(parameter.name, Parameter.KEYWORD_ONLY, default=parameter.default, annotation=kind))

    def command(**values: Any) -> int:
        given = {
            name: kind(**{field.name: values.pop(field.name) for field in fields(kind)})
            for name, kind in groups.items()
        }
        try:
            return body(**given, **values)
        except KeyboardInterrupt:
            raise Interrupted from None

    command.__name__ = body.__name__
    command.__doc__ = body.__doc__
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in flat}
    command.__signature__ = Signature(flat)  # type: ignore[attr-defined]
    return command


def _options_of(kind: type[Any]) -> list[Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    return [
        Parameter(
            field.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(kind)
    ]
