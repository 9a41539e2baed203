"""`preview`: one partition's rows, from the query as it stands. Writes nothing."""

from __future__ import annotations

from time import perf_counter

from swathe.api.cuts import cuts_of, find_partitions
from swathe.api.keys import newest_partition, one_partition
from swathe.api.specs import model_specs, model_targets
from swathe.api.workspace import ProjectOptions, load, open_warehouse
from swathe.engine.adapter import Row
from swathe.errors import Location, ModelError, SelectionError, StatementError, did_you_mean
from swathe.frozen import frozen
from swathe.model.definition import ModelName


@frozen
class Preview:
    """The first rows of a partition; `row_count` counts all of them."""

    model: ModelName
    keys: tuple[str, str]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    row_count: int
    seconds: float


def preview(options: ProjectOptions, name: str, key: str | None, limit: int) -> Preview:
    """Run a model's query for the partitions that a key covers; None is the newest that is due."""
    workspace = load(options)
    models = workspace.project.models
    if ModelName(name) not in models:
        hint = did_you_mean(name, models, otherwise="`swathe status` lists the models")
        raise SelectionError(f"there is no model `{name}`", hint=hint)
    with open_warehouse(workspace, read_only=True) as warehouse:
        workspace, _ = find_partitions(workspace, warehouse)
        cuts = cuts_of(workspace, warehouse)
        spec = next(spec for spec in model_specs(workspace, (), cuts) if spec.name == name)
        partitions = one_partition(key, spec) if key is not None else newest_partition(spec)
        target = model_targets(workspace, warehouse.engine, {}, cuts)[spec.name]
        sql = target.sql_at(partitions.first).slice(partitions)
        started = perf_counter()
        try:
            count = warehouse.session.query(f"SELECT COUNT(*) FROM (\n{sql}\n) AS p")[0][0]
            order = ", ".join(str(position) for position in range(1, min(len(target.sql.logic.columns), 3) + 1))
            columns, rows = warehouse.session.fetch(
                f"SELECT * FROM (\n{sql}\n) AS p ORDER BY {order} LIMIT {int(limit)}"
            )
        except StatementError as error:
            raise ModelError(
                f"the query of `{name}` can't be run: {error.message.splitlines()[0]}",
                at=Location(models[spec.name].path),
                hint=f"if it reads tables that do not exist yet: `swathe backfill +{name}`",
            ) from None
    keys = spec.scheme.key(partitions.first), spec.scheme.key(partitions.last)
    return Preview(spec.name, keys, columns, tuple(rows), count, perf_counter() - started)
