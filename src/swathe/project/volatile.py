"""Where models call what gives something else in each run: in their own query, or in that of a view they read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from swathe.errors import Location, ModelError
from swathe.frozen import frozen
from swathe.model.definition import Column, InputName, Materialized, OnVolatile
from swathe.project.compiled import VolatileUse
from swathe.project.loader import DefinedModel
from swathe.sql.literal import time_literal
from swathe.sql.parse import ParsedQuery
from swathe.sql.pins import clock_of
from swathe.sql.template import QueryTemplate
from swathe.sql.volatile import volatile_calls
from swathe.sql.volatile_call import Pin, VolatileCall, VolatileKind

_INSTEAD = {
    VolatileKind.CLOCK: "write `{{ partition.end }}` where the table is cut by time, else `{{ var('…') }}`",
    VolatileKind.RANDOM: "leave it out",
    VolatileKind.SAMPLE: "add `repeatable (1)`",
}
_NOT_HERE = "it is pinned where its column is named with `as`, and no other column has the name of the call"


@frozen
class VolatileQuery:
    """What a query calls. `pins` are written as the run's start, and are not among the `uses`."""

    uses: tuple[VolatileUse, ...] = ()
    pins: tuple[Pin, ...] = ()

    def template(self, query: ParsedQuery, now: datetime) -> QueryTemplate:
        """The template for the query's statements. `now` is when the run began."""
        moment = now.astimezone(UTC).replace(tzinfo=None)
        return query.template_with({(pin.start, pin.end): time_literal(moment, pin.clock) for pin in self.pins})


@frozen
class VolatileUses:
    """Finds them, in models and in what views bring along. A view holds no rows, so that nothing is wrong with it until
    a model stores what it reads there.
    """

    dialect: str
    in_views: Mapping[InputName, Collection[VolatileUse]]

    def find(
        self, model: DefinedModel, query: ParsedQuery, columns: Collection[Column], locate: Callable[[int], Location]
    ) -> VolatileQuery:
        """The uses of a query of a model; `columns` are those of all that it reads.

        Raises ModelError where the model refuses them.
        """
        if model.config.volatile is OnVolatile.ACCEPT:
            return VolatileQuery()
        calls = volatile_calls(query, columns, self.dialect)
        pins = [call.pin for call in calls if call.pin] if model.config.volatile is OnVolatile.PIN else []
        found = list(self._found(model, query, [call for call in calls if call.pin not in pins], locate))
        if model.config.volatile is OnVolatile.REFUSE:
            _refuse(model, found)
        return VolatileQuery(tuple(found), tuple(pins))

    def _found(
        self, model: DefinedModel, query: ParsedQuery, calls: Iterable[VolatileCall], locate: Callable[[int], Location]
    ) -> Iterator[VolatileUse]:
        for call in calls:
            instead = _INSTEAD[call.kind]
            if model.config.volatile is OnVolatile.PIN and clock_of(call.name, self.dialect):
                instead = _NOT_HERE
            elif call.pin and model.config.materialized is not Materialized.VIEW:
                instead += ', or set `volatile = "pin"` for the start of the run'
            yield VolatileUse(call, locate(call.offset), instead)
        for name in sorted(query.reads):
            yield from self.in_views.get(name, ())


def _refuse(model: DefinedModel, found: Iterable[VolatileUse]) -> None:
    for use in found:
        where = "" if use.at.path == model.template.path else f", and `{model.name}` reads it through a view"
        hint = f"`volatile` is `refuse`: {use.instead}"
        raise ModelError(f"{use.message}{where}", at=use.at, hint=hint)
