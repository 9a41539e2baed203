"""Opens DuckDB for the registry. Imports the driver only to open a file."""

from __future__ import annotations

import os
from pathlib import Path

from swathe.engine.adapter import Binder, Capabilities, Engine, FileReader
from swathe.engine.connection import ConnectionSpec
from swathe.errors import EngineError


def open_engine(connection: ConnectionSpec, *, read_only: bool) -> Engine:
    from swathe.engine.duckdb.engine import DuckDBEngine

    path = str(connection.options["path"])
    missing = not Path(path).exists()
    if missing and not read_only:
        _make_folder(Path(path).parent)
    if Path(path).is_dir():
        raise EngineError(f"`{path}` is a folder, not a database file", hint="name a file in `path` in profiles.yml")
    return DuckDBEngine(
        None if missing and read_only else path,
        root=connection.root,
        read_only=read_only,
        default_schema="main",
        threads=None,
        settings=dict(connection.options.get("settings") or {}),
    )


def is_there(connection: ConnectionSpec) -> bool:
    path = Path(str(connection.options["path"]))
    if path.exists():
        return True
    above = next(folder for folder in path.parents if folder.exists())
    if not above.is_dir():
        raise _no_folder(path.parent, f"`{above}` is a file")
    if not os.access(above, os.W_OK):
        raise _no_folder(path.parent, "permission denied")
    return False


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_folder(folder, (error.strerror or str(error)).lower()) from None


def _no_folder(folder: Path, why: str) -> EngineError:
    return EngineError(
        f"the database file can't be created in `{folder}`: {why}",
        hint="change `path` in profiles.yml, or mend the permissions",
    )


def open_binder(connection: ConnectionSpec) -> Binder:
    from swathe.engine.duckdb.binder import DuckDBBinder

    return DuckDBBinder(connection.root)


def offline_engine() -> FileReader:
    from swathe.engine.duckdb.files import DuckDBFiles

    return DuckDBFiles()


def capabilities() -> Capabilities:
    from swathe.engine.duckdb.engine import CAPABILITIES

    return CAPABILITIES


def collates(connection: ConnectionSpec) -> bool:
    """Whether the settings ask the engine to take texts for equal that are not the same."""
    settings = connection.options.get("settings") or {}
    return any(str(name).lower() == "default_collation" and value for name, value in settings.items())
