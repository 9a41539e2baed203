"""What has been recorded since a plan was made."""

from __future__ import annotations

from collections.abc import Callable, Collection

from swathe.errors import StateError
from swathe.model.definition import ModelName
from swathe.partition.grid import STRIDE, Scheme, slice_number
from swathe.partition.rectangle import Rectangle
from swathe.plan.record import Built
from swathe.state.store import Standing


def nothing_known(_ordinal: int) -> Built | None:
    """For what is not on any plan."""
    return None


class BuiltMeanwhileError(StateError):
    """Partitions that were about to be built have a record that is not the one that the plan saw."""


def refuse_news(
    model: ModelName,
    scheme: Scheme,
    partitions: Rectangle,
    standing: Collection[Standing],
    known: Callable[[int], Built | None],
) -> None:
    """Raises BuiltMeanwhileError where partitions have been built since they were `known`: by another run, or by this
    one when the answer to its COMMIT was lost.

    Call inside the transaction that would overwrite them.
    """
    numbers = {text: slice_number(scheme, text) for text in {record.part for record in standing}}
    for record in standing:
        number = numbers[record.part]
        if record.unit != scheme.unit or number not in partitions.slices:
            continue
        if known(number * STRIDE + record.along) != (record.run_id, record.built_at):
            raise BuiltMeanwhileError(f"partition {record.key} of `{model}` was built meanwhile")
