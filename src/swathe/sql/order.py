"""A table in the order of its partitions: how it is written anew in it, and how far it is from it.

An engine that keeps the smallest and largest values of each group of rows passes over the groups that can't hold what
is asked for. So what a partition costs to read is in how many groups it must be looked for.
"""

from __future__ import annotations

from swathe.sql.literal import identifier
from swathe.sql.region import Region
from swathe.sql.statements import STAGE


def rewrite(table: str, region: Region) -> tuple[str, ...]:
    """Statements that write a table's rows anew, those of a partition together. Rows that are equal in what the table
    is cut by keep the order that they have. `table` is quoted.

    The table stays what it is, with all that was said of it: constraints, comments, indexes, views over it.
    """
    line = region.partition_by.line
    keys = () if line is None else (identifier(line.column, region.dialect),)
    if line is None or region.dimensions:  # moments of one partition are not to be mixed with those of its neighbours
        keys = (*_keys(region), *keys)
    return (
        f"CREATE TEMPORARY TABLE {STAGE} AS\nSELECT *\nFROM {table}",
        f"DELETE FROM {table}",
        f"INSERT INTO {table}\nSELECT *\nFROM {STAGE}\nORDER BY {', '.join(keys)}, ROW_NUMBER() OVER ()",
        f"DROP TABLE {STAGE}",
    )


def scatter(table: str, region: Region, group: int) -> str:
    """A query that tells how a table's rows lie in groups of so many: rows, partitions, groups, in how many groups the
    partitions are looked for now, added up, and in how many once the table is in order.

    Reads the columns that the table is cut by. Rows are counted in the order in which the engine scans them.
    """
    expressions = _keys(region)
    keys = [f"k{number}" for number in range(len(expressions))]
    named = ", ".join(f"{expression} AS {key}" for expression, key in zip(expressions, keys, strict=True))
    by = ", ".join(keys)
    hulls = ", ".join(f"MIN({key}) AS {key}_low, MAX({key}) AS {key}_high, COUNT({key}) AS {key}_known" for key in keys)
    nullable = any(column.own_null for column in region.partition_by.columns) or any(d.rest for d in region.dimensions)
    hit = " AND ".join(_may_hold(key, nullable=nullable) for key in keys)
    return (
        f"WITH placed AS (SELECT {named}, (ROW_NUMBER() OVER () - 1) // {group} AS place FROM {table}),\n"
        f"now AS (SELECT {by}, place, COUNT(*) AS found FROM placed GROUP BY {by}, place),\n"
        f"parts AS (SELECT {by}, CAST(SUM(found) AS BIGINT) AS found FROM now GROUP BY {by}),\n"
        f"ends AS (SELECT {by}, found, "
        f"CAST(SUM(found) OVER (ORDER BY {by} ROWS UNBOUNDED PRECEDING) AS BIGINT) AS last FROM parts),\n"
        f"ordered AS (SELECT {by}, UNNEST(RANGE((last - found) // {group}, (last - 1) // {group} + 1)) AS place "
        "FROM ends),\n"
        f"hulls AS (SELECT {hulls}, COUNT(*) AS parts FROM now GROUP BY place),\n"
        f"ordered_hulls AS (SELECT {hulls}, COUNT(*) AS parts FROM ordered GROUP BY place)\n"
        "SELECT (SELECT CAST(COALESCE(SUM(found), 0) AS BIGINT) FROM parts), (SELECT COUNT(*) FROM parts), "
        "(SELECT COUNT(*) FROM hulls), "
        f"(SELECT COUNT(*) FROM parts JOIN hulls ON {hit}), "
        f"(SELECT COUNT(*) FROM parts JOIN ordered_hulls AS hulls ON {hit})"
    )


def _keys(region: Region) -> tuple[str, ...]:
    """What tells partitions apart."""
    return tuple(bucket for bucket in region.buckets(None) if bucket != "FALSE")


def _may_hold(key: str, *, nullable: bool) -> str:
    """A group's smallest and largest values allow for a partition. NULL is in neither, and known by itself."""
    within = f"{key} BETWEEN {key}_low AND {key}_high"
    # Without the alternative it is a join that the engine can do for very many partitions.
    return f"({within} OR ({key} IS NULL AND {key}_known < hulls.parts))" if nullable else within
