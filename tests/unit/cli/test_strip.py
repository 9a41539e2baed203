"""A strip shows every partition while there is room, and never hides the worst when there is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swathe.cli.encoding import PLAIN
from swathe.cli.strip import GLYPHS, STYLES, counts, fold, fold_spans, legend, strip
from swathe.plan.verdict import Verdict

C, M, F = Verdict.CURRENT, Verdict.MISSING, Verdict.FAILED
RUNS = st.lists(st.tuples(st.integers(1, 500), st.sampled_from(list(Verdict))), max_size=20)


def test_one_character_per_partition_while_they_fit() -> None:
    assert fold([(2, C), (1, M), (2, F)], 60) == [C, C, M, F, F]


def test_a_cell_of_several_partitions_shows_the_worst_of_them() -> None:
    assert fold([(364, C), (1, F)], 10) == [C] * 9 + [F]
    assert fold([(500, C), (1, M), (499, C)], 10).count(M) == 1


def test_no_partitions_make_no_strip() -> None:
    assert fold([], 60) == []
    assert strip([]).plain == ""


def test_spans_may_overlap_and_leave_gaps() -> None:
    cells = fold_spans([(0, 3, C), (1, 2, M), (4, 5, F)], 5, 60)
    assert cells == [C, M, C, None, F]
    assert strip(cells).plain == "█·█ x"
    assert fold_spans([(0, 3, C), (1, 2, M)], 8, 2) == [M, None]


@given(runs=RUNS, width=st.integers(1, 80))
def test_a_strip_is_as_long_as_it_may_be(runs: list[tuple[int, Verdict]], width: int) -> None:
    assert len(fold(runs, width)) == min(width, sum(count for count, _ in runs))


@given(runs=RUNS, width=st.integers(1, 80))
def test_each_cell_is_one_of_its_partitions_verdicts(runs: list[tuple[int, Verdict]], width: int) -> None:
    partitions = [verdict for count, verdict in runs for _ in range(count)]
    cells = fold(runs, width)
    for cell, verdict in enumerate(cells):
        inside = {found for index, found in enumerate(partitions) if index * len(cells) // len(partitions) == cell}
        assert verdict in inside
        assert F not in inside or verdict is F
        assert verdict is not C or inside == {C}


def test_every_verdict_has_a_character_of_its_own_in_ascii_too() -> None:
    assert set(GLYPHS) == set(STYLES) == set(Verdict)
    plain = [PLAIN.get(glyph, glyph) for glyph in GLYPHS.values()]
    assert len(set(GLYPHS.values())) == len(set(plain)) == len(Verdict)
    assert all(glyph.isascii() for glyph in plain)


def test_the_legend_names_what_was_shown_and_nothing_else() -> None:
    assert legend([M, C, C]).plain == "█ current   · missing"


@pytest.mark.parametrize(
    ("numbers", "words"),
    [([(C, 1353), (M, 10), (F, 0)], "1,353 current, 10 missing"), ([(C, 0)], ""), ([], "")],
)
def test_counts_leave_zeros_out(numbers: list[tuple[Verdict, int]], words: str) -> None:
    assert counts(numbers).plain == words
