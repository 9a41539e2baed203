"""What is written to the metadata schema comes back, and what does not belong there is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from support.engines import Warehouse
from swathe.engine.adapter import Engine, Session
from swathe.errors import StateError
from swathe.model.definition import Column, InputName, ModelName, Relation
from swathe.partition.granularity import Granularity
from swathe.partition.grid import Scheme
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.reading import Reading
from swathe.partition.rectangle import NamedRectangle
from swathe.partition.scheme import TimeScheme
from swathe.plan.record import InputRecord, ModelRecords, Record
from swathe.state.attempts import Attempt
from swathe.state.logic import StoredLogic
from swathe.state.schema import SCHEMA_VERSION, TABLES
from swathe.state.store import StateStore

NOW = datetime(2024, 6, 1, 12, 30, 0, 123456)
DAILY = ModelName("daily")
SCHEMA = "swathe_state"
DAYS, MONTHS = TimeScheme(Granularity.DAY), TimeScheme(Granularity.MONTH)


@pytest.fixture
def store(engine: Engine, session: Session) -> StateStore:
    store = StateStore(engine, session, SCHEMA)
    store.ensure(NOW)
    return store


def record(ordinal: int, fingerprint: str = "v1:a", **more: object) -> Record:
    made = Record(ordinal, fingerprint, 10, 2**63 - 1 - abs(ordinal), 0.25, NOW, "run-1")
    return replace(made, **more)


def write(store: StateStore, first: int, *records: Record, model: ModelName = DAILY, scheme: Scheme = DAYS) -> None:
    store.write_records(model, scheme, run(first, first + max(len(records), 1)), records, {})


def facts(store: StateStore, model: ModelName = DAILY, scheme: Scheme = DAYS) -> ModelRecords:
    return store.records({model: scheme})[model]


def run(start: int, end: int, *slices: str) -> NamedRectangle:
    return NamedRectangle(Interval(start, end), slices or ("",))


class TestSchema:
    def test_it_is_not_there_before_it_is_made(self, engine: Engine, session: Session) -> None:
        store = StateStore(engine, session, SCHEMA)
        assert not store.exists()
        store.ensure(NOW)
        assert store.exists()

    def test_making_it_twice_changes_nothing(self, store: StateStore) -> None:
        write(store, 1, record(1))
        store.ensure(NOW + timedelta(days=1))
        assert set(facts(store).records) == {1}

    def test_its_tables_have_the_columns_that_are_written_down(
        self, engine: Engine, session: Session, store: StateStore
    ) -> None:
        for table, columns in TABLES.items():
            found = engine.table_columns(session, Relation(SCHEMA, table))
            assert found is not None
            assert [column.name for column in found] == [column.name for column in columns]

    def test_it_may_have_any_name(self, engine: Engine, session: Session) -> None:
        store = StateStore(engine, session, 'state "of" things')
        store.ensure(NOW)
        write(store, 1, record(1))
        assert set(facts(store).records) == {1}

    def test_a_newer_one_is_refused_and_says_what_to_do(self, session: Session, store: StateStore) -> None:
        session.execute(
            f"UPDATE {store.table('meta')} SET value = '{SCHEMA_VERSION + 1}' WHERE name = 'schema_version'"
        )
        with pytest.raises(StateError, match=f"version {SCHEMA_VERSION + 1}") as caught:
            store.exists()
        assert "upgrade" in str(caught.value.hint)
        with pytest.raises(StateError):
            store.ensure(NOW)

    def test_one_from_before_the_first_release_is_refused_and_says_what_to_do(
        self, session: Session, store: StateStore
    ) -> None:
        session.execute(f"UPDATE {store.table('meta')} SET value = '1' WHERE name = 'schema_version'")
        with pytest.raises(StateError, match="before its first release") as caught:
            store.exists()
        assert "swathe adopt" in str(caught.value.hint)

    @pytest.mark.parametrize("value", [None, "", "one"])
    def test_a_schema_that_is_not_ours_is_refused(self, session: Session, store: StateStore, value: str | None) -> None:
        session.execute(f"DELETE FROM {store.table('meta')} WHERE name = 'schema_version'")
        if value is not None:
            session.execute(f"INSERT INTO {store.table('meta')} VALUES ('schema_version', '{value}')")
        with pytest.raises(StateError, match=SCHEMA):
            store.exists()

    def test_it_is_read_without_being_written(self, warehouse: Warehouse) -> None:
        engine = warehouse.open()
        StateStore(engine, engine.session(), SCHEMA).ensure(NOW)
        engine.close()
        engine = warehouse.open(read_only=True)
        store = StateStore(engine, engine.session(), SCHEMA)
        assert store.exists()
        assert facts(store).records == {}
        engine.close()


class TestRecords:
    def test_a_record_comes_back_as_it_went(self, store: StateStore) -> None:
        inputs = (
            InputRecord(InputName("flights"), "day", Reading(Interval(-3, 5), "origin=EWR"), 2**63 - 1),
            InputRecord(InputName("raw.events"), "all", Reading(None), 0),
        )
        written = record(-(2**18), "v1:ä", row_count=0, seconds=0.1, inputs=inputs)
        write(store, written.ordinal, written)
        (found,) = facts(store).records.values()
        assert replace(found, inputs=()) == replace(written, inputs=())
        assert set(found.inputs) == set(inputs)

    def test_they_come_in_order_and_each_model_has_its_own(self, store: StateStore) -> None:
        write(store, 1, record(1), record(2))
        write(store, -1, record(-1), record(0))
        write(store, 1, record(1, "v1:b"), model=ModelName("other"))
        assert list(facts(store).records) == [-1, 0, 1, 2]
        assert facts(store, ModelName("other")).records[1].fingerprint == "v1:b"
        assert facts(store, ModelName("nobody")).records == {}

    def test_writing_again_replaces_records_and_their_inputs(self, store: StateStore) -> None:
        read = (InputRecord(InputName("flights"), "day", Reading(Interval(1, 2)), 7),)
        write(store, 1, record(1, inputs=read), record(2, inputs=read), record(3, inputs=read))
        write(store, 2, record(2, "v1:b"))
        found = facts(store).records
        assert [entry.fingerprint for entry in found.values()] == ["v1:a", "v1:b", "v1:a"]
        assert [len(entry.inputs) for entry in found.values()] == [1, 0, 1]

    def test_a_run_without_records_forgets_what_was_there(self, store: StateStore) -> None:
        write(store, 1, record(1), record(2), record(3))
        store.delete_records(DAILY, run(2, 4))
        assert list(facts(store).records) == [1]

    def test_they_roll_back_with_the_rows(self, session: Session, store: StateStore) -> None:
        write(store, 1, record(1))

        def broken() -> None:
            with session.transaction():
                write(store, 1, record(1, "v1:b"))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            broken()
        assert facts(store).records[1].fingerprint == "v1:a"

    def test_records_of_another_cut_are_named_and_not_mixed_in(self, store: StateStore) -> None:
        write(store, 1, record(1), scheme=MONTHS)
        found = facts(store)
        assert found.records == {}
        assert found.other_units == {"month"}

    def test_many_at_once(self, store: StateStore) -> None:
        read = (InputRecord(InputName("flights"), "day", Reading(Interval(1, 2)), 7),) * 2
        write(store, 0, *(record(ordinal, inputs=read) for ordinal in range(5000)))
        found = facts(store).records
        assert len(found) == 5000
        assert all(len(entry.inputs) == 2 for entry in found.values())


class TestInvalidate:
    def test_it_marks_with_the_reason_until_the_partition_is_written_again(self, store: StateStore) -> None:
        write(store, 1, record(1), record(2), record(3))
        store.invalidate(DAILY, [run(1, 2), run(3, 4)], "wrong rates", NOW)
        assert [entry.invalidated for entry in facts(store).records.values()] == ["wrong rates", None, "wrong rates"]
        write(store, 1, record(1))
        assert [entry.invalidated for entry in facts(store).records.values()] == [None, None, "wrong rates"]

    def test_without_a_reason_it_is_marked_all_the_same(self, store: StateStore) -> None:
        write(store, 1, record(1))
        store.invalidate(DAILY, [run(1, 2)], "", NOW)
        assert facts(store).records[1].invalidated == ""


def attempt(first: int, end: int, status: str, minute: int, number: int = 1, **more: object) -> Attempt:
    made = Attempt(
        run_id="run-1", model=DAILY, keys=(f"key-{first}", f"key-{end - 1}"), unit="day",
        partitions=run(first, end), fingerprint="v1:a", attempt=number, reason="missing", status=status,
        started_at=NOW + timedelta(minutes=minute), seconds=0.5, error="no luck" if status != "succeeded" else None,
    )  # fmt: skip
    return replace(made, **more)


class TestFailures:
    def failed(self, store: StateStore) -> list[int]:
        return sorted(ordinal for failure in facts(store).failures for ordinal in failure.partitions.ordinals())

    def test_a_failure_is_known_by_its_error_and_fingerprint(self, store: StateStore) -> None:
        store.write_attempt(attempt(3, 5, "failed", 0))
        (failure,) = facts(store).failures
        assert failure.partitions == IntervalSet.span(3, 5)
        assert failure.fingerprint == "v1:a"
        assert failure.error == "no luck"
        assert failure.failed_at == NOW

    def test_a_batch_that_was_split_did_not_fail_its_halves_did(self, store: StateStore) -> None:
        store.write_attempt(attempt(1, 5, "split", 0))
        assert self.failed(store) == []
        store.write_attempt(attempt(1, 3, "succeeded", 1))
        store.write_attempt(attempt(3, 5, "split", 2))
        store.write_attempt(attempt(3, 4, "failed", 3))
        store.write_attempt(attempt(4, 5, "succeeded", 4))
        assert self.failed(store) == [3]

    def test_a_later_success_settles_what_it_covers(self, store: StateStore) -> None:
        store.write_attempt(attempt(1, 6, "failed", 0))
        store.write_attempt(attempt(2, 4, "succeeded", 1))
        assert self.failed(store) == [1, 4, 5]

    def test_an_earlier_success_settles_nothing(self, store: StateStore) -> None:
        store.write_attempt(attempt(1, 6, "succeeded", 0))
        store.write_attempt(attempt(2, 4, "failed", 1))
        assert self.failed(store) == [2, 3]

    def test_a_later_split_settles_nothing(self, store: StateStore) -> None:
        store.write_attempt(attempt(2, 4, "failed", 0))
        store.write_attempt(attempt(1, 6, "split", 1))
        assert self.failed(store) == [2, 3]

    @pytest.mark.parametrize("written", [(1, 2), (2, 1)])
    def test_of_two_tries_in_one_instant_the_second_counts(self, store: StateStore, written: tuple[int, int]) -> None:
        for number in written:
            store.write_attempt(attempt(1, 2, "succeeded" if number == 2 else "failed", 0, number=number))
            store.write_attempt(attempt(5, 6, "failed" if number == 2 else "succeeded", 0, number=number))
        assert self.failed(store) == [5]

    def test_a_failure_of_another_cut_or_model_is_not_ours(self, store: StateStore) -> None:
        store.write_attempt(attempt(1, 2, "failed", 0, unit="month"))
        store.write_attempt(attempt(1, 2, "failed", 0, model=ModelName("other")))
        assert self.failed(store) == []

    def test_an_error_may_be_any_text(self, store: StateStore) -> None:
        text = "Conversion Error: 'x'\n\tLINE 1: \"ä\" \\ {{ }} %s ? $1 \x07"
        store.write_attempt(attempt(1, 2, "failed", 0, error=text))
        assert [failure.error for failure in facts(store).failures] == [text]


class TestLogic:
    logic = StoredLogic(
        DAILY, "v1:a", "form-1", "select 'x' -- ä\nfrom t", {("swathe:ref", "t"): (Column("a b", "DECIMAL(5,2)"),)}
    )

    def test_it_comes_back_as_it_went(self, store: StateStore) -> None:
        store.save_logic([self.logic], {DAILY: '{"begin": "2024-01-01"}'}, NOW)
        assert store.logic() == [self.logic]

    def test_it_is_saved_once(self, session: Session, store: StateStore) -> None:
        for _ in range(2):
            store.save_logic([self.logic, replace(self.logic, fingerprint="v1:b")], {}, NOW)
        assert {entry.fingerprint for entry in store.logic()} == {"v1:a", "v1:b"}
        assert session.query(f"SELECT COUNT(*) FROM {store.table('logic')}") == [(2,)]

    def test_two_models_may_have_the_same(self, store: StateStore) -> None:
        store.save_logic([self.logic], {}, NOW)
        store.save_logic([replace(self.logic, model=ModelName("other"))], {}, NOW)
        assert {entry.model for entry in store.logic()} == {"daily", "other"}
