"""Who answers what a query's logic is: this process, or others beside it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from swathe.sql.logic import Logic
    from swathe.sql.parse import ParsedQuery
    from swathe.sql.question import Question

_MOST = 4
"""With more, those who answer would wait for the one who asks."""

_CHILD = "import sys; sys.path[:] = {path!r}; from swathe.project.analyst_process import main; main()"


class Analyst(Protocol):
    """Takes questions one by one."""

    at_once: bool
    """Answers are there when `ask` returns."""

    def ask(self, question: Question, query: ParsedQuery, expanded: ParsedQuery) -> Callable[[], Logic]:
        """A way to get the answer, which may wait for it. The trees are those of the question's texts."""

    def close(self) -> None:
        """Answers that nobody waits for any more are not given."""


class Here:
    """Answers in this process."""

    at_once = True

    def ask(self, question: Question, query: ParsedQuery, expanded: ParsedQuery) -> Callable[[], Logic]:
        from swathe.sql.question import answer_parsed

        found = answer_parsed(question, query, expanded)
        return lambda: found

    def close(self) -> None:
        pass


class Beside:
    """Has other processes answer; what one of them can't, this process does.

    They are programs of their own and not `multiprocessing`: that would import the caller's main module again, is not
    to be had in the daemonic processes of schedulers, and where it forks, it does so among the threads of a database.
    """

    at_once = False

    def __init__(self, count: int) -> None:
        self._free: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._started: list[subprocess.Popen[bytes]] = []
        command = [sys.executable, "-c", _CHILD.format(path=sys.path)]
        for _ in range(count):
            try:
                process = subprocess.Popen(  # noqa: S603 - this very interpreter
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
                )
            except (OSError, ValueError):
                break
            self._started.append(process)
            self._free.put(process)
        self._threads = ThreadPoolExecutor(max(1, len(self._started)), "swathe-analyst")

    def ask(self, question: Question, query: ParsedQuery, expanded: ParsedQuery) -> Callable[[], Logic]:
        if not self._started:
            return Here().ask(question, query, expanded)
        future = self._threads.submit(self._answer, question)

        def wait() -> Logic:
            found = future.result()
            if found is not None:
                return found
            from swathe.sql.question import answer

            return answer(question)

        return wait

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in self._started:
            process.kill()
        self._threads.shutdown(wait=True)
        for process in self._started:
            process.wait()
            for stream in (process.stdin, process.stdout):
                _close(stream)

    def _answer(self, question: Question) -> Logic | None:
        """None where there is no answer to be had."""
        process = self._free.get()
        try:
            assert process.stdin is not None  # noqa: S101 - both are pipes
            assert process.stdout is not None  # noqa: S101 - as above
            process.stdin.write(pickle.dumps(question))
            process.stdin.flush()
            # From a child of our own, over a pipe that nobody else has.
            found: Logic | None = pickle.load(process.stdout)  # noqa: S301
        except (OSError, EOFError, pickle.PickleError, ValueError):
            return None  # it is gone, and so will be for the next question
        else:
            return found
        finally:
            self._free.put(process)


def cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def beside() -> Analyst:
    """As many processes as there are cores to use; none where there is one."""
    count = min(cores(), _MOST)
    # In a program that embeds Python this is that program, which would do something else.
    interpreter = Path(sys.executable or "").stem.lower().startswith(("python", "pypy"))
    return Beside(count) if count > 1 and interpreter else Here()


def _close(stream: IO[bytes] | None) -> None:
    try:
        if stream is not None:
            stream.close()
    except OSError:
        pass  # it holds what the child did not read any more
