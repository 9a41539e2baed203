"""What may happen to the commands of a round, and to the server under them."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess

import psycopg

from chaos.world import TABLES, World
from support.postgres import PostgresServer
from support.proxy import Proxy


@dataclass
class Sky:
    """All that a blow may hit."""

    world: World
    server: PostgresServer
    proxy: Proxy
    processes: Sequence[BaseProcess]

    @property
    def randomness(self) -> random.Random:
        return self.world.randomness

    def signal(self, number: signal.Signals) -> None:
        alive = [process for process in self.processes if process.is_alive()]
        if alive:
            pid = self.randomness.choice(alive).pid
            with suppress(ProcessLookupError):
                os.kill(pid or 0, number)

    def execute(self, statement: str) -> None:
        with suppress(psycopg.Error), self.world.database.connect(connect_timeout=3) as connection:
            connection.execute(statement)


def _stall(sky: Sky) -> None:
    """A process that hangs for longer than its lease, and then goes on as if nothing had been."""
    sky.signal(signal.SIGSTOP)
    time.sleep(sky.randomness.uniform(0.2, 3.0))
    for process in sky.processes:
        with suppress(ProcessLookupError):
            os.kill(process.pid or 0, signal.SIGCONT)


def _terminate(sky: Sky) -> None:
    """Some of the connections."""
    chance = sky.randomness.uniform(0.2, 1)
    sky.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        f"WHERE application_name = 'swathe' AND datname = current_database() AND random() < {chance}"
    )


def _cancel(sky: Sky) -> None:
    """Somebody cancels statements that he does not know."""
    sky.execute(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'swathe' AND datname = current_database() AND random() < 0.5"
    )


def _restart(sky: Sky) -> None:
    sky.server.restart(sky.randomness.choice(["fast", "immediate"]))


def _crash(sky: Sky) -> None:
    sky.server.kill9()
    time.sleep(sky.randomness.uniform(0, 0.3))
    sky.server.start()


def _cut(sky: Sky) -> None:
    """The answer to a COMMIT is lost, whether it was done or not."""
    sky.proxy.cut_at(b"COMMIT", delivered=sky.randomness.random() < 0.5)


def _freeze(sky: Sky) -> None:
    sky.proxy.freeze()
    time.sleep(sky.randomness.uniform(0.1, 0.5))
    sky.proxy.thaw()


def _refuse(sky: Sky) -> None:
    sky.proxy.refuse()
    sky.proxy.drop()
    time.sleep(sky.randomness.uniform(0.1, 0.5))
    sky.proxy.accept()


def _lock(sky: Sky) -> None:
    """A stranger has a table to himself for a while."""
    table = sky.randomness.choice(TABLES)
    with suppress(psycopg.Error), sky.world.database.connect(connect_timeout=3) as connection, connection.transaction():
        connection.execute("SET LOCAL lock_timeout = '1s'")
        connection.execute(f"LOCK TABLE main.{table} IN ACCESS EXCLUSIVE MODE")
        time.sleep(sky.randomness.uniform(0.1, 0.5))


def _idle(sky: Sky) -> None:
    """A reader keeps a transaction open."""
    with suppress(psycopg.Error), sky.world.database.connect(connect_timeout=3) as connection, connection.transaction():
        connection.execute("SELECT count(*) FROM main.base")
        time.sleep(sky.randomness.uniform(0.1, 0.5))


def _data(sky: Sky) -> None:
    with suppress(psycopg.Error):
        sky.world.change_data()


Blow = Callable[[Sky], None]

BLOWS: dict[str, tuple[int, Blow]] = {
    "killed": (6, lambda sky: sky.signal(signal.SIGKILL)),
    "terminated": (2, lambda sky: sky.signal(signal.SIGTERM)),
    "interrupted": (1, lambda sky: sky.signal(signal.SIGINT)),
    "stalled": (2, _stall),
    "connections ended": (3, _terminate),
    "statements cancelled": (1, _cancel),
    "server restarted": (2, _restart),
    "server killed": (2, _crash),
    "connections reset": (2, lambda sky: sky.proxy.drop()),
    "client ends lost": (2, lambda sky: sky.proxy.lose()),
    "commit cut off": (3, _cut),
    "network frozen": (1, _freeze),
    "network refused": (1, _refuse),
    "table locked": (1, _lock),
    "reader idle": (1, _idle),
    "data changed": (2, _data),
}
"""What may happen, and how often beside the others."""


def strike(sky: Sky) -> str:
    """Let something happen; gives what."""
    names = list(BLOWS)
    (name,) = sky.randomness.choices(names, [BLOWS[each][0] for each in names])
    BLOWS[name][1](sky)
    return name
