"""What `swathe lineage --output json` says."""

from __future__ import annotations

from collections.abc import Iterable

from swathe.api.lineage import ModelLineage, Step, in_order
from swathe.cli.json_compile import window_json
from swathe.cli.json_output import Json
from swathe.sql.lineage_reach import InputColumn


def lineage_json(found: Iterable[ModelLineage]) -> Json:
    """A column that may be any of an input's is null."""
    return {"models": [_model(entry) for entry in found]}


def _model(entry: ModelLineage) -> Json:
    by = entry.model.config.partition_by
    path: Json = {}
    if entry.path is not None:
        steps = {"up": entry.path.up, "down": entry.path.down}
        path = {"column": entry.path.column, **{way: [_step(step) for step in part] for way, part in steps.items()}}
    return {
        "model": entry.model.name,
        "inputs": [{"name": needed.window.name, **window_json(needed, by)} for needed in entry.inputs],
        "readers": [
            {"name": reading.reader.name, **window_json(reading.needed, reading.reader.config.partition_by)}
            for reading in entry.readers
        ],
        "columns": [
            {
                "column": column.name,
                "type": column.type,
                "made_from": _columns(entry.lineage.made_from[column.name.lower()]),
            }
            for column in entry.model.columns
        ],
        "decided_by": _columns(entry.lineage.decided_by),
        **path,
    }


def _columns(columns: Iterable[InputColumn]) -> list[Json]:
    return [{"input": column.input, "column": column.column} for column in in_order(columns)]


def _step(step: Step) -> Json:
    return {
        "model": step.reading.reader.name,
        "column": step.column,
        "input": step.source.input,
        "input_column": step.source.column,
        **window_json(step.reading.needed, step.reading.reader.config.partition_by),
    }
