"""A source that is observed and remembered, as one command after another does."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from support.engines import write_file
from swathe.engine.adapter import Engine, Session
from swathe.errors import Location
from swathe.model.definition import Column, InputName, PartitionBy, Relation, Source, TimeColumn, Watch, WatchKind
from swathe.partition.granularity import Granularity
from swathe.plan.versions import Versions
from swathe.state.store import StateStore
from swathe.state.watch import observe, remember

NOW = datetime(2024, 6, 1)
COLUMNS = (Column("day", "DATE"), Column("n", "INTEGER"))
FILES = Source(
    InputName("raw.events"), Relation("raw", "events"), Watch(WatchKind.CHECKSUM), Location("models/sources.yml"),
    location="data/*.parquet", partition_by=PartitionBy((TimeColumn("day", Granularity.DAY),)),
)  # fmt: skip
LONG_AGO = 1_500_000_000
COUNTED = Watch(WatchKind.COUNT)


class Watcher:
    """Observes and remembers, as one command after another does."""

    def __init__(self, engine: Engine, session: Session, root: Path) -> None:
        self.engine = engine
        self.session = session
        self.root = root
        self.store = StateStore(engine, session, "swathe_state")
        self.store.ensure(NOW)

    def look(
        self, source: Source = FILES, *wanted: str | None, columns: tuple[Column, ...] = COLUMNS
    ) -> tuple[Versions, set[str]]:
        """The versions now, and the files that were read for it. `wanted` are sets of columns with one letter each."""
        sets = [None if names is None else frozenset(names) for names in wanted] or [None]
        observation = observe(source, columns, self.engine, self.session, self.store, self.root, sets)
        assert observation is not None
        with self.session.transaction():
            remember(observation, self.session, self.store)
        return observation.versions, {stamp.path for stamp in observation.stamps}

    def write(self, name: str, rows: str, modified: int = LONG_AGO) -> Path:
        path = self.root / name
        write_file(path, f"SELECT CAST(d AS DATE) AS day, CAST(n AS INTEGER) AS n FROM (VALUES {rows}) AS v(d, n)")
        os.utime(path, (modified, modified))
        return path


def day(number: int) -> int:
    return Granularity.DAY.ordinal(datetime(2024, 1, number))


def versions_of(versions: Versions, ordinal: int) -> int:
    return (
        sum(
            (versions.prefix[at + 1] - versions.prefix[at])
            for at, one in enumerate(versions.ordinals)
            if one == ordinal
        )
        % 2**63
    )
