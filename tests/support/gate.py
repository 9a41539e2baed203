"""Holds runs in the middle of a batch: queries that call `gate(n)` wait there until the gate is opened."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from support.leaf_project import LeafProject
from support.postgres import Connection

_KEY = 4711
_PATIENCE_SECONDS = 20


def make_gate(project: LeafProject) -> None:
    """The function; it gives its argument. Nobody waits where what it gives is not asked for."""
    project.connection.execute(
        "create function public.gate(n integer) returns integer stable language plpgsql as $$ "
        f"begin perform pg_advisory_xact_lock_shared({_KEY}); return n; end $$"
    )


@dataclass(frozen=True)
class Gate:
    """One that is closed."""

    project: LeafProject
    keeper: Connection

    def open(self) -> None:
        self.keeper.execute(f"select pg_advisory_unlock({_KEY})")

    def wait_for(self, runs: int = 1) -> None:
        """Until so many transactions wait there."""
        waiting = (
            f"select count(distinct pid) from pg_locks where locktype = 'advisory' and objid = {_KEY} and not granted "
            "and database = (select oid from pg_database where datname = current_database())"
        )
        until(lambda: self.project.query(waiting) >= [(runs,)])


@contextmanager
def closed_gate(project: LeafProject) -> Iterator[Gate]:
    """Closed until it is opened, or until leaving."""
    with project.database.connect() as keeper:
        keeper.execute(f"select pg_advisory_lock({_KEY})")
        yield Gate(project, keeper)


def until(true: Callable[[], bool]) -> None:
    """Wait for something that is about to happen."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)
