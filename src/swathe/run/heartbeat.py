"""Keeps the lease of a run, from a thread and a session of its own, so that its claims are its own while it lives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from swathe.engine.adapter import Engine, Session
from swathe.errors import EngineError
from swathe.run.patience import Patience
from swathe.state.runs import RunHistory, alive_name
from swathe.state.store import StateStore

_BEATS_PER_LEASE = 4
_AGAIN_SECONDS = 1.0


@contextmanager
def heartbeat(engine: Engine, state_schema: str, run_id: str, lease_seconds: int) -> Iterator[None]:
    """Renew the lease of a started run until leaving."""
    session = engine.session()
    store = StateStore(engine, session, state_schema)
    history, name = RunHistory(store, session), alive_name(store, run_id)
    Patience().attempt(lambda: session.hold(name))
    done = Event()

    def beat() -> None:
        pause = lease_seconds / _BEATS_PER_LEASE
        wait = pause
        while not done.wait(wait):
            wait = min(pause, _AGAIN_SECONDS)
            with suppress(EngineError):
                _renew(session, history, name, run_id, lease_seconds)
                wait = pause

    thread = Thread(target=beat, name="swathe-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        session.interrupt()
        thread.join()
        session.close()


def _renew(session: Session, history: RunHistory, name: str, run_id: str, lease_seconds: int) -> None:
    session.hold(name)
    history.renew(run_id, lease_seconds)
