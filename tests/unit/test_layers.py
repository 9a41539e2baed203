"""The shape of the house, read from the source: what may import what, and who may touch the world."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import swathe

PACKAGE = Path(swathe.__file__).parent

LAYERS = (
    {"frozen"},
    {"errors"},
    {"partition"},
    {"model"},
    {"sql", "plan"},
    {"engine"},
    {"project", "state"},
    {"run"},
    {"api"},
    {"cli", "web", "integrations"},
    {"__main__"},
)
"""From the ground up. Imports point downwards only; names of one layer never import each other."""

HEIGHT = {name: height for height, layer in enumerate(LAYERS) for name in layer}
PURE = {"errors", "frozen", "partition", "model", "sql", "plan"}

DRIVERS = {"duckdb", "psycopg", "psycopg_pool", "pyspark"}
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.getenvb"}
CLOCK = {
    *(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")),
    "datetime.date.today",
    *(f"time.{name}" for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "localtime")),
}
FILES = {"open", "io.open", "os.open", "codecs.open"}
FILE_METHODS = {"open", "read_text", "read_bytes", "write_text", "write_bytes"}

MAY_IMPORT_DRIVERS = {"engine"}
MAY_READ_ENVIRONMENT = {"project", "cli"}
MAY_OPEN_FILES = {"project", "cli", "engine", "state", "api", "run"}
MAY_PRINT = {"cli"}


@dataclass(frozen=True)
class Module:
    """A module of the package by its dotted name, with its source."""

    name: str
    source: str
    is_package: bool = False

    @property
    def place(self) -> str:
        """The folder or file right under the package; empty for the package itself."""
        return self.name.partition(".")[2].partition(".")[0]

    def violations(self) -> list[str]:
        tree = ast.parse(self.source)
        names = _names(tree)
        found = [*self._imports(tree), *self._effects(tree, names)]
        return [f"{self.name}:{line}: {what}" for line, what in sorted(found)]

    def _imports(self, tree: ast.Module) -> Iterator[tuple[int, str]]:
        if self.place and self.place not in HEIGHT:
            yield 1, f"`{self.place}` has no layer"
            return
        for line, target in self._imported(tree):
            top, _, rest = target.partition(".")
            if top in DRIVERS and self.place not in MAY_IMPORT_DRIVERS:
                yield line, f"imports the driver `{top}`"
            other = rest.partition(".")[0]
            if top != "swathe" or other not in HEIGHT or other == self.place:
                continue
            if not self.place or HEIGHT[other] >= HEIGHT[self.place]:
                yield line, f"imports `{target}`, which is not below it"

    def _imported(self, tree: ast.Module) -> Iterator[tuple[int, str]]:
        """Line and dotted name of each import, wherever it stands; `from a import b` counts as `a.b`."""
        for node in ast.walk(tree):
            match node:
                case ast.Import(names=aliases):
                    yield from ((node.lineno, alias.name) for alias in aliases)
                case ast.ImportFrom(names=aliases):
                    yield from ((node.lineno, f"{self._origin(node)}.{alias.name}") for alias in aliases)
                case ast.Call(func=func, args=[ast.Constant(value=str(target)), *_]):
                    if ast.unparse(func).rpartition(".")[2] in {"import_module", "__import__"}:
                        yield node.lineno, target

    def _origin(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        up = node.level - 1 if self.is_package else node.level
        return ".".join([*parts[: len(parts) - up], *([node.module] if node.module else [])])

    def _effects(self, tree: ast.Module, names: dict[str, str]) -> Iterator[tuple[int, str]]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Name | ast.Attribute):
                full = _full_name(node, names)
                if full in ENVIRONMENT and self.place not in MAY_READ_ENVIRONMENT:
                    yield node.lineno, f"reads the environment: `{full}`"
                if full in CLOCK and self.place in PURE:
                    yield node.lineno, f"reads the clock: `{full}`"
            if isinstance(node, ast.Call):
                full = _full_name(node.func, names)
                if self.place not in MAY_OPEN_FILES and _opens_a_file(node.func, full):
                    yield node.lineno, f"opens a file: `{ast.unparse(node.func)}`"
                if full == "print" and self.place not in MAY_PRINT:
                    yield node.lineno, "prints"


def _names(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for, in full."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                local = alias.asname or alias.name.partition(".")[0]
                names[local] = alias.name if alias.asname else local
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _full_name(node: ast.expr, names: dict[str, str]) -> str | None:
    match node:
        case ast.Name(id=name):
            return names.get(name, name)
        case ast.Attribute(value=value, attr=attribute):
            owner = _full_name(value, names)
            return owner and f"{owner}.{attribute}"
    return None


def _opens_a_file(func: ast.expr, full: str | None) -> bool:
    if full in FILES:
        return True
    return isinstance(func, ast.Attribute) and func.attr in FILE_METHODS and full != "webbrowser.open"


def _modules() -> Iterator[Module]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = ["swathe", *path.relative_to(PACKAGE).with_suffix("").parts]
        is_package = parts[-1] == "__init__"
        yield Module(".".join(parts[:-1] if is_package else parts), path.read_text("utf-8"), is_package)


def test_every_module_keeps_to_its_layer() -> None:
    modules = list(_modules())
    assert {"swathe", "swathe.errors", "swathe.partition.window"} <= {module.name for module in modules}
    assert [violation for module in modules for violation in module.violations()] == []


@pytest.mark.parametrize(
    ("name", "source", "violation"),
    [
        ("swathe.plan.steps", "from swathe.engine import adapter", "imports `swathe.engine.adapter`"),
        ("swathe.plan.steps", "import swathe.sql.render", "imports `swathe.sql.render`"),
        ("swathe.plan.steps", "from ..sql import render", "imports `swathe.sql.render`"),
        ("swathe.plan.steps", "from .. import cli", "imports `swathe.cli`"),
        ("swathe.plan.steps", "from swathe import run", "imports `swathe.run`"),
        ("swathe.plan.steps", "def late():\n    import swathe.api", "imports `swathe.api`"),
        (
            "swathe.plan.steps",
            "if TYPE_CHECKING:\n    from swathe.run import step",
            "imports `swathe.run.step`",
        ),
        ("swathe.plan.steps", "importlib.import_module('swathe.run.step')", "imports `swathe.run.step`"),
        ("swathe.errors", "from swathe.partition import window", "imports `swathe.partition.window`"),
        ("swathe.web.app", "import swathe.cli.main", "imports `swathe.cli.main`"),
        ("swathe.cli.main", "import swathe.__main__", "imports `swathe.__main__`"),
        ("swathe", "from swathe.api import backfill", "imports `swathe.api.backfill`"),
        ("swathe.helpers", "", "`helpers` has no layer"),
        ("swathe.state.store", "import duckdb", "imports the driver `duckdb`"),
        ("swathe.state.store", "from psycopg.rows import dict_row", "imports the driver `psycopg`"),
        ("swathe.run.step", "__import__('pyspark.sql')", "imports the driver `pyspark`"),
        ("swathe.sql.render", "import os\nos.environ['HOME']", "reads the environment: `os.environ`"),
        (
            "swathe.engine.duckdb",
            "from os import getenv as get\nget('HOME')",
            "reads the environment: `os.getenv`",
        ),
        ("swathe.plan.steps", "import datetime as dt\ndt.datetime.now()", "reads the clock"),
        ("swathe.plan.steps", "from datetime import date\ntoday = date.today", "reads the clock"),
        ("swathe.sql.render", "from time import time as t\nt()", "reads the clock: `time.time`"),
        ("swathe.model.graph", "open('x')", "opens a file: `open`"),
        ("swathe.model.graph", "Path('x').read_text()", "opens a file: `Path('x').read_text`"),
        ("swathe.web.app", "path.open()", "opens a file: `path.open`"),
        ("swathe.run.step", "print('x')", "prints"),
    ],
)
def test_what_breaks_the_rules_is_found(name: str, source: str, violation: str) -> None:
    found = Module(name, source, is_package=name == "swathe").violations()
    assert len(found) == 1
    assert violation in found[0]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("swathe.plan.steps", "from swathe.plan.record import Record\nfrom swathe.errors import PlanError"),
        ("swathe.plan.steps", "from . import record\nfrom ..partition.window import Window"),
        ("swathe.plan.steps", "from datetime import datetime, time\ndatetime(2013, 1, 1)\ntime()"),
        (
            "swathe.engine.postgres",
            "import psycopg\nfrom swathe.sql import overwrite\nfrom swathe.plan import steps",
        ),
        ("swathe.cli.main", "import os\nfrom swathe.api import backfill\nprint(os.environ, open('x'))"),
        ("swathe.run.step", "from datetime import UTC, datetime\ndatetime.now(UTC)"),
        ("swathe.web.app", "import webbrowser\nwebbrowser.open('http://localhost')"),
        ("swathe.__main__", "from swathe.cli.main import main\nmain()"),
        ("swathe.sql.render", "console.print('`print` of something else')"),
    ],
)
def test_what_keeps_to_the_rules_is_not(name: str, source: str) -> None:
    assert Module(name, source).violations() == []
