"""What an error looks like."""

from __future__ import annotations

from pathlib import Path

import pytest

from swathe.cli.errors import format_bug, format_error, format_usage, redacted
from swathe.errors import Location, ModelError, SwatheError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    (tmp_path / "models/x.sql").write_text("select\n\tflight_dat, carrier\nfrom flights\n")
    (tmp_path / "profiles.yml").write_text("p:\n  password: hunter2\n")
    return tmp_path


def test_what_where_and_how() -> None:
    error = ModelError(
        "partition column `flight_date` is not in the output of `daily_delays`",
        at=Location("models/daily_delays.sql", 5, 1),
        hint="add it to the select list, or change `partition_by` on line 2",
    )
    assert format_error(error, None, color=False) == (
        "error: partition column `flight_date` is not in the output of `daily_delays`\n"
        "  --> models/daily_delays.sql:5:1\n"
        "hint: add it to the select list, or change `partition_by` on line 2\n"
    )


def test_the_line_is_shown_with_a_caret_under_the_column(root: Path) -> None:
    error = ModelError("no such column", at=Location("models/x.sql", 2, 2))
    assert format_error(error, root, color=False).splitlines()[2:] == [
        "   2 |     flight_dat, carrier",
        "     |     ^",
    ]


def test_a_location_without_a_column_has_no_caret(root: Path) -> None:
    error = ModelError("odd", at=Location("models/x.sql", 3))
    assert format_error(error, root, color=False).splitlines()[2:] == ["   3 | from flights"]


@pytest.mark.parametrize("at", [Location("models/x.sql", 99, 1), Location("models/gone.sql", 1, 1), Location("models")])
def test_a_line_that_is_not_there_is_not_shown(root: Path, at: Location) -> None:
    assert len(format_error(ModelError("odd", at=at), root, color=False).splitlines()) == 2


def test_a_line_of_profiles_is_never_shown(root: Path) -> None:
    text = format_error(SwatheError("odd", at=Location("profiles.yml", 2, 3)), root, color=False)
    assert "hunter2" not in text


def test_the_caret_stands_right_behind_wide_characters(root: Path) -> None:
    (root / "models/x.sql").write_text("select '日本', oops", encoding="utf-8")
    lines = format_error(ModelError("odd", at=Location("models/x.sql", 1, 14)), root, color=False).splitlines()
    assert lines[3] == "     | " + " " * 15 + "^"


def test_a_long_line_is_cut_around_its_column(root: Path) -> None:
    (root / "models/x.sql").write_text("select " + ", ".join(f"column_{n}" for n in range(500)))
    column = (root / "models/x.sql").read_text().index("column_250") + 1
    error = ModelError("odd", at=Location("models/x.sql", 1, column))
    lines = format_error(error, root, color=False).splitlines()
    assert all(len(line) <= 100 for line in lines)
    assert lines[2][lines[3].index("^") :].startswith("column_250")


def test_more_lines_of_a_database_are_indented() -> None:
    error = SwatheError("Binder Error: no\n\nLINE 1: select\n        ^", hint="one\ntwo")
    assert format_error(error, None, color=False) == (
        "error: Binder Error: no\n  \n  LINE 1: select\n          ^\nhint: one\n      two\n"
    )


def test_colour_is_only_where_it_is_asked_for() -> None:
    error = SwatheError("odd", at=Location("x", 1), hint="y")
    assert "\x1b[1;31merror:\x1b[0m odd" in format_error(error, None, color=True)
    assert "\x1b" not in format_error(error, None, color=False)


def test_a_message_can_not_command_the_terminal() -> None:
    assert format_error(SwatheError("a\x1b[2Jb\rc"), None, color=False) == "error: a?[2Jb?c\n"


def test_a_bug_is_one_line_and_a_hint() -> None:
    assert format_bug(KeyError("x"), debug=False, color=False) == (
        "error: this is a bug in swathe: KeyError: 'x'\nhint: run it again with --debug for the trace, and report it\n"
    )


def test_debug_shows_the_trace_of_a_bug() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        _ = 1 // 0
    text = format_bug(caught.value, debug=True, color=False)
    assert text.startswith("Traceback (most recent call last):\n")
    assert "\nerror: this is a bug in swathe: ZeroDivisionError: " in text


def test_a_command_line_that_can_not_be_parsed() -> None:
    assert format_usage("No such option: --foo", "swathe plan", color=False) == (
        "error: no such option: --foo\nhint: `swathe plan --help` shows how it is used\n"
    )


def test_secret_variables_are_masked() -> None:
    environment = {"SWATHE_ENV_SECRET_PG": "hunter2", "DBT_ENV_SECRET_EMPTY": "", "HOME": "/root"}
    assert redacted("no hunter2 in /root", environment) == "no *** in /root"
