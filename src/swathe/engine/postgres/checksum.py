"""An order-free checksum of rows, computed by the server.

Each row is hashed as a record, which is fast, and its hash hashed once more: a record's hash is linear in those of its
columns, so without it values that were swapped between rows would cancel out in the sum. Types whose equal values can
look different (1.0 and 1.00, zero and minus zero, an hour and 60 minutes, texts under some collations) go in as text or
as bytes, since what reads them can tell.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from swathe.model.definition import Column
from swathe.sql.literal import identifier

DIALECT = "postgres"
MODULUS = 2**63

_EXACT = frozenset(
    {
        "BIGINT", "BOOLEAN", "BYTEA", "DATE", "INTEGER", "OID", "SMALLINT", "UUID",
        "TIME WITHOUT TIME ZONE", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITHOUT TIME ZONE",
    }
)  # fmt: skip
"""Types whose values are equal only where they are the same, and which the server can hash."""

_PRECISION = re.compile(r"\(\d+\)")


def checksum_sql(columns: Sequence[Column]) -> str:
    """See `Engine.checksum_sql`."""
    ordered = sorted(columns, key=lambda column: column.name)
    if not ordered:
        return f"MOD(COUNT(*), {MODULUS})"
    seed = _seed(ordered)
    row = ", ".join(_hashable(column) for column in ordered)
    # Columns beyond a record's limit (1664) are beyond a table's (1600), too.
    hashed = f"hashint8extended(hash_record_extended(ROW({row}), {seed}), {seed})"
    return f"CAST(MOD(MOD(COALESCE(SUM({hashed}), 0), {MODULUS}) + {MODULUS}, {MODULUS}) AS BIGINT)"


def mixed_sql(one: str, other: str) -> str:
    """See `Engine.mixed_sql`."""
    return f"hashint8extended({other}, {one})"


def _hashable(column: Column) -> str:
    name = identifier(column.name, DIALECT)
    kind = column.type.upper()
    if _PRECISION.sub("", kind) in _EXACT:
        return name
    if kind == "TEXT" or kind.startswith("CHARACTER VARYING"):
        return f'{name} COLLATE "C"'
    if kind in ("REAL", "DOUBLE PRECISION"):
        return f"float8send({name})"
    return f'CAST({name} AS TEXT) COLLATE "C"'


def _seed(columns: Sequence[Column]) -> int:
    """Of the types: a value that changed its type has changed."""
    types = ",".join(column.type for column in columns)
    digest = hashlib.blake2b(types.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
