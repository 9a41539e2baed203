"""A model's statements for an engine that swathe only compiles for."""

from __future__ import annotations

from dataclasses import replace

from swathe.api.workspace import Workspace
from swathe.model.definition import Materialized, Source
from swathe.partition.rectangle import Rectangle
from swathe.project.analysis import CompiledModel
from swathe.sql.dialects import Overwriting, comment, overwrite_statements, view_statement
from swathe.sql.literal import identifier, relation_sql
from swathe.sql.statements import ModelSql


def transpiled(
    workspace: Workspace, model: CompiledModel, sql: ModelSql, partitions: Rectangle, dialect: str
) -> tuple[str, ...]:
    """The statements for a run of partitions in another dialect. Raises SelectionError and ModelError.

    A source that is files is read as the table of its name, since other engines find those files in their own ways.
    """
    files = _file_sources(workspace, model)
    tables = {source.name: relation_sql(source.relation, sql.dialect) for source in files}
    sql = replace(sql, reads={**sql.reads, **tables})
    if model.config.materialized is Materialized.VIEW:
        statements: tuple[str, ...] = (view_statement(sql.table, sql.query(None), sql.dialect, dialect),)
    else:
        predicate = sql.region.predicate(partitions) if sql.region else "TRUE"
        overwriting = Overwriting(
            table=sql.table,
            columns=tuple(identifier(column.name, sql.dialect) for column in sql.logic.columns),
            predicate=None if predicate == "TRUE" else predicate,
            select=sql.slice(partitions),
        )
        statements = overwrite_statements(overwriting, sql.dialect, dialect)
    note = "\n".join(f"The table {tables[source.name]} stands for the files {source.location}" for source in files)
    return (comment(note) + statements[0], *statements[1:])


def _file_sources(workspace: Workspace, model: CompiledModel) -> list[Source]:
    sources = workspace.project.definition.sources
    return [sources[name] for name in sorted(model.reads) if name in sources and sources[name].location is not None]
