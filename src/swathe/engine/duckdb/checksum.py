"""Data versions, as SQL."""

from __future__ import annotations

from collections.abc import Sequence

from swathe.sql.literal import identifier

DIALECT = "duckdb"


def checksum_sql(columns: Sequence[str]) -> str:
    """Sum of row hashes. The hash of the hash breaks up the linear way in which DuckDB combines columns, which would
    let swapped values cancel out in a sum.

    The types go in, too: DuckDB hashes 1.00 as it does 100, and zeros as nothing at all, which no sum would show.
    """
    names = [identifier(name, DIALECT) for name in sorted(columns)]
    types = " || ',' || ".join(f"typeof({name})" for name in names) or "''"
    listed = ", ".join([*names, types])
    return f"CAST(COALESCE(SUM(hash(hash({listed}))), 0) % 9223372036854775808 AS BIGINT)"


def mixed_sql(one: str, other: str) -> str:
    """See `Engine.mixed_sql`. The hash of the hash, as above: without it values that change places would not show."""
    return f"hash(hash({one}, {other}))"
