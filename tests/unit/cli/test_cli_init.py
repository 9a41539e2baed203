"""`init` makes a project that runs, and never touches what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from swathe.api.init import init_project
from swathe.errors import ProjectError


def test_a_new_folder_gets_a_project(tmp_path: Path) -> None:
    made = init_project(tmp_path / "my shop")
    assert made.name == "my_shop"
    assert made.kept == ()
    assert {"profiles.yml", "models/orders.sql", "data/orders.csv", "macros/money.sql", ".gitignore"} <= set(
        made.written
    )
    assert all((made.root / path).is_file() for path in made.written)
    assert 'name = "my_shop"' in (made.root / "pyproject.toml").read_text()
    assert "my_shop:" in (made.root / "profiles.yml").read_text()


def test_a_name_can_be_chosen(tmp_path: Path) -> None:
    assert init_project(tmp_path, "shop").name == "shop"
    with pytest.raises(ProjectError, match="can't be a project's name"):
        init_project(tmp_path / "b", "no spaces")


@pytest.mark.parametrize("there", ["models/x.sql", "profiles.yml", "data/orders.csv"])
def test_what_is_there_is_not_overwritten(tmp_path: Path, there: str) -> None:
    (tmp_path / there).parent.mkdir(exist_ok=True)
    (tmp_path / there).write_text("mine")
    with pytest.raises(ProjectError):
        init_project(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / there]


def test_settings_that_are_there_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    made = init_project(tmp_path)
    assert made.kept == ("pyproject.toml",)
    assert (tmp_path / "pyproject.toml").read_text() == "[project]\nname = 'x'\n"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    with pytest.raises(ProjectError, match="is a file"):
        init_project(tmp_path / "f")
