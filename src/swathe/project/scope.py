"""What is known upstream of a model: columns, cuts and views of what it may read, here and in the binder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from swathe.engine.adapter import Binder, Capabilities
from swathe.errors import EngineError, ProjectError
from swathe.model.definition import (
    Column,
    InputName,
    InputRef,
    Materialized,
    ModelName,
    PartitionBy,
    Relation,
    Source,
    WatchKind,
)
from swathe.project.bind_errors import engine_words
from swathe.project.cache import Cache, digest
from swathe.project.compiled import Understood, VolatileUse
from swathe.project.fit import cut_source
from swathe.project.loader import Definition
from swathe.sql.literal import relation_sql
from swathe.sql.logic import InputCut
from swathe.sql.rendered import REF_SCHEMA, THIS_SCHEMA

Columns = tuple[Column, ...]
Inputs = Mapping[tuple[str, str], InputRef]


class Tables(Protocol):
    """The warehouse's tables, as far as they have been asked for."""

    compares_exactly: bool
    """False once it is known that texts may be equal in it that are not the same."""

    def __call__(self, relation: Relation) -> Columns | None:
        """A table's columns; None when there is none of that name."""


@dataclass(slots=True)
class Scope:
    """`now` is an aware instant: when the run began. `schema` and `inputs` are by logical relation."""

    definition: Definition
    binder: Binder
    tables: Tables
    capabilities: Capabilities
    now: datetime
    cache: Cache
    columns: dict[InputName, Columns] = field(default_factory=dict)
    sources: dict[InputName, Columns] = field(default_factory=dict)
    cut_sources: dict[InputName, Source] = field(default_factory=dict)
    schema: dict[tuple[str, str], Columns] = field(default_factory=dict)
    inputs: dict[tuple[str, str], InputRef] = field(default_factory=dict)
    views: dict[tuple[str, str], str] = field(default_factory=dict)
    cuts: dict[InputName, InputCut] = field(default_factory=dict)
    uses_in_views: dict[InputName, tuple[VolatileUse, ...]] = field(default_factory=dict)
    _marks: dict[InputName, str] = field(default_factory=dict)
    _bound: set[tuple[str, str]] = field(default_factory=set)

    @property
    def dialect(self) -> str:
        return self.capabilities.dialect

    def know(self, inputs: Inputs) -> None:
        """Find out about inputs. Raises ProjectError for a source that is not there, or is not what it is said to
        be.
        """
        for relation, ref in inputs.items():
            if relation in self.schema:
                continue
            if ref.name not in self.columns:
                source = self.definition.sources[ref.name]
                found = self.sources[ref.name] = self._source_columns(source)
                self._add(ref.name, found, source.partition_by)
            columns = self.columns[ref.name]
            if ref.name in self.definition.sources:
                self._check_watch(self.definition.sources[ref.name], relation, columns)
            self.schema[relation] = columns
            self.inputs[relation] = ref

    def bind(self, inputs: Inputs) -> None:
        """The same, and make them known to the binder, which what was understood before does without."""
        self.know(inputs)
        for relation in inputs:
            if relation not in self._bound:
                self._bound.add(relation)
                self.binder.declare(relation, self.schema[relation])

    def add_model(self, name: ModelName, columns: Columns, view: str | None) -> None:
        """A model is known from here on; `view` is the text of a view with all that it reads from views."""
        self._add(InputName(name), columns, self.definition.models[name].config.partition_by)
        if view is not None:
            self.views[REF_SCHEMA, name] = view

    def add_understood(self, understood: Understood, key: str | None) -> None:
        """A model that was understood before. Where it is a view, `key` stands for it and for all behind it."""
        model = understood.model
        view = model.config.materialized is Materialized.VIEW
        self.add_model(model.name, model.columns, model.logic.sql if view else None)
        if any(scan.relation[0] == THIS_SCHEMA for variant in model.variants for scan in variant.logic.template.scans):
            self.schema[THIS_SCHEMA, model.name] = model.columns
        self.add_uses(model.name, understood.uses, key)

    def add_uses(self, name: ModelName, uses: tuple[VolatileUse, ...], key: str | None) -> None:
        if self.definition.models[name].config.materialized is Materialized.VIEW:
            self.uses_in_views[InputName(name)] = uses
            self._marks[InputName(name)] = key or f"of this run {self.now}"

    def mark(self, name: InputName) -> str:
        """Stands for all that a reader may know of an input."""
        if name not in self._marks:
            self._marks[name] = digest(repr(self.columns[name]), repr(self.cuts[name]))
        return self._marks[name]

    def _add(self, name: InputName, columns: Columns, by: PartitionBy | None) -> None:
        self.columns[name] = columns
        self.cuts[name] = input_cut(by, columns)

    def _check_watch(self, source: Source, relation: tuple[str, str], columns: Columns) -> None:
        if source.watch.kind is not WatchKind.AGGREGATE:
            return
        table = relation_sql(Relation(*relation), self.dialect)
        # Beside an aggregate only another one can stand.
        sql = f"SELECT COUNT(*), CAST({source.watch.expression} AS VARCHAR) FROM {table}"
        key = digest(repr(self.capabilities), sql, repr(columns))
        if self.capabilities.binder and self.cache.get("watch", key) is not None:
            return
        self._bound.add(relation)
        self.binder.declare(relation, columns)
        try:
            self.binder.describe(sql)
        except EngineError as error:
            said, _ = engine_words(error.message)
            raise ProjectError(
                f"`watch` of source `{source.name}` can't be used: {said}",
                at=source.at, hint="`watch` is `checksum`, `none` or an aggregate such as `max(loaded_at)`",
            ) from None  # fmt: skip
        self.cache.put("watch", key, value=True)

    def _source_columns(self, source: Source) -> Columns:
        if source.location is not None:
            try:
                columns = self.binder.describe_files(source.location)
            except EngineError as error:
                raise ProjectError(
                    f"the files of source `{source.name}` can't be read: {engine_words(error.message)[0]}",
                    at=source.at, hint="`location` is a path or a glob, relative to the project's folder",
                ) from None  # fmt: skip
        else:
            found = self.tables(source.relation)
            if found is None:
                raise ProjectError(
                    f"the table of source `{source.name}` is not in the warehouse: "
                    f"`{source.relation.schema}.{source.relation.name}`",
                    at=source.at, hint="create it, mend `schema` or `identifier`, or give the source a `location`",
                )  # fmt: skip
            columns = found
        self.cut_sources[source.name] = cut_source(source, columns)
        return columns


def input_cut(by: PartitionBy | None, columns: Columns) -> InputCut:
    line = by.line if by else None
    kind = next((column.type for column in columns if line and column.name.lower() == line.column.lower()), None)
    return InputCut(line, kind)
