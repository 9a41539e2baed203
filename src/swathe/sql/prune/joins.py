"""Which rows of each source matter, given what is known of the joined rows that matter.

Claim. Let F be facts that hold for every joined row the reader asks for, whether it comes from the full or the filtered
sources. For all joined rows that satisfy F, the filtered sources give the same rows, as often, as the full ones.

By induction over the sources, from the first. INNER: a row (v, r) satisfying F has v satisfying F and r satisfying F's
facts on its columns. LEFT: a fact on a column of the right side, or a comparison with one that is known to be true,
rules out the rows padded with NULL, so the join acts as INNER. Without either, the right side keeps all rows that ON
can match to a v satisfying F, so v finds the same partners, or none, as before. SEMI and ANTI keep their right side in
the same way, and so does ASOF: its candidates are the rows that ON can match, so the nearest is among them. RIGHT is
the mirror image of LEFT.

FULL: facts on both sides make it act as INNER, on the left one as LEFT, on the right one as RIGHT, since what is padded
on the other side is not asked for. A fact on `coalesce(l, r)` of what ON equates holds for l in rows that have a left
side and for r in rows that have a right side, so each side is filtered by its own: a row and its partners are kept or
dropped together. Otherwise, and at joins no rule is written for, neither side is filtered, and the join gives what it
gave.

Facts that follow from WHERE and from the ON of a join that is, or acts as, INNER hold for every row asked for: WHERE is
evaluated on garbage as well. So do the facts that an outer query brings along about its own columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from swathe.frozen import frozen
from swathe.sql.prune.block import Block, JoinKind, Opaque, Source
from swathe.sql.prune.kinds import strip
from swathe.sql.prune.requirement import Demand, Rows, Unpruned
from swathe.sql.prune.siblings import siblings
from swathe.sql.prune.transfer import Facts, close, compared, conjuncts, facts_of

_KEEPING = frozenset({JoinKind.INNER, JoinKind.LEFT, JoinKind.RIGHT})
_STOPS = {
    JoinKind.FULL: "FULL JOIN keeps the rows of both sides that match nothing",
    JoinKind.UNKNOWN: "this kind of JOIN is not followed",
}


@frozen
class Pushed:
    """The demand on each source of a block, and what is known of its joined rows that matter."""

    demands: tuple[tuple[Source, Demand], ...]
    facts: Facts


def push(block: Block, facts: Facts, name: str, trouble: Unpruned | None, given: Facts | None = None) -> Pushed:
    """What a block asks of its sources.

    `name` is the required column as users know it; `trouble` says why it leads to no source's column, if it does not.
    `given` are facts on columns of outer queries.
    """
    where = list(conjuncts(block.select.args.get("where")))
    walk = _Push(block, name, trouble, given or {})
    known, _ = walk.settle(block.sources, facts | (given or {}), where)
    return Pushed(tuple(walk.over(block.sources, facts | (given or {}), where)), known)


class _Push:
    def __init__(self, block: Block, name: str, trouble: Unpruned | None, given: Facts) -> None:
        self._block = block
        self._name = name
        self._trouble = trouble
        self._given = given

    def over(self, sources: Sequence[Source], facts: Facts, context: list[exp.Expr]) -> Iterator[tuple[Source, Demand]]:
        facts, kinds = self.settle(sources, facts, context)
        for index in range(len(sources) - 1, 0, -1):
            source, before = sources[index], sources[:index]
            kind = kinds[source]
            sides = self._sides(before, source, facts) if kind is JoinKind.FULL else None
            if sides is not None:
                yield source, self._demand(source, sides[1])
                yield from self.over(before, sides[0] | self._given, [])
                return
            if kind in _STOPS:
                reason = _STOPS[kind]
                yield from ((each, Unpruned(reason, source.offset)) for each in sources[: index + 1])
                return
            if kind is JoinKind.INNER:
                yield source, self._demand(source, facts)
            elif kind is JoinKind.RIGHT:
                yield source, self._demand(source, facts)
                matched = self._close(self._about((source,), facts), source.conditions)
                yield from self.over(before, self._about(before, matched), [])
                return
            else:
                on_left = self._matched(before, kinds, facts)
                yield source, self._demand(source, self._close(on_left, source.conditions))
        if sources:
            yield sources[0], self._demand(sources[0], facts)

    def _matched(self, before: Sequence[Source], kinds: Mapping[Source, JoinKind], facts: Facts) -> Facts:
        """What is known of the left side of a join, where it matches something.

        A comparison with a column that an earlier LEFT JOIN padded is never true; where it is not padded, that join's
        own conditions hold. So what follows from them for its columns may be used, and for no others.
        """
        known = self._about(before, facts)
        for source in before:
            if kinds[source] in (JoinKind.LEFT, JoinKind.ASOF):
                known = self._about((source,), self._close(known, source.conditions)) | known
        return known

    def settle(
        self, sources: Sequence[Source], facts: Facts, context: list[exp.Expr]
    ) -> tuple[Facts, Mapping[Source, JoinKind]]:
        """All that is known of the rows asked for, and what each join acts as."""
        kinds: dict[Source, JoinKind] = {}
        while True:
            before = (len(facts), kinds)
            not_null = compared(context, self._block.algebra)
            if self._block.algebra.rules.excludes_null:
                not_null = not_null | facts
            acting = dict(self._acting(sources, not_null))
            kinds = {source: source.kind for source in sources} | acting
            found = [source for source, kind in acting.items() if kind is JoinKind.INNER]
            context = [*context, *(condition for source in found for condition in source.conditions)]
            facts = self._close(self._unmerged(sources, acting, facts) | facts, context)
            if (len(facts), kinds) == before:
                return facts, kinds

    def _close(self, facts: Facts, conditions: Sequence[exp.Expr]) -> Facts:
        """The facts with all that follows, also for columns beside those that are known."""
        while True:
            facts = close(facts, conditions, self._block.algebra)
            more = siblings(self._block, facts)
            if not more:
                return facts
            facts = facts | more

    def _acting(self, sources: Sequence[Source], not_null: Facts) -> Iterator[tuple[Source, JoinKind]]:
        """From the last join to the first whose left side may be padded with NULL."""
        for index in range(len(sources) - 1, 0, -1):
            source = sources[index]
            kind = source.kind
            left, right = self._touches(sources[:index], not_null), self._touches((source,), not_null)
            if kind is JoinKind.FULL:
                kind = {
                    (True, True): JoinKind.INNER,
                    (True, False): JoinKind.LEFT,
                    (False, True): JoinKind.RIGHT,
                }.get((left, right), kind)
            elif (kind is JoinKind.LEFT and right) or (kind is JoinKind.RIGHT and left):
                kind = JoinKind.INNER
            yield source, kind
            if kind is JoinKind.RIGHT or kind in _STOPS:
                return

    def _unmerged(self, sources: Sequence[Source], acting: Mapping[Source, JoinKind], facts: Facts) -> Facts:
        """What follows from facts on `coalesce(l, r)` of what ON equates, for the sides that are not padded: where one
        is NULL so is the other, or it is the padded one.
        """
        found: Facts = {}
        for index, source in enumerate(sources):
            kind = acting.get(source)
            sides = self._sides(sources[:index], source, facts) if kind in _KEEPING else None
            if sides is not None:
                found |= sides[0] if kind is not JoinKind.RIGHT else {}
                found |= sides[1] if kind is not JoinKind.LEFT else {}
        return found

    def _sides(self, before: Sequence[Source], source: Source, facts: Facts) -> tuple[Facts, Facts] | None:
        """The facts on each side of a join that follow from facts on what it merges; None when there are none."""
        left: Facts = {}
        right: Facts = {}
        algebra = self._block.algebra
        for expression, window in facts.items():
            if not isinstance(expression, exp.Coalesce) or expression.args.get("is_null"):
                continue
            parts = [expression.this, *expression.expressions]
            theirs = [part for part in parts if self._is_about((source,), part)]
            mine = [part for part in parts if self._is_about(before, part)]
            if len(theirs) != 1 or len(mine) + 1 != len(parts):
                continue
            merged = (
                mine[0]
                if len(mine) == 1
                else exp.Coalesce(this=mine[0].copy(), expressions=[part.copy() for part in mine[1:]])
            )
            if any(
                _equates(condition, merged, theirs[0]) and algebra.carries(condition)
                for condition in source.conditions
                if isinstance(condition, exp.EQ)
            ):
                left |= facts_of(algebra.chain(merged), window)
                right |= facts_of(algebra.chain(theirs[0]), window)
        return (left, right) if right else None

    def _about(self, sources: Sequence[Source], facts: Facts) -> Facts:
        """The facts that speak of columns of these sources, or of outer queries, only."""
        return {
            expression: window
            for expression, window in facts.items()
            if expression in self._given or self._is_about(sources, expression)
        }

    def _is_about(self, sources: Sequence[Source], expression: exp.Expr) -> bool:
        columns = list(expression.find_all(exp.Column))
        owned = bool(columns) and all(self._block.owner(column) in sources for column in columns)
        return owned and expression.find(exp.Query) is None

    def _touches(self, sources: Sequence[Source], facts: Facts) -> bool:
        """Whether a column of these sources is known not to be NULL."""
        return any(isinstance(expression, exp.Column) and self._is_about(sources, expression) for expression in facts)

    def _demand(self, source: Source, facts: Facts) -> Demand:
        if isinstance(source.relation, Opaque):
            return Unpruned(source.relation.reason, source.offset)
        located = ((self._block.locate(expression), window) for expression, window in facts.items())
        windows = {found[1]: window for found, window in located if found and found[0] is source}
        if windows:
            return Rows(windows)
        if self._block.resolver.columns(source.relation) is None:
            return Unpruned(f"the columns of `{source.alias}` are not known", source.offset)
        if self._trouble and (not self._name or not self._touches(self._block.sources, facts)):
            return self._trouble
        if source.kind in (JoinKind.SEMI, JoinKind.ANTI):
            return Unpruned(f"{source.kind.value} looks for matches among all its rows", source.offset)
        return Unpruned(f"no condition ties `{source.alias}` to `{self._name}`", source.offset)


def _equates(condition: exp.EQ, one: exp.Expr, other: exp.Expr) -> bool:
    sides = (strip(condition.this), strip(condition.expression))
    return sides in ((strip(one), strip(other)), (strip(other), strip(one)))
