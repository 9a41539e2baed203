"""Where models call what gives something else in each run: in their own query, or in that of a view they read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from swathe.errors import Location, ModelError
from swathe.model.definition import InputName, Materialized, ModelName, OnVolatile
from swathe.project.loader import DefinedModel
from swathe.sql.parse import ParsedQuery
from swathe.sql.render import RenderedModel
from swathe.sql.volatile import VolatileCall, VolatileKind, volatile_calls

_INSTEAD = {
    VolatileKind.CLOCK: "write `{{ partition.end }}` where the table is cut by time, else `{{ var('…') }}`",
    VolatileKind.RANDOM: "leave it out",
    VolatileKind.SAMPLE: "add `repeatable (1)`",
}


@dataclass(frozen=True, slots=True)
class VolatileUse:
    """A call at its place in a template."""

    call: VolatileCall
    at: Location

    @property
    def message(self) -> str:
        return self.call.message

    @property
    def hint(self) -> str:
        return f'{_INSTEAD[self.call.kind]}; or set `volatile = "accept"` if a rebuild may give other rows'


class VolatileUses:
    """What is found model by model, upstream first."""

    def __init__(self, dialect: str) -> None:
        self._dialect = dialect
        self._in_views: dict[InputName, dict[VolatileUse, None]] = {}
        self._stored: dict[ModelName, dict[VolatileUse, None]] = {}

    def of(self, name: ModelName) -> tuple[VolatileUse, ...]:
        """What to warn of. A view holds no rows, so that nothing is wrong with it until a model stores what it reads
        there.
        """
        return tuple(self._stored.get(name, ()))

    def add(self, model: DefinedModel, rendered: RenderedModel, query: ParsedQuery) -> None:
        """Note the uses of a query of a model. Raises ModelError where the model refuses them."""
        if model.config.volatile is OnVolatile.ACCEPT:
            return
        found = list(self._found(rendered, query))
        if model.config.volatile is OnVolatile.REFUSE:
            _refuse(model, found)
        if model.config.materialized is Materialized.VIEW:
            self._in_views.setdefault(InputName(model.name), {}).update(dict.fromkeys(found))
        else:
            self._stored.setdefault(model.name, {}).update(dict.fromkeys(found))

    def _found(self, rendered: RenderedModel, query: ParsedQuery) -> Iterator[VolatileUse]:
        for call in volatile_calls(query, self._dialect):
            yield VolatileUse(call, rendered.locate(call.offset))
        for name in sorted(query.reads):
            yield from self._in_views.get(name, ())


def _refuse(model: DefinedModel, found: Iterable[VolatileUse]) -> None:
    for use in found:
        where = "" if use.at.path == model.template.path else f", and `{model.name}` reads it through a view"
        hint = f"`volatile` is `refuse`: {_INSTEAD[use.call.kind]}"
        raise ModelError(f"{use.message}{where}", at=use.at, hint=hint)
