"""One golden case: a model and its inputs as a real project in a folder of its own.

`inputs.yml` holds the partition and the batch to compile, the other dialects, the project's variables, and the inputs:

    partition: 2024-01-02
    batch: [2024-01-02, 2024-01-04]         # first and last, both inclusive
    dialects: [bigquery]
    vars: {threshold: 10}
    models:                                 # read with ref()
      flights:
        config: {partition_by: {column: day, granularity: day}, begin: 2024-01-01}
        columns: {day: DATE, carrier: VARCHAR}
        rows: [[2024-01-01, AA]]
      busy: {view: "select day from {{ ref('flights') }}"}
    sources:                                # read with source(); with a `location` they are files
      raw.events:
        settings: {event_time: seen_at}
        columns: {seen_at: TIMESTAMP}
        rows: [[2024-01-01 10:00:00]]
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import yaml

from swathe.api.compile import Compilation, CompileChoice, compile_models
from swathe.api.keys import KeyRange, one_partition
from swathe.api.specs import model_specs, model_targets
from swathe.api.workspace import ProjectOptions, load
from swathe.cli.json_output import compile_json
from swathe.engine.adapter import Engine, FileReader, Session
from swathe.engine.registry import offline_engine, open_engine
from swathe.model.definition import Materialized, ModelName
from swathe.partition.interval import Interval
from swathe.plan.spec import ModelSpec
from swathe.run.prepare import Target, create_view
from swathe.sql.literal import identifier
from swathe.sql.statements import ModelSql

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GIVEN = {"model.sql", "macros.sql", "inputs.yml"}


class _Loader(yaml.SafeLoader):
    """Dates stay text, as they are written."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass
class GoldenCase:
    """A case's folder, and the folder in which it becomes a project."""

    folder: Path
    root: Path

    @classmethod
    def create(cls, folder: Path, root: Path) -> GoldenCase:
        case = cls(folder, root)
        for name in ("models", "macros", "data"):
            (root / name).mkdir()
        (root / "pyproject.toml").write_text(
            '[tool.swathe]\nname = "golden"\n[tool.swathe.vars]\n'
            + "".join(f"{name} = {json.dumps(value)}\n" for name, value in case.given.get("vars", {}).items())
        )
        (root / "profiles.yml").write_text(
            "golden:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: golden.duckdb}\n"
        )
        (root / "models" / f"{case.model}.sql").write_text((folder / "model.sql").read_text())
        if (folder / "macros.sql").exists():
            (root / "macros" / "macros.sql").write_text((folder / "macros.sql").read_text())
        case._write_inputs()
        return case

    @property
    def model(self) -> ModelName:
        return ModelName(self.folder.name)

    @cached_property
    def given(self) -> dict[str, Any]:
        return yaml.load((self.folder / "inputs.yml").read_text(), _Loader)

    @property
    def options(self) -> ProjectOptions:
        return ProjectOptions(cwd=self.root, now=NOW)

    def expected(self) -> dict[str, str]:
        """What each expected file must hold, by its name."""
        compiled = self._compile(None)
        (model,) = compile_json([compiled])["models"]
        files = {
            "duckdb.sql": self._statements(),
            "windows.json": json.dumps(model["inputs"], indent=2, ensure_ascii=False) + "\n",
            "fingerprint.txt": model["fingerprint"] + "\n",
        }
        for dialect in self.given.get("dialects", ()):
            (part,) = self._compile(dialect).statements
            files[f"{dialect}.sql"] = _text(part.key, part.statements)
        return files

    def _compile(self, dialect: str | None) -> Compilation:
        keys = KeyRange(keys=(str(self.given["partition"]),))
        (compiled,) = compile_models(self.options, CompileChoice((self.model,), keys=keys, dialect=dialect))
        return compiled

    def _statements(self) -> str:
        workspace = load(self.options)
        spec, target = self._target(offline_engine(workspace.connection))
        texts = []
        for title, partitions in self.runs(spec).items():
            for batch in _batches(spec, partitions):
                keys = spec.scheme.key(batch.start), spec.scheme.key(batch.last)
                key = keys[0] if len(batch) == 1 else f"{keys[0]} to {keys[1]}"
                texts.append(_text(f"{key} ({title})", target.sql_at(batch.start).overwrite(batch).statements))
        return "\n".join(texts)

    def runs(self, spec: ModelSpec) -> dict[str, Interval]:
        """The named partition, and the batch of several where there is one."""
        runs = {"one partition": one_partition(str(self.given["partition"]), spec)}
        if "batch" in self.given:
            first, last = (one_partition(str(key), spec) for key in self.given["batch"])
            runs["a batch"] = Interval(first.start, last.end)
        return runs

    def _target(self, engine: FileReader) -> tuple[ModelSpec, Target]:
        workspace = load(self.options)
        spec = next(spec for spec in model_specs(workspace, ()) if spec.name == self.model)
        return spec, model_targets(workspace, engine, {}, ())[self.model]

    @contextmanager
    def opened(self) -> Iterator[Executed]:
        """The case's warehouse, with its views and the model's empty table."""
        workspace = load(self.options)
        engine = open_engine(workspace.connection, read_only=False)
        try:
            session = engine.session()
            targets = model_targets(workspace, engine, {}, ())
            for name, target in targets.items():
                if target.materialized is Materialized.VIEW and name != self.model:
                    create_view(target.sql, engine, session)
            spec = next(spec for spec in model_specs(workspace, ()) if spec.name == self.model)
            session.execute(targets[self.model].sql.create_table())
            yield Executed(engine, session, spec, targets[self.model])
        finally:
            engine.close()

    def _write_inputs(self) -> None:
        sources: dict[str, list[dict[str, Any]]] = {}
        with duckdb.connect(str(self.root / "golden.duckdb")) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for name, model in self.given.get("models", {}).items():
                text = self._input_model(model)
                (self.root / "models" / f"{name}.sql").write_text(text)
                if "view" not in model:
                    _fill(connection, f"main.{_quoted(name)}", model)
            for name, source in self.given.get("sources", {}).items():
                schema, _, table = name.partition(".")
                settings = dict(source.get("settings", {}))
                sources.setdefault(schema, []).append({"name": table, **settings})
                location = settings.get("location")
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(schema)}")
                held = f"{_quoted(schema)}.{_quoted(table)}" if location is None else f"temp.{_quoted(table)}"
                _fill(connection, held, source)
                if location is not None:
                    path = self.root / location.replace("*", "part-0")
                    path.parent.mkdir(parents=True, exist_ok=True)
                    connection.execute(f"COPY {held} TO '{path}'")
        listed = [{"name": schema, "schema": schema, "tables": tables} for schema, tables in sources.items()]
        (self.root / "models" / "sources.yml").write_text(yaml.safe_dump({"version": 2, "sources": listed}))

    @staticmethod
    def _input_model(model: dict[str, Any]) -> str:
        if "view" in model:
            return "{{ config(materialized='view') }}\n" + str(model["view"])
        config = ", ".join(f"{key}={value!r}" for key, value in model.get("config", {}).items())
        columns = ", ".join(f"CAST(NULL AS {kind}) AS {_quoted(name)}" for name, kind in model["columns"].items())
        return "{{ config(" + config + ") }}\nSELECT " + columns + " WHERE false\n"


