"""A DuckDB output of `profiles.yml`, checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from swathe.errors import ProjectError
from swathe.model.values import kind
from swathe.project.marked_yaml import Node, expect_mapping
from swathe.project.profile_output import COMMON, Output, check_known

KEYS = ("type", "path", *COMMON, "settings")
_NOT_YET = ("extensions", "attach", "secrets", "plugins", "filesystems", "config_options", "database")
_REFUSED = dict.fromkeys(_NOT_YET, ("is not supported yet", "remove it"))


def check_keys(node: Node) -> None:
    """Raises ProjectError for a key that is not known, or not supported yet."""
    check_known(node, KEYS, _REFUSED, "a DuckDB target")
    if "settings" in node.entries:
        expect_mapping(node.entries["settings"], "`settings`")


def read_options(output: Output, root: Path) -> dict[str, Any]:
    """`path`, absolute, and `settings` as they are. Raises ProjectError."""
    given = {name: value for name, value in output.values.items() if name not in COMMON}
    return {**given, "path": _path(output, root)}


def _path(output: Output, root: Path) -> str:
    value = output.values.get("path")
    hint = "name a file, such as `path: warehouse.duckdb`: the records of what was built live in it"
    if value is None:
        raise ProjectError("a DuckDB target needs a `path`", at=output.node.at, hint=hint)
    at = output.at("path")
    if not isinstance(value, str):
        raise ProjectError(f"`path` must be text, not {kind(value)}", at=at, hint=hint)
    if not value.strip() or value.strip().startswith(":memory:"):
        raise ProjectError("a DuckDB target can't live in memory", at=at, hint=hint)
    if "://" in value or value.startswith("md:"):
        raise ProjectError("a DuckDB target must be a local file", at=at, hint=hint)
    return str(root / Path(value).expanduser())
