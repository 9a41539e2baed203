"""Data versions, as SQL."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from swathe.model.definition import Column
from swathe.sql.literal import identifier

DIALECT = "duckdb"


def checksum_sql(columns: Sequence[Column]) -> str:
    """Sum of row hashes. The hash of the hash breaks up the linear way in which DuckDB combines columns, which would
    let swapped values cancel out in a sum.

    The types go in, too: DuckDB hashes 1.00 as it does 100, and zeros as nothing at all, which no sum would show. One
    number for all of them, since as a column more they would cost as much as one.
    """
    ordered = sorted(columns, key=lambda column: column.name)
    listed = ", ".join(identifier(column.name, DIALECT) for column in ordered) or "''"
    row = f"XOR(hash({listed}), CAST({_types(ordered)} AS UBIGINT))"
    return f"CAST(COALESCE(SUM(hash({row})), 0) % 9223372036854775808 AS BIGINT)"


def _types(columns: Sequence[Column]) -> int:
    types = ",".join(column.type for column in columns)
    return int.from_bytes(hashlib.blake2b(types.encode(), digest_size=8).digest(), "big")


def mixed_sql(one: str, other: str) -> str:
    """See `Engine.mixed_sql`. The hash of the hash, as above: without it values that change places would not show."""
    return f"hash(hash({one}, {other}))"
