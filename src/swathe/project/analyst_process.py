"""A process that answers questions until there are no more: see `analysts.Beside`."""

from __future__ import annotations

import pickle
import signal
import sys

from swathe.sql.question import answer


def main() -> None:
    # Ctrl-C is for the one who asks: when that ends, so does the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    while True:
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
