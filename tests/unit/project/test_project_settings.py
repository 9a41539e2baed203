"""Finding the project and reading `[tool.swathe]`."""

from pathlib import Path

import pytest

from swathe.errors import Location, ProjectError
from swathe.project.settings import Settings, find_root, read_settings


def settings(root: Path, text: str) -> Settings:
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    return read_settings(root)


def refuse(root: Path, text: str) -> ProjectError:
    with pytest.raises(ProjectError) as caught:
        settings(root, text)
    return caught.value


def test_a_folder_with_models_is_a_project(tmp_path: Path) -> None:
    (tmp_path / "models" / "staging").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    root = tmp_path.resolve()
    assert find_root(None, tmp_path) == root
    assert find_root(None, tmp_path / "models" / "staging") == root
    assert find_root(None, tmp_path / "other") == root


def test_a_folder_with_settings_is_a_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.swathe]\n")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text("[tool.other]\n")
    assert find_root(None, inner) == tmp_path.resolve()


def test_a_broken_pyproject_is_ours_only_if_it_names_us(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text("[tool.other\n")
    assert find_root(None, inner) == tmp_path.resolve()
    (inner / "pyproject.toml").write_text("[tool.swathe]\nname =\n")
    assert find_root(None, inner) == inner.resolve()


def test_project_dir_is_taken_exactly(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "inner").mkdir()
    assert find_root(Path("inner"), tmp_path) == (tmp_path / "inner").resolve()
    with pytest.raises(ProjectError, match="there is no folder `nowhere`"):
        find_root(Path("nowhere"), tmp_path)


def test_no_project_at_all(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        find_root(None, tmp_path)
    assert "swathe init" in (caught.value.hint or "")


def test_every_setting_is_optional(tmp_path: Path) -> None:
    defaults = Settings(tmp_path, tmp_path.name, None, "swathe_state", {}, strict_pruning=False)
    assert read_settings(tmp_path) == defaults
    assert settings(tmp_path, "[project]\nname = 'x'\n") == defaults
    assert settings(tmp_path, "[tool.swathe]\n") == defaults


def test_every_setting(tmp_path: Path) -> None:
    text = """
[tool.swathe]
name = "flights"
profile = "warehouse"
state_schema = "records"
strict_pruning = true

[tool.swathe.vars]
limit = 3
"""
    expected = Settings(tmp_path, "flights", "warehouse", "records", {"limit": 3}, strict_pruning=True)
    assert settings(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ('[tool.swathe]\n\n  profil = "x"\n', "unknown setting `profil`", 3, 3),
        ("[tool.swathe]\nname = 3\n", "`name` must be text, not a number", 2, 1),
        ('[tool.swathe]\nname = ""\n', "`name` is empty or can't be printed", 2, 1),
        ("[tool.swathe]\nvars = 3\n", "`vars` must be a table, not a number", 2, 1),
        ("[tool.swathe]\nstrict_pruning = 1\n", "`strict_pruning` must be true or false, not a number", 2, 1),
        ("[tool.x]\nvarz = 1\n[tool.swathe]\n[tool.swathe.varz]\na = 1\n", "unknown setting `varz`", 4, 1),
        ("[tool.x]\nnme = 1\n[tool.swathe]\nname = 'a'\nnme = 2\n", "unknown setting `nme`", 5, 1),
        ("[tool]\nswathe = 3\n", "`tool.swathe` must be a table, not a number", None, None),
    ],
)
def test_a_bad_setting(tmp_path: Path, text: str, message: str, line: int | None, column: int | None) -> None:
    error = refuse(tmp_path, text)
    assert error.message == message
    assert error.at == Location("pyproject.toml", line, column)


def test_an_unknown_setting_names_the_nearest(tmp_path: Path) -> None:
    assert refuse(tmp_path, "[tool.swathe]\nprofil = 'x'\n").hint == "did you mean `profile`?"


def test_broken_toml(tmp_path: Path) -> None:
    error = refuse(tmp_path, '[tool.swathe]\nname "x"\n')
    assert error.message.startswith("`pyproject.toml` is not valid TOML: expected '='")
    assert error.at == Location("pyproject.toml", 2, 6)
    error = refuse(tmp_path, "[tool.swathe]\nname = '''x")
    assert error.at is not None
    assert error.at.line == 2
