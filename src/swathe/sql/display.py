"""Logical relations as the user wrote them, for SQL that is shown."""

from __future__ import annotations

import re

from swathe.sql.rendered import REF_SCHEMA, SOURCE_SCHEMA

_RELATION = re.compile(rf'"({REF_SCHEMA}|{SOURCE_SCHEMA})"\."((?:[^"]|"")*)"')


def as_written(sql: str) -> str:
    """SQL with `{{ ref('…') }}` and `{{ source('…', '…') }}` in place of logical relations.

    >>> as_written('select * from "swathe:source"."raw.flights"')
    "select * from {{ source('raw', 'flights') }}"
    """
    return _RELATION.sub(_call, sql)


def _call(found: re.Match[str]) -> str:
    name, _, suffix = found[2].replace('""', '"').partition("@")
    arguments = [f"'{name}'"] if found[1] == REF_SCHEMA else [f"'{part}'" for part in name.split(".", 1)]
    if suffix:
        option, _, value = suffix.partition("=")
        arguments.append(f"{option}={value}" if value.isdigit() else f"{option}='{value}'")
    return "{{ " + ("ref" if found[1] == REF_SCHEMA else "source") + "(" + ", ".join(arguments) + ") }}"
