"""The entry point: what it exits with, and what it says on which stream."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from swathe import __version__
from swathe.cli.encoding import plain
from swathe.cli.interrupt import Interrupts
from swathe.cli.main import run


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"swathe {__version__}\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    out = capsys.readouterr().out
    for command in (
        "init",
        "compile",
        "plan",
        "backfill",
        "status",
        "preview",
        "diff",
        "invalidate",
        "freeze",
        "thaw",
        "adopt",
        "wipe",
        "runs",
    ):
        assert f"\n  {command} " in out


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["plan", "--foo"], "error: no such option: --foo"),
        (["plna"], "error: no such command 'plna'. Did you mean 'plan'?"),
        (["backfill", "--only", "mising"], "error: `--only` can't be `mising`"),
        (["backfill", "--order", "up"], "error: `--order` can't be `up`"),
        (["invalidate"], "error: say what to invalidate"),
        (["plan", "--now", "soon"], "error: `soon` is not an ISO time"),
        (["plan", "--from", "2013", "--event-time-start", "2013"], "error: `--from` and `--event-time-start`"),
    ],
)
def test_a_command_line_to_mend_exits_with_2(
    arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(error)
    assert captured.out == ""


def test_outside_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["plan"]) == 2
    assert "is not in a swathe project" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_heavy_libraries_are_not_imported_for_help(option: str) -> None:
    code = (
        f"import sys; from swathe.cli.main import run; run(['{option}']); "
        "print(sorted({'duckdb', 'sqlglot', 'rich', 'yaml', 'jinja2', 'pydantic'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


def test_the_first_signal_interrupts_and_its_echo_does_not() -> None:
    interrupts = Interrupts()
    with pytest.raises(KeyboardInterrupt):
        interrupts.handle(signal.SIGTERM, None)
    interrupts.handle(signal.SIGTERM, None)
    assert interrupts.exit_code == 143


def test_what_an_encoding_lacks_is_written_in_ascii() -> None:
    error = UnicodeEncodeError("ascii", "a█…日", 1, 4, "no")
    assert plain(error) == ("#...\\u65e5", 4)
