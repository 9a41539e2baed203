"""A model's strips, as they are printed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from support.facts import model
from swathe.cli.model_strips import strip_lines
from swathe.partition.granularity import Granularity
from swathe.partition.grid import NULL_LINE, Dimension, Grid, Scheme, placed
from swathe.partition.interval import IntervalSet
from swathe.partition.numbers import RangeScheme
from swathe.partition.scheme import TimeScheme, WholeScheme
from swathe.partition.values import ValueKind
from swathe.plan.plan import ModelPlan
from swathe.plan.verdict import Judgement, Verdict, VerdictRun

DAYS = TimeScheme(Granularity.DAY, column="day")
C, M, R = Verdict.CURRENT, Verdict.MISSING, Verdict.RETIRED


def cut(*origins: str, null_line: bool = False) -> Grid:
    dimension = Dimension("origin", ValueKind.TEXT, origins)
    return Grid.of(DAYS, ("day", "origin"), [dimension], null_line=null_line)


def lines(scheme: Scheme, *runs: tuple[int, int, int, Verdict], width: int = 100) -> list[str]:
    """Runs as (slice, start, end, verdict)."""
    verdicts = [
        VerdictRun(run, Judgement(verdict, ""))
        for number, start, end, verdict in runs
        for run in placed(number, IntervalSet.span(start, end))
    ]
    plan = ModelPlan(model("m", "", scheme=scheme), tuple(sorted(verdicts, key=lambda entry: entry.partitions)))
    return [line.plain for line in strip_lines(plan, width)]


def test_a_strip_stands_between_its_first_and_last_key() -> None:
    assert lines(DAYS, (0, 0, 3, C), (0, 3, 4, M)) == ["  1970-01-01 ███· 1970-01-04"]
    assert lines(DAYS, (0, 0, 1, C)) == ["  1970-01-01 █"]
    assert lines(DAYS) == []
    assert lines(WholeScheme(), (0, 0, 1, M)) == ["  all ·"]


def test_a_strip_for_each_value_with_the_keys_once() -> None:
    assert lines(cut("EWR", "x"), (0, 0, 3, C), (1, 0, 2, C), (1, 2, 3, M)) == [
        "  EWR  1970-01-01 ███ 1970-01-03",
        "  x               ██·",
    ]


def test_the_same_day_stands_below_itself() -> None:
    assert lines(cut("EWR", "JFK"), (0, 0, 2, C), (1, 1, 4, M)) == [
        "  EWR  1970-01-01 ██   1970-01-04",
        "  JFK              ···",
    ]


def test_null_along_the_line_stands_at_the_end() -> None:
    numbers = Grid.of(RangeScheme("id", 10), ("id",), [], null_line=True)
    assert lines(numbers, (0, NULL_LINE, NULL_LINE + 1, M), (0, 0, 3, C)) == ["  0 ███ 20  __null__ ·"]
    both = cut("EWR", "JFK", null_line=True)
    assert lines(both, (0, NULL_LINE, NULL_LINE + 1, C), (0, 0, 2, C), (1, 0, 2, C)) == [
        "  EWR  1970-01-01 ██ 1970-01-02  __null__ █",
        "  JFK             ██",
    ]


def test_more_than_eight_values_are_one_strip_of_the_worst() -> None:
    many = cut(*(f"A{n}" for n in range(9)))
    runs = [(number, 0, 3, C) for number in range(8)]
    assert lines(many, *runs, (8, 0, 1, C), (8, 1, 2, M), (8, 2, 3, C)) == [
        "  1970-01-01 █·█ 1970-01-03",
        "  each character shows the worst of 9 values of origin",
    ]


def test_retired_values_are_shown_by_name_and_do_not_hide_what_is_current() -> None:
    now = cut("EWR")
    assert lines(now.known(["origin=LGA"]), (0, 0, 2, C), (1, 0, 2, R)) == [
        "  EWR  1970-01-01 ██ 1970-01-02",
        "  LGA             --",
    ]
    gone = [f"origin=A{n}" for n in range(9)]
    assert lines(now.known(gone), (0, 0, 2, C), *((number, 0, 2, R) for number in range(1, 10))) == [
        "  EWR        1970-01-01 ██ 1970-01-02",
        "  9 retired             --",
    ]
    many = cut(*(f"A{n}" for n in range(9)))
    folded = lines(many.known(["origin=X"]), *((number, 0, 2, C) for number in range(9)), (9, 0, 2, R))
    assert folded[0] == "  1970-01-01 ██ 1970-01-02"


def test_values_alone_are_one_strip() -> None:
    values = Grid.of(WholeScheme(), ("origin",), [Dimension("origin", ValueKind.TEXT, ("EWR", "JFK", "LGA"))])
    assert lines(values, (0, 0, 1, C), (1, 0, 1, M), (2, 0, 1, C)) == ["  EWR █·█ LGA"]


@pytest.mark.parametrize("width", [60, 80, 100])
def test_strips_keep_to_the_width(width: int) -> None:
    long = cut("Rio de Janeiro and all that is around it", "日本" * 20, null_line=True)
    runs = [(number, *run) for number in (0, 1) for run in ((NULL_LINE, NULL_LINE + 1, C), (0, 400, C))]
    told = lines(long, *runs, width=width)
    assert all(cell_len(line) <= width for line in told)
    values = replace(long, line=WholeScheme(), columns=("origin",), null_line=False)
    assert all(cell_len(line) <= width for line in lines(values, (0, 0, 1, C), (1, 0, 1, C), width=width))