@dataclass(frozen=True)
class Executed:
    """A case's model in an open warehouse."""

    engine: Engine
    session: Session
    spec: ModelSpec
    target: Target

    def overwrite(self, partitions: Interval) -> None:
        """The statements as a run executes them."""
        with self.session.transaction():
            for batch in _batches(self.spec, partitions):
                made = self.target.sql_at(batch.start).overwrite(batch)
                for statement in (*made.statements, *made.cleanup):
                    self.session.execute(statement)

    def table(self) -> list[tuple[datetime | None, tuple[Any, ...]]]:
        return self._rows(self.target.sql, f"SELECT * FROM {self.target.sql.table}")

    def whole_query(self, partitions: Interval) -> list[tuple[datetime | None, tuple[Any, ...]]]:
        """All rows of the query with no filter added, wherever they lie."""
        rows = []
        for batch in _batches(self.spec, partitions):
            sql = self.target.sql_at(batch.start)
            whole = replace(sql, logic=replace(sql.logic, scans=()))
            found = self._rows(sql, whole.query(batch))
            rows += [row for row in found if len(_batches(self.spec, partitions)) == 1 or self.lies_in(row[0], batch)]
        return rows

    def fill_with(self, partitions: Interval) -> None:
        """Write rows into the table that an overwrite must replace inside the partitions and keep outside."""
        for batch in _batches(self.spec, partitions):
            sql = self.target.sql_at(batch.start)
            whole = replace(sql, logic=replace(sql.logic, scans=()))
            self.session.execute(f"INSERT INTO {sql.table} SELECT * FROM (\n{whole.query(batch)}\n)")

    def lies_in(self, moment: datetime | None, partitions: Interval) -> bool:
        by = self.target.sql.partition_by
        if by is None:
            return True
        span = by.scheme.bounds(partitions)
        assert span.start is not None
        assert span.end is not None
        return moment is not None and span.start <= moment < span.end

    def _rows(self, sql: ModelSql, query: str) -> list[tuple[datetime | None, tuple[Any, ...]]]:
        """Each row's moment in time and its values as text."""
        names = [_quoted(column.name) for column in sql.logic.columns]
        key = f"CAST({_quoted(sql.partition_by.column)} AS TIMESTAMP)" if sql.partition_by else "NULL"
        shown = ", ".join(f"CAST({name} AS VARCHAR)" for name in names)
        return [(row[0], row[1:]) for row in self.session.query(f"SELECT {key}, {shown} FROM (\n{query}\n)")]


def _quoted(name: str) -> str:
    return identifier(name, "duckdb")


def _fill(connection: duckdb.DuckDBPyConnection, table: str, given: dict[str, Any]) -> None:
    columns = given["columns"]
    listed = ", ".join(f"{_quoted(name)} {kind}" for name, kind in columns.items())
    prefix = "TEMPORARY " if table.startswith("temp.") else ""
    connection.execute(f"CREATE {prefix}TABLE {table.removeprefix('temp.')} ({listed})")
    values = ", ".join(f"CAST(? AS {kind})" for kind in columns.values())
    for row in given.get("rows", ()):
        connection.execute(
            f"INSERT INTO {table} SELECT {values}", [None if value is None else str(value) for value in row]
        )


def _batches(spec: ModelSpec, partitions: Interval) -> list[Interval]:
    """A run cut up as the model's statements must be."""
    size = spec.batch_limit or len(partitions)
    return [
        Interval(start, min(start + size, partitions.end)) for start in range(partitions.start, partitions.end, size)
    ]


def _text(title: str, statements: tuple[str, ...]) -> str:
    return f"-- partition {title}\n" + ";\n\n".join(statements) + ";\n"
