"""Which model reads which, and in which order they can be built."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swathe.errors import Location, ModelError
from swathe.model.definition import ModelName
from swathe.model.graph import Graph


def graph(**inputs: str) -> Graph:
    """`graph(c="a b")`: c reads a and b."""
    return Graph.of({ModelName(name): [ModelName(word) for word in read.split()] for name, read in inputs.items()})


def names(text: str) -> frozenset[ModelName]:
    return frozenset(ModelName(word) for word in text.split())


DIAMOND = graph(d="b c", c="a", b="a", a="", z="")


def test_a_model_comes_after_what_it_reads_and_equals_are_alphabetical() -> None:
    assert DIAMOND.order == ("a", "b", "c", "d", "z")
    assert graph(a="z", m="", z="").order == ("m", "z", "a")


def test_upstream_and_downstream() -> None:
    assert DIAMOND.upstream(ModelName("d")) == names("a b c")
    assert DIAMOND.upstream(ModelName("d"), 1) == names("b c")
    assert DIAMOND.upstream(ModelName("d"), 0) == names("")
    assert DIAMOND.downstream(ModelName("a")) == names("b c d")
    assert DIAMOND.downstream(ModelName("a"), 1) == names("b c")
    assert DIAMOND.downstream(ModelName("z")) == names("")


def test_a_cycle_is_named_from_its_first_model() -> None:
    with pytest.raises(ModelError) as caught:
        Graph.of(
            {
                ModelName("x"): [ModelName("c")],
                ModelName("c"): [ModelName("b")],
                ModelName("b"): [ModelName("a")],
                ModelName("a"): [ModelName("c")],
            },
            {ModelName("a"): Location("models/a.sql", 3, 5)},
        )
    assert caught.value.message == "models read each other in a cycle: `a -> c -> b -> a`"
    assert caught.value.at == Location("models/a.sql", 3, 5)


def test_a_model_that_reads_itself() -> None:
    with pytest.raises(ModelError, match="`a -> a`"):
        graph(a="a", b="")


def test_a_long_chain_needs_no_recursion() -> None:
    chain = {ModelName(f"m{n:05}"): [ModelName(f"m{n - 1:05}")] if n else [] for n in range(3000)}
    assert len(Graph.of(chain).upstream(ModelName("m02999"))) == 2999
    chain[ModelName("m00000")] = [ModelName("m02999")]
    with pytest.raises(ModelError):
        Graph.of(chain)


reads = st.dictionaries(st.integers(0, 7), st.sets(st.integers(0, 7)), max_size=8)


def build(edges: dict[int, set[int]], *, acyclic: bool) -> Graph:
    return Graph.of(
        {
            ModelName(str(model)): [
                ModelName(str(other)) for other in sorted(read) if other in edges and (other < model or not acyclic)
            ]
            for model, read in edges.items()
        }
    )


@given(reads)
def test_order_holds_each_model_once_after_its_inputs(edges: dict[int, set[int]]) -> None:
    built = build(edges, acyclic=True)
    assert sorted(built.order) == sorted(built.inputs)
    places = {model: place for place, model in enumerate(built.order)}
    assert all(places[read] < places[model] for model in built.order for read in built.inputs[model])


@given(reads)
def test_order_does_not_depend_on_how_the_models_were_listed(edges: dict[int, set[int]]) -> None:
    backwards = dict(reversed(edges.items()))
    assert build(edges, acyclic=True).order == build(backwards, acyclic=True).order


@given(reads)
def test_up_and_down_mirror_each_other(edges: dict[int, set[int]]) -> None:
    built = build(edges, acyclic=True)
    for model in built.order:
        assert built.upstream(model) == {other for other in built.order if model in built.downstream(other)}
        direct = built.inputs[model]
        assert built.upstream(model) == direct.union(*(built.upstream(read) for read in direct))
        assert built.upstream(model, 2) == direct.union(*(built.inputs[read] for read in direct))


@given(reads)
def test_a_reported_cycle_is_one(edges: dict[int, set[int]]) -> None:
    try:
        build(edges, acyclic=False)
    except ModelError as error:
        cycle = [int(name) for name in error.message.split("`")[1].split(" -> ")]
        assert cycle[0] == cycle[-1] == min(cycle)
        assert all(read in edges[model] for model, read in pairwise(cycle))
