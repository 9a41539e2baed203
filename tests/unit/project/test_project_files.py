"""Reading `models/` and `macros/`."""

from pathlib import Path

import pytest

from swathe.errors import Location, ModelError, ProjectError, SwatheError
from swathe.project.files import ProjectFile, read_project_files


def write(root: Path, **files: str | bytes) -> Path:
    """`write(root, **{"models/a.sql": "select 1"})`."""
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def refuse(root: Path, kind: type[SwatheError]) -> SwatheError:
    with pytest.raises(kind) as caught:
        read_project_files(root)
    return caught.value


def test_models_macros_and_yaml(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{
            "models/marts/b.sql": "select 2",
            "models/a.sql": "select 1",
            "models/schema.yml": "models:",
            "models/marts/sources.yaml": "sources:",
            "models/notes.md": "no",
            "models/.hidden.sql": "no",
            "models/.ipynb_checkpoints/a.sql": "no",
            "macros/deep/m.sql": "macro",
            "macros/m.yml": "no",
            "other/x.sql": "no",
        },
    )
    files = read_project_files(tmp_path)
    assert files.models == {
        "a": ProjectFile("models/a.sql", "select 1"),
        "b": ProjectFile("models/marts/b.sql", "select 2"),
    }
    assert files.macros == (ProjectFile("macros/deep/m.sql", "macro"),)
    assert [file.path for file in files.yaml] == ["models/marts/sources.yaml", "models/schema.yml"]


def test_byte_order_mark_and_line_ends_do_not_matter(tmp_path: Path) -> None:
    write(tmp_path, **{"models/a.sql": b"\xef\xbb\xbfselect\r\n1\rfrom x\n"})
    assert read_project_files(tmp_path).models["a"].text == "select\n1\nfrom x\n"  # type: ignore[index]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_bytes_that_are_not_utf8(tmp_path: Path, mark: bytes) -> None:
    write(tmp_path, **{"models/a.sql": mark + "select 1\r\n-- ä".encode() + b"\xff"})
    error = refuse(tmp_path, ProjectError)
    assert error.message == f"`models/a.sql` is not UTF-8: byte 0xff at byte position {len(mark) + 15}"
    assert error.at == Location("models/a.sql", 2, 5)


def test_no_models(tmp_path: Path) -> None:
    assert "swathe init" in (refuse(tmp_path, ProjectError).hint or "")
    write(tmp_path, **{"models/schema.yml": ""})
    assert "swathe init" in (refuse(tmp_path, ProjectError).hint or "")


def test_one_name_for_two_models(tmp_path: Path) -> None:
    write(tmp_path, **{"models/x/a.sql": "", "models/y/a.sql": ""})
    error = refuse(tmp_path, ModelError)
    assert error.message == "`models/x/a.sql` and `models/y/a.sql` are both the model `a`"
    assert error.at == Location("models/y/a.sql")


def test_names_that_differ_by_case_only(tmp_path: Path) -> None:
    write(tmp_path, **{"models/x/a.sql": "", "models/y/A.sql": ""})
    message = refuse(tmp_path, ModelError).message
    assert message == "`models/x/a.sql` and `models/y/A.sql` differ in name by case only"


def test_a_name_with_a_dot(tmp_path: Path) -> None:
    write(tmp_path, **{"models/a.b.sql": ""})
    error = refuse(tmp_path, ModelError)
    assert error.message == "the model name `a.b` has a dot in it"
    assert error.hint == "rename the file to `a_b.sql`"


@pytest.mark.parametrize("name", ["a\x07b", "a\nb", " "])
def test_a_name_that_can_not_be_printed(tmp_path: Path, name: str) -> None:
    write(tmp_path, **{f"models/{name}.sql": ""})
    assert refuse(tmp_path, ModelError).message.isprintable()


@pytest.mark.parametrize("name", ['a"b', "a b", "a;drop", "ä", "2024", "select"])
def test_odd_names_are_allowed(tmp_path: Path, name: str) -> None:
    write(tmp_path, **{f"models/{name}.sql": ""})
    assert list(read_project_files(tmp_path).models) == [name]


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    write(tmp_path, **{"models/a.sql": ""})
    (tmp_path / "models" / "b.sql").symlink_to("nowhere.sql")
    assert refuse(tmp_path, ProjectError).at == Location("models/b.sql")
