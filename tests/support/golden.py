"""One golden case: a model and its inputs as a real project in a folder of its own.

`inputs.yml` holds the partition and the batch to compile, the other dialects, the project's variables, and the inputs:

    partition: 2024-01-02                   # or day=2024-01-02/origin=EWR
    batch: [2024-01-02, 2024-01-04]         # first and last, both inclusive
                                            # or {from: 2024-01-02, to: 2024-01-04, origin: [EWR, JFK]},
                                            # which other dialects show, too
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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import yaml

from golden.area import Area, Cell
from swathe.api.compile import Compilation, CompileChoice, compile_models
from swathe.api.cuts import Cuts, cuts_of, find_partitions
from swathe.api.keys import KeyRange
from swathe.api.specs import model_specs, model_targets
from swathe.api.transpile import transpiled
from swathe.api.workspace import ProjectOptions, Warehouse, Workspace, load, open_warehouse
from swathe.cli.json_compile import compile_json
from swathe.engine.adapter import FileReader
from swathe.engine.registry import offline_engine
from swathe.model.definition import Materialized, ModelName, RangeColumn, TimeColumn, ValuesColumn
from swathe.partition.rectangle import Rectangle
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
            texts = [_text(part.key, part.statements)]
            if isinstance(self.given.get("batch"), dict):
                texts += self._batch_in(dialect)
            files[f"{dialect}.sql"] = "\n".join(texts)
        return files

    def _compile(self, dialect: str | None) -> Compilation:
        keys = KeyRange(keys=(str(self.given["partition"]),))
        (compiled,) = compile_models(self.options, CompileChoice((self.model,), keys=keys, dialect=dialect))
        return compiled

    def _statements(self) -> str:
        workspace, cuts = self._understood()
        spec, target = self._target(workspace, cuts, offline_engine(workspace.connection))
        texts = []
        for title, area in self.runs(workspace).items():
            for part in area.parts(spec.batch_limit):
                partitions = part.rectangle(spec)
                statements = target.sql_at(partitions.first).overwrite(partitions).statements
                texts.append(_text(_title(spec, partitions, title), statements))
        return "\n".join(texts)

    def _batch_in(self, dialect: str) -> list[str]:
        """The batch in another dialect. `compile` shows only partitions one by one."""
        workspace, cuts = self._understood()
        spec, target = self._target(workspace, cuts, offline_engine(workspace.connection))
        model = workspace.project.models[self.model]
        texts = []
        for part in self.runs(workspace)["a batch"].parts(spec.batch_limit):
            partitions = part.rectangle(spec)
            statements = transpiled(workspace, model, target.sql_at(partitions.first), partitions, dialect)
            texts.append(_text(_title(spec, partitions, "a batch"), statements))
        return texts

    def runs(self, workspace: Workspace) -> dict[str, Area]:
        """The named partition, and the batch of several where there is one."""
        by = workspace.project.models[self.model].config.partition_by
        runs = {"one partition": Area.of_key(by, str(self.given["partition"]))}
        if "batch" in self.given:
            runs["a batch"] = Area.of_batch(by, self.given["batch"])
        return runs

    def _understood(self) -> tuple[Workspace, Cuts]:
        workspace = load(self.options)
        with open_warehouse(workspace, read_only=True) as warehouse:
            workspace, _ = find_partitions(workspace, warehouse)
        return workspace, cuts_of(workspace, None)

    def _target(self, workspace: Workspace, cuts: Cuts, engine: FileReader) -> tuple[ModelSpec, Target]:
        spec = next(spec for spec in model_specs(workspace, (), cuts) if spec.name == self.model)
        return spec, model_targets(workspace, engine, {}, cuts)[self.model]

    @contextmanager
    def opened(self) -> Iterator[Executed]:
        """The case's warehouse, with its views and the model's empty table."""
        workspace = load(self.options)
        with open_warehouse(workspace, read_only=False) as warehouse:
            workspace, _ = find_partitions(workspace, warehouse)
            cuts = cuts_of(workspace, warehouse)
            targets = model_targets(workspace, warehouse.engine, {}, cuts)
            for name, target in targets.items():
                if target.materialized is Materialized.VIEW and name != self.model:
                    create_view(target.sql, warehouse.engine, warehouse.session)
            spec, target = self._target(workspace, cuts, warehouse.engine)
            warehouse.session.execute(target.sql.create_table())
            yield Executed(warehouse, spec, target, self.runs(workspace))

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


Rows = list[tuple[tuple[Cell, ...], tuple[Any, ...]]]
"""Of each row what its partition columns hold, and all its values as text."""


@dataclass(frozen=True)
class Executed:
    """A case's model in an open warehouse, and what is to be run."""

    warehouse: Warehouse
    spec: ModelSpec
    target: Target
    runs: Mapping[str, Area]

    def overwrite(self, area: Area) -> None:
        """The statements as a run executes them."""
        session = self.warehouse.session
        with session.transaction():
            for part in area.parts(self.spec.batch_limit):
                partitions = part.rectangle(self.spec)
                made = self.target.sql_at(partitions.first).overwrite(partitions)
                for statement in (*made.statements, *made.cleanup):
                    session.execute(statement)

    def table(self) -> Rows:
        return self._rows(self.target.sql, f"SELECT * FROM {self.target.sql.table}")

    def due(self, area: Area) -> Rows:
        """The rows of the query with no filter added that lie in the area."""
        rows = []
        for part in area.parts(self.spec.batch_limit):
            rows += [row for row in self._rows(*self._whole(part)) if part.holds(row[0])]
        return rows

    def fill_with(self, area: Area) -> None:
        """Write rows into the table that an overwrite must replace inside the area and keep outside."""
        for part in area.parts(self.spec.batch_limit):
            sql, query = self._whole(part)
            self.warehouse.session.execute(f"INSERT INTO {sql.table} SELECT * FROM (\n{query}\n)")

    def _whole(self, part: Area) -> tuple[ModelSql, str]:
        partitions = part.rectangle(self.spec)
        sql = self.target.sql_at(partitions.first)
        return sql, replace(sql, logic=replace(sql.logic, scans=())).query(partitions)

    def _rows(self, sql: ModelSql, query: str) -> Rows:
        columns = sql.partition_by.columns if sql.partition_by else ()
        cells = [f"CAST({_quoted(column.column)} AS {_CELL_TYPES[type(column)]})" for column in columns]
        shown = [f"CAST({_quoted(column.name)} AS VARCHAR)" for column in sql.logic.columns]
        found = self.warehouse.session.query(f"SELECT {', '.join(cells + shown)} FROM (\n{query}\n)")
        return [(row[: len(cells)], row[len(cells) :]) for row in found]


_CELL_TYPES: Mapping[type, str] = {TimeColumn: "TIMESTAMP", RangeColumn: "HUGEINT", ValuesColumn: "VARCHAR"}


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


def _title(spec: ModelSpec, partitions: Rectangle, run: str) -> str:
    first, last = spec.scheme.key(partitions.first), spec.scheme.key(partitions.last)
    return f"{first} ({run})" if len(partitions) == 1 else f"{first} to {last} ({run})"


def _text(title: str, statements: tuple[str, ...]) -> str:
    return f"-- partition {title}\n" + ";\n\n".join(statements) + ";\n"
