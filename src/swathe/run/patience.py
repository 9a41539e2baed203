"""Tries again what may pass: a lock, a lost connection, a serialisation failure. Nothing else is tried again."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import field
from itertools import count
from threading import Event
from typing import TypeVar

from swathe.errors import TransientError
from swathe.frozen import frozen

Result = TypeVar("Result")

TRIES = 11
FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 10.0


@frozen
class Patience:
    """Waits twice as long each time, about 45 seconds in all: as long as a server needs to restart.

    `stopping` ends the waiting at once, and then nothing is tried again.
    """

    stopping: Event = field(default_factory=Event)

    def attempt(
        self, action: Callable[[], Result], tell: Callable[[TransientError, float], None] | None = None
    ) -> Result:
        """What the action gives. `tell` hears of each error that is waited out, and for how many seconds.

        Raises what the action raises, in the end also TransientError.
        """
        for tried in count(1):
            try:
                return action()
            except TransientError as error:
                if tried == TRIES or self.stopping.is_set():
                    raise
                pause = min(FIRST_WAIT_SECONDS * 2 ** (tried - 1), LONGEST_WAIT_SECONDS)
                pause *= random.uniform(0.75, 1.25)  # noqa: S311 - so that those who collided do not do so again
                if tell is not None:
                    tell(error, pause)
                if self.stopping.wait(pause):
                    raise
        raise AssertionError("counting never ends")
