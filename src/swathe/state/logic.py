"""Logic as it is stored, so that it can be brought to a later canonical form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from swathe.frozen import frozen
from swathe.model.definition import Column, ModelName


@frozen
class StoredLogic:
    """A fingerprint that some partition may carry, with what is needed to compute it again."""

    model: ModelName
    fingerprint: str
    canonical_form: str
    sql: str
    input_columns: Mapping[tuple[str, str], tuple[Column, ...]]


def input_columns_to_text(columns: Mapping[tuple[str, str], Sequence[Column]]) -> str:
    """As the table `logic` holds it: JSON."""
    return json.dumps(
        [[*relation, [[column.name, column.type] for column in listed]] for relation, listed in sorted(columns.items())]
    )


def input_columns_from_text(text: str) -> dict[tuple[str, str], tuple[Column, ...]]:
    return {(schema, name): tuple(Column(*column) for column in listed) for schema, name, listed in json.loads(text)}
