"""A small project over one file that a test can edit, whose models may be cut in any way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support.databases import opened
from support.miniature import verdicts, work
from swathe.api.adopt import adopt
from swathe.api.backfill import Backfilled, BackfillOptions, backfill
from swathe.api.changes import Changed
from swathe.api.keys import KeyRange
from swathe.api.marks import freeze, invalidate, thaw
from swathe.api.plan import Choice, Planned, judge_all
from swathe.api.wipe import wipe
from swathe.api.workspace import ProjectOptions

SOURCE = "{{ source('raw', 'events') }}"
EVENTS = {
    "id": "integer", "day": "date", "region": "varchar", "kind": "integer", "flag": "boolean", "amount": "varchar",
}  # fmt: skip
WATCHED_BY_REGION = [{"column": "day", "granularity": "day"}, {"column": "region", "values": "all"}]

Row = tuple[Any, ...]


@dataclass
class CutProject:
    """A folder with the source `raw.events` in one file, and its models."""

    root: Path
    columns: Mapping[str, str] = field(default_factory=lambda: EVENTS)
    now: datetime = datetime(2024, 6, 1, tzinfo=UTC)

    @classmethod
    def create(
        cls, root: Path, *, partition_by: Sequence[Mapping[str, Any]] = (), columns: Mapping[str, str] = EVENTS
    ) -> CutProject:
        made = cls(root, columns)
        made.write_project(partition_by)
        return made

    def write_project(self, partition_by: Sequence[Mapping[str, Any]]) -> None:
        """Its profile and its source, which is cut so and holds no rows."""
        (self.root / "models").mkdir(parents=True)
        (self.root / "profiles.yml").write_text(json.dumps({"p": {"target": "dev", "outputs": {"dev": self.target}}}))
        table = {"name": "events", **self.source}
        if partition_by:
            table["partition_by"] = list(partition_by)
        (self.root / "models" / "sources.yml").write_text(json.dumps({"sources": [{"name": "raw", "tables": [table]}]}))
        self.write_rows([])

    @property
    def target(self) -> dict[str, Any]:
        """Its output in `profiles.yml`."""
        return {"type": "duckdb", "path": "p.duckdb"}

    @property
    def source(self) -> dict[str, Any]:
        """Where the source is."""
        return {"location": "data/*.parquet"}

    def write_rows(self, rows: Sequence[Row]) -> None:
        """All of the source's rows, in the order of its columns."""
        (self.root / "data").mkdir(exist_ok=True)
        quoted = {name.replace('"', '""'): kind for name, kind in self.columns.items()}
        listed = ", ".join(f'"{name}" {kind}' for name, kind in quoted.items())
        with opened() as connection:
            connection.execute(f"create table events ({listed})")
            if rows:
                marks = ", ".join("?" * len(self.columns))
                values = ", ".join([f"({marks})"] * len(rows))
                connection.execute(f"insert into events values {values}", [value for row in rows for value in row])
            connection.execute(f"copy (select * from events order by all) to '{self.root}/data/0.parquet'")

    def write_model(self, name: str, sql: str, **config: Any) -> None:
        (self.root / "models" / f"{name}.sql").write_text("{{ config(**" + repr(config) + ") }}\n" + sql)

    @property
    def options(self) -> ProjectOptions:
        return ProjectOptions(cwd=self.root, now=self.now)

    def plan(self) -> Planned:
        return judge_all(self.options)

    def verdicts(self, model: str) -> dict[str, str]:
        """By key."""
        return verdicts(self.plan(), model)

    def work(self, model: str) -> dict[str, str]:
        """The reasons by key, with `?` for what may turn out to be current."""
        return work(self.plan(), model)

    def backfill(
        self, *select: str, keys: KeyRange | None = None, workers: int = 1, newest_first: bool = False, **choice: Any
    ) -> Backfilled:
        made = Choice(select=select, keys=keys or KeyRange(), **choice)
        how = BackfillOptions(workers=workers, newest_first=newest_first)
        return backfill(self.options, made, how, lambda _: True, lambda _: None)

    def fill(self, *select: str, **choice: Any) -> dict[str, list[str]]:
        """A backfill that must not fail. What it built, by model."""
        done = self.backfill(*select, **choice)
        assert errors(done) == {}, errors(done)
        assert done.outcome is None or done.outcome.failed == 0
        return self.built(done)

    def built(self, done: Backfilled) -> dict[str, list[str]]:
        """The keys of the partitions that a backfill wrote, by model."""
        if done.run_id is None:
            return {}
        found: dict[str, list[str]] = {}
        for model, key in self.query(
            f"select model, partition_key from swathe_state.partitions where run_id = '{done.run_id}' "
            "order by model, slice, ordinal"
        ):
            found.setdefault(model, []).append(key)
        return found

    def invalidate(self, *select: str, keys: Sequence[str] = ()) -> Changed:
        return self._change(invalidate, select, keys)

    def freeze(self, *select: str, keys: Sequence[str] = ()) -> Changed:
        return self._change(freeze, select, keys)

    def thaw(self, *select: str, keys: Sequence[str] = ()) -> Changed:
        return self._change(thaw, select, keys)

    def wipe(self, *select: str, keys: Sequence[str] = ()) -> Changed:
        return self._change(wipe, select, keys)

    def adopt(self, *select: str, keys: Sequence[str] = ()) -> Changed:
        return self._change(adopt, select, keys)

    def _change(self, verb: Callable[..., Changed], select: Sequence[str], keys: Sequence[str]) -> Changed:
        choice = Choice(select=tuple(select), keys=KeyRange(keys=tuple(keys)))
        return verb(self.options, choice, "", lambda _: True)

    @contextmanager
    def opened(self) -> Iterator[Callable[[str], list[Row]]]:
        """Asks the warehouse many questions. Nothing else may open it meanwhile."""
        with opened(self.root / "p.duckdb") as connection:
            connection.execute("set TimeZone = 'UTC'")
            yield lambda sql: connection.execute(sql).fetchall()

    def query(self, sql: str) -> list[Row]:
        with self.opened() as ask:
            return ask(sql)

    def rows(self, model: str) -> list[Row]:
        return sorted(self.query(f"select * from main.{model}"), key=repr)

    def records(self, model: str) -> dict[str, int]:
        """Row counts by key."""
        return dict(self.query(
            f"select partition_key, row_count from swathe_state.partitions where model = '{model}' order by slice, ordinal"
        ))  # fmt: skip


def errors(done: Backfilled) -> dict[str, list[str]]:
    """What failed in a backfill, by model."""
    models = done.outcome.models if done.outcome else ()
    return {model.name: [failure.error for failure in model.failures] for model in models if model.failures}


def by_day(**more: Any) -> dict[str, Any]:
    return {"column": "day", "granularity": "day", **more}


def by_values(column: str, *values: Any, **more: Any) -> dict[str, Any]:
    """`rest=True` is the config's `else`."""
    rest = {"else": True} if more.pop("rest", False) else {}
    return {"column": column, "values": list(values), **rest, **more}
