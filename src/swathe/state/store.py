"""Reads and writes the metadata schema through one session. Times are naive UTC."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from swathe.engine.adapter import Engine, Session
from swathe.errors import StateError
from swathe.frozen import frozen
from swathe.model.definition import InputName, ModelName, Relation
from swathe.partition.grid import NULL_LINE, Scheme, line_of, slice_of, slice_texts
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.rectangle import NamedRectangle
from swathe.plan.record import Beside, Failure, InputRecord, ModelRecords, Record
from swathe.plan.versions import ColumnSet
from swathe.sql.literal import relation_sql
from swathe.state.attempts import Attempt, attempt_row, open_failures
from swathe.state.column_sets import columns_from_text, columns_to_text
from swathe.state.column_versions import ColumnVersions, along, numbered
from swathe.state.logic import StoredLogic, input_columns_from_text, input_columns_to_text
from swathe.state.model_tables import ModelTables
from swathe.state.places import Places
from swathe.state.records import read_records
from swathe.state.schema import TABLES
from swathe.state.schema_steps import create_schema, schema_exists


class FrozenError(StateError):
    """Partitions that were to be overwritten are frozen."""


@frozen
class Standing:
    """A record in short: its slice, place along the line and key, what built it and when."""

    part: str
    along: int
    unit: str
    key: str
    fingerprint: str
    run_id: str
    built_at: datetime
    frozen: bool


def refuse_frozen(model: ModelName, standing: Iterable[Standing]) -> None:
    """Raises FrozenError when any of these records is frozen."""
    keys = [record.key for record in standing if record.frozen]
    if keys:
        which = (
            f"partition {keys[0]} of `{model}` is" if len(keys) == 1 else f"{len(keys):,} partitions of `{model}` are"
        )
        raise _frozen(which, model)


class StateStore:
    """The metadata schema of one warehouse. Not shared between threads: give each its own session."""

    def __init__(self, engine: Engine, session: Session, schema: str) -> None:
        self._engine = engine
        self._session = session
        self._schema = schema
        self._dialect = engine.capabilities.dialect

    @property
    def session(self) -> Session:
        return self._session

    @property
    def column_versions(self) -> ColumnVersions:
        return ColumnVersions(self)

    @property
    def tables(self) -> ModelTables:
        return ModelTables(self)

    def table(self, name: str) -> str:
        return relation_sql(Relation(self._schema, name), self._dialect)

    @property
    def unlocked_rows(self) -> str:
        """See `Capabilities.unlocked_rows`."""
        return self._engine.capabilities.unlocked_rows

    def lock_name(self, kind: str, name: str) -> str:
        """What to lock or to hold for something of this metadata schema."""
        return f"swathe:{self._schema}:{kind}:{name}"

    def exists(self) -> bool:
        """Whether the metadata schema is there. Raises StateError for one that this swathe can't read."""
        return schema_exists(self._engine, self._session, self._schema)

    def ensure(self, now: datetime) -> None:
        """Create the metadata schema where it is missing. Writes state."""
        if self.exists():
            return
        with self._session.transaction():
            self._session.lock(self.lock_name("state", "schema"))
            if not self.exists():  # else another process was quicker
                create_schema(self._engine, self._session, self._schema, now)

    def slices(self) -> dict[ModelName, dict[str, set[str]]]:
        """The slices that there are records of, by model and unit. Of tables without any, an empty one where there is a
        record for NULL along the line.
        """
        rows = self._session.query(
            f"SELECT DISTINCT model, unit, slice FROM {self.table('partitions')} "
            f"WHERE slice <> '' OR ordinal = {NULL_LINE}"
        )
        found: dict[ModelName, dict[str, set[str]]] = defaultdict(dict)
        for model, unit, text in rows:
            found[ModelName(model)].setdefault(unit, set()).add(text)
        return found

    def records(
        self, schemes: Mapping[ModelName, Scheme], among: Mapping[ModelName, IntervalSet] | None = None
    ) -> dict[ModelName, ModelRecords]:
        """All facts about these models' partitions; `schemes` tell how each is cut now. `among` are the places along
        the line of which records are wanted; None is all.
        """
        failures, checked = self.failures(schemes), self.checked()
        return {
            model: replace(facts, failures=tuple(failures.get(model, ())), checked=checked.get(model, {}))
            for model, facts in read_records(self, schemes, Places.of(schemes, among)).items()
        }

    def versions(self, model: ModelName, scheme: Scheme, among: Interval | None = None) -> dict[int, int]:
        """Data version by partition, of a model's records that hold rows; `among` a run along the line, None is all."""
        within, values = along(among)
        rows = self._session.query(
            f"SELECT slice, ordinal, data_version FROM {self.table('partitions')} "
            f"WHERE model = ? AND unit = ? AND row_count > 0{within}",
            [model, scheme.unit, *values],
        )
        return numbered(rows, scheme)

    def checked(self) -> dict[ModelName, dict[InputName, Beside]]:
        """What lay beside the partitions of inputs when models were last looked through for strays."""
        found: dict[ModelName, dict[InputName, Beside]] = defaultdict(dict)
        for model, name, text, version in self._session.query(
            f"SELECT model, input, columns, version FROM {self.table('checks')}"
        ):
            found[ModelName(model)][InputName(name)] = Beside(version, columns_from_text(text))
        return found

    def set_checked(self, model: ModelName, beside: Mapping[InputName, tuple[str, Beside]], now: datetime) -> None:
        """Remember what lay beside a model's partitions, with the inputs' units. Writes state."""
        self._session.execute(f"DELETE FROM {self.table('checks')} WHERE model = ?", [model])
        rows = [
            (model, name, unit, columns_to_text(known.columns), known.version, now)
            for name, (unit, known) in beside.items()
        ]
        self.insert("checks", rows)

    def failures(self, schemes: Mapping[ModelName, Scheme]) -> dict[ModelName, list[Failure]]:
        """The partitions whose last try failed."""
        rows = self._session.query(
            "SELECT model, unit, first_ordinal, last_ordinal, slices, fingerprint, status, error, started_at "
            f"FROM {self.table('attempts')} WHERE model IN (SELECT model FROM {self.table('attempts')} "
            "WHERE status = 'failed') AND status <> 'split' ORDER BY started_at DESC, attempt DESC"
        )
        return open_failures(rows, schemes)

    def logic(self) -> list[StoredLogic]:
        """All stored logic."""
        rows = self._session.query(
            f"SELECT model, fingerprint, canonical_form, sql, input_columns FROM {self.table('logic')}"
        )
        return [
            StoredLogic(ModelName(model), fingerprint, form, sql, input_columns_from_text(columns))
            for model, fingerprint, form, sql, columns in rows
        ]

    def save_logic(self, entries: Sequence[StoredLogic], config: Mapping[ModelName, str], now: datetime) -> None:
        """Store logic that is not stored yet. Call inside a transaction. Writes state."""
        self._session.lock(self.lock_name("logic", ""))
        known = {(entry.model, entry.fingerprint) for entry in self.logic()}
        self.insert(
            "logic",
            [
                (
                    entry.model, entry.fingerprint, entry.canonical_form, entry.sql,
                    input_columns_to_text(entry.input_columns), config.get(entry.model, "{}"), now,
                )
                for entry in entries
                if (entry.model, entry.fingerprint) not in known
            ],
        )  # fmt: skip

    def write_records(
        self,
        model: ModelName,
        scheme: Scheme,
        replaced: NamedRectangle,
        records: Sequence[Record],
        sets: Mapping[ColumnSet, Mapping[int, int]],
    ) -> None:
        """Put these records in the place of all those of a rectangle. Call inside a transaction that holds it."""
        self.delete_records(model, replaced)
        self.add_records(model, scheme, records, sets)

    def add_records(
        self,
        model: ModelName,
        scheme: Scheme,
        records: Sequence[Record],
        sets: Mapping[ColumnSet, Mapping[int, int]],
    ) -> None:
        """Write records where there are none, with the versions over sets of columns of those that hold rows. Call
        inside a transaction that holds their partitions.
        """
        rows = [(slice_texts(scheme, [slice_of(made.ordinal)])[0], line_of(made.ordinal), made) for made in records]
        self.insert(
            "partitions",
            [
                (
                    model, scheme.key(record.ordinal), scheme.unit, part, along, record.fingerprint,
                    record.row_count, record.version, record.built_at, record.planned_at, record.planned_stop,
                    record.seconds, record.run_id, None, None, None, None,
                )
                for part, along, record in rows
            ],
        )  # fmt: skip
        self.insert(
            "inputs",
            [
                _input_row(model, part, along, entry)
                for part, along, record in rows
                for entry in record.inputs
            ],
        )  # fmt: skip

        self.column_versions.add(model, scheme, sets)

    def replace_inputs(
        self, model: ModelName, scheme: Scheme, name: InputName, entries: Sequence[tuple[int, InputRecord]]
    ) -> None:
        """Replace what records of some partitions say of one input. Call inside a transaction. Writes state."""
        by_slice: dict[str, list[int]] = defaultdict(list)
        rows = []
        for ordinal, entry in entries:
            part, along = slice_texts(scheme, [slice_of(ordinal)])[0], line_of(ordinal)
            by_slice[part].append(along)
            rows.append(_input_row(model, part, along, entry))
        for part, lines in by_slice.items():
            self._session.execute(
                f"DELETE FROM {self.table('inputs')} WHERE model = ? AND slice = ? AND input = ? "
                "AND ordinal IN (SELECT UNNEST(CAST(? AS BIGINT[])))",
                [model, part, name, lines],
            )
        self.insert("inputs", rows)

    def delete_records(self, model: ModelName, partitions: NamedRectangle) -> None:
        where, values = _inside(model, partitions)
        for table in _OF_RECORDS:
            self._session.execute(f"DELETE FROM {self.table(table)} {where}", values)

    def count_frozen(self, model: ModelName) -> int:
        """All records of a model that are frozen, however it was cut."""
        frozen = f"SELECT COUNT(*) FROM {self.table('partitions')} WHERE model = ? AND frozen_at IS NOT NULL"
        return int(self._session.query(frozen, [model])[0][0])

    def standing(self, model: ModelName, partitions: NamedRectangle) -> list[Standing]:
        """What is recorded of a rectangle now. Call inside the transaction that would overwrite it."""
        where, values = _inside(model, partitions)
        rows = self._session.query(
            "SELECT slice, ordinal, unit, partition_key, fingerprint, run_id, built_at, frozen_at IS NOT NULL "
            f"FROM {self.table('partitions')} {where}",
            values,
        )
        return [Standing(*row) for row in rows]

    def refuse_frozen(self, model: ModelName, partitions: NamedRectangle) -> None:
        """Raises FrozenError when any of these records is frozen.

        Call inside the transaction that would overwrite them.
        """
        refuse_frozen(model, self.standing(model, partitions))

    def forget(self, model: ModelName) -> None:
        """Delete all records of a model, however it was cut. Raises FrozenError. Writes state."""
        if self.count_frozen(model):
            raise _frozen(f"partitions of `{model}` are", model)
        for table in (*_OF_RECORDS, "checks"):
            self._session.execute(f"DELETE FROM {self.table(table)} WHERE model = ?", [model])

    def invalidate(self, model: ModelName, partitions: Iterable[NamedRectangle], reason: str, now: datetime) -> None:
        """Mark built partitions to be rebuilt. Writes state."""
        self._mark("invalidated", model, partitions, now, reason)

    def freeze(self, model: ModelName, partitions: Iterable[NamedRectangle], reason: str, now: datetime) -> None:
        """Protect built partitions from being rebuilt. Writes state."""
        self._mark("frozen", model, partitions, now, reason)

    def thaw(self, model: ModelName, partitions: Iterable[NamedRectangle]) -> None:
        """Take that protection away. Writes state."""
        self._mark("frozen", model, partitions, None, None)

    def _mark(
        self,
        fact: str,
        model: ModelName,
        partitions: Iterable[NamedRectangle],
        at: datetime | None,
        reason: str | None,
    ) -> None:
        for part in partitions:
            where, values = _inside(model, part)
            self._session.execute(
                f"UPDATE {self.table('partitions')} SET {fact}_at = ?, {fact}_for = ? {where}", [at, reason, *values]
            )

    def write_attempt(self, attempt: Attempt) -> None:
        self.insert(
            "attempts",
            [attempt_row(attempt)],
        )

    def insert(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        insert_rows(self._session, self.table(table), table, rows)


_OF_RECORDS = ("partitions", "inputs", "column_versions")


def _inside(model: ModelName, partitions: NamedRectangle) -> tuple[str, list[object]]:
    """What rows of `partitions` and its kin are about a rectangle, and the values of the parameters."""
    lines, slices = partitions.lines, partitions.slices
    # A list takes DuckDB twice as long as one value, which is all that most tables have.
    within = "slice = ?" if len(slices) == 1 else "slice IN (SELECT UNNEST(CAST(? AS VARCHAR[])))"
    values = [model, lines.start, lines.last, slices[0] if len(slices) == 1 else list(slices)]
    return f"WHERE model = ? AND ordinal BETWEEN ? AND ? AND {within}", values


def _input_row(model: ModelName, part: str, along: int, entry: InputRecord) -> tuple[object, ...]:
    lines = entry.reading.lines
    first, last = (None, None) if lines is None else (lines.start, lines.last)
    columns = columns_to_text(entry.columns)
    return model, part, along, entry.input, entry.unit, first, last, entry.reading.slices, columns, entry.version


def _frozen(which: str, model: ModelName) -> FrozenError:
    return FrozenError(f"{which} frozen", hint=f"`swathe thaw {model}` lets them be rebuilt")


def insert_rows(session: Session, target: str, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert many rows of a metadata table with one statement."""
    session.insert(target, [column.type.removesuffix(" NOT NULL") for column in TABLES[table]], rows)
