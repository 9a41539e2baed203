"""What is derived for queries as people write them, and that it is right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from support.corpus import CORPUS, CUT_BY, CorpusQuery, Expected, Row, Warehouse, batches
from swathe.partition.rectangle import Rectangle

MOMENTS = (
    datetime(2023, 3, 1),  # the year before
    datetime(2024, 1, 22),  # a Monday
    datetime(2024, 1, 31, 9),
    datetime(2024, 2, 1),
    datetime(2024, 2, 28, 22),  # with the 29th
    datetime(2024, 3, 4, 12),  # another
    datetime(2024, 3, 10, 2),  # the night in which New York's clocks are set forward
    datetime(2024, 3, 27, 23),
    datetime(2024, 6, 1),  # after all rows
)
LENGTHS = (1, 2, 1, 1, 3, 1, 1, 12, 1)


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    made = Warehouse()
    yield made
    made.connection.close()


@pytest.mark.parametrize("query", CORPUS, ids=lambda query: query.name)
def test_each_query_reads_what_its_header_says(warehouse: Warehouse, query: CorpusQuery) -> None:
    words = warehouse.in_words(query, warehouse.model(query).logic)
    assert words.keys() == query.inputs.keys()
    assert {name: said for name, said in words.items() if not query.inputs[name].fits(said)} == {}


@pytest.mark.parametrize("query", CORPUS, ids=lambda query: query.name)
def test_what_is_read_is_enough(warehouse: Warehouse, query: CorpusQuery) -> None:
    """Every batch of the filtered query has the rows that the query over everything has there.

    Where theory knows a narrower window than the rules find, that one has to be enough as well.
    """
    theories = any(expected.theory for expected in query.inputs.values())
    seen = 0
    for batch, full in in_batches(warehouse, query):
        assert warehouse.rows(warehouse.model(query).slice(batch)) == full, batch
        if theories:
            spans = {name: expected.span(query.column, batch) for name, expected in query.inputs.items()}
            assert warehouse.rows(warehouse.slice_of(query, batch, spans)) == full, (batch, spans)
        seen += len(full)
    assert seen, "no batch has rows, so this says nothing"


def test_no_header_is_wider_than_it_must_be(warehouse: Warehouse) -> None:
    """A window that is one partition narrower, on either side, gives another result in some batch.

    The four are no wider either, but their rows happen not to show it.
    """
    slack = {
        f"{query.name}: {side} of {name}"
        for query in CORPUS
        for name in query.inputs
        for side in ("start", "end")
        if (narrower := query.inputs[name].narrower(side)) and not shows(warehouse, query, name, narrower)
    }
    assert slack == {
        "churn_within_two_weeks: end of orders",
        "first_touch: end of clicks",
        "first_touch_from_imports: end of clicks",
        "year_to_date: start of orders",
    }


def shows(warehouse: Warehouse, query: CorpusQuery, name: str, expected: Expected) -> bool:
    """Whether reading only this much of an input changes a batch."""
    return any(
        warehouse.rows(warehouse.slice_of(query, batch, {name: expected.span(query.column, batch)})) != full
        for batch, full in in_batches(warehouse, query)
    )


def in_batches(warehouse: Warehouse, query: CorpusQuery) -> list[tuple[Rectangle, list[Row]]]:
    """Batches, each with its rows by a full refresh."""
    return warehouse.in_batches(query, batches(query.column, MOMENTS, LENGTHS))


def test_the_page_on_windows_says_the_same() -> None:
    queries = {query.name: query for query in CORPUS}
    page = (Path(__file__).resolve().parents[2] / "docs" / "windows.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[.*\]\(\S+/(\w+)\.sql\) \| (\w+) \| (.+) \|$", page, re.MULTILINE)
    assert len(rows) > 15
    for name, granularity, reads in rows:
        query = queries[name]
        said = [f"`{table}` {expected.words.partition(':')[0]}" for table, expected in query.inputs.items()]
        assert (name, granularity, reads) == (name, query.column.granularity, "; ".join(said))


def test_most_queries_are_pruned(warehouse: Warehouse) -> None:
    """How many queries read less than all of every input that is cut by time: a rule that is lost shows here."""
    counts: Counter[str] = Counter()
    for query in CORPUS:
        words = warehouse.in_words(query, warehouse.model(query).logic)
        counts[grade([said for name, said in words.items() if name in CUT_BY])] += 1
    print(f"{len(CORPUS)} queries: {dict(counts)}")
    assert counts == {"bounded": 70, "half-open": 33, "whole": 24}


def grade(windows: list[str]) -> str:
    """The widest of some windows, in words."""
    if any(said.startswith("all") for said in windows):
        return "whole"
    return "half-open" if any("everything" in said or "the end" in said for said in windows) else "bounded"
