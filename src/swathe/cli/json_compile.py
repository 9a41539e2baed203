"""What `swathe compile --output json` says."""

from __future__ import annotations

from collections.abc import Iterable

from swathe.api.compile import Compilation, CompiledInput, HeldPart
from swathe.cli.json_cells import cell_json
from swathe.cli.json_output import Json
from swathe.cli.warnings import warnings_json
from swathe.model.definition import PartitionBy, PartitionColumn, RangeColumn, TimeColumn, ValuesColumn
from swathe.partition.units import Weekday


def compile_json(compiled: Iterable[Compilation]) -> Json:
    """`statements` are those of all partitions in order; `partitions` says how many of them each has, and its file."""
    return {"models": [_compiled(entry) for entry in compiled]}


def _compiled(entry: Compilation) -> Json:
    by = entry.model.config.partition_by
    cuts = [_column(part) for part in by.columns] if by else []
    cut = None if not cuts else cuts[0] if len(cuts) == 1 else cuts
    return {
        "model": entry.model.name,
        "fingerprint": entry.spec.fingerprint,
        "partition_by": cut,
        "inputs": [{"name": needed.window.name, **window_json(needed, by)} for needed in entry.inputs],
        "sql": entry.sql,
        "statements": [statement for part in entry.statements for statement in part.statements],
        "partitions": [
            {"partition": part.key, "path": part.path, "statements": len(part.statements)} for part in entry.statements
        ],
        "waits_for": list(entry.waiting),
        "warnings": warnings_json(entry.model),
    }


def _column(part: PartitionColumn) -> Json:
    """One entry of `partition_by`, as it is written, and what its query found."""
    query: str | None = None
    match part:
        case TimeColumn():
            cut = _time_column(part)
        case RangeColumn():
            cut = {"range": {"start": part.start, "stop": part.stop, "step": part.step}}
            query = part.stop_query
        case ValuesColumn():
            cut = {"values": [cell_json(value) for value in part.values]} | ({"else": True} if part.rest else {})
            query = part.query
    return {
        "column": part.column,
        **cut,
        **({} if query is None else {"query": query}),
        **({"nulls": "own"} if part.own_null else {}),
    }


def _time_column(part: TimeColumn) -> Json:
    cut: Json = {"granularity": str(part.granularity)}
    if part.every > 1:
        cut["every"] = part.every
    if part.week_start is not Weekday.MONDAY:
        cut["week_start"] = str(part.week_start)
    if part.timezone != "UTC":
        cut["timezone"] = part.timezone
    return cut


def window_json(needed: CompiledInput, by: PartitionBy | None) -> Json:
    """Which slice of an input decides a partition of a model that is cut so."""
    at = needed.window.at
    unit = None if by is None or by.line is None else by.time.units.name if by.time else "range"
    example = {} if needed.example is None else {"example": needed.example}
    return {
        "window": "all" if needed.whole else {"from": needed.first, "to": needed.last} | example,
        "unit": unit if needed.example is None else "number",
        "columns": {link.reader: link.input for link in needed.window.links},
        "nulls": {link.reader: link.input for link in needed.window.nulls},
        "where": _where(needed.held),
        "reason": needed.window.reason,
        "line": at.line if at else None,
    }


def _where(held: HeldPart | None) -> Json:
    """What the query asks of the columns by which the input is cut. `to` is inclusive."""
    if held is None:
        return {}
    found: Json = {}
    for dimension, choice in held.values:
        values = sorted(dimension.kind.spell(value) for value in choice.values)
        found[dimension.column] = {"not_in" if choice.others else "in": values, "null": choice.null}
    if held.nothing or held.along is not None:
        first, last = held.along or (None, None)
        found[str(held.column)] = {"from": first, "to": last, "nothing": held.nothing}
    return found
