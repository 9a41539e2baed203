"""What half of the generated queries are about, each in turn, so that rare features meet often."""

from __future__ import annotations

THEMES: tuple[tuple[str, ...], ...] = (
    ("plain SELECT", "plus interval", "minus interval", "interval of months", "date_add", "days added", "days taken"),
    ("plain SELECT", "date_trunc", "cast to date", "try_cast", "cast to timestamp", "cast to timestamptz"),
    ("at time zone", "local day", "zone there and back", "GROUP BY", "plain SELECT", "join"),
    ("plain SELECT", "last_day", "time_bucket", "not monotone", "macro", "nullif"),
    ("plain SELECT", "made of two columns", "coalesce", "least", "greatest", "case", "if", "ifnull", "constant", "null"),
    ("plain SELECT", "made of two columns", "coalesce of one", "case of one"),
    ("plain SELECT", "made of two columns", "case of changed arms", "coalesce of changed arms", "greatest of changed arms", "case without else"),
    ("plain SELECT", "WHERE", "subquery in WHERE", "alias of the outer query again", "conditions connected", "ASOF USING"),
    ("plain SELECT", "made of two columns", "greatest of one", "case of constants", "coalesce doubled"),
    ("plain SELECT", "WHERE", "conditions connected", "NOT", "OR", "NOT OR", "IS NULL", "BETWEEN", "IN list", "p compared with q"),
    ("plain SELECT", "WHERE", "subquery in WHERE", "IN subquery", "NOT IN subquery", "IN of several columns", "IN subquery filtered"),
    ("plain SELECT", "WHERE", "subquery in WHERE", "EXISTS", "NOT EXISTS", "tied by a range", "tied by an offset", "tied by p changed"),
    ("plain SELECT", "WHERE", "subquery in WHERE", "ANY", "ALL", "p compared with a scalar", "subquery OR", "subquery under NOT"),
    ("plain SELECT", "scalar subquery in SELECT", "correlated count", "correlated sum", "correlated with LIMIT", "tied one-sided"),
    ("plain SELECT", "predicate in SELECT", "unnest in SELECT", "ORDER BY", "uncorrelated count", "uncorrelated average"),
    ("GROUP BY", "GROUP BY ordinals", "GROUP BY expressions", "GROUP BY ALL", "HAVING", "HAVING subquery", "HAVING scalar"),
    ("first or last of a group", "first or last of a join", "extreme of a LEFT JOIN", "the extreme twice", "HAVING an extreme", "extreme per k"),
    ("GROUP BY", "GROUPING SETS", "GROUPING SETS with p", "ROLLUP", "ROLLUP behind p", "CUBE"),
    ("GROUP BY", "FILTER", "ordered string_agg", "ordered list", "string_agg with ORDER BY", "window over groups", "groups RANGE", "groups in order"),
    ("GROUP BY alias", "GROUP BY without p", "aggregate without GROUP BY", "constant beside an aggregate", "the constant in WHERE"),
    ("window function", "RANGE frame", "RANGE over p", "interval of days", "no PARTITION BY", "preceding to following"),
    ("window function", "RANGE frame", "RANGE over p", "order turned", "DESC", "EXCLUDE TIES", "EXCLUDE GROUP", "EXCLUDE CURRENT ROW"),
    ("window function", "ROWS frame", "GROUPS frame", "ordered by p", "no PARTITION BY", "unbounded to current", "current to unbounded", "PARTITION BY k"),
    ("window function", "whole order", "ordered by p", "lag", "lead", "no PARTITION BY"),
    ("window function", "whole order", "ordered by p", "row_number", "ntile", "running total", "PARTITION BY k"),
    ("window function", "rank", "rank of ties", "dense_rank", "percent_rank", "cume_dist", "order by p", "NULLS FIRST", "DESC NULLS LAST", "order turned"),
    ("window function", "ROWS frame", "first_value", "last_value", "nth_value", "nth_value ignoring nulls", "ordered by p", "PARTITION BY k"),
    ("window function", "QUALIFY", "named window", "window built upon a named one", "two window functions", "window filtered outside"),
    ("DISTINCT", "DISTINCT ON", "DISTINCT ON p", "DISTINCT ON k", "DISTINCT ON what p is made of", "latest row per key"),
    ("join", "LEFT JOIN", "RIGHT JOIN", "INNER JOIN", "ON p", "ON p changed", "ON several", "WHERE after a join", "p of one side"),
    ("join", "ON range back", "ON range", "ON two inequalities", "ON inequalities ahead", "ON one-sided", "ON one-sided with offset", "p of one side"),
    ("joined to a coarser unit", "truncated to the unit", "inside of the unit", "LEFT JOIN"),
    ("join", "ON another unit", "ON offset", "ON p changed", "p of one side", "interval of months"),
    ("join", "FULL JOIN", "ON p", "p coalesced of both", "ON several", "three joined", "FULL JOINs coalesced", "joined on the coalesce of a FULL JOIN"),
    ("join", "SEMI JOIN", "ANTI JOIN", "ON p", "ON range back", "ON several", "ON one-sided"),
    ("USING", "USING p", "USING p and k", "USING twice", "FULL JOIN", "RIGHT JOIN", "NATURAL JOIN", "NATURAL FULL"),
    ("ASOF", "ASOF back", "ASOF ahead", "ASOF strictly back", "ASOF with a key", "ASOF to a table", "ASOF with an equal p"),
    ("comma join", "CROSS JOIN", "comma then JOIN", "comma then RIGHT", "POSITIONAL", "join in parentheses", "unnest in FROM"),
    ("lateral", "lateral after a comma", "lateral without the word", "LEFT JOIN LATERAL", "lateral with LIMIT", "lateral rows", "ON range back"),
    ("set operation", "UNION", "EXCEPT", "INTERSECT", "EXCEPT ALL", "UNION ALL BY NAME", "set operations chained", "VALUES united"),
    ("set operation", "a changed column", "another column", "a constant", "set operation ordered", "set operation with LIMIT"),
    ("WITH", "WITH query read twice", "MATERIALIZED", "two WITH queries", "a WITH query read", "WITH query united with itself"),
    ("recursive", "recursion moves p", "recursion joins a table", "calendar", "calendar counted", "generate_series", "days of a table", "recursive calendar"),
    ("LIMIT", "LIMIT n", "OFFSET", "LIMIT in parentheses", "LIMIT behind parentheses", "PIVOT", "star", "p made anew"),
    ("seen before", "never seen before", "running total after GROUP BY", "total per k", "total over all", "window filtered outside"),
)  # fmt: skip

FOLLOWED = frozenset(
    {
        "plus interval", "minus interval", "date_trunc", "cast to date", "local day", "coalesce of one", "case of one",
        "days added", "EXISTS", "NOT EXISTS", "IN subquery", "correlated count", "tied by a range", "GROUP BY ALL",
        "GROUPING SETS with p", "ROLLUP behind p", "groups RANGE", "RANGE over p", "DESC", "unbounded to current", "lag",
        "lead", "row_number", "QUALIFY", "named window", "DISTINCT ON p", "ON range back", "ON another unit", "ON one-sided",
        "ON offset", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "p coalesced of both", "SEMI JOIN", "ANTI JOIN", "USING p",
        "ASOF", "lateral", "UNION", "EXCEPT", "INTERSECT ALL", "WITH query read twice", "MATERIALIZED", "calendar",
        "the first", "the last", "seen before", "running total after GROUP BY",
    }
)  # fmt: skip
"""Features that rules are written for: some query with each must be filtered."""
