"""What a model's query means, as a value: its columns, what it reads, in which windows, and its fingerprint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from swathe.errors import Location
from swathe.frozen import frozen
from swathe.model.definition import Column, InputName, LineColumn
from swathe.partition.held import Held
from swathe.partition.reading import Link
from swathe.partition.window import Window
from swathe.sql.fingerprint import Fingerprint
from swathe.sql.pruned import Pruned
from swathe.sql.template import QueryTemplate, Scan

Schema = Mapping[tuple[str, str], Sequence[Column]]


@frozen
class InputWindow:
    """Which slice of an input decides a partition. `window` None is the whole input, and `reason` says why.

    `filter_window` is what is filtered at the scans; it differs where the filter is on another column than the one the
    input is cut by. `claimed` when the window is the user's own `lookback=` or `window=`. `links` pair the model's
    columns of values with the input's columns that hold the same values in all rows that a row is made from. `nulls`
    pair columns of which rows with NULL in the model's are made from rows with NULL in the input's. `held`, by columns
    in lower case, is what the query itself asks of all rows of the input.
    """

    name: InputName
    window: Window | None
    filter_window: Window | None
    reason: str | None = None
    at: Location | None = None
    claimed: bool = False
    links: tuple[Link, ...] = ()
    nulls: tuple[Link, ...] = ()
    held: tuple[tuple[str, Held], ...] = ()


@frozen
class SameColumn:
    """A column of a scan that may be filtered by the values of the model's column `reader` (in lower case), or by NULL
    where that is NULL.
    """

    reader: str
    column: str
    column_type: str


@frozen
class ScanFilter:
    """What is filtered at one scan, along the line, by values, and for NULL; nothing means that the whole input is read
    there.
    """

    scan: Scan
    line: tuple[Pruned, ...] = ()
    values: tuple[SameColumn, ...] = ()
    nulls: tuple[SameColumn, ...] = ()


@frozen
class Logic:
    """A model's query, understood.

    `inputs` are models and sources that hold data: views are looked through. `sql` is the logic as it is stored: the
    rendered query with its views written out. `reads` are the columns of each input, in lower case, on which the
    model's rows depend; None where it may be any. `shuffles`: its rows come in another order than they were read in.
    """

    template: QueryTemplate
    columns: tuple[Column, ...]
    fingerprint: Fingerprint
    canonical: str
    sql: str
    inputs: tuple[InputWindow, ...]
    direct: tuple[InputWindow, ...]
    scans: tuple[ScanFilter, ...]
    reads: Mapping[InputName, frozenset[str] | None] = field(default_factory=dict)
    shuffles: bool = False

    def filter_of(self, scan: Scan) -> ScanFilter:
        return next((entry for entry in self.scans if entry.scan.id == scan.id), ScanFilter(scan))


@frozen
class InputCut:
    """How an input is cut, where it is: along which column, and that column's type."""

    line: LineColumn | None
    column_type: str | None


@frozen
class Database:
    """How queries are meant. `exact_texts` is False where texts may be equal that are not the same."""

    dialect: str
    exact_texts: bool = True


def hull_of(one: InputWindow, other: InputWindow) -> InputWindow:
    """The hull over two scans of one input, or over two queries for other partitions of one model."""
    links = tuple(link for link in one.links if link in other.links)
    nulls = tuple(link for link in one.nulls if link in other.nulls)
    others = dict(other.held)
    held = tuple((column, known | others[column]) for column, known in one.held if column in others)
    if one.window is None or other.window is None:
        whole = one if one.window is None else other
        both = one.filter_window is not None and other.filter_window is not None
        if both:
            return replace(whole, links=links, nulls=nulls, held=held)
        claimed = one.claimed or other.claimed
        return InputWindow(whole.name, None, None, whole.reason, whole.at, claimed, links, nulls, held)
    hull = one.window.hull(other.window)
    return InputWindow(one.name, hull, hull, None, None, one.claimed or other.claimed, links, nulls, held)
