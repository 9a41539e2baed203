"""Ctrl-C and SIGTERM: the first stops the command cleanly, one that comes a while later stops it at once."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

_PATIENCE_SECONDS = 1.0
"""Shells and launchers pass one Ctrl-C on more than once: what comes within this time is the same one."""


@dataclass(slots=True)
class Interrupts:
    """The signal that stopped this process, if one did."""

    signal: int | None = None
    at: float = 0.0

    @property
    def exit_code(self) -> int:
        return 128 + (self.signal or signal.SIGINT)

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """Raises KeyboardInterrupt the first time."""
        now = time.monotonic()
        if self.signal is None:
            self.signal, self.at = number, now
            raise KeyboardInterrupt
        if now - self.at > _PATIENCE_SECONDS:
            # Transactions make this safe: what had not committed never was.
            os._exit(128 + number)


@contextmanager
def listening() -> Iterator[Interrupts]:
    """Both signals, unless whoever started us had them ignored."""
    interrupts = Interrupts()
    before = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, interrupts.handle)
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
