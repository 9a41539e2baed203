"""Reads dbt's `sources:`, with our `location`, `event_time`, `partition_by` and `watch`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from swathe.errors import ModelError, ProjectError
from swathe.model.definition import InputName, PartitionBy, Relation, Source, TimeColumn, Watch, WatchKind
from swathe.model.partition_config import no_time_column, parse_source_partition_by
from swathe.model.values import list_names
from swathe.partition.granularity import Granularity
from swathe.project.marked_yaml import Node, check_keys, expect_list, expect_mapping, expect_text

_SOURCE_KEYS = ("name", "schema", "tables", "description", "config")
_TABLE_KEYS = (
    "name",
    "identifier",
    "description",
    "location",
    "event_time",
    "partition_by",
    "watch",
    "config",
)
_METADATA = (
    "meta",
    "tags",
    "tests",
    "data_tests",
    "columns",
    "docs",
    "database",
    "loader",
    "loaded_at_field",
    "loaded_at_query",
    "freshness",
    "quoting",
)
_CONFIG_METADATA = ("meta", "tags", "loaded_at_field", "loaded_at_query", "freshness")
_PLAIN_SUFFIXES = (".parquet", ".csv", ".json", ".jsonl", ".ndjson")
_ZIPPED = (".csv", ".json", ".jsonl", ".ndjson")


def parse_sources(node: Node) -> Iterator[Source]:
    """Each table of one file's `sources:`. Tests, freshness and other metadata of dbt's are passed over.

    Raises ProjectError.
    """
    for source in expect_list(node, "`sources`"):
        expect_mapping(source, "a source")
        check_keys(source, _SOURCE_KEYS, "a source", _METADATA)
        name = _required(source, "name", "a source")
        schema = _text(source.entries, "schema") or name
        inherited = _config_event_time(source)
        if "tables" not in source.entries:
            hint = "add `tables:` with a `- name:` for each"
            raise ProjectError(f"source `{name}` has no `tables`", at=source.at, hint=hint)
        for table in expect_list(source.entries["tables"], "`tables`"):
            yield _table(table, name, schema, inherited)


def _table(node: Node, source: str, schema: str, inherited: str | None) -> Source:
    expect_mapping(node, "a table of a source")
    check_keys(node, _TABLE_KEYS, "a table of a source", _METADATA)
    name = _required(node, "name", f"a table of source `{source}`")
    location = _location(node.entries)
    description = node.entries.get("description")
    return Source(
        name=InputName(f"{source}.{name}"),
        relation=Relation(schema, _text(node.entries, "identifier") or name),
        watch=_watch(node.entries, of_files=location is not None),
        at=node.at,
        location=location,
        partition_by=_partition_by(node, inherited),
        description=description.value if description and isinstance(description.value, str) else None,
    )


def _partition_by(table: Node, inherited: str | None) -> PartitionBy | None:
    own = _text(table.entries, "event_time") or _config_event_time(table)
    event_time = own or inherited
    node = table.entries.get("partition_by")
    if node is None or node.value is None:
        return PartitionBy((TimeColumn(event_time, Granularity.DAY),)) if event_time else None
    try:
        by = parse_source_partition_by(node.value, node.at, event_time=event_time)
        # What is said for all tables of a source need not hold for each.
        if own and by.time is None:
            raise no_time_column(own, node.at)
    except ModelError as error:
        raise ProjectError(error.message, at=error.at, hint=error.hint) from None
    return by


def _location(entries: Mapping[str, Node]) -> str | None:
    location = _text(entries, "location")
    if location is None:
        return None
    path = PurePosixPath(urlsplit(location).path if "://" in location else location)
    last = path.suffixes[-1:]
    zipped = last == [".gz"] and path.suffixes[-2:-1] and path.suffixes[-2] in _ZIPPED
    if not zipped and (not last or last[0] not in _PLAIN_SUFFIXES):
        hint = f"end it in one of {list_names(_PLAIN_SUFFIXES)}; all but Parquet may be zipped with `.gz`"
        at = entries["location"].at
        raise ProjectError(f"`location` `{location}` does not say what the files are", at=at, hint=hint)
    return location


def _watch(entries: Mapping[str, Node], *, of_files: bool) -> Watch:
    if "watch" not in entries:
        return Watch(WatchKind.CHECKSUM if of_files else WatchKind.COUNT)
    node = entries["watch"]
    if node.value is None or node.value is False:
        return Watch(WatchKind.NONE)
    text = expect_text(node, "`watch`").strip()
    folded = "".join(text.lower().split())
    named = (WatchKind.NONE, WatchKind.CHECKSUM, WatchKind.COUNT)
    return next((Watch(kind) for kind in named if kind == folded), Watch(WatchKind.AGGREGATE, text))


def _config_event_time(node: Node) -> str | None:
    config = node.entries.get("config")
    if config is None:
        return None
    expect_mapping(config, "`config`")
    check_keys(config, ("event_time",), "a source's `config`", _CONFIG_METADATA)
    return _text(config.entries, "event_time")


def _required(node: Node, key: str, what: str) -> str:
    text = _text(node.entries, key)
    if text is None:
        raise ProjectError(f"{what} has no `{key}`", at=node.at, hint=f"add `{key}:`")
    return text


def _text(entries: Mapping[str, Node], key: str) -> str | None:
    node = entries.get(key)
    return None if node is None or node.value is None else expect_text(node, f"`{key}`")
