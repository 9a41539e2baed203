"""Reads the YAML files beside the models: sources, and what they say of models."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any

from swathe.errors import Location, ProjectError
from swathe.frozen import frozen
from swathe.model.audit import Audit
from swathe.model.audit_config import Path, read_audits
from swathe.model.definition import InputName, ModelName, Source
from swathe.project.files import ProjectFile
from swathe.project.marked_yaml import Node, check_keys, expect_list, expect_mapping, expect_text, load_yaml
from swathe.project.sources import parse_sources


@frozen
class ModelProperties:
    """What YAML says of a model.

    `config` is not checked yet, and `config()` in the model's file overrides it. The description, tags and
    meta of the entry are in it too. `locations` places each of its keys. `audits` are those of the model and of its
    columns, under each of the names that such lists have.
    """

    name: ModelName
    description: str | None
    config: Mapping[str, Any]
    at: Location
    locations: Mapping[str, Location] = field(default_factory=dict)
    audits: tuple[Audit, ...] = ()

    def where(self, key: str) -> Location:
        """Where a key of `config` is written; the model's entry for any other key."""
        return self.locations.get(key, self.at)


@frozen
class Definitions:
    """All sources and properties of a project, by name."""

    sources: Mapping[InputName, Source]
    models: Mapping[ModelName, ModelProperties]


_OURS = ("version", "sources", "models")
# Sections of dbt's about things that swathe doesn't have: nothing in them can change a table.
_DBT_SECTIONS = (
    "analyses",
    "exposures",
    "groups",
    "macros",
    "metrics",
    "saved_queries",
    "seeds",
    "semantic_models",
    "snapshots",
    "unit_tests",
)
_AUDITS = ("audits", "data_tests", "tests")
_MODEL_KEYS = ("name", "description", "config", "columns", "tags", "meta", *_AUDITS)
_MODEL_METADATA = ("docs",)


def read_definitions(files: Iterable[ProjectFile], own_audits: Collection[str] = ()) -> Definitions:
    """Raises ProjectError for bad YAML, unknown keys, and a source, table or model that is defined twice, ModelError
    for audits. `own_audits` are the names of the project's files that are.
    """
    sources: dict[InputName, Source] = {}
    models: dict[ModelName, ModelProperties] = {}
    source_places: dict[str, Location] = {}
    for file in files:
        root = load_yaml(file.text, file.path)
        expect_mapping(root, f"`{file.path}`")
        check_keys(root, _OURS, f"`{file.path}`", _DBT_SECTIONS)
        if "sources" in root.entries:
            for source in parse_sources(root.entries["sources"]):
                if source.name in sources:
                    raise _twice(f"table `{source.name}`", source.at, sources[source.name].at)
                sources[source.name] = source
            for name, at in _source_names(root.entries["sources"]):
                if name in source_places:
                    raise _twice(f"source `{name}`", at, source_places[name])
                source_places[name] = at
        if "models" in root.entries:
            for properties in _models(root.entries["models"], own_audits):
                if properties.name in models:
                    raise _twice(f"model `{properties.name}`", properties.at, models[properties.name].at)
                models[properties.name] = properties
    return Definitions(sources, models)


def _twice(what: str, at: Location, first: Location) -> ProjectError:
    return ProjectError(f"{what} is defined twice", at=at, hint=f"the first definition is at {first}")


def _source_names(node: Node) -> Iterator[tuple[str, Location]]:
    for source in node.elements:
        yield source.entries["name"].value, source.at


def _models(node: Node, own_audits: Collection[str]) -> Iterator[ModelProperties]:
    for model in expect_list(node, "`models`"):
        expect_mapping(model, "an entry of `models`")
        check_keys(model, _MODEL_KEYS, "an entry of `models`", _MODEL_METADATA)
        if "name" not in model.entries:
            hint = "add `name:`, the model's file name without `.sql`"
            raise ProjectError("an entry of `models` has no `name`", at=model.at, hint=hint)
        yield _properties(model, own_audits)


def _properties(model: Node, own_audits: Collection[str]) -> ModelProperties:
    name = ModelName(expect_text(model.entries["name"], "`name`"))
    config: dict[str, Any] = {}
    locations: dict[str, Location] = {}
    for key in ("description", "tags", "meta"):
        if key in model.entries and model.entries[key].value is not None:
            config[key] = model.entries[key].value
            locations[key] = model.keys[key]
    if "config" in model.entries:
        node = model.entries["config"]
        expect_mapping(node, f"the `config` of `{name}`")
        config |= {key: entry.value for key, entry in node.entries.items() if key != "audits"}
        locations |= node.keys
    description = config.get("description")
    return ModelProperties(
        name,
        description if isinstance(description, str) else None,
        config,
        model.at,
        locations,
        tuple(_audits(model, own_audits)),
    )


def _audits(model: Node, own: Collection[str]) -> Iterator[Audit]:
    config = model.entries.get("config")
    for node in (model, config):
        for key in _AUDITS if node is model else _AUDITS[:1]:
            if node is not None and key in node.entries:
                yield from _listed(node.entries[key], own, None)
    if "columns" not in model.entries:
        return
    for column in expect_list(model.entries["columns"], "`columns`"):
        expect_mapping(column, "an entry of `columns`")
        for key in _AUDITS:
            if key in column.entries:
                if "name" not in column.entries:
                    raise ProjectError("an entry of `columns` has no `name`", at=column.at, hint="add `name:`")
                yield from _listed(column.entries[key], own, expect_text(column.entries["name"], "`name`"))


def _listed(node: Node, own: Collection[str], column: str | None) -> tuple[Audit, ...]:
    def place(path: Path) -> Location:
        at, inner = node.at, node
        for step in path:
            if isinstance(step, int):
                inner = inner.elements[step]
                at = inner.at
            else:
                at, inner = inner.keys[step], inner.entries[step]
        return at

    return read_audits(node.value, place, own, column)
