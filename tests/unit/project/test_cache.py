"""What is remembered of a project: found by what it depends on, and no worse than nothing when it is broken."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from swathe.errors import Location
from swathe.model.definition import Column, Materialized, ModelConfig, PartitionBy, TimeColumn
from swathe.partition.granularity import Granularity
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.window import Delta, Shift, Window
from swathe.project import cache_format
from swathe.project.cache import FOLDER, Cache, digest, forget
from swathe.project.cache_format import Unwritable, decode, encode

VALUE = (Column("day", "DATE"), Column("who", "VARCHAR"))


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    forget()
    yield
    forget()


def remembered(root: Path, value: Any = VALUE, key: str = "k", secrets: frozenset[str] = frozenset()) -> Path:
    """As another process left it. The file that holds it."""
    cache = Cache(root, secrets)
    cache.put("model", key, value)
    cache.save()
    forget()
    return root / FOLDER / "loaded"


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1,
        "text\n with \"quotes\" é \udcff 'and' \x00",
        1.5,
        float("inf"),
        (1, True, "1", 1.0),
        [1, [2, (3,)]],
        frozenset({"a", "b"}),
        {"a": {"b": [date(2024, 1, 31)]}, ("s", "n"): None},
        datetime(2024, 1, 31, 23, 59, 59, 1),
        time(1, 2),
        timedelta(days=-1, microseconds=1),
        Location("models/a.sql", 1, 2),
        ModelConfig(
            Materialized.PARTITIONED,
            PartitionBy((TimeColumn("day", Granularity.DAY, "Europe/Paris"),)),
            begin=datetime(2024, 1, 1),
            tags=("a",),
            meta={"owner": ["me", 1.5]},
        ),
        IntervalSet.of(Interval(0, 3), Interval(5, 6)),
        Window(((Shift(Delta(fixed=timedelta(days=-1)), Delta(months=1)),),)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_written_is_read_as_it_was(value: Any) -> None:
    again = decode(encode(value))
    assert again == value
    # What is equal may be of another type: 1 and True. The elements of a set have no order.
    shown = sorted if isinstance(value, frozenset) else repr
    assert (type(again), shown(again)) == (type(value), shown(value))


@pytest.mark.parametrize(
    "value",
    [object(), datetime(2024, 1, 1, tzinfo=UTC), {1, 2}, (Path(),)],
    ids=["object", "instant", "set", "path"],
)
def test_other_things_are_not_written(value: Any) -> None:
    with pytest.raises(Unwritable):
        encode(value)


@pytest.mark.parametrize("name", ["Popen", "os.system", "eval", "type", "object", "Path"])
def test_nothing_but_the_listed_classes_is_made(name: str) -> None:
    with pytest.raises(LookupError):
        decode(json.dumps(["echo", [name, 0]]))


def test_no_two_classes_are_written_alike() -> None:
    names = [
        name
        for module in cache_format._MODULES
        for name, found in vars(module).items()
        if cache_format.CLASSES.get(name) is found and found.__module__ == module.__name__
    ]
    assert len(names) == len(set(names)) == len(cache_format.CLASSES) - 2


def test_parts_of_a_digest_are_kept_apart() -> None:
    assert len({digest("ab", "c"), digest("a", "bc"), digest("abc"), digest("ab", "c", "")}) == 4


def test_the_next_process_finds_it(tmp_path: Path) -> None:
    remembered(tmp_path)
    assert Cache(tmp_path).get("model", "k") == VALUE
    assert Cache(tmp_path).get("render", "k") is None
    assert Cache(tmp_path).get("model", "other") is None
    assert (tmp_path / FOLDER / ".gitignore").read_text() == "*\n"


def test_it_is_new_until_something_is_worked_out(tmp_path: Path) -> None:
    assert Cache(tmp_path).is_new()
    Cache(tmp_path).put("model", "k", VALUE)
    assert not Cache(tmp_path).is_new()
    remembered(tmp_path)
    assert not Cache(tmp_path).is_new()
    (tmp_path / FOLDER / "loaded").write_text("of another version\n")
    assert Cache(tmp_path).is_new()


def test_this_process_does_without_the_file(tmp_path: Path) -> None:
    Cache(tmp_path).put("model", "k", VALUE)
    assert Cache(tmp_path / "another").get("model", "k") is VALUE


@pytest.mark.parametrize("kept", [0, 1, 20, 60, 90, -1])
def test_a_file_that_was_cut_off_is_as_good_as_none(tmp_path: Path, kept: int) -> None:
    file = remembered(tmp_path)
    file.write_bytes(file.read_bytes()[:kept].rstrip(b"\n]"))
    assert Cache(tmp_path).get("model", "k") is None
    remembered(tmp_path)
    assert Cache(tmp_path).get("model", "k") == VALUE


def test_no_changed_byte_gives_another_value(tmp_path: Path) -> None:
    file = remembered(tmp_path)
    data = file.read_bytes()
    for at in range(len(data)):
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert Cache(tmp_path).get("model", "k") in (None, VALUE)
        forget()


@pytest.mark.parametrize("junk", [b"", b"\n\n\n", b"\x80\x00\xff" * 100, b"swathe 1\nmodel-k 0 []\n"])
def test_junk_is_as_good_as_nothing(tmp_path: Path, junk: bytes) -> None:
    file = remembered(tmp_path)
    file.write_bytes(junk)
    assert Cache(tmp_path).get("model", "k") is None
    remembered(tmp_path)
    assert Cache(tmp_path).get("model", "k") == VALUE


def test_another_version_finds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remembered(tmp_path)
    monkeypatch.setattr("swathe.project.cache._versions", lambda: "swathe another")
    assert Cache(tmp_path).get("model", "k") is None


@pytest.mark.parametrize("place", ["target", FOLDER, f"{FOLDER}/loaded"])
def test_what_can_not_be_written_is_done_without(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    if place.endswith("loaded"):
        (tmp_path / place).mkdir()
    else:
        (tmp_path / place).write_text("not a folder")
    remembered(tmp_path)
    assert Cache(tmp_path).get("model", "k") is None
    assert not list(tmp_path.rglob("*.tmp"))


@pytest.mark.parametrize("secret", ["hunter2", 'say "yes"', "it's", "back\\slash", "ünï"])
def test_no_secret_is_written(tmp_path: Path, secret: str) -> None:
    file = remembered(tmp_path, value=("public", f"select '{secret}'"), secrets=frozenset({secret}))
    assert not file.exists()
    cache = Cache(tmp_path, frozenset({secret}))
    cache.put("model", "open", ("public",))
    cache.put("model", "secret", {f"x{secret}": 1})
    cache.save()
    assert secret not in file.read_text()
    assert cache.get("model", "secret") == {f"x{secret}": 1}


def test_it_may_be_deleted_at_any_moment(tmp_path: Path) -> None:
    file = remembered(tmp_path)
    cache = Cache(tmp_path)
    assert cache.get("model", "k") == VALUE
    file.unlink()
    cache.put("model", "k2", VALUE)
    file.parent.joinpath(".gitignore").unlink()
    file.parent.rmdir()
    cache.save()
    forget()
    assert Cache(tmp_path).get("model", "k2") == VALUE


def test_what_nobody_uses_goes_and_what_is_used_stays(tmp_path: Path) -> None:
    for number in range(5):
        cache = Cache(tmp_path)
        assert cache.get("model", "always") == (VALUE if number else None)
        cache.put("model", "always", VALUE)
        for other in range(200):
            cache.put("model", f"{number}-{other}", other)
        cache.save()
        forget()
    lines = (tmp_path / FOLDER / "loaded").read_text().splitlines()
    assert len(lines) < 1000
    assert sum("always" in line for line in lines) == 1


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    file = remembered(tmp_path)
    before = file.stat()
    cache = Cache(tmp_path)
    cache.get("model", "k")
    cache.save()
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    assert file.stat().st_ino == before.st_ino


def test_processes_at_once_leave_a_whole_file(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from swathe.project.cache import Cache\n"
        "for number in range(40):\n"
        "    cache = Cache(Path(sys.argv[1])); cache.put('model', f'{sys.argv[2]}-{number}', ('x' * 5000, number))\n"
        "    cache.save()\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(number)]) for number in range(3)]
    while any(process.poll() is None for process in running):
        cache = Cache(tmp_path)
        for line in cache._on_disk():
            _, _, key = line.partition("-")
            assert cache.get("model", key) == ("x" * 5000, int(key.partition("-")[2]))
        forget()
    assert [process.returncode for process in running] == [0, 0, 0]
    assert Cache(tmp_path)._on_disk()
    assert not list(tmp_path.rglob("*.tmp"))
