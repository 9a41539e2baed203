"""Options that say what they mean, and what a command gets of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from inspect import signature
from typing import Annotated

import pytest
import typer

from swathe.api.keys import KeyRange
from swathe.cli.arguments import Interrupted, grouped
from swathe.cli.options import KeyArgs, ModelArgs, parse_now, parse_vars
from swathe.errors import SelectionError


def test_from_and_to_are_inclusive_keys() -> None:
    assert KeyArgs(first="2013-01", last="2013-02").range() == KeyRange("2013-01", "2013-02")


def test_dbts_end_is_exclusive() -> None:
    keys = KeyArgs(event_time_start="2013-01-01", event_time_end="2013-02-01").range()
    assert keys == KeyRange("2013-01-01", before="2013-02-01")


def test_single_partitions_add_up() -> None:
    assert KeyArgs(partition=["2013-01", "2013-05-01"]).range() == KeyRange(keys=("2013-01", "2013-05-01"))


def test_nothing_asked_for_is_everything() -> None:
    assert not KeyArgs().range()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (KeyArgs(first="2013", event_time_start="2013"), "`--from` and `--event-time-start` can't be used together"),
        (KeyArgs(last="2013", event_time_end="2013"), "`--to` and `--event-time-end` can't be used together"),
        (KeyArgs(first=" "), "`--from` is empty"),
        (KeyArgs(partition=[""]), "`--partition` is empty"),
    ],
)
def test_keys_that_contradict_or_say_nothing(keys: KeyArgs, message: str) -> None:
    with pytest.raises(SelectionError) as caught:
        keys.range()
    assert caught.value.message == message


def test_a_positional_name_is_a_selection() -> None:
    assert ModelArgs(["a"], ["b c"], ["d"]).selected == ("a", "b c")
    assert ModelArgs().selected == ()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-01", datetime(2024, 3, 1, tzinfo=UTC)),
        ("2024-03-01T06:30", datetime(2024, 3, 1, 6, 30, tzinfo=UTC)),
        ("2024-03-01T06:30:00Z", datetime(2024, 3, 1, 6, 30, tzinfo=UTC)),
        ("2024-03-01T06:30+01:00", datetime(2024, 3, 1, 6, 30, tzinfo=timezone(timedelta(hours=1)))),
    ],
)
def test_now_is_utc_unless_it_names_a_zone(text: str, moment: datetime) -> None:
    assert parse_now(text) == moment


def test_a_now_that_is_no_time() -> None:
    with pytest.raises(SelectionError, match="`tomorrow` is not an ISO time"):
        parse_now("tomorrow")


@pytest.mark.parametrize("text", ["{since: 3, region: eu}", '{"since": 3, "region": "eu"}', "since: 3\nregion: eu"])
def test_vars_are_yaml_or_json(text: str) -> None:
    assert parse_vars(text) == {"since": 3, "region": "eu"}


@pytest.mark.parametrize("text", ["{a", "[1]", "3", "{1: 2}", "{d: 2024-13-99}"])
def test_vars_that_are_no_mapping_of_names(text: str) -> None:
    with pytest.raises(SelectionError, match="`--vars`"):
        parse_vars(text)


@dataclass(frozen=True)
class Size:
    width: Annotated[int, typer.Option("--width")] = 3
    height: Annotated[int | None, typer.Option("--height")] = None


def area(name: Annotated[str, typer.Argument()], size: Size, unit: Annotated[str, typer.Option()] = "cm") -> int:
    """Says it."""
    assert (name, unit) == ("box", "cm")
    return size.width * (size.height or 0)


def test_a_dataclass_becomes_an_option_per_field() -> None:
    command = grouped(area)
    assert list(signature(command).parameters) == ["name", "width", "height", "unit"]
    assert command.__doc__ == "Says it."
    assert command(name="box", width=2, height=5, unit="cm") == 10


def test_an_interrupt_comes_out_as_ours() -> None:
    def stopped() -> int:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        grouped(stopped)()
