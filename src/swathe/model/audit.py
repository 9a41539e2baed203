"""What an audit is: a check of a table's rows, and what becomes of a partition that fails it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from swathe.errors import Location
from swathe.frozen import frozen
from swathe.model.definition import InputName


class Severity(StrEnum):
    """`ERROR` keeps the old rows; `WARN` takes the new ones and says so."""

    ERROR = "error"
    WARN = "warn"


class Within(StrEnum):
    """Where a key must be unique: among the rows of its partition, or of the whole table."""

    PARTITION = "partition"
    TABLE = "table"


Scalar = str | bool | int | float | date
"""A value as YAML and templates write it. A datetime is a date, too."""


@frozen
class NotNull:
    """Bad are the rows in which any of the columns is NULL."""

    columns: tuple[str, ...]


@frozen
class Unique:
    """Bad are the rows that share the values of all the columns with another row. A row with NULL shares nothing."""

    columns: tuple[str, ...]
    within: Within = Within.PARTITION


@frozen
class AcceptedValues:
    """Bad are the rows with another value. NULL is no value."""

    column: str
    values: tuple[Scalar, ...]


@frozen
class RowCount:
    """Bad are the partitions with fewer rows than `least` or more than `most`."""

    least: int | None = None
    most: int | None = None

    def allows(self, number: int) -> bool:
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)


@frozen
class Relationships:
    """Bad are the rows whose value is in no row of another table's `field`. NULL is no value."""

    column: str
    to: InputName
    field: str


@frozen
class Holds:
    """Bad are the rows for which a condition is false. One that is NULL is not."""

    condition: str


@frozen
class BadRows:
    """A query that gives the bad rows: its text, or the name of a file that holds it."""

    sql: str = ""
    file: str | None = None


Check = NotNull | Unique | AcceptedValues | RowCount | Relationships | Holds | BadRows


@frozen
class Audit:
    """A check as it was declared. `where` is a condition on the rows that it looks at."""

    name: str
    check: Check
    at: Location
    severity: Severity = Severity.ERROR
    where: str | None = None
