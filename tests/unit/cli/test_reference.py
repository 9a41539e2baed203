"""docs/cli.md says what the commands say."""

from __future__ import annotations

from pathlib import Path

from swathe.cli.reference import page

PAGE = Path(__file__).parents[3] / "docs" / "cli.md"


def test_the_page_is_fresh() -> None:
    expected = page()
    assert PAGE.read_text(encoding="utf-8") == expected, "run `python -m swathe.cli.reference docs/cli.md`"
