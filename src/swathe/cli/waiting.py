"""Models whose partitions a query finds over other models that are not built yet."""

from __future__ import annotations

from collections.abc import Sequence

from swathe.api.backfill import Backfilled
from swathe.api.plan import Planned
from swathe.cli.words import listed
from swathe.model.definition import ModelName


def waiting_in_words(others: Sequence[ModelName]) -> str:
    """Why a model has no partitions yet."""
    are = "which is" if len(others) == 1 else "which are"
    return f"its partitions are found by a query over {listed([f'`{name}`' for name in others])}, {are} not built yet"


def left_waiting(done: Backfilled) -> dict[ModelName, list[ModelName]]:
    """The selected models that still wait after a backfill, with what they wait for."""
    built = {model.name for model in done.outcome.models if model.succeeded} if done.outcome else set()
    selected = {model.spec.name for model in done.planned.plan.models}
    found = {
        name: [other for other in others if other not in built]
        for name, others in done.planned.cuts.waiting.items()
        if name in selected
    }
    return {name: others for name, others in found.items() if others}


def is_blocked(planned: Planned) -> bool:
    """Whether something is left that this plan can't bring up to date: it reads what is not there and not selected."""
    selected = {model.spec.name for model in planned.plan.models}
    waiting = planned.cuts.waiting
    cut_off = any(name in selected and not selected.issuperset(others) for name, others in waiting.items())
    return bool(planned.plan.blocked) or cut_off
