"""Where models call what gives something else in each run: in their own query, or in that of a view they read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from swathe.errors import Location, ModelError
from swathe.model.definition import Column, InputName, Materialized, ModelName, OnVolatile
from swathe.project.loader import DefinedModel
from swathe.sql.literal import time_literal
from swathe.sql.parse import ParsedQuery
from swathe.sql.pins import clock_of
from swathe.sql.template import QueryTemplate
from swathe.sql.volatile import VolatileCall, VolatileKind, volatile_calls

_INSTEAD = {
    VolatileKind.CLOCK: "write `{{ partition.end }}` where the table is cut by time, else `{{ var('…') }}`",
    VolatileKind.RANDOM: "leave it out",
    VolatileKind.SAMPLE: "add `repeatable (1)`",
}
_NOT_HERE = "it is pinned where its column is named with `as`, and no other column has the name of the call"


@dataclass(frozen=True, slots=True)
class VolatileUse:
    """A call at its place in a template."""

    call: VolatileCall
    at: Location
    instead: str

    @property
    def message(self) -> str:
        return self.call.message

    @property
    def hint(self) -> str:
        return f'{self.instead}; or set `volatile = "accept"` if a rebuild may give other rows'


class VolatileUses:
    """What is found model by model, upstream first. `now` is when the run began."""

    def __init__(self, dialect: str, now: datetime) -> None:
        self._dialect = dialect
        self._now = now.astimezone(UTC).replace(tzinfo=None)
        self._in_views: dict[InputName, dict[VolatileUse, None]] = {}
        self._stored: dict[ModelName, dict[VolatileUse, None]] = {}

    def of(self, name: ModelName) -> tuple[VolatileUse, ...]:
        """What to warn of. A view holds no rows, so that nothing is wrong with it until a model stores what it reads
        there.
        """
        return tuple(self._stored.get(name, ()))

    def add(
        self, model: DefinedModel, query: ParsedQuery, columns: Collection[Column], locate: Callable[[int], Location]
    ) -> QueryTemplate:
        """Note the uses of a query of a model; `columns` are those of all that it reads.

        The template for its statements is given back: with the run's start for what is pinned, which is not noted.
        Raises ModelError where the model refuses them.
        """
        if model.config.volatile is OnVolatile.ACCEPT:
            return query.template
        calls = volatile_calls(query, columns, self._dialect)
        pins = [call.pin for call in calls if call.pin] if model.config.volatile is OnVolatile.PIN else []
        found = list(self._found(model, query, [call for call in calls if call.pin not in pins], locate))
        if model.config.volatile is OnVolatile.REFUSE:
            _refuse(model, found)
        if model.config.materialized is Materialized.VIEW:
            self._in_views.setdefault(InputName(model.name), {}).update(dict.fromkeys(found))
        else:
            self._stored.setdefault(model.name, {}).update(dict.fromkeys(found))
        return query.template_with({(pin.start, pin.end): time_literal(self._now, pin.clock) for pin in pins})

    def _found(
        self, model: DefinedModel, query: ParsedQuery, calls: Iterable[VolatileCall], locate: Callable[[int], Location]
    ) -> Iterator[VolatileUse]:
        for call in calls:
            instead = _INSTEAD[call.kind]
            if model.config.volatile is OnVolatile.PIN and clock_of(call.name, self._dialect):
                instead = _NOT_HERE
            elif call.pin and model.config.materialized is not Materialized.VIEW:
                instead += ', or set `volatile = "pin"` for the start of the run'
            yield VolatileUse(call, locate(call.offset), instead)
        for name in sorted(query.reads):
            yield from self._in_views.get(name, ())


def _refuse(model: DefinedModel, found: Iterable[VolatileUse]) -> None:
    for use in found:
        where = "" if use.at.path == model.template.path else f", and `{model.name}` reads it through a view"
        hint = f"`volatile` is `refuse`: {use.instead}"
        raise ModelError(f"{use.message}{where}", at=use.at, hint=hint)
