"""Which rows lie in which partitions of a table, in SQL: along its line by `cut.py`, in its slices by `slices.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from swathe.frozen import frozen
from swathe.model.definition import Column, PartitionBy, RangeColumn, TimeColumn
from swathe.partition.granularity import Granularity, TimeSpan
from swathe.partition.grid import NULL_LINE, STRIDE, Dimension, Grid, Scheme, slice_of
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.number_window import NumberSpan
from swathe.partition.rectangle import Rectangle
from swathe.partition.values import NULL, Listed, Null, ValueKind
from swathe.sql import cut
from swathe.sql.literal import (
    ColumnClock,
    column_clock,
    identifier,
    number_predicate,
    span_predicate,
    text_literal,
    time_literal,
)
from swathe.sql.logic import ScanFilter
from swathe.sql.slices import bucket_columns, coordinate_of, coordinates_predicate, outside_predicate, slices_predicate
from swathe.sql.template import PartitionField, PartitionText

_NULL_RUN = Interval(NULL_LINE, NULL_LINE + 1)


@frozen
class Region:
    """Predicates and buckets of one table's partitions. `columns` are the table's own."""

    partition_by: PartitionBy
    scheme: Scheme
    columns: Sequence[Column]
    dialect: str

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        return self.scheme.dimensions if isinstance(self.scheme, Grid) else ()

    def predicate(self, partitions: Rectangle) -> str:
        """The row lies in a rectangle."""
        parts = [self._along(partitions.lines)]
        if isinstance(self.scheme, Grid):
            slices = [self.scheme.slices[number] for number in partitions.slices]
            parts.append(slices_predicate(self.scheme.dimensions, slices, self.dialect))
        return " AND ".join(part for part in parts if part != "TRUE") or "TRUE"

    def before(self, partitions: Rectangle) -> str:
        """The row lies before a rectangle, along the line."""
        match self.partition_by.line:
            case TimeColumn() as line:
                return cut.before_predicate(line.scheme, partitions.lines.start, self._clock(line), self.dialect)
            case RangeColumn() as line:
                first = line.scheme.start(partitions.lines.start)
                return f"{identifier(line.column, self.dialect)} < {first}"
        return "FALSE"

    def buckets(self, partitions: Rectangle | None) -> list[str]:
        """Expressions that are the same for all rows of a partition and differ between partitions."""
        found: list[str] = []
        match self.partition_by.line:
            case TimeColumn() as line:
                lines = None if partitions is None or partitions.lines == _NULL_RUN else partitions.lines
                span = None if lines is None else line.scheme.bounds(lines)
                found.append(cut.bucket_sql(line.scheme, span, self._type(line.column), self.dialect))
            case RangeColumn() as line:
                found.append(cut.number_bucket_sql(line.scheme, self.dialect))
        for dimension in self.dimensions:
            found += bucket_columns(dimension, self.dialect)
        return found

    def ordinal_of(self, buckets: Sequence[object]) -> int | None:
        """The partition that a row of buckets stands for; None for rows that have none."""
        rest = list(buckets)
        along: int | None = 0
        if (line := self.partition_by.line) is not None:
            bucket = rest.pop(0)
            along = (
                cut.ordinal_of(line.scheme, bucket)
                if isinstance(line, TimeColumn)
                else None
                if bucket is None
                else line.scheme.ordinal(int(str(bucket)))
            )
            if along is None and bucket is None and line.own_null:
                along = NULL_LINE
        if along is None or not isinstance(self.scheme, Grid):
            return along
        part = tuple(
            coordinate_of(_value(rest[2 * index]), rest[2 * index + 1]) for index in range(len(self.dimensions))
        )
        number = self.scheme.numbers.get(part)
        return None if number is None else number * STRIDE + along

    def strays(self, relation: str, lines: IntervalSet | None) -> str | None:
        """Counts of a relation's rows that have no partition: for each column that cuts the table those with NULL, and
        those with a value outside its list (0 for a column that has none). None where all rows have one.

        Along parts of the line only, but for NULL along a line that has no partition for it.
        """
        hull = "TRUE" if lines is None else self._along_any(lines)
        conditions: list[str | None] = []
        for column in self.partition_by.columns:
            name = identifier(column.column, self.dialect)
            within = "TRUE" if column == self.partition_by.line else hull
            conditions.append(None if column.own_null else _within(f"{name} IS NULL", within))
            dimension = next((d for d in self.dimensions if d.column == column.column), None)
            outside = outside_predicate(dimension, self.dialect) if dimension else None
            conditions.append(None if outside is None else _within(outside, within))
        found = [condition for condition in conditions if condition is not None]
        if not found:
            return None
        counts = ["0" if each is None else f"COUNT(CASE WHEN {each} THEN 1 END)" for each in conditions]
        # An engine that may leave the others out at once mostly has nothing left to do.
        return f"SELECT {', '.join(counts)} FROM {relation} WHERE {' OR '.join(f'({each})' for each in found)}"

    def outsiders(self, relation: str, column: str, lines: IntervalSet, most: int) -> str:
        """The values of a column outside its list, with their rows, the most frequent ones first."""
        dimension = next(d for d in self.dimensions if d.column == column)
        name = identifier(column, self.dialect)
        where = f"{outside_predicate(dimension, self.dialect) or 'FALSE'} AND ({self._along_any(lines)})"
        return f"SELECT {name}, COUNT(*) FROM {relation} WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {most}"

    def scan_predicates(self, filters: ScanFilter, partitions: Rectangle) -> Iterator[str]:
        """What may be filtered at a scan. Rows with NULL are made from rows with NULL where that is proven, else from
        any. Where a rectangle holds NULL and values, what is proven of both may be filtered by both.
        """
        if partitions.lines != _NULL_RUN:
            yield from self._line_filters(filters, partitions.lines)
        elif (line := self.partition_by.line) is not None:
            for same in filters.nulls:
                if same.reader == line.column.lower():
                    yield f"{identifier(same.column, self.dialect)} IS NULL"
        for index, dimension in enumerate(self.dimensions):
            yield from self._value_filters(filters, partitions, index, dimension)

    def _value_filters(
        self, filters: ScanFilter, partitions: Rectangle, index: int, dimension: Dimension
    ) -> Iterator[str]:
        assert isinstance(self.scheme, Grid)  # noqa: S101 - it has a dimension
        wanted = {self.scheme.slices[number][index] for number in partitions.slices}
        ordered = [at for at in dimension.coordinates if at in wanted] or list(wanted)
        values, nulls = (
            [same.column for same in each if same.reader == dimension.column.lower()]
            for each in (filters.values, filters.nulls)
        )
        if all(isinstance(at, Null) for at in wanted):
            columns = nulls
        else:
            columns = [column for column in values if column in nulls or NULL not in wanted]
        for column in columns:
            predicate = coordinates_predicate(dimension, ordered, column, self.dialect)
            if predicate != "TRUE":
                yield predicate

    def template_values(self, partitions: Rectangle) -> PartitionText | None:
        """`partition.start`, `.end` and `.key` for a rectangle."""
        first, last = self._plain_key(partitions.first), self._plain_key(partitions.last)
        key = first if first == last else f"{first}..{last}"
        literal = text_literal(key, self.dialect)
        literals = {PartitionField.KEY: literal}
        texts = {PartitionField.KEY: literal[1:-1]}
        match self.partition_by.line:
            case TimeColumn() as line if partitions.lines != _NULL_RUN:
                span = line.scheme.bounds(partitions.lines)
                clock = self._clock(line)
                plain = "%Y-%m-%d" if line.granularity is not Granularity.HOUR else "%Y-%m-%d %H:%M:%S"
                if line.scheme.is_zoned:
                    plain = "%Y-%m-%d %H:%M:%S+00:00"
                for field, moment in ((PartitionField.START, span.start), (PartitionField.END, span.end)):
                    if moment is None:
                        raise ValueError("a partition has two ends")
                    literals[field], texts[field] = time_literal(moment, clock), moment.strftime(plain)
            case RangeColumn() as line if partitions.lines != _NULL_RUN:
                bounds = line.scheme.bounds(partitions.lines)
                for field, number in ((PartitionField.START, bounds.start), (PartitionField.END, bounds.end)):
                    texts[field] = str(number)
                    # A minus of the template's own before it would begin a comment.
                    literals[field] = f"({number})" if number < 0 else str(number)
        return PartitionText(literals, texts)

    def _along_any(self, lines: IntervalSet) -> str:
        parts = [self._along(run) for run in lines]
        return parts[0] if len(parts) == 1 else " OR ".join(f"({part})" for part in parts) or "FALSE"

    def _plain_key(self, ordinal: int) -> str:
        """A key as a query may compare it: of a single column of values the value itself, however a key spells it."""
        if isinstance(self.scheme, Grid) and len(self.scheme.columns) == 1 and self.dimensions:
            (at,) = self.scheme.slices[slice_of(ordinal)]
            if isinstance(at, Listed) and self.dimensions[0].kind is ValueKind.TEXT:
                return str(at.value)
        return self.scheme.key(ordinal)

    def _along(self, lines: Interval) -> str:
        """The row lies in a run along the line."""
        line = self.partition_by.line
        if line is None:
            return "TRUE"
        if lines == _NULL_RUN:
            return f"{identifier(line.column, self.dialect)} IS NULL"
        if isinstance(line, TimeColumn):
            return cut.partitions_predicate(line.scheme, lines, self._clock(line), self.dialect)
        return number_predicate(line.column, line.scheme.bounds(lines), self.dialect)

    def _line_filters(self, filters: ScanFilter, lines: Interval) -> Iterator[str]:
        line = self.partition_by.line
        for pruned in filters.line:
            if isinstance(line, RangeColumn):
                bounds = line.scheme.bounds(lines)
                read = pruned.window.apply_to_numbers(NumberSpan(bounds.start, bounds.end))
                if (predicate := number_predicate(pruned.column, read, self.dialect)) != "TRUE":
                    yield predicate
                continue
            clock = column_clock(pruned.column_type)
            if clock is None or line is None:
                continue
            span: TimeSpan = line.scheme.bounds(lines)
            try:
                predicate = span_predicate(pruned.column, clock, pruned.window.apply(span), self.dialect)
            except (OverflowError, ValueError):  # beyond the years 1 to 9999: read everything
                continue
            if predicate != "TRUE":
                yield predicate

    def _clock(self, line: TimeColumn) -> ColumnClock:
        return column_clock(self._type(line.column)) or ColumnClock.TIMESTAMP

    def _type(self, column: str) -> str:
        return next((c.type for c in self.columns if c.name.lower() == column.lower()), "")


def _within(predicate: str, within: str) -> str:
    return predicate if within == "TRUE" else f"{predicate} AND ({within})"


def _value(value: object) -> str | int | date | None:
    return value if value is None or isinstance(value, str | int | date) else str(value)
