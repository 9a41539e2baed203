"""Which rows of each source matter, given what is known of the joined rows that matter.

Claim. Let F be facts that hold for every joined row the reader asks for, whether it comes from the full or the filtered
sources. For all joined rows that satisfy F, the filtered sources give the same rows, as often, as the full ones.

By induction over the sources, from the first. INNER: a row (v, r) satisfying F has v satisfying F and r satisfying F's
facts on its columns. LEFT: a fact on a column of the right side, or a comparison with one that is known to be true,
rules out the rows padded with NULL, so the join acts as INNER. Without either, the right side keeps all rows that ON
can match to a v satisfying F, so v finds the same partners, or none, as before. RIGHT is the mirror image. SEMI and
ANTI: the right side is read whole, so v is kept or dropped as before. FULL and joins no rule is written for: neither
side is filtered, and the join gives what it gave.

Facts that follow from WHERE and from the ON of a join that is, or acts as, INNER hold for every row asked for: WHERE is
evaluated on garbage as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from swathe.sql.prune.block import Block, JoinKind, Opaque, Source
from swathe.sql.prune.requirement import Demand, Rows, Unpruned
from swathe.sql.prune.transfer import Facts, close, compared, conjuncts

_STOPS = {
    JoinKind.FULL: "FULL JOIN keeps the rows of both sides that match nothing",
    JoinKind.UNKNOWN: "this kind of JOIN is not followed",
}


def push(block: Block, facts: Facts, name: str, trouble: Unpruned | None) -> Iterator[tuple[Source, Demand]]:
    """The demand on each source of the block.

    `name` is the required column as users know it; `trouble` says why it leads to no source's column, if it does not.
    """
    where = list(conjuncts(block.select.args.get("where")))
    yield from _Push(block, name, trouble).over(block.sources, facts, where)


class _Push:
    def __init__(self, block: Block, name: str, trouble: Unpruned | None) -> None:
        self._block = block
        self._name = name
        self._trouble = trouble

    def over(self, sources: Sequence[Source], facts: Facts, context: list[exp.Expr]) -> Iterator[tuple[Source, Demand]]:
        facts, inner = self._settle(sources, facts, context)
        for index in range(len(sources) - 1, 0, -1):
            source, before = sources[index], sources[:index]
            if source.kind in _STOPS:
                reason = _STOPS[source.kind]
                yield from ((each, Unpruned(reason, source.offset)) for each in sources[: index + 1])
                return
            if source in inner:
                yield source, self._demand(source, facts)
            elif source.kind is JoinKind.LEFT:
                on_left = self._about(before, facts)
                yield source, self._demand(source, close(on_left, source.conditions, self._block.algebra))
            elif source.kind is JoinKind.RIGHT:
                yield source, self._demand(source, facts)
                matched = close(self._about((source,), facts), source.conditions, self._block.algebra)
                yield from self.over(before, self._about(before, matched), [])
                return
            else:
                yield source, Unpruned(f"{source.kind.value} looks for matches among all its rows", source.offset)
        if sources:
            yield sources[0], self._demand(sources[0], facts)

    def _settle(self, sources: Sequence[Source], facts: Facts, context: list[exp.Expr]) -> tuple[Facts, list[Source]]:
        """All that is known of the rows asked for, and the joins that are, or act as, INNER."""
        inner: list[Source] = []
        while True:
            not_null = compared(context, self._block.algebra)
            if self._block.algebra.rules.excludes_null:
                not_null = not_null | facts
            found = [source for source in self._inner(sources, not_null) if source not in inner]
            inner += found
            context = [*context, *(condition for source in found for condition in source.conditions)]
            known = len(facts)
            facts = close(facts, context, self._block.algebra)
            if not found and len(facts) == known:
                return facts, inner

    def _inner(self, sources: Sequence[Source], not_null: Facts) -> Iterator[Source]:
        for index in range(len(sources) - 1, 0, -1):
            source = sources[index]
            if source.kind in _STOPS:
                return
            is_inner = (
                source.kind is JoinKind.INNER
                or (source.kind is JoinKind.LEFT and self._touches((source,), not_null))
                or (source.kind is JoinKind.RIGHT and self._touches(sources[:index], not_null))
            )
            if is_inner:
                yield source
            elif source.kind is JoinKind.RIGHT:
                return

    def _about(self, sources: Sequence[Source], facts: Facts) -> Facts:
        """The facts that speak of columns of these sources only."""
        return {
            expression: window
            for expression, window in facts.items()
            if (columns := list(expression.find_all(exp.Column)))
            and all(self._block.owner(column) in sources for column in columns)
            and expression.find(exp.Query) is None
        }

    def _touches(self, sources: Sequence[Source], facts: Facts) -> bool:
        """Whether a column of these sources is known not to be NULL."""
        return any(isinstance(expression, exp.Column) for expression in self._about(sources, facts))

    def _demand(self, source: Source, facts: Facts) -> Demand:
        if isinstance(source.relation, Opaque):
            return Unpruned(source.relation.reason, source.offset)
        located = ((self._block.locate(expression), window) for expression, window in facts.items())
        windows = {found[1]: window for found, window in located if found and found[0] is source}
        if windows:
            return Rows(windows)
        if self._block.resolver.columns(source.relation) is None:
            return Unpruned(f"the columns of `{source.alias}` are not known", source.offset)
        if self._trouble and not self._touches(self._block.sources, facts):
            return self._trouble
        return Unpruned(f"no condition ties `{source.alias}` to `{self._name}`", source.offset)
