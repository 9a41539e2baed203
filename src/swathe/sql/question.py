"""All that a query's logic depends on, so that it can be asked for in another process."""

from __future__ import annotations

from collections.abc import Mapping

from swathe.frozen import frozen
from swathe.model.definition import Column, InputName, InputRef, PartitionBy
from swathe.sql.analyse import analyse
from swathe.sql.logic import Database, InputCut, Logic
from swathe.sql.parse import ParsedQuery, parse_expanded, parse_query
from swathe.sql.rendered import THIS_SCHEMA, RenderedModel


@frozen
class Question:
    """`rendered` is the query of the model of this `name`. `expanded` is its text with views written out; `view_inputs`
    is what that reads, None where it is the query's own. `schema` and `cuts` are those of all that either reads.
    """

    rendered: RenderedModel
    name: str
    view_inputs: Mapping[tuple[str, str], InputRef] | None
    expanded: str
    columns: tuple[Column, ...]
    schema: Mapping[tuple[str, str], tuple[Column, ...]]
    cuts: Mapping[InputName, InputCut]
    partition_by: PartitionBy | None
    database: Database


def answer(question: Question) -> Logic:
    """The logic, from the texts."""
    rendered, dialect = question.rendered, question.database.dialect
    this = {(THIS_SCHEMA, question.name): InputRef(InputName(question.name))}
    query = parse_query(rendered.text, {**rendered.inputs, **this}, dialect, rendered.locate)
    if question.view_inputs is None:
        return answer_parsed(question, query, query)
    return answer_parsed(question, query, parse_expanded(question.expanded, question.view_inputs, dialect))


def answer_parsed(question: Question, query: ParsedQuery, expanded: ParsedQuery) -> Logic:
    """The same, where the texts are parsed already."""
    return analyse(
        query,
        expanded,
        question.columns,
        question.schema,
        question.cuts,
        question.partition_by,
        question.database,
        question.rendered.locate,
    )
