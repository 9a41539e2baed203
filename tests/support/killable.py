"""Runs of `swathe` in processes of their own that start at once and may be killed.

They are forked from a process that has done nothing but import: what a kill is to hit is the run, not the start.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

from swathe.cli.main import run

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(
    [
        __name__,
        "swathe.api.backfill",
        "swathe.api.changes",
        "swathe.engine.duckdb.engine",
        "swathe.engine.duckdb.binder",
        "swathe.engine.postgres.provider",
    ]
)


def start(folder: Path, *arguments: str, said: Path | None = None) -> BaseProcess:
    """`swathe` with these arguments in that folder. What it says goes to a file, or is lost."""
    process = _FORKING.Process(target=_run, args=(folder, arguments, said))
    process.start()
    return process


def _run(folder: Path, arguments: Sequence[str], said: Path | None) -> None:
    os.chdir(folder)
    output = os.open(said or os.devnull, os.O_WRONLY | os.O_CREAT, 0o600)
    for stream in (1, 2):
        os.dup2(output, stream)
    faulthandler.register(signal.SIGUSR1, file=2, all_threads=True)  # for who wants to know why it hangs
    sys.exit(run(arguments))
