"""How a plan is walked, and what came of it."""

from __future__ import annotations

from collections.abc import Callable

from swathe.frozen import frozen
from swathe.run.progress import ModelProgress


@frozen
class RunOptions:
    """How to walk, not what. `waits` for partitions that other runs build, else they are left to those."""

    run_id: str
    workers: int = 1
    newest_first: bool = False
    fail_fast: bool = False
    waits: bool = True
    redact: Callable[[str], str] = str
    """Takes secrets out of an error before it is recorded."""


@frozen
class Outcome:
    """What a run did, per model in plan order."""

    models: tuple[ModelProgress, ...]
    cancelled: bool
    seconds: float

    @property
    def failed(self) -> int:
        return sum(model.failed + model.blocked for model in self.models)

    def joined(self, later: Outcome) -> Outcome:
        """This and what the same run did after it."""
        models = {model.name: model for model in self.models}
        for model in later.models:
            models[model.name] = model.after(models[model.name]) if model.name in models else model
        return Outcome(tuple(models.values()), later.cancelled, self.seconds + later.seconds)
