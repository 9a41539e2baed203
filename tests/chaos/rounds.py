"""Rounds of chaos, one after the other on one database, each ending in the truth."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from chaos.looking import OVERLAPPING, TWICE, looking_on, records_without_rows
from chaos.weather import Sky, strike
from chaos.world import TABLES, World
from support.killable import start
from support.postgres import PostgresServer
from support.proxy import Proxy

_PATIENCE_SECONDS = 90


@dataclass
class Report:
    """What happened in all rounds. `problems` should stay empty."""

    rounds: int = 0
    commands: int = 0
    looks: int = 0
    blows: Counter[str] = field(default_factory=Counter)
    exits: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [
            f"{self.rounds} rounds, {self.commands} commands, {self.looks} looks by a concurrent reader",
            "happened: " + ", ".join(f"{name} {count}" for name, count in self.blows.most_common()),
            "exit codes: " + ", ".join(f"{code}: {count}" for code, count in sorted(self.exits.items())),
            f"differences: {len(self.problems)}",
        ]
        return "\n".join([*lines, *self.problems[:20]])


@dataclass(frozen=True)
class Command:
    """One that was started, and where it says what it does."""

    process: BaseProcess
    said: Path


class Rounds:
    """Plays them."""

    def __init__(self, world: World, server: PostgresServer, proxy: Proxy) -> None:
        self.world = world
        self.server = server
        self.proxy = proxy
        self.report = Report()

    @classmethod
    @contextmanager
    def prepared(cls, root: Path, server: PostgresServer, seed: int) -> Iterator[Rounds]:
        with server.database() as database, Proxy.to(server.host, server.port) as proxy:
            world = World(root, database, random.Random(seed))
            world.create(proxy.port)
            yield cls(world, server, proxy)

    def play(self) -> None:
        """One round. What is wrong after it is in the report."""
        world, chance = self.world, self.world.randomness.random
        if chance() < 0.7:
            world.change_data()
        if chance() < 0.3:
            world.change_logic()
        before = len(self.report.problems)
        with looking_on(world) as sights:
            commands = [self._command(f"{number}") for number in range(world.randomness.choice((1, 2, 2, 3)))]
            sky = Sky(world, self.server, self.proxy, [command.process for command in commands])
            for _ in range(world.randomness.choice((0, 1, 1, 2, 3))):
                time.sleep(world.randomness.uniform(0, 0.5))
                self.report.blows[strike(sky)] += 1
            self._wait(commands)
            self.report.looks += sights.looks
        self.report.problems += sights.problems
        with world.database.connect() as connection:
            if connection.execute("SELECT to_regclass('swathe_state.partitions')").fetchone() != (None,):
                self.report.problems += [f"left behind: {text}" for text in records_without_rows(connection)]
        self._make_true()
        self.report.rounds += 1
        if len(self.report.problems) > before:
            self.report.problems.insert(before, f"round {self.report.rounds}:")

    def _command(self, name: str) -> Command:
        randomness = self.world.randomness
        arguments = ["backfill", "--yes", "--parallel", str(randomness.choice((1, 2, 3)))]
        kind = randomness.random()
        if kind < 0.15:
            arguments += ["--full"]
        elif kind < 0.35:
            first = self.world.some_day()
            arguments += ["--from", first.isoformat()]
        elif kind < 0.45:
            arguments += ["--select", f"+{randomness.choice(TABLES)}"]
        elif kind < 0.5:
            arguments += ["--no-wait"]
        elif kind < 0.6 and self.report.rounds:
            verb = randomness.choice(("wipe", "invalidate"))
            arguments = [verb, "base", "--from", self.world.some_day().isoformat(), "--yes"]
        if randomness.random() < 0.3 and arguments[0] == "backfill":
            arguments += ["--order", "newest"]
        return self._start(arguments, name)

    def _start(self, arguments: list[str], name: str) -> Command:
        self.report.commands += 1
        said = self.world.root / f"said-{name}.txt"
        said.write_text(f"$ swathe {' '.join(arguments)}\n")
        return Command(start(self.world.root, *arguments, said=said), said)

    def _wait(self, commands: Sequence[Command]) -> None:
        for command in commands:
            process = command.process
            process.join(_PATIENCE_SECONDS)
            if process.is_alive():
                os.kill(process.pid or 0, signal.SIGUSR1)  # says where each thread is
                time.sleep(1)
                self.report.problems.append(f"hangs:\n{command.said.read_text()[-6000:]}")
                os.kill(process.pid or 0, signal.SIGKILL)
                process.join()
            self.report.exits[str(process.exitcode)] += 1
            said = command.said.read_text()
            if process.exitcode == 3 or "Traceback" in said:
                self.report.problems.append(f"crashed:\n{said[-3000:]}")

    def _make_true(self) -> None:
        """One undisturbed backfill, after which everything is as a full refresh would have it."""
        self.proxy.spare()
        with suppress(OSError):
            self.proxy.drop()  # what was cut off and not noticed
        self._wait([mending := self._start(["backfill", "--yes"], "mending")])
        if mending.process.exitcode != 0:
            said = mending.said.read_text()[-3000:]
            self.report.problems.append(f"can't be mended: {mending.process.exitcode}\n{said}")
        world = self.world
        self.report.problems += world.differences()
        with world.database.connect() as connection:
            self.report.problems += [f"not as recorded: {text}" for text in records_without_rows(connection)]
            for what, query in (("recorded twice", TWICE), ("claimed twice", OVERLAPPING)):
                self.report.problems += [f"{what}: {row}" for row in connection.execute(query).fetchall()]
            left = connection.execute("SELECT count(*) FROM swathe_state.claims").fetchone()
            if left != (0,):
                self.report.problems.append(f"{left} claims are left when nothing runs")
        self._wait([check := self._start(["plan", "--check"], "check")])
        if check.process.exitcode != 0:
            self.report.problems.append(f"there is work left:\n{check.said.read_text()[-3000:]}")
