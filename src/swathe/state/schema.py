"""The metadata schema: its tables, its version, and the ordered steps from one version to the next.

Documented column by column in docs/state.md; a test holds that page against this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from swathe.frozen import frozen

SCHEMA_VERSION = 4
"""Versions 1 to 3 were never released, so there is no step from them."""


@frozen
class StateColumn:
    """A column and its portable SQL type."""

    name: str
    type: str


def _columns(text: str) -> tuple[StateColumn, ...]:
    pairs = (line.split(maxsplit=1) for line in text.strip().splitlines())
    return tuple(StateColumn(name, kind.strip()) for name, kind in pairs)


TABLES: Mapping[str, Sequence[StateColumn]] = {
    "meta": _columns("""
        name            VARCHAR NOT NULL
        value           VARCHAR NOT NULL
    """),
    "runs": _columns("""
        run_id          VARCHAR NOT NULL
        started_at      TIMESTAMP NOT NULL
        ended_at        TIMESTAMP
        status          VARCHAR NOT NULL
        command         VARCHAR NOT NULL
        reason          VARCHAR
        target          VARCHAR NOT NULL
        partitions      BIGINT NOT NULL
        succeeded       BIGINT NOT NULL
        failed          BIGINT NOT NULL
        row_count       BIGINT NOT NULL
        swathe_version  VARCHAR NOT NULL
        host            VARCHAR NOT NULL
        pid             BIGINT NOT NULL
        alive_until     TIMESTAMP NOT NULL
    """),
    "logic": _columns("""
        model           VARCHAR NOT NULL
        fingerprint     VARCHAR NOT NULL
        canonical_form  VARCHAR NOT NULL
        sql             VARCHAR NOT NULL
        input_columns   VARCHAR NOT NULL
        config          VARCHAR NOT NULL
        first_seen_at   TIMESTAMP NOT NULL
    """),
    "tables": _columns("""
        model           VARCHAR NOT NULL
        table_schema    VARCHAR NOT NULL
        table_name      VARCHAR NOT NULL
        unit            VARCHAR NOT NULL
        first_built_at  TIMESTAMP NOT NULL
    """),
    "partitions": _columns("""
        model           VARCHAR NOT NULL
        partition_key   VARCHAR NOT NULL
        unit            VARCHAR NOT NULL
        slice           VARCHAR NOT NULL
        ordinal         BIGINT NOT NULL
        fingerprint     VARCHAR NOT NULL
        row_count       BIGINT NOT NULL
        data_version    BIGINT NOT NULL
        built_at        TIMESTAMP NOT NULL
        planned_at      TIMESTAMP
        planned_stop    BIGINT
        seconds         DOUBLE PRECISION NOT NULL
        run_id          VARCHAR NOT NULL
        invalidated_at  TIMESTAMP
        invalidated_for VARCHAR
        frozen_at       TIMESTAMP
        frozen_for      VARCHAR
    """),
    "inputs": _columns("""
        model           VARCHAR NOT NULL
        slice           VARCHAR NOT NULL
        ordinal         BIGINT NOT NULL
        input           VARCHAR NOT NULL
        input_unit      VARCHAR NOT NULL
        first_ordinal   BIGINT
        last_ordinal    BIGINT
        input_slices    VARCHAR NOT NULL
        columns         VARCHAR
        version         BIGINT NOT NULL
    """),
    "column_versions": _columns("""
        model           VARCHAR NOT NULL
        unit            VARCHAR NOT NULL
        slice           VARCHAR NOT NULL
        ordinal         BIGINT NOT NULL
        columns         VARCHAR NOT NULL
        version         BIGINT NOT NULL
    """),
    "checks": _columns("""
        model           VARCHAR NOT NULL
        input           VARCHAR NOT NULL
        input_unit      VARCHAR NOT NULL
        columns         VARCHAR
        version         BIGINT NOT NULL
        checked_at      TIMESTAMP NOT NULL
    """),
    "attempts": _columns("""
        run_id          VARCHAR NOT NULL
        model           VARCHAR NOT NULL
        first_key       VARCHAR NOT NULL
        last_key        VARCHAR NOT NULL
        unit            VARCHAR NOT NULL
        first_ordinal   BIGINT NOT NULL
        last_ordinal    BIGINT NOT NULL
        slices          VARCHAR NOT NULL
        partitions      BIGINT NOT NULL
        fingerprint     VARCHAR NOT NULL
        attempt         BIGINT NOT NULL
        reason          VARCHAR NOT NULL
        status          VARCHAR NOT NULL
        started_at      TIMESTAMP NOT NULL
        seconds         DOUBLE PRECISION NOT NULL
        row_count       BIGINT
        rows_outside    BIGINT
        error           VARCHAR
    """),
    "audits": _columns("""
        run_id          VARCHAR NOT NULL
        model           VARCHAR NOT NULL
        first_key       VARCHAR NOT NULL
        last_key        VARCHAR NOT NULL
        partitions      BIGINT NOT NULL
        audit           VARCHAR NOT NULL
        severity        VARCHAR NOT NULL
        status          VARCHAR NOT NULL
        bad_rows        BIGINT
        message         VARCHAR
        checked_at      TIMESTAMP NOT NULL
    """),
    "claims": _columns("""
        claim_id        VARCHAR NOT NULL
        run_id          VARCHAR NOT NULL
        model           VARCHAR NOT NULL
        unit            VARCHAR NOT NULL
        first_ordinal   BIGINT NOT NULL
        last_ordinal    BIGINT NOT NULL
        slices          VARCHAR NOT NULL
        claimed_at      TIMESTAMP NOT NULL
    """),
    "source_files": _columns("""
        source          VARCHAR NOT NULL
        path            VARCHAR NOT NULL
        size_bytes      BIGINT NOT NULL
        modified_ns     BIGINT NOT NULL
        measured_at     TIMESTAMP NOT NULL
        columns         VARCHAR
        measure         VARCHAR NOT NULL
    """),
    "source_versions": _columns("""
        source          VARCHAR NOT NULL
        path            VARCHAR NOT NULL
        columns         VARCHAR
        slice           VARCHAR NOT NULL
        ordinal         BIGINT
        row_count       BIGINT NOT NULL
        version         BIGINT NOT NULL
    """),
}


UNIQUE: Mapping[str, Sequence[str]] = {
    "meta": ("name",),
    "runs": ("run_id",),
    "logic": ("model", "fingerprint"),
    "tables": ("model",),
    "partitions": ("model", "unit", "slice", "ordinal"),
    "column_versions": ("model", "unit", "slice", "ordinal", "columns"),
    "claims": ("claim_id",),
}
"""What no two rows of a table share."""

FOUND_BY: Mapping[str, Sequence[str]] = {
    "inputs": ("model", "ordinal"),
    "checks": ("model",),
    "attempts": ("model", "started_at"),
    "source_files": ("source",),
    "source_versions": ("source",),
}
"""What rows of the other tables are asked for by."""


def create_statements(schema: str, quote: Callable[[str, str], str], *, indexed: bool) -> list[str]:
    """DDL for a new metadata schema; `quote(schema, table)` gives a quoted name. With keys and indexes if `indexed`."""
    statements = []
    for table, columns in TABLES.items():
        listed = [f"{column.name} {column.type}" for column in columns]
        if indexed and table in UNIQUE:
            listed.append(f"PRIMARY KEY ({', '.join(UNIQUE[table])})")
        body = ",\n  ".join(listed)
        statements.append(f"CREATE TABLE IF NOT EXISTS {quote(schema, table)} (\n  {body}\n)")
        if indexed and table in FOUND_BY:
            statements.append(f"CREATE INDEX ON {quote(schema, table)} ({', '.join(FOUND_BY[table])})")
    return statements
