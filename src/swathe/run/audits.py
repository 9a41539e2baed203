"""Runs audits on rows of a table, in whatever transaction they stand: on those of a batch before anybody sees them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime

from swathe.engine.adapter import Row, Session
from swathe.errors import AuditError, EngineError, ResourceError, StatementError, TransientError
from swathe.frozen import frozen
from swathe.model.audit import Audit, RowCount, Severity
from swathe.partition.grid import Scheme
from swathe.partition.interval import IntervalSet
from swathe.partition.rectangle import Rectangle
from swathe.sql.audits import AuditedRows, AuditSql, Counts
from swathe.sql.statements import ModelSql
from swathe.state.audits import AuditRow

MOST_ROWS = 3
"""How many of the bad rows are shown."""
_MOST_CELLS = 8
_LONGEST = 40
_MOST_RANGES = 5


@frozen
class AuditResult:
    """What one audit found among the rows of the partitions that it `checked`.

    `bad` are its bad rows by partition, or, of an audit that counts rows, the rows of each partition that has too few
    or too many. `overall` are bad rows of which nobody knows the partition. `rows` are a few of the bad ones.
    """

    audit: Audit
    scheme: Scheme
    checked: IntervalSet
    bad: Mapping[int, int] = field(default_factory=dict)
    overall: int = 0
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()

    @property
    def name(self) -> str:
        return self.audit.name

    @property
    def passed(self) -> bool:
        return not self.bad and not self.overall

    @property
    def status(self) -> str:
        return "passed" if self.passed else "warned" if self.audit.severity is Severity.WARN else "failed"

    @property
    def bad_rows(self) -> int | None:
        """None of an audit that counts rows, and does not judge them."""
        return None if isinstance(self.audit.check, RowCount) else self.overall + sum(self.bad.values())

    @property
    def partitions(self) -> IntervalSet:
        """Those with bad rows, as far as is known: of a query of the user's own all that it looked at."""
        return self.checked if self.overall else IntervalSet.from_ordinals(self.bad)

    @property
    def keys(self) -> list[tuple[str, str]]:
        """First and last key of each run of those."""
        return [(self.scheme.key(run.start), self.scheme.key(run.last)) for run in self.partitions]

    @property
    def message(self) -> str:
        """What is wrong, in one line; empty when nothing is."""
        if self.passed:
            return ""
        if isinstance(self.audit.check, RowCount):
            return f"the audit `{self.name}` found {_counted(self.bad, self.audit.check, self.scheme)}"
        bad = self.bad_rows
        found = "1 bad row" if bad == 1 else f"{bad:,} bad rows"
        return f"the audit `{self.name}` found {found} in {_keys(self.scheme, self.partitions)}"

    @property
    def text(self) -> str:
        """The message, and below it the rows."""
        return "\n".join([self.message, *(f"  {_row_in_words(self.columns, row)}" for row in self.rows)])

    def joined(self, other: AuditResult) -> AuditResult:
        """This and what the same audit found in other partitions."""
        return replace(
            self,
            checked=self.checked | other.checked,
            bad={**self.bad, **other.bad},
            overall=self.overall + other.overall,
            columns=self.columns or other.columns,
            rows=(*self.rows, *other.rows)[:MOST_ROWS],
        )


def joined(results: Iterable[AuditResult]) -> list[AuditResult]:
    """One result for each audit, and for each way in which the table was cut: a run may find more partitions."""
    found: list[AuditResult] = []
    for result in results:
        for place, other in enumerate(found):
            if (other.name, other.scheme) == (result.name, result.scheme):
                found[place] = other.joined(result)
                break
        else:
            found.append(result)
    return found


class AuditsFailedError(AuditError):
    """Audits of severity `error` failed. `results` are those of all audits of the batch."""

    def __init__(self, results: Sequence[AuditResult]) -> None:
        failed = [result for result in results if result.status == "failed"]
        super().__init__("\n".join(result.text for result in failed))
        self.results = tuple(results)


def audited_rows(sql: ModelSql, partitions: Rectangle | None) -> AuditedRows:
    """The rows of a model's table in a rectangle; None is all of them."""
    return AuditedRows(sql.table, sql.logic.columns, sql.dialect, sql.reads, sql.region, partitions)


