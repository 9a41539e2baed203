"""Logic as it is stored: the SQL, and the columns that its inputs had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from swathe.errors import Location
from swathe.model.definition import Column, InputName, InputRef
from swathe.project.analysis import Project
from swathe.sql.logic import Logic

if TYPE_CHECKING:
    from swathe.sql.parse import ParsedQuery

InputColumns = Mapping[tuple[str, str], tuple[Column, ...]]


def logic_schema(project: Project, logic: Logic) -> dict[tuple[str, str], tuple[Column, ...]]:
    """The columns of all that a logic names, and perhaps of more."""
    return {relation: columns for relation, columns in project.schema.items() if f'"{relation[1]}"' in logic.sql}


def parse_stored(sql: str, columns: InputColumns, dialect: str) -> ParsedQuery:
    """Raises SwatheError for SQL that can't be read any more."""
    from swathe.sql.parse import parse_query  # most commands find nothing that has to be read again

    inputs = {relation: InputRef(InputName(relation[1])) for relation in columns}
    return parse_query(sql, inputs, dialect, lambda _: Location("stored logic"))
