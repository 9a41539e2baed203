"""From a query to its logic: the columns it depends on, the windows of what it reads, and its fingerprint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlglot import exp

from swathe.errors import Location
from swathe.frozen import frozen
from swathe.model.definition import Column, InputName, InputRef, LineColumn, PartitionBy, TimeColumn
from swathe.partition.held import Held
from swathe.partition.mapping import claimed_window
from swathe.partition.reading import Link
from swathe.partition.values import ValueKind
from swathe.sql.canonical import canonical_sql
from swathe.sql.fingerprint import fingerprint
from swathe.sql.lineage import trace
from swathe.sql.lineage_reach import InputColumn
from swathe.sql.literal import ColumnClock, column_clock, value_kind
from swathe.sql.logic import Database, InputCut, InputWindow, Logic, SameColumn, ScanFilter, Schema, hull_of
from swathe.sql.parse import ParsedQuery
from swathe.sql.prune import (
    NullsResult,
    Pruned,
    ScanResult,
    Unpruned,
    ValuesResult,
    hold,
    prune,
    prune_nulls,
    prune_numbers,
    prune_values,
)
from swathe.sql.template import Scan


def canonical_text(query: ParsedQuery, schema: Schema, dialect: str) -> str:
    """The canonical form of a query, and what its tree does not hold of it."""
    lost = "".join(f"\n-- {literal.text!r}" for literal in sorted(query.lost, key=lambda literal: literal.text))
    return canonical_sql(query.tree, schema, dialect) + lost


def analyse(
    query: ParsedQuery,
    expanded: ParsedQuery,
    columns: tuple[Column, ...],
    schema: Schema,
    cuts: Mapping[InputName, InputCut],
    partition_by: PartitionBy | None,
    database: Database,
    locate: Callable[[int], Location],
) -> Logic:
    """Derive windows and fingerprint.

    `expanded` is `query` with its views written out; the same object when it reads none.
    """
    dialect, exact_texts = database.dialect, database.exact_texts
    direct_results = _scan_results(query, schema, cuts, partition_by, dialect)
    direct_same = _Same.of(query, schema, partition_by, dialect, exact_texts=exact_texts)
    direct = _input_windows(query, direct_results, direct_same, cuts, locate)
    if expanded is query:
        inputs = direct
    else:
        results = _scan_results(expanded, schema, cuts, partition_by, dialect)
        same = _Same.of(expanded, schema, partition_by, dialect, exact_texts=exact_texts)
        inputs = _input_windows(expanded, results, same, cuts, lambda _: None)
    canonical = canonical_text(expanded, schema, dialect)
    scans = tuple(
        ScanFilter(
            scan,
            found if not isinstance(found := direct_results[scan.id], Unpruned) else (),
            direct_same.values[scan.id],
            direct_same.nulls[scan.id],
        )
        for scan in query.template.scans
    )
    return Logic(
        template=query.template,
        columns=columns,
        fingerprint=fingerprint(canonical),
        canonical=canonical,
        sql=expanded.text,
        inputs=inputs,
        direct=direct,
        scans=scans,
        reads=_reads(expanded, columns, scans, schema, dialect),
        shuffles=query.tree.args.get("order") is None and query.tree.find(*_SHUFFLING) is not None,
    )


_SHUFFLING = (exp.Group, exp.Distinct, exp.Join, exp.Window, exp.SetOperation)
"""What gives rows in no order."""


def _reads(
    expanded: ParsedQuery, columns: tuple[Column, ...], filters: tuple[ScanFilter, ...], schema: Schema, dialect: str
) -> dict[InputName, frozenset[str] | None]:
    """The columns of each input that have an influence on the rows.

    What is filtered at a scan is among them: a window that the user claims makes a difference by the column that it is
    of. Where that is a view's, it may be any column that the view reads.
    """
    names = {scan.input.name for scan in expanded.template.scans}
    if any(entry.scan.input.lookback is not None and entry.scan.input.name not in names for entry in filters):
        return dict.fromkeys(sorted(names))
    found = set(trace(expanded, schema, columns, dialect).reads)
    for entry in filters:
        used = (*(pruned.column for pruned in entry.line), *(same.column for same in (*entry.values, *entry.nulls)))
        found |= {InputColumn(entry.scan.input.name, column) for column in used}
    reads: dict[InputName, frozenset[str] | None] = {}
    for name in sorted(names):
        of_input = [origin.column for origin in found if origin.input == name]
        named = frozenset(column.lower() for column in of_input if column is not None)
        reads[name] = None if None in of_input else named
    return reads


def _scan_results(
    query: ParsedQuery,
    schema: Schema,
    cuts: Mapping[InputName, InputCut],
    partition_by: PartitionBy | None,
    dialect: str,
) -> dict[int, ScanResult]:
    scans = query.template.scans
    line = partition_by.line if partition_by else None
    if line is None:
        why = "the model is cut by values alone" if partition_by else "the model is not partitioned"
        return {scan.id: Unpruned(why, None) for scan in scans}
    for literal in query.lost:
        if literal.interval:
            reason = f"the interval '{literal.text}' has several parts, and can't be followed"
            return {scan.id: Unpruned(reason, literal.offset) for scan in scans}
    derived: Mapping[int, ScanResult] = {}
    if any(scan.input.lookback is None and not scan.input.whole for scan in scans):
        follow = prune if isinstance(line, TimeColumn) else prune_numbers
        derived = follow(query.tree, schema, dialect, line.column)
    return {
        scan.id: claim
        if (claim := _claimed(scan.input, cuts, line)) is not None
        else derived.get(scan.id, Unpruned("the scan was not found in the query's structure", None))
        for scan in scans
    }


Columns = Mapping[int, tuple[SameColumn, ...]]


@frozen
class _Same:
    """The columns of each scan that hold the values of the model's own, for each column of values of the model; those
    that are NULL where the model's are, for each of which NULL is a partition; and what the query holds of each scan.
    """

    values: Columns
    nulls: Columns
    held: Mapping[int, tuple[tuple[Column, Held], ...]]

    @classmethod
    def of(
        cls, query: ParsedQuery, schema: Schema, partition_by: PartitionBy | None, dialect: str, *, exact_texts: bool
    ) -> _Same:
        lists = partition_by.lists if partition_by else ()
        columns = partition_by.columns if partition_by else ()
        own_null = [column.column for column in columns if column.own_null]
        values = {column.column: prune_values(query.tree, schema, dialect, column.column) for column in lists}
        nulls = {column: prune_nulls(query.tree, schema, dialect, column) for column in own_null}
        # Of an interval of several parts the tree has only one.
        told = not any(literal.interval for literal in query.lost)
        held = hold(query.tree, schema, dialect) if told else {}
        claimed = {scan.id for scan in query.template.scans if scan.input.whole}
        return cls(
            _same_columns(query, values),
            _same_columns(query, nulls),
            {
                number: tuple(
                    (column, part)
                    for column, part in found
                    if number not in claimed and (exact_texts or value_kind(column.type) is not ValueKind.TEXT)
                )
                for number, found in held.items()
            },
        )


def _same_columns(query: ParsedQuery, results: Mapping[str, Mapping[int, ValuesResult | NullsResult]]) -> Columns:
    found: dict[int, list[SameColumn]] = {scan.id: [] for scan in query.template.scans}
    for column, by_scan in results.items():
        for scan in query.template.scans:
            result = by_scan.get(scan.id)
            if result is None or isinstance(result, Unpruned) or scan.input.whole:
                continue
            found[scan.id] += [SameColumn(column.lower(), same.column, same.column_type) for same in result]
    return {number: tuple(same) for number, same in found.items()}


def _claimed(reference: InputRef, cuts: Mapping[InputName, InputCut], reader: LineColumn) -> ScanResult | None:
    if reference.whole:
        return Unpruned("`window='all'` was asked for", None)
    if reference.lookback is None:
        return None
    cut = cuts.get(reference.name)
    clock = column_clock(cut.column_type or "") if cut else None
    if cut is None or not isinstance(cut.line, TimeColumn) or clock is None:
        return Unpruned(f"`lookback` was asked for, but `{reference.name}` is not cut by time", None)
    if not isinstance(reader, TimeColumn):
        return Unpruned("`lookback` was asked for, but the model is not cut by time", None)
    read = replace(cut.line, instants=clock is ColumnClock.INSTANT)
    window = claimed_window(reference.lookback, reader.scheme, read.scheme)
    return (Pruned(cut.line.column, cut.column_type or "", window),)


def _input_windows(
    query: ParsedQuery,
    results: Mapping[int, ScanResult],
    same: _Same,
    cuts: Mapping[InputName, InputCut],
    locate: Callable[[int], Location | None],
) -> tuple[InputWindow, ...]:
    found: dict[InputName, InputWindow] = {}
    for scan in query.template.scans:
        window = _scan_window(scan, results[scan.id], cuts.get(scan.input.name), locate)
        window = replace(
            window,
            links=tuple(Link(part.reader, part.column.lower()) for part in same.values[scan.id]),
            nulls=tuple(Link(part.reader, part.column.lower()) for part in same.nulls[scan.id]),
            held=tuple((column.name.lower(), held) for column, held in same.held.get(scan.id, ())),
        )
        earlier = found.get(window.name)
        found[window.name] = window if earlier is None else hull_of(earlier, window)
    return tuple(found[name] for name in sorted(found))


def _scan_window(
    scan: Scan, result: ScanResult, cut: InputCut | None, locate: Callable[[int], Location | None]
) -> InputWindow:
    name = scan.input.name
    claimed = scan.input.lookback is not None or scan.input.whole
    if isinstance(result, Unpruned):
        at = locate(scan.offset if result.offset is None else result.offset)
        return InputWindow(name, None, None, result.reason, at, claimed)
    column = cut.line.column.lower() if cut and cut.line else None
    for pruned in result:
        if pruned.column.lower() == column:
            return InputWindow(name, pruned.window, pruned.window, claimed=claimed)
    first = result[0]
    reason = (
        f"it is filtered on `{first.column}`, but `{name}` is cut by `{cut.line.column}`"
        if cut and cut.line
        else f"it is filtered on `{first.column}`, but `{name}` is not cut into partitions"
    )
    return InputWindow(name, None, first.window, reason, locate(scan.offset), claimed)
