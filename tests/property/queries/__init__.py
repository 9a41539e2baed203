"""Random queries over random data, and the check that reading less of their inputs changes nothing.

Every query has the columns `p` (which the table is cut by), `q` (of the same family), `x` (an integer) and `k` (a text),
so that queries can be put into queries. Every production records the features it used.
"""

from queries import joins, nearest, recursion, selects, sets, shapes  # noqa: F401 - their productions register themselves
from queries.check import Case, Finding, Verdict, check, make
from queries.draw import Mode

__all__ = ["Case", "Finding", "Mode", "Verdict", "check", "make"]
