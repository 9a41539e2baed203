"""A query's canonical form: the text that two queries share only when they must give the same rows.

The invariant of the whole package: *equal canonical text means equal rows*. The converse is only a wish,
because a needless rebuild costs time and a missed one is a wrong table. So a rewrite that needs a fact about
the query (a column's source, a function that gives the same value twice) is made only where it is known.
"""

from swathe.sql.canonical.added import added_columns
from swathe.sql.canonical.form import Schema, canonical_sql
from swathe.sql.canonical_version import CANONICAL_VERSION, canonical_form

__all__ = ["CANONICAL_VERSION", "Schema", "added_columns", "canonical_form", "canonical_sql"]
