"""Files as tables."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from swathe.engine.adapter import FILE_COLUMN
from swathe.engine.duckdb.checksum import DIALECT
from swathe.sql.literal import identifier, text_literal

_READERS = {
    ".parquet": "read_parquet", ".csv": "read_csv", ".tsv": "read_csv", ".json": "read_json", ".jsonl": "read_json",
    ".ndjson": "read_json",
}  # fmt: skip


class DuckDBFiles:
    """How DuckDB spells reading files. Without a root, paths stay relative, to be shown and not to be run.

    What is run names whole paths: DuckDB looks for a relative one in the process's folder before anywhere else, and
    that may hold another file of that name.
    """

    def __init__(self, root: Path | None = None) -> None:
        self._root = root

    def files_sql(self, location: str) -> str:
        return f"{_reader(location)}({text_literal(self._whole(location), DIALECT)})"

    def file_list_sql(self, location: str, paths: Sequence[str]) -> str:
        named = f"filename = {text_literal(FILE_COLUMN, DIALECT)}"
        if _reader(location) == "read_parquet" or ".." in Path(location).parts:
            # DuckDB takes each path of a list for a pattern, too.
            listed = ", ".join(text_literal(self._whole(glob.escape(path)), DIALECT) for path in paths)
            return f"{_reader(location)}([{listed}], {named})"
        # The types of text are guessed: of these files alone they might be other ones than of all.
        listed = ", ".join(text_literal(str((self._root or Path()) / path), DIALECT) for path in paths)
        files = f"{_reader(location)}({text_literal(self._whole(location), DIALECT)}, {named})"
        return f"(SELECT * FROM {files} WHERE {identifier(FILE_COLUMN, DIALECT)} IN ({listed})) AS f"

    def _whole(self, location: str) -> str:
        if self._root is None or "://" in location:
            return location
        return str(Path(glob.escape(str(self._root))) / location)


def _reader(location: str) -> str:
    stem = location.lower().removesuffix(".gz").removesuffix(".zst")
    for suffix, reader in _READERS.items():
        if stem.endswith(suffix):
            return reader
    return "read_parquet"
