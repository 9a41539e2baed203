"""The one place that turns a batch, its table and what the engine can do into statements."""

from __future__ import annotations

from hashlib import blake2b

from swathe.engine.adapter import Engine, Session
from swathe.frozen import frozen
from swathe.partition.rectangle import Rectangle
from swathe.sql.statements import ModelSql, Overwrite


@frozen
class Writing:
    """How a batch is written. `sql` names the table that its rows are in until the transaction is about to end: to
    measure and audit them there.
    """

    sql: ModelSql
    overwrite: Overwrite


def writing_of(
    sql: ModelSql, partitions: Rectangle, limit: int | None, mark: str, engine: Engine, session: Session
) -> Writing:
    """With statements of at most `limit` partitions. `mark` is unlike that of any other batch of any run."""
    table = engine.native_table(session, sql.relation) if sql.swaps else None
    digest = blake2b(mark.encode(), digest_size=8).hexdigest()
    return Writing(*sql.overwrite_in(table, partitions, digest, limit))
