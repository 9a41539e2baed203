"""The leaves of a model's table, where the engine keeps tables in leaves: is the table as it must be, and what does it
lack?
"""

from __future__ import annotations

from collections.abc import Callable

from swathe.engine.adapter import Engine, Session
from swathe.errors import PlanError
from swathe.model.definition import Relation
from swathe.partition.interval import IntervalSet
from swathe.plan.columns import ColumnChanges
from swathe.sql.leaves import NewLeaf, leaf_statements, named, new_leaves
from swathe.sql.literal import relation_sql
from swathe.sql.native import NativeTable
from swathe.sql.statements import ModelSql
from swathe.sql.swap import misfit


class UnfitTableError(PlanError):
    """A table that can't be used as it is and only be made anew. `key` is the config key that asks for more."""

    def __init__(self, message: str, *, key: str, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.key = key


def refuse_unfit(
    sql: ModelSql, table: NativeTable | None, changes: ColumnChanges | None, partitions: IntervalSet
) -> None:
    """Raises UnfitTableError where a table that is there can't take these partitions."""
    name = f"`{sql.relation.schema}.{sql.relation.name}`"
    anew = "`--full` for all its partitions makes the table anew, and readers find it empty until then"
    altered = {column.name for column in (*changes.dropped, *changes.retyped)} if changes else set()
    for column in table.columns if table is not None else ():
        if column in altered:
            message = f"the leaves of the table {name} are by `{column}`, which can't be dropped or change its type"
            raise UnfitTableError(message, key="partition_by", hint=anew)
    if sql.swaps and sql.layouts is not None and (why := misfit(sql.layouts, table, partitions)) is not None:
        hint = f"leave `overwrite` out; or {anew}"
        raise UnfitTableError(f"the leaves of the table {name} can't be swapped: {why}", key="overwrite", hint=hint)


Making = Callable[[Relation, Relation, NewLeaf, str], tuple[str, ...]]
"""The statements that make a leaf of a table: `leaf_statements` or `first_leaf_statements`."""


def add_leaves(
    sql: ModelSql, partitions: IntervalSet, engine: Engine, session: Session, make: Making = leaf_statements
) -> None:
    """Make the leaves that a table lacks for these partitions. Call inside a transaction that has locked the table's
    name: others that do the same then find them.
    """
    if sql.layouts is None or (table := engine.native_table(session, sql.relation)) is None:
        return
    lacking = new_leaves(sql.layouts, table, partitions, sql.dialect)
    new = [leaf for leaf in lacking if not _is_held(leaf, table, sql, session)]
    if not new:
        return
    # Tables of other names are made here as well, and may want the same names.
    session.lock(f"names in {sql.relation.schema}")
    taken = engine.names_in(session, sql.relation.schema)
    longest = engine.capabilities.longest_name
    made = named(sql.relation, new, taken, longest)
    statements = [each for name, leaf in made for each in make(sql.relation, name, leaf, sql.dialect)]
    session.execute(";\n".join(statements))  # of hundreds the way there and back takes as long as they do


def _is_held(new: NewLeaf, table: NativeTable, sql: ModelSql, session: Session) -> bool:
    """Whether the default leaf holds rows of it: they stay there, and those that follow go there, too."""
    if table.default is None or new.predicate is None:
        return False
    default = relation_sql(table.default.relation, sql.dialect)
    return bool(session.query(f"SELECT 1 FROM {default} WHERE {new.predicate} LIMIT 1"))
