"""What a model is once its query is understood: values, without what makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from swathe.errors import Location
from swathe.frozen import frozen
from swathe.model.definition import Column, InputName, ModelConfig, ModelName, Relation
from swathe.partition.interval import IntervalSet
from swathe.sql.audits import AuditSql
from swathe.sql.logic import InputWindow, Logic, hull_of
from swathe.sql.template import QueryTemplate
from swathe.sql.volatile_call import VolatileCall


@frozen
class Variant:
    """The logic of some of a model's partitions; `partitions` None is all of them."""

    partitions: IntervalSet | None
    logic: Logic


@frozen
class VolatileUse:
    """A call that gives something else in each run, at its place in a template."""

    call: VolatileCall
    at: Location
    instead: str

    @property
    def message(self) -> str:
        return self.call.message

    @property
    def hint(self) -> str:
        return f'{self.instead}; or set `volatile = "accept"` if a rebuild may give other rows'


@frozen
class CompiledModel:
    """A model, understood. More than one variant only where the template branches on its partition.

    `queries` find the partitions along the columns that they are named for.
    """

    name: ModelName
    path: str
    config: ModelConfig
    relation: Relation
    variants: tuple[Variant, ...]
    uses_partition: bool
    reads: frozenset[InputName]
    queries: Mapping[str, QueryTemplate] = field(default_factory=dict)
    volatile: tuple[VolatileUse, ...] = ()
    audits: tuple[AuditSql, ...] = ()

    @property
    def logic(self) -> Logic:
        return self.variants[0].logic

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.logic.columns

    @property
    def audit_reads(self) -> frozenset[InputName]:
        """What its audits read."""
        return frozenset(name for audit in self.audits for name in audit.reads)

    @property
    def inputs(self) -> tuple[InputWindow, ...]:
        """What is read by any of the variants, through the hull of their windows."""
        if len(self.variants) == 1:
            return self.variants[0].logic.inputs
        found: dict[InputName, InputWindow] = {}
        for variant in self.variants:
            for entry in variant.logic.inputs:
                found[entry.name] = hull_of(found[entry.name], entry) if entry.name in found else entry
        return tuple(found[name] for name in sorted(found))


@frozen
class Understood:
    """A model before its audits. `uses` are its volatile calls and those of the views that it reads: whoever reads it
    has them, too, where it is a view itself. `pinned` when the moment of this run is written into its statements.
    """

    model: CompiledModel
    uses: tuple[VolatileUse, ...] = ()
    pinned: bool = False
