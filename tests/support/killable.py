"""Runs of `swathe` in processes of their own that start at once and may be killed.

They are forked from a process that has done nothing but import: what a kill is to hit is the run, not the start.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

from swathe.cli.main import run

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload([__name__, "swathe.api.backfill", "swathe.engine.duckdb"])


def start(folder: Path, *arguments: str) -> BaseProcess:
    """`swathe` with these arguments in that folder. What it says is lost."""
    process = _FORKING.Process(target=_run, args=(folder, arguments))
    process.start()
    return process


def _run(folder: Path, arguments: Sequence[str]) -> None:
    os.chdir(folder)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    sys.exit(run(arguments))
