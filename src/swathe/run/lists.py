"""A value that is put on a list leaves the rest of the list: its rows lay in that partition, and may still be there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from swathe.frozen import frozen
from swathe.partition.grid import STRIDE, Grid, slice_number, slice_texts
from swathe.partition.interval import Interval
from swathe.partition.rectangle import NamedRectangle, Rectangle, named
from swathe.plan.spec import ModelSpec
from swathe.state.store import FrozenError, Standing, StateStore


def refuse_frozen_rest(spec: ModelSpec, written: Rectangle, store: StateStore) -> None:
    """Raises FrozenError where a rectangle that is to be written may have rows in the frozen rest of an earlier list.

    Those that have a record of their own have none there any more.
    """
    frozen = [
        rest
        for rest in _rests(spec, written, store)
        if (rest.made.frozen or rest.ordinal in spec.frozen) and not rest.has_list
    ]
    if not frozen:
        return
    own = {(made.part, made.along) for made in store.standing(spec.name, named(written, spec.scheme))}
    for rest in frozen:
        if any((part, rest.made.along) not in own for part in slice_texts(spec.scheme, rest.slices)):
            raise FrozenError(
                f"partition {rest.made.key} of `{spec.name}` is frozen, and may hold rows of what is to be built",
                hint="thaw it, or take the new values off the list",
            )


def spoil_rest(spec: ModelSpec, wiped: Rectangle, store: StateStore, now: datetime) -> None:
    """Let the rest of a list be rebuilt that may take in what was wiped. Writes state."""
    for rest in _rests(spec, wiped, store):
        if not (rest.has_list and rest.is_apart):
            part = NamedRectangle(Interval(rest.made.along, rest.made.along + 1), (rest.made.part,))
            store.invalidate(spec.name, [part], "rows that it may hold were wiped", now)


@frozen
class _Rest:
    """A partition that held rows of some slices at one time. `has_list`: it was built as the rest of the lists that
    there are now; `is_apart`: all those slices are on them.
    """

    made: Standing
    ordinal: int
    slices: tuple[int, ...]
    has_list: bool
    is_apart: bool


def _rests(spec: ModelSpec, partitions: Rectangle, store: StateStore) -> Iterator[_Rest]:
    """Of a rectangle, beside those that are replaced with it."""
    if not isinstance(spec.scheme, Grid):
        return
    by_rest: dict[int, list[int]] = {}
    for number in partitions.slices:
        for rest in spec.scheme.rests(number) - spec.scheme.overwritten(partitions.slices):
            by_rest.setdefault(rest, []).append(number)
    if not by_rest:
        return
    texts = tuple(slice_texts(spec.scheme, sorted(by_rest)))
    for made in store.standing(spec.name, NamedRectangle(partitions.lines, texts)):
        found = slice_number(spec.scheme, made.part)
        if found is not None:
            ordinal, slices = found * STRIDE + made.along, tuple(by_rest[found])
            is_apart = all(number in spec.scheme.due_slices for number in slices)
            yield _Rest(made, ordinal, slices, spec.has_list(ordinal, made.fingerprint), is_apart)
