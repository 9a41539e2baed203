"""Reads and writes the metadata schema through one session. Times are naive UTC."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from swathe import __version__
from swathe.engine.adapter import Engine, Session
from swathe.errors import StateError
from swathe.model.definition import Column, InputName, ModelName, Relation
from swathe.partition.interval import Interval, IntervalSet
from swathe.plan.record import Failure, InputRecord, ModelRecords, Record, by_ordinal
from swathe.sql.literal import identifier, relation_sql
from swathe.state.schema import SCHEMA_VERSION, TABLES, create_statements


class FrozenError(StateError):
    """Partitions that were to be overwritten are frozen."""


@dataclass(frozen=True, slots=True)
class StoredLogic:
    """A fingerprint that some partition may carry, with what is needed to compute it again."""

    model: ModelName
    fingerprint: str
    canonical_form: str
    sql: str
    input_columns: Mapping[tuple[str, str], tuple[Column, ...]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one batch."""

    run_id: str
    model: ModelName
    keys: tuple[str, str]
    unit: str
    partitions: Interval
    fingerprint: str
    attempt: int
    reason: str
    status: str
    started_at: datetime
    seconds: float
    row_count: int | None = None
    rows_outside: int | None = None
    error: str | None = None


class StateStore:
    """The metadata schema of one warehouse. Not shared between threads: give each its own session."""

    def __init__(self, engine: Engine, session: Session, schema: str) -> None:
        self._engine = engine
        self._session = session
        self._schema = schema
        self._dialect = engine.capabilities.dialect

    def table(self, name: str) -> str:
        return relation_sql(Relation(self._schema, name), self._dialect)

    def exists(self) -> bool:
        """Whether the metadata schema is there. Raises StateError when it is newer than this swathe, or not ours."""
        if self._engine.table_columns(self._session, Relation(self._schema, "meta")) is None:
            return False
        rows = self._session.query(f"SELECT value FROM {self.table('meta')} WHERE name = 'schema_version'")
        if not rows or not rows[0][0].isdecimal():
            raise StateError(
                f"the schema `{self._schema}` does not hold swathe's metadata: its table `meta` names no version",
                hint="name another schema with `state_schema` in `[tool.swathe]`",
            )
        version = int(rows[0][0])
        if version > SCHEMA_VERSION:
            raise StateError(
                f"the metadata schema `{self._schema}` has version {version}, "
                f"and this swathe ({__version__}) knows up to {SCHEMA_VERSION}",
                hint="upgrade swathe: pip install --upgrade swathe",
            )
        return True

    def ensure(self, now: datetime) -> None:
        """Create the metadata schema where it is missing. Writes state."""
        if self.exists():
            return
        with self._session.transaction():
            self._session.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(self._schema, self._dialect)}")
            for statement in create_statements(self._schema, lambda s, t: relation_sql(Relation(s, t), self._dialect)):
                self._session.execute(statement)
            self._insert(
                "meta",
                [
                    ("schema_version", str(SCHEMA_VERSION)),
                    ("created_at", now.isoformat()),
                    ("created_by", __version__),
                ],
            )

    def records(self, units: Mapping[ModelName, str]) -> dict[ModelName, ModelRecords]:
        """All facts about these models' partitions; `units` tells how each is cut now."""
        inputs = self._inputs(units)
        found: dict[ModelName, list[Record]] = defaultdict(list)
        other: dict[ModelName, set[str]] = defaultdict(set)
        other_frozen: dict[ModelName, int] = defaultdict(int)
        rows = self._session.query(
            "SELECT model, unit, ordinal, fingerprint, row_count, data_version, seconds, built_at, run_id, "
            "CASE WHEN invalidated_at IS NULL THEN NULL ELSE COALESCE(invalidated_for, '') END, planned_at, "
            "CASE WHEN frozen_at IS NULL THEN NULL ELSE COALESCE(frozen_for, '') END "
            f"FROM {self.table('partitions')} ORDER BY model, ordinal"
        )
        for row in rows:
            model, unit, ordinal = ModelName(row[0]), row[1], row[2]
            if model not in units:
                continue
            if unit != units[model]:
                other[model].add(unit)
                other_frozen[model] += row[-1] is not None
                continue
            record = Record(*row[2:])
            found[model].append(replace(record, inputs=inputs.get((model, ordinal), ())))
        failures = self._failures(units)
        return {
            model: ModelRecords(
                unit=unit,
                records=by_ordinal(found.get(model, ())),
                failures=tuple(failures.get(model, ())),
                other_units=frozenset(other.get(model, ())),
                other_frozen=other_frozen.get(model, 0),
            )
            for model, unit in units.items()
        }

    def _inputs(self, models: Iterable[ModelName]) -> dict[tuple[ModelName, int], tuple[InputRecord, ...]]:
        wanted = set(models)
        found: dict[tuple[ModelName, int], tuple[InputRecord, ...]] = {}
        rows = self._session.query(
            "SELECT model, ordinal, input, input_unit, first_ordinal, last_ordinal, version "
            f"FROM {self.table('inputs')}"
        )
        for model, ordinal, name, unit, first, last, version in rows:
            if model in wanted:
                read = None if first is None else Interval(first, last + 1)
                key = (ModelName(model), ordinal)
                found[key] = (*found.get(key, ()), InputRecord(InputName(name), unit, read, version))
        return found

    def _failures(self, units: Mapping[ModelName, str]) -> dict[ModelName, list[Failure]]:
        """The last try of each run of partitions that failed, unless a later try of just that run succeeded."""
        rows = self._session.query(
            "SELECT model, unit, first_ordinal, last_ordinal, fingerprint, status, error, started_at "
            f"FROM {self.table('attempts')} WHERE model IN (SELECT model FROM {self.table('attempts')} "
            "WHERE status = 'failed') AND status <> 'split' ORDER BY started_at DESC, attempt DESC"
        )
        found: dict[ModelName, list[Failure]] = defaultdict(list)
        settled: dict[ModelName, IntervalSet] = defaultdict(IntervalSet)
        for name, unit, first, last, fingerprint, status, error, started_at in rows:
            model = ModelName(name)
            if units.get(model) != unit:
                continue
            tried = IntervalSet.span(first, last + 1)
            if status == "failed":
                found[model] += [Failure(run, fingerprint, error or "", started_at) for run in tried - settled[model]]
            settled[model] = settled[model] | tried
        return found

    def logic(self) -> list[StoredLogic]:
        """All stored logic."""
        rows = self._session.query(
            f"SELECT model, fingerprint, canonical_form, sql, input_columns FROM {self.table('logic')}"
        )
        return [
            StoredLogic(ModelName(model), fingerprint, form, sql, _columns_from_json(columns))
            for model, fingerprint, form, sql, columns in rows
        ]

    def save_logic(self, entries: Sequence[StoredLogic], config: Mapping[ModelName, str], now: datetime) -> None:
        """Store logic that is not stored yet. Writes state."""
        known = {(entry.model, entry.fingerprint) for entry in self.logic()}
        self._insert(
            "logic",
            [
                (
                    entry.model, entry.fingerprint, entry.canonical_form, entry.sql,
                    _columns_to_json(entry.input_columns), config.get(entry.model, "{}"), now,
                )
                for entry in entries
                if (entry.model, entry.fingerprint) not in known
            ],
        )  # fmt: skip

    def write_records(
        self, model: ModelName, unit: str, partitions: Interval, rows: Sequence[tuple[str, Record]]
    ) -> None:
        """Replace the records of a run of partitions by these (key, record). Call inside the batch's transaction."""
        self.delete_records(model, partitions)
        self._insert(
            "partitions",
            [
                (
                    model, key, unit, record.ordinal, record.fingerprint, record.row_count, record.version,
                    record.built_at, record.planned_at, record.seconds, record.run_id,
                    None, None, None, None,
                )
                for key, record in rows
            ],
        )  # fmt: skip
        self._insert(
            "inputs",
            [
                (
                    model, record.ordinal, entry.input, entry.unit,
                    None if entry.partitions is None else entry.partitions.start,
                    None if entry.partitions is None else entry.partitions.last, entry.version,
                )
                for _, record in rows
                for entry in record.inputs
            ],
        )  # fmt: skip

    def delete_records(self, model: ModelName, partitions: Interval) -> None:
        for table in ("partitions", "inputs"):
            self._session.execute(
                f"DELETE FROM {self.table(table)} WHERE model = ? AND ordinal BETWEEN ? AND ?",
                [model, partitions.start, partitions.last],
            )

    def count_frozen(self, model: ModelName) -> int:
        """All records of a model that are frozen, however it was cut."""
        frozen = f"SELECT COUNT(*) FROM {self.table('partitions')} WHERE model = ? AND frozen_at IS NOT NULL"
        return int(self._session.query(frozen, [model])[0][0])

    def refuse_frozen(self, model: ModelName, partitions: Interval) -> None:
        """Raises FrozenError when any of these records is frozen.

        Call inside the transaction that would overwrite them.
        """
        rows = self._session.query(
            f"SELECT MIN(partition_key), COUNT(*) FROM {self.table('partitions')} "
            "WHERE model = ? AND ordinal BETWEEN ? AND ? AND frozen_at IS NOT NULL",
            [model, partitions.start, partitions.last],
        )
        key, count = rows[0]
        if count:
            which = f"partition {key} of `{model}` is" if count == 1 else f"{count:,} partitions of `{model}` are"
            raise _frozen(which, model)

    def tables(self) -> dict[ModelName, Relation]:
        """The table or view that each model's records are about."""
        rows = self._session.query(f"SELECT model, table_schema, table_name FROM {self.table('tables')}")
        return {ModelName(model): Relation(schema, name) for model, schema, name in rows}

    def set_table(self, model: ModelName, relation: Relation, now: datetime) -> None:
        """From now on a model's records are about this table. Records of another are deleted. Writes state."""
        before = self.tables().get(model)
        if before == relation:
            return
        if before is not None:
            self.forget(model)
        self._session.execute(f"DELETE FROM {self.table('tables')} WHERE model = ?", [model])
        self._insert("tables", [(model, relation.schema, relation.name, now)])

    def forget(self, model: ModelName) -> None:
        """Delete all records of a model, however it was cut. Raises FrozenError. Writes state."""
        if self.count_frozen(model):
            raise _frozen(f"partitions of `{model}` are", model)
        for table in ("partitions", "inputs"):
            self._session.execute(f"DELETE FROM {self.table(table)} WHERE model = ?", [model])

    def invalidate(self, model: ModelName, partitions: IntervalSet, reason: str, now: datetime) -> None:
        """Mark built partitions to be rebuilt. Writes state."""
        self._mark("invalidated", model, partitions, now, reason)

    def freeze(self, model: ModelName, partitions: IntervalSet, reason: str, now: datetime) -> None:
        """Protect built partitions from being rebuilt. Writes state."""
        self._mark("frozen", model, partitions, now, reason)

    def thaw(self, model: ModelName, partitions: IntervalSet) -> None:
        """Take that protection away. Writes state."""
        self._mark("frozen", model, partitions, None, None)

    def _mark(
        self, fact: str, model: ModelName, partitions: IntervalSet, at: datetime | None, reason: str | None
    ) -> None:
        for run in partitions:
            self._session.execute(
                f"UPDATE {self.table('partitions')} SET {fact}_at = ?, {fact}_for = ? "
                "WHERE model = ? AND ordinal BETWEEN ? AND ?",
                [at, reason, model, run.start, run.last],
            )

    def write_attempt(self, attempt: Attempt) -> None:
        self._insert(
            "attempts",
            [
                (
                    attempt.run_id, attempt.model, *attempt.keys, attempt.unit, attempt.partitions.start,
                    attempt.partitions.last, attempt.fingerprint, attempt.attempt, attempt.reason, attempt.status,
                    attempt.started_at, attempt.seconds, attempt.row_count, attempt.rows_outside, attempt.error,
                )
            ],
        )  # fmt: skip

    def _insert(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        insert_rows(self._session, self.table(table), table, rows)


def _frozen(which: str, model: ModelName) -> FrozenError:
    return FrozenError(f"{which} frozen", hint=f"`swathe thaw {model}` lets them be rebuilt")


def insert_rows(session: Session, target: str, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert many rows of a metadata table with one statement."""
    session.insert(target, [column.type.removesuffix(" NOT NULL") for column in TABLES[table]], rows)


def _columns_to_json(columns: Mapping[tuple[str, str], Sequence[Column]]) -> str:
    return json.dumps(
        [[*relation, [[column.name, column.type] for column in listed]] for relation, listed in sorted(columns.items())]
    )


def _columns_from_json(text: str) -> dict[tuple[str, str], tuple[Column, ...]]:
    return {(schema, name): tuple(Column(*column) for column in listed) for schema, name, listed in json.loads(text)}
