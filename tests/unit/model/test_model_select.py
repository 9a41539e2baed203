"""dbt's selection syntax."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swathe.errors import SelectionError
from swathe.model.definition import ModelName
from swathe.model.graph import Graph
from swathe.model.select import ModelFacts, select_models

READS = {
    "stg_a": "",
    "stg_b": "",
    "fct_x": "stg_a stg_b",
    "fct_y": "stg_b",
    "mart": "fct_x",
    "lone": "",
}
GRAPH = Graph.of({ModelName(name): [ModelName(word) for word in read.split()] for name, read in READS.items()})
FACTS = {
    ModelName("stg_a"): ModelFacts("models/staging/stg_a.sql", ("nightly", "raw")),
    ModelName("stg_b"): ModelFacts("models/staging/stg_b.sql", ("raw",)),
    ModelName("fct_x"): ModelFacts("models/marts/core/fct_x.sql", ("nightly",)),
    ModelName("fct_y"): ModelFacts("models/marts/core/fct_y.sql"),
    ModelName("mart"): ModelFacts("models/marts/mart.sql"),
    ModelName("lone"): ModelFacts("models/lone.sql"),
}


def select(*terms: str, exclude: tuple[str, ...] = ()) -> str:
    return " ".join(sorted(select_models(GRAPH, FACTS, terms, exclude)))


def refuse(*terms: str, exclude: tuple[str, ...] = ()) -> SelectionError:
    with pytest.raises(SelectionError) as caught:
        select(*terms, exclude=exclude)
    return caught.value


@pytest.mark.parametrize(
    ("term", "models"),
    [
        ("fct_x", "fct_x"),
        ("fct_*", "fct_x fct_y"),
        ("*_[ab]", "stg_a stg_b"),
        ("+fct_x", "fct_x stg_a stg_b"),
        ("fct_x+", "fct_x mart"),
        ("+mart", "fct_x mart stg_a stg_b"),
        ("1+mart", "fct_x mart"),
        ("0+mart", "mart"),
        ("stg_b+1", "fct_x fct_y stg_b"),
        ("+fct_x+", "fct_x mart stg_a stg_b"),
        ("1+fct_x+1", "fct_x mart stg_a stg_b"),
        ("@stg_a", "fct_x mart stg_a stg_b"),
        ("@lone", "lone"),
        ("tag:nightly", "fct_x stg_a"),
        ("tag:night*", "fct_x stg_a"),
        ("tag:nightly+", "fct_x mart stg_a"),
        ("1+tag:nightly", "fct_x stg_a stg_b"),
        ("path:models/staging", "stg_a stg_b"),
        ("path:models/staging/", "stg_a stg_b"),
        ("models/staging", "stg_a stg_b"),
        ("./models/marts", "fct_x fct_y mart"),
        ("models\\marts", "fct_x fct_y mart"),
        ("models/marts/mart.sql", "mart"),
        ("models/marts/mart.sql+", "mart"),
        ("models/*/*.sql", "mart stg_a stg_b"),
        ("models/**/fct_*.sql", "fct_x fct_y"),
        ("**/mart.sql", "mart"),
        ("path:models", "fct_x fct_y lone mart stg_a stg_b"),
    ],
)
def test_one_term(term: str, models: str) -> None:
    assert select(term) == models


def test_a_space_or_a_repeated_option_is_a_union() -> None:
    assert select("lone mart") == select("lone", "mart") == "lone mart"


def test_a_comma_is_an_intersection() -> None:
    assert select("tag:nightly,tag:raw") == "stg_a"
    assert select("+mart,fct_*") == "fct_x"
    assert select("lone,mart") == ""
    assert select("tag:nightly,tag:raw lone") == "lone stg_a"


def test_nothing_said_selects_all() -> None:
    assert select_models(GRAPH, FACTS, [], []) == list(GRAPH.order)


def test_exclude() -> None:
    assert select("+mart", exclude=("tag:raw",)) == "fct_x mart"
    assert select(exclude=("stg_b+",)) == "lone stg_a"
    assert select("mart", exclude=("mart",)) == ""


def test_models_come_in_the_order_of_the_graph() -> None:
    assert select_models(GRAPH, FACTS, ["mart", "stg_b", "fct_x"], []) == ["stg_b", "fct_x", "mart"]


@pytest.mark.parametrize(
    ("term", "message", "hint"),
    [
        ("fctx", "no model matches `fctx`", "did you mean `fct_x`?"),
        ("+fctx", "no model matches `fctx`", "did you mean `fct_x`?"),
        ("lone,fctx", "no model matches `fctx`", "did you mean `fct_x`?"),
        ("Lone", "no model matches `Lone`", "did you mean `lone`?"),
        ("core", "no model matches `core`", "did you mean `path:models/marts/core`?"),
        ("tag:nigthly", "no model has the tag `nigthly`", "did you mean `nightly`?"),
        ("path:models/stagin", "no model lies in `models/stagin`", "did you mean `models/staging`?"),
        ("tags:raw", "unknown selection method `tags:`", "did you mean `tag:`?"),
        ("source:raw", "unknown selection method `source:`", "select by name, `tag:` or `path:`"),
    ],
)
def test_a_term_that_matches_nothing(term: str, message: str, hint: str) -> None:
    for error in (refuse(term), refuse(exclude=(term,))):
        assert error.message == message
        assert error.hint == hint


@pytest.mark.parametrize("term", ["", "  ", "+", "2+", "@", "tag:", "a,,b", "lone,", ",lone", "@lone+", "@+lone"])
def test_a_term_that_says_nothing(term: str) -> None:
    refuse(term)


terms = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "+", "1+", "2+"]),
    st.sampled_from([*READS, "fct_*", "tag:raw", "path:models/marts"]),
    st.sampled_from(["", "+", "+1"]),
)


def chosen(*options: str, exclude: tuple[str, ...] = ()) -> set[str]:
    return set(select_models(GRAPH, FACTS, options, exclude))


@given(terms, terms)
def test_set_laws(a: str, b: str) -> None:
    assert chosen(f"{a} {b}") == chosen(a, b) == chosen(a) | chosen(b)
    assert chosen(f"{a},{b}") == chosen(a) & chosen(b)
    assert chosen(a, exclude=(b,)) == chosen(a) - chosen(b)


@given(st.sampled_from(list(READS)))
def test_at_is_all_below_with_all_they_read(name: str) -> None:
    assert chosen(f"@{name}") == chosen(*(f"+{below}" for below in chosen(f"{name}+")))


@given(st.text(alphabet="a_+@,:*[]/ 1tg.", max_size=12))
def test_any_text_is_either_a_selection_or_an_error(text: str) -> None:
    with suppress(SelectionError):
        assert chosen(text) <= set(READS)
