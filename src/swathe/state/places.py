"""Which rows of the tables about partitions are asked for, of many models with one question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from swathe.frozen import frozen
from swathe.model.definition import ModelName
from swathe.partition.interval import Interval, IntervalSet

_EVERYWHERE = IntervalSet((Interval(-(2**63), 2**63),))


@frozen
class Places:
    """Runs along the lines of some models, disjoint within each. `join` selects the rows of a table `t` that lie there,
    and `values` are the values of its parameters.
    """

    runs: tuple[tuple[ModelName, Interval], ...]

    @classmethod
    def of(cls, models: Iterable[ModelName], among: Mapping[ModelName, IntervalSet] | None = None) -> Places:
        """`among` are the places of each model; None, or a model that is not in it, is all."""
        named = among or {}
        return cls(tuple((model, run) for model in models for run in named.get(model, _EVERYWHERE)))

    @property
    def join(self) -> str:
        return (
            "JOIN (SELECT UNNEST(CAST(? AS VARCHAR[])) AS model, UNNEST(CAST(? AS BIGINT[])) AS first_place, "
            "UNNEST(CAST(? AS BIGINT[])) AS last_place) AS r "
            "ON t.model = r.model AND t.ordinal BETWEEN r.first_place AND r.last_place"
        )

    @property
    def values(self) -> list[list[object]]:
        return [
            [str(model) for model, _ in self.runs],
            [run.start for _, run in self.runs],
            [run.last for _, run in self.runs],
        ]
