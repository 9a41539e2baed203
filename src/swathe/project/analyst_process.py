"""A process that answers questions until there are no more: see `analysts.Beside`."""

from __future__ import annotations

import gc
import pickle
import signal
import sys
from itertools import count

from swathe.sql.question import answer

_TIDY = 25
"""Questions from one collection of garbage to the next."""


def main() -> None:
    # Ctrl-C is for the one who asks: when that ends, so does the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    # What a question leaves behind are trees, which are circles. To look for them all the time takes a fifth of it.
    gc.freeze()
    gc.disable()
    for number in count(1):
        if number % _TIDY == 0:
            gc.collect()
        try:
            question = pickle.load(questions)  # noqa: S301 - from the parent, over a pipe that nobody else has
        except EOFError:
            return
        try:
            found = answer(question)
        except Exception:  # noqa: BLE001 - whoever asked finds the same, and says it
            found = None
        pickle.dump(found, answers)
        answers.flush()
