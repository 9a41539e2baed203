"""Which model reads which."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping

from swathe.errors import Location, ModelError
from swathe.frozen import frozen
from swathe.model.definition import ModelName


@frozen
class Graph:
    """Models, the models each reads, and the models that read it. Build it with `of`.

    `order` puts every model after those it reads, and names that could stand in either order alphabetically.
    """

    order: tuple[ModelName, ...]
    inputs: Mapping[ModelName, frozenset[ModelName]]
    readers: Mapping[ModelName, frozenset[ModelName]]

    @classmethod
    def of(
        cls,
        inputs: Mapping[ModelName, Iterable[ModelName]],
        locations: Mapping[ModelName, Location] | None = None,
    ) -> Graph:
        """A graph from the models that each model reads; sources are left out.

        `locations` places each model for errors. Raises ModelError on a cycle, and KeyError when a model
        reads one that is not a key of `inputs`.
        """
        reads = {model: frozenset(upstream) for model, upstream in inputs.items()}
        readers: dict[ModelName, set[ModelName]] = {model: set() for model in reads}
        for model, upstream in reads.items():
            for name in upstream:
                readers[name].add(model)
        order = _order(reads, readers)
        if len(order) < len(reads):
            cycle = _cycle({model: reads[model] for model in reads.keys() - order})
            raise ModelError(
                f"models read each other in a cycle: `{' -> '.join(cycle)}`",
                at=(locations or {}).get(cycle[0]),
                hint="each model of the cycle reads the next: take out one `ref()`",
            )
        return cls(tuple(order), reads, {model: frozenset(names) for model, names in readers.items()})

    def upstream(self, model: ModelName, hops: int | None = None) -> frozenset[ModelName]:
        """The models that `model` reads, over at most `hops` steps (None: any number), without itself."""
        return _reach(self.inputs, model, hops)

    def downstream(self, model: ModelName, hops: int | None = None) -> frozenset[ModelName]:
        """The models that read `model`, over at most `hops` steps (None: any number), without itself."""
        return _reach(self.readers, model, hops)

    def sort(self, models: Iterable[ModelName]) -> list[ModelName]:
        """These models, each once, in the graph's order."""
        wanted = set(models)
        return [model for model in self.order if model in wanted]


def _order(
    inputs: Mapping[ModelName, frozenset[ModelName]], readers: Mapping[ModelName, Iterable[ModelName]]
) -> list[ModelName]:
    """Models after what they read; those on a cycle, or after one, are missing."""
    waiting = {model: len(upstream) for model, upstream in inputs.items()}
    ready = [model for model, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    order: list[ModelName] = []
    while ready:
        model = heapq.heappop(ready)
        order.append(model)
        for reader in readers[model]:
            waiting[reader] -= 1
            if waiting[reader] == 0:
                heapq.heappush(ready, reader)
    return order


def _cycle(stuck: Mapping[ModelName, frozenset[ModelName]]) -> list[ModelName]:
    """A cycle among models that each read another of them, from its first name round to itself."""
    path: dict[ModelName, None] = {}
    model = min(stuck)
    while model not in path:
        path[model] = None
        model = min(name for name in stuck[model] if name in stuck)
    walked = list(path)
    cycle = walked[walked.index(model) :]
    first = cycle.index(min(cycle))
    return [*cycle[first:], *cycle[: first + 1]]


def _reach(edges: Mapping[ModelName, frozenset[ModelName]], start: ModelName, hops: int | None) -> frozenset[ModelName]:
    found: set[ModelName] = set()
    frontier = {start}
    while frontier and (hops is None or hops > 0):
        frontier = {name for model in frontier for name in edges[model]} - found
        found |= frontier
        hops = None if hops is None else hops - 1
    return frozenset(found)