def refuse_bad_rows(sql: ModelSql, partitions: Rectangle, session: Session) -> tuple[AuditResult, ...]:
    """Audit what was just written to a rectangle. Call inside the batch's transaction, before it commits.

    Raises AuditsFailedError, and EngineError where the audits themselves can't be run.
    """
    results = run_audits(sql, partitions, session)
    if any(result.status == "failed" for result in results):
        raise AuditsFailedError(results)
    return results


def run_audits(sql: ModelSql, partitions: Rectangle, session: Session) -> tuple[AuditResult, ...]:
    """The results of all audits of a model on the rows of a rectangle, in their order. Writes nothing."""
    if not sql.audits:
        return ()
    rows = audited_rows(sql, partitions)
    try:
        counts = rows.counts(sql.audits, session.query(rows.counting(sql.audits)))
        return tuple(
            _result(audit, counted, rows, sql.scheme, session)
            for audit, counted in zip(sql.audits, counts, strict=True)
        )
    except (TransientError, ResourceError):
        raise
    except EngineError as error:
        kind = StatementError if isinstance(error, StatementError) else EngineError
        raise kind(f"the audits can't be run: {error.message}", hint=error.hint) from None


def _result(audit: AuditSql, counted: Counts, rows: AuditedRows, scheme: Scheme, session: Session) -> AuditResult:
    check, found = audit.audit.check, counted.by_partition
    assert rows.partitions is not None  # noqa: S101 - of a table in one piece it is that one
    checked = rows.partitions.partitions()
    if isinstance(check, RowCount):
        each = {ordinal: found.get(ordinal, 0) for ordinal in checked.ordinals()}
        return AuditResult(audit.audit, scheme, checked, {at: n for at, n in each.items() if not check.allows(n)})
    result = AuditResult(audit.audit, scheme, checked, {at: n for at, n in found.items() if n}, counted.overall)
    shown = None if result.passed else rows.bad_rows(audit, MOST_ROWS)
    if shown is None:
        return result
    columns, examples = session.fetch(shown)
    return replace(result, columns=columns, rows=tuple(examples))


def _counted(counts: Mapping[int, int], check: RowCount, scheme: Scheme) -> str:
    """The partitions with too few rows, and those with too many."""
    few = {at: number for at, number in counts.items() if check.least is not None and number < check.least}
    many = {at: number for at, number in counts.items() if at not in few}
    told = []
    for found, bound in ((few, f"fewer than {check.least}"), (many, f"more than {check.most}")):
        if not found:
            continue
        least, most = min(found.values()), max(found.values())
        number = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        rows = "1 row" if number == "1" else f"{number} rows"
        told.append(f"{rows} in {_keys(scheme, IntervalSet.from_ordinals(found))}, {bound}")
    return "; ".join(told)


def audit_rows(
    results: Iterable[AuditResult], run_id: str, model: str, keys: tuple[str, str], checked: int, now: datetime
) -> Iterator[AuditRow]:
    """The results as they are stored. `keys` are the first and the last partition looked at, `checked` their number."""
    for result in results:
        yield AuditRow(
            run_id, model, *keys, checked, result.name, str(result.audit.severity), result.status, result.bad_rows,
            None if result.passed else result.text, now,
        )  # fmt: skip


def _keys(scheme: Scheme, partitions: IntervalSet) -> str:
    """The partitions in words; how many more there are when they are many."""
    runs = partitions.intervals
    words = [
        scheme.key(run.start) if len(run) == 1 else f"{scheme.key(run.start)} … {scheme.key(run.last)}"
        for run in runs[:_MOST_RANGES]
    ]
    left = sum(len(run) for run in runs[_MOST_RANGES:])
    return ", ".join([*words, *([f"and {left:,} more partitions"] if left else [])])


def _row_in_words(columns: Sequence[str], row: Row) -> str:
    cells = [f"{name}={_cell(value)}" for name, value in zip(columns, row, strict=True)]
    return ", ".join([*cells[:_MOST_CELLS], *(["…"] if len(cells) > _MOST_CELLS else [])])


def _cell(value: object) -> str:
    if value is None:
        return "NULL"
    text = "".join(character if character.isprintable() else " " for character in str(value))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
