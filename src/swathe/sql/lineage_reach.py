"""The names that an expression of a query can use, and which columns of inputs stand behind each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from sqlglot import exp

from swathe.frozen import frozen
from swathe.model.definition import InputName


@frozen
class InputColumn:
    """A column of an input, spelled as there. `column` None: it may be any of them."""

    input: InputName
    column: str | None


Origin = frozenset[InputColumn]
NOTHING: Origin = frozenset()


def union(origins: Iterable[Origin]) -> Origin:
    return NOTHING.union(*origins)


@frozen
class Rows:
    """What gives rows: its columns in order, and what decides the rows. `rest` is what any other column is made from;
    None where there is no other.
    """

    columns: tuple[tuple[str, Origin], ...]
    decided: Origin = NOTHING
    rest: Origin | None = None

    @property
    def all(self) -> Origin:
        return union((self.rest or NOTHING, *(origin for _, origin in self.columns)))

    def find(self, name: str) -> Origin | None:
        """None when there is no such column."""
        found = [origin for known, origin in self.columns if known.lower() == name.lower()]
        return union(found) if found else self.rest

    def renamed(self, by: exp.Expr) -> Rows:
        """With the column names that an alias gives."""
        alias = by.args.get("alias")
        names = [name.name for name in alias.columns] if isinstance(alias, exp.TableAlias) else []
        first = [(name, origin) for name, (_, origin) in zip(names, self.columns, strict=False)]
        more = [(name, self.rest or NOTHING) for name in names[len(first) :]]
        return replace(self, columns=(*first, *more, *self.columns[len(first) :]))


@dataclass(slots=True)
class Reach:
    """The names that an expression may use: those of its own SELECT, and those around it."""

    ctes: dict[str, Rows] = field(default_factory=dict)
    outer: Reach | None = None
    sources: dict[str, Rows] = field(default_factory=dict)
    outputs: dict[str, Origin] = field(default_factory=dict)
    windows: dict[str, exp.Expr] = field(default_factory=dict)

    @property
    def everything(self) -> Origin:
        around = self.outer.everything if self.outer else NOTHING
        return union((around, *(source.all for source in self.sources.values())))

    def resolve(self, column: exp.Column) -> Origin:
        for reach in self._outwards():
            found = reach.qualified(column) if column.table else reach.unqualified(column.name)
            if found is not None:
                return found
        return self.everything

    def whole_row(self, source: str) -> Origin:
        found = (reach.sources[source].all for reach in self._outwards() if source in reach.sources)
        return next(found, self.everything)

    def qualified(self, column: exp.Column) -> Origin | None:
        source = self.sources.get(column.table)
        if source is None:
            return None
        found = None if isinstance(column.this, exp.Star) else source.find(column.name)
        return source.all if found is None else found

    def unqualified(self, name: str) -> Origin | None:
        """A name without a table: sqlglot could not say whose it is, or it is that of an output."""
        found = [origin for source in self.sources.values() if (origin := source.find(name)) is not None]
        if name in self.outputs:
            found.append(self.outputs[name])
        if not found and name in self.sources:
            return self.sources[name].all
        return union(found) if found else None

    def _outwards(self) -> Iterator[Reach]:
        reach: Reach | None = self
        while reach is not None:
            yield reach
            reach = reach.outer
