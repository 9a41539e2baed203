"""What was worked out before, so that it need not be again: in this process, and in `target/cache` for the next one.

An entry is found by a digest of everything it depends on: texts, columns, settings, and the versions of what worked it
out; never by dates. So it can be old, but not wrong, and the folder may be deleted at any moment.
"""

from __future__ import annotations

import os
import platform
from collections import OrderedDict
from collections.abc import Collection
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock, get_ident
from typing import Any

import swathe
from swathe.project.cache_format import Unwritable, decode, encode
from swathe.project.secrets import redact

FOLDER = "target/cache"
_FILE = "loaded"
_MOST_IN_MEMORY = 6000
_SPARE = 200

_memory: OrderedDict[str, Any] = OrderedDict()
_lock = Lock()


def digest(*parts: str) -> str:
    """One short text that stands for these, and for no others."""
    text = "".join([f"{len(part)}:{part}" for part in parts])
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def forget() -> None:
    """What this process remembers."""
    with _lock:
        _memory.clear()


class Cache:
    """The entries of one project. Whatever is wrong with their file, it is as if it were not there.

    What holds one of the `secrets` is not written. Whose file can't be written lives without it.
    """

    def __init__(self, root: Path, secrets: Collection[str] = ()) -> None:
        self._folder = root / FOLDER
        self._secrets = secrets
        self._lines: dict[str, bytes] | None = None
        self._used: dict[str, None] = {}
        self._added: dict[str, bytes] = {}

    def is_new(self) -> bool:
        """Whether nothing was worked out before."""
        return not _memory and not self._on_disk()

    def get(self, kind: str, key: str) -> Any:
        """A value; None when there is none. It is shared: nobody may change it."""
        name = f"{kind}-{key}"
        self._used[name] = None
        with _lock:
            if name in _memory:
                _memory.move_to_end(name)
                return _memory[name]
        line = self._on_disk().get(name)
        value = None if line is None else _read(line)
        if value is not None:
            _remember(name, value)
        return value

    def put(self, kind: str, key: str, value: Any) -> None:
        name = f"{kind}-{key}"
        _remember(name, value)
        try:
            text = encode(value)
        except Unwritable:
            return
        if redact(text, self._secrets) == text:
            data = text.encode("utf-8", "surrogatepass")
            self._added[name] = b"%s %s" % (_check(data), data)

    def save(self) -> None:
        """Write what is new. What was not used is kept only as far as there is room for it."""
        if not self._added:
            return
        known = {**self._on_disk(), **self._added}
        used = [name for name in self._used if name in known]
        others = [name for name in known if name not in self._used]
        room = 2 * len(used) + _SPARE
        lines = [f"{name} ".encode() + known[name] for name in (*others[-room:], *used)]
        self._added = {}
        self._write(b"\n".join([_versions().encode(), *lines, b""]))

    def _on_disk(self) -> dict[str, bytes]:
        """Lines without their names, oldest first."""
        if self._lines is None:
            try:
                first, *lines = (self._folder / _FILE).read_bytes().split(b"\n")
            except OSError:
                first, lines = b"", []
            if first != _versions().encode():
                lines = []
            pairs = (line.partition(b" ") for line in lines)
            self._lines = {name.decode("ascii", "replace"): rest for name, _, rest in pairs if rest}
        return self._lines

    def _write(self, data: bytes) -> None:
        # Each writer has a file of its own until it is whole. What a killed one left behind goes; should it be that of
        # one at work, that one goes without.
        own = self._folder / f"{_FILE}.{os.getpid()}.{get_ident()}.tmp"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for left in self._folder.glob(f"{_FILE}.*.tmp"):
                left.unlink(missing_ok=True)
            (self._folder / ".gitignore").write_text("*\n", encoding="utf-8")
            own.write_bytes(data)
            own.replace(self._folder / _FILE)
        except OSError:
            try:
                own.unlink(missing_ok=True)
            except OSError:
                return


def _remember(name: str, value: Any) -> None:
    with _lock:
        _memory[name] = value
        _memory.move_to_end(name)
        while len(_memory) > _MOST_IN_MEMORY:
            _memory.popitem(last=False)


def _read(line: bytes) -> Any:
    told, _, data = line.partition(b" ")
    if told != _check(data):
        return None
    try:
        return decode(data.decode("utf-8", "surrogatepass"))
    except (ValueError, TypeError, LookupError, RecursionError):
        return None


def _check(data: bytes) -> bytes:
    return blake2b(data, digest_size=8).hexdigest().encode()


@cache
def _versions() -> str:
    """Names what works values out. swathe's own version does not change with each change of an installed checkout, so
    its text counts as well.
    """
    package = Path(swathe.__file__).parent
    texts = []
    folders = ("engine", "model", "partition", "project", "sql")
    paths = [path for folder in folders for path in sorted((package / folder).rglob("*.py"))]
    for path in (package / "errors.py", *paths):
        try:
            texts.append(path.read_text(encoding="utf-8", errors="surrogateescape"))
        except OSError:
            texts.append(str(path))
    others = [f"{name} {_version(name)}" for name in ("jinja2", "sqlglot", "sqlglotc", "pyyaml")]
    own = [swathe.__version__, platform.python_version(), platform.python_implementation()]
    return f"swathe {digest(*own, *others, *texts)}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
