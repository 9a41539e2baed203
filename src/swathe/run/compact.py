"""Writing a table anew in the order of its partitions: the same rows, in another place."""

from __future__ import annotations

from swathe.engine.adapter import Engine, Session
from swathe.errors import EngineError
from swathe.frozen import frozen
from swathe.run.prepare import Target
from swathe.sql.order import rewrite, scatter
from swathe.sql.region import Region
from swathe.sql.statements import ModelSql
from swathe.state.claims import WHOLE, claimed
from swathe.state.store import StateStore


@frozen
class Scatter:
    """How the rows of a table's partitions lie in groups of rows, that are read or passed over together.

    `looked` is in how many groups the partitions are looked for, added up, and `least` how many that were in order.
    """

    rows: int
    partitions: int
    groups: int
    looked: int
    least: int

    @property
    def is_in_order(self) -> bool:
        return self.looked <= self.least

    @property
    def groups_each(self) -> float:
        """In how many groups a partition is looked for, on average."""
        return self.looked / self.partitions if self.partitions else 0.0

    @property
    def least_each(self) -> float:
        """The same of a table that is in order."""
        return self.least / self.partitions if self.partitions else 0.0


def scatter_of(sql: ModelSql, region: Region, engine: Engine, session: Session) -> Scatter:
    """Reads the columns that the table is cut by."""
    ((rows, partitions, groups, looked, least),) = session.query(
        scatter(sql.table, region, engine.capabilities.row_group)
    )
    return Scatter(rows, partitions, groups, looked, least)


@frozen
class Compactor:
    """Puts one table at a time in order, each in a transaction of its own, as part of one run."""

    run_id: str
    engine: Engine
    session: Session
    store: StateStore

    def compact(self, target: Target, region: Region) -> Scatter:
        """Write all rows of a table anew, those of a partition together. Records stay as they are.

        Gives how they lie then. Raises HeldError while others write the table, StateError when it is another one now.
        """
        sql, name = target.sql, target.name
        with claimed(self.session, self.store, self.run_id, name, sql.scheme.unit, [WHOLE]):
            self.store.tables.lock(name)
            self.store.tables.refuse_moved(name, sql.relation, sql.scheme.unit)
            ((rows,),) = self.session.query(f"SELECT COUNT(*) FROM {sql.table}")
            for statement in rewrite(sql.table, region):
                self.session.execute(statement)
            now = scatter_of(sql, region, self.engine, self.session)
            if now.rows != rows:
                table = f"{sql.relation.schema}.{sql.relation.name}"
                raise EngineError(
                    f"`{table}` has {rows:,} rows, and {now.rows:,} were written anew",
                    hint="nothing was changed; please report it",
                )
        self.engine.reclaim(self.session)  # so that the next table can take the old one's place
        return now
