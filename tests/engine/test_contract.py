"""What swathe asks of every engine."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.engines import Warehouse, write_file
from swathe.engine.adapter import FILE_COLUMN, Engine, Session
from swathe.errors import EngineError, StatementError, TransientError
from swathe.model.definition import Column, Relation
from swathe.state.schema import TABLES
from swathe.state.store import insert_rows

MODULUS = 2**63


def run(session: Session, *statements: str) -> None:
    """In one transaction."""
    with session.transaction():
        for statement in statements:
            session.execute(statement)


def count(session: Session, table: str = "t") -> int:
    return int(session.query(f"SELECT COUNT(*) FROM {table}")[0][0])


@pytest.fixture
def table(session: Session) -> str:
    session.execute("CREATE TABLE t (day DATE, n INTEGER)")
    session.execute("INSERT INTO t VALUES (DATE '2024-01-01', 1), (DATE '2024-01-02', 2)")
    return "t"


class TestTransactions:
    def test_commit_on_leaving(self, session: Session, other: Session, table: str) -> None:
        with session.transaction():
            session.execute("DELETE FROM t WHERE n = 1")
            session.execute("INSERT INTO t VALUES (DATE '2024-01-01', 7)")
        assert other.query("SELECT n FROM t ORDER BY n") == [(2,), (7,)]

    def test_roll_back_on_any_exception(self, session: Session, other: Session, table: str) -> None:
        def interrupted() -> None:
            with session.transaction():
                session.execute("DELETE FROM t")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert count(session) == count(other) == 2

    @pytest.mark.parametrize(
        "wrong", ["SELECT nothing FROM t", "SELEC 1", "INSERT INTO t SELECT DATE '2024-01-01', CAST('x' AS INTEGER)"]
    )
    def test_after_an_error_nothing_is_written_and_the_session_can_go_on(
        self, session: Session, other: Session, table: str, wrong: str
    ) -> None:
        with pytest.raises(EngineError):
            run(session, "DELETE FROM t", wrong)
        assert count(session) == count(other) == 2
        with session.transaction():
            session.execute("DELETE FROM t WHERE n = 1")
        assert count(other) == 1

    @pytest.mark.parametrize(
        "wrong", ["SELECT nothing FROM t", "INSERT INTO t SELECT DATE '2024-01-01', CAST('x' AS INTEGER)"]
    )
    def test_a_transaction_never_commits_part_of_itself_though_its_error_was_caught(
        self, session: Session, other: Session, table: str, wrong: str
    ) -> None:
        def carry_on() -> None:
            with session.transaction():
                session.execute("DELETE FROM t WHERE n = 1")
                with suppress(EngineError):
                    session.execute(wrong)

        with pytest.raises(EngineError):
            carry_on()
        assert count(session) == count(other) == 2

    def test_ddl_rolls_back_too(self, engine: Engine, session: Session) -> None:
        with pytest.raises(StatementError):
            run(session, "CREATE SCHEMA s", "CREATE TABLE s.t (a INTEGER)", "SELECT nothing")
        assert engine.table_columns(session, Relation("s", "t")) is None

    def test_readers_see_the_old_rows_until_commit(self, session: Session, other: Session, table: str) -> None:
        with session.transaction():
            session.execute("DELETE FROM t")
            session.execute("INSERT INTO t VALUES (DATE '2024-01-03', 3)")
            assert count(session) == 1
            assert other.query("SELECT n FROM t ORDER BY n") == [(1,), (2,)]
        assert other.query("SELECT n FROM t") == [(3,)]

    def test_a_reader_in_a_transaction_keeps_what_it_saw_first(
        self, session: Session, other: Session, table: str
    ) -> None:
        with other.transaction():
            assert count(other) == 2
            session.execute("DELETE FROM t")
            assert count(other) == 2
        assert count(other) == 0

    def test_two_sessions_write_different_rows_side_by_side(self, session: Session, other: Session, table: str) -> None:
        with session.transaction(), other.transaction():
            session.execute("DELETE FROM t WHERE n = 1")
            other.execute("DELETE FROM t WHERE n = 2")
            session.execute("INSERT INTO t VALUES (DATE '2024-01-01', 10)")
            other.execute("INSERT INTO t VALUES (DATE '2024-01-02', 20)")
        assert session.query("SELECT n FROM t ORDER BY n") == [(10,), (20,)]

    def test_temporary_tables_belong_to_one_session(self, session: Session, other: Session, table: str) -> None:
        session.execute("CREATE OR REPLACE TEMPORARY TABLE stage AS SELECT 1 AS a")
        other.execute("CREATE OR REPLACE TEMPORARY TABLE stage AS SELECT 2 AS a")
        assert session.query("SELECT a FROM stage") == [(1,)]
        assert other.query("SELECT a FROM stage") == [(2,)]

    def test_closing_the_engine_rolls_back_what_is_open(self, warehouse: Warehouse) -> None:
        engine = warehouse.open()
        one = engine.session()
        one.execute("CREATE TABLE t (a INTEGER)")
        one.execute("BEGIN TRANSACTION")
        one.execute("INSERT INTO t VALUES (1)")
        engine.close()
        again = warehouse.open(read_only=True)
        assert count(again.session()) == 0
        again.close()


class TestStatements:
    def test_a_statement_runs_to_its_end(self, session: Session) -> None:
        with pytest.raises(EngineError):
            session.execute(
                "SELECT CASE WHEN i = 999999 THEN CAST('x' || i AS INTEGER) END FROM range(1000000) AS r(i)"
            )

    def test_parameters_are_values_and_never_sql(self, session: Session) -> None:
        assert session.query("SELECT ?, ?", ["'; DROP TABLE t; --", None]) == [("'; DROP TABLE t; --", None)]

    def test_rows_for_people(self, session: Session) -> None:
        names, rows = session.fetch(
            "SELECT 1 AS \"a b\", TIMESTAMPTZ '2024-01-01 12:00:00+02' AS at, NULL AS nothing -- the end"
        )
        assert names == ("a b", "at", "nothing")
        assert [(row[0], str(row[1])[:19], row[2]) for row in rows] == [(1, "2024-01-01 10:00:00", None)]

    def test_instants_become_dates_and_timestamps_in_utc(self, session: Session, other: Session) -> None:
        for one in (session, other):
            assert one.query("SELECT CAST(TIMESTAMPTZ '2024-01-01 23:30:00-02' AS TIMESTAMP)") == [
                (datetime(2024, 1, 2, 1, 30),)
            ]

    def test_the_same_rows_twice(self, session: Session, table: str) -> None:
        assert session.query("SELECT * FROM t ORDER BY n") == session.query("SELECT * FROM t ORDER BY n")

    def test_a_running_statement_can_be_interrupted_from_another_thread(self, session: Session) -> None:
        done = threading.Event()

        def interrupt() -> None:
            while not done.is_set():
                time.sleep(0.05)
                session.interrupt()

        thread = threading.Thread(target=interrupt)
        thread.start()
        try:
            with pytest.raises(EngineError):
                session.query(
                    "SELECT COUNT(*) FROM range(100000000) a, range(100000000) b WHERE a.range % 7 = b.range % 5"
                )
        finally:
            done.set()
            thread.join()
        assert session.query("SELECT 1") == [(1,)]


class TestErrors:
    @pytest.mark.parametrize(
        "wrong",
        [
            "SELEC 1",
            "SELECT x FROM t",
            "SELECT * FROM nowhere",
            "SELECT no_such_function(1)",
            "INSERT INTO t VALUES (1)",
        ],
    )
    def test_what_can_never_work_is_a_statement_error(self, session: Session, table: str, wrong: str) -> None:
        with pytest.raises(StatementError):
            session.execute(wrong)

    @pytest.mark.parametrize(
        "wrong",
        [
            "SELECT CAST(s AS INTEGER) FROM (VALUES ('x')) AS v(s)",
            "SELECT CAST(s AS DATE) FROM (VALUES ('a Conflict of words')) AS v(s)",
            "INSERT INTO strict VALUES (NULL)",
        ],
    )
    def test_what_fails_for_its_rows_is_neither_that_nor_transient(self, session: Session, wrong: str) -> None:
        session.execute("CREATE TABLE strict (a INTEGER NOT NULL)")
        with pytest.raises(EngineError) as caught:
            session.execute(wrong)
        assert type(caught.value) is EngineError

    @pytest.mark.parametrize("write", ["DELETE FROM t WHERE n = 1", "UPDATE t SET n = 9 WHERE n = 1"])
    def test_two_writers_of_one_row_conflict_and_the_second_may_try_again(
        self, session: Session, other: Session, table: str, write: str
    ) -> None:
        with session.transaction():
            session.execute(write)
            with pytest.raises(TransientError), other.transaction():
                other.execute(write)
        assert count(session, "t WHERE n = 1") == 0
        with other.transaction():
            other.execute("UPDATE t SET n = 5 WHERE n = 2")
        assert count(session, "t WHERE n = 5") == 1

    def test_a_writer_whose_table_was_altered_meanwhile_may_try_again(
        self, session: Session, other: Session, table: str
    ) -> None:
        def altered_meanwhile() -> None:
            with other.transaction():
                other.execute("INSERT INTO t VALUES (DATE '2024-01-03', 3)")
                session.execute("ALTER TABLE t ADD COLUMN more INTEGER")

        with pytest.raises(TransientError):
            altered_meanwhile()
        assert count(session) == 2

    def test_a_transaction_in_a_transaction_is_a_mistake_and_not_tried_again(self, session: Session) -> None:
        with pytest.raises(EngineError) as caught, session.transaction(), session.transaction():
            pass
        assert not isinstance(caught.value, TransientError)

    def test_an_error_says_what_the_database_said(self, session: Session) -> None:
        with pytest.raises(StatementError, match="nowhere"):
            session.execute("SELECT * FROM nowhere")


class TestTables:
    def test_columns_in_order_with_their_types(self, engine: Engine, session: Session) -> None:
        session.execute('CREATE SCHEMA "Odd Schema"')
        session.execute('CREATE TABLE "Odd Schema"."t\'s" (b INTEGER, "a B" DECIMAL(10, 2), "order" TIMESTAMPTZ)')
        found = engine.table_columns(session, Relation("Odd Schema", "t's"))
        assert found is not None
        assert [column.name for column in found] == ["b", "a B", "order"]
        assert [column.type for column in found] == ["INTEGER", "DECIMAL(10,2)", "TIMESTAMP WITH TIME ZONE"]

    def test_a_table_that_is_not_there(self, engine: Engine, session: Session, table: str) -> None:
        assert engine.table_columns(session, Relation("main", "nowhere")) is None
        assert engine.table_columns(session, Relation("nowhere", "t")) is None

    def test_a_view_has_columns_too(self, engine: Engine, session: Session, table: str) -> None:
        session.execute("CREATE VIEW v AS SELECT n AS number FROM t")
        assert engine.table_columns(session, Relation("main", "v")) == (Column("number", "INTEGER"),)

    def test_a_table_is_found_however_it_is_spelled_where_no_second_one_could_be_made(
        self, engine: Engine, session: Session, table: str
    ) -> None:
        assert engine.table_columns(session, Relation("MAIN", "T")) == engine.table_columns(
            session, Relation("main", "t")
        )

    def test_a_sessions_own_temporary_table_is_no_table(self, engine: Engine, session: Session) -> None:
        session.execute("CREATE TEMPORARY TABLE hidden (a INTEGER)")
        assert engine.table_columns(session, Relation("main", "hidden")) is None

    def test_a_table_made_in_this_transaction_is_seen_in_it(
        self, engine: Engine, session: Session, other: Session
    ) -> None:
        with session.transaction():
            session.execute("CREATE TABLE fresh (a INTEGER)")
            assert engine.table_columns(session, Relation("main", "fresh")) == (Column("a", "INTEGER"),)
            assert engine.table_columns(other, Relation("main", "fresh")) is None


class TestChecksum:
    @staticmethod
    def of(engine: Engine, session: Session, values: str, columns: tuple[str, ...] = ("a", "b")) -> int:
        typed = [Column(name, "VARCHAR") for name in columns]
        ((found,),) = session.query(f"SELECT {engine.checksum_sql(typed)} FROM (VALUES {values}) AS v(a, b)")
        assert isinstance(found, int)
        assert 0 <= found < MODULUS
        return found

    def test_of_no_rows_is_nothing(self, engine: Engine, session: Session) -> None:
        assert session.query(
            f"SELECT {engine.checksum_sql([Column('a', 'INTEGER')])} FROM (SELECT 1 AS a) AS v WHERE a > 1"
        ) == [(0,)]

    @pytest.mark.parametrize(
        "changed",
        [
            "(1, 'x')",
            "(1, 'x'), (2, 'y'), (2, 'y')",
            "(1, 'x'), (2, 'z')",
            "(1, 'y'), (2, 'x')",
            "(1, 'x'), (2, NULL)",
            "(1, 'x'), (NULL, 'y')",
            "(1, 'x'), (2, 'y'), (NULL, NULL)",
            "(1, 'x'), (2, '')",
            "(1, 'xy'), (2, '')",
        ],
    )
    def test_differs_when_the_rows_do(self, engine: Engine, session: Session, changed: str) -> None:
        assert self.of(engine, session, changed) != self.of(engine, session, "(1, 'x'), (2, 'y')")

    def test_tells_values_that_swapped_their_columns(self, engine: Engine, session: Session) -> None:
        assert self.of(engine, session, "('x', 'y')") != self.of(engine, session, "('y', 'x')")
        assert self.of(engine, session, "('x', 'x')") != self.of(engine, session, "('y', 'y')")
        assert self.of(engine, session, "(NULL, 'y')") != self.of(engine, session, "('y', NULL)")

    def test_does_not_know_the_order_of_columns(self, engine: Engine, session: Session) -> None:
        rows = "(1, 'x'), (2, 'y')"
        assert self.of(engine, session, rows, ("a", "b")) == self.of(engine, session, rows, ("b", "a"))

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        rows=st.lists(st.tuples(st.integers(0, 3) | st.none(), st.sampled_from("ab") | st.none()), min_size=2),
        seed=st.integers(),
    )
    def test_adds_up_over_disjoint_rows_in_any_order(
        self, engine: Engine, session: Session, rows: list[tuple[int | None, str | None]], seed: int
    ) -> None:
        shuffled = list(rows)
        Random(seed).shuffle(shuffled)
        cut = Random(seed).randrange(1, len(rows))

        def of(part: list[Any]) -> int:
            session.execute("CREATE OR REPLACE TEMPORARY TABLE part (a INTEGER, b VARCHAR)")
            for row in part:
                session.execute("INSERT INTO part VALUES (?, ?)", row)
            return int(
                session.query(
                    f"SELECT {engine.checksum_sql([Column('a', 'INTEGER'), Column('b', 'VARCHAR')])} FROM part"
                )[0][0]
            )

        assert of(rows) == (of(shuffled[:cut]) + of(shuffled[cut:])) % MODULUS


class TestFiles:
    @pytest.mark.parametrize("suffix", [".parquet", ".csv", ".json"])
    def test_a_glob_is_read_relative_to_the_project(
        self, engine: Engine, session: Session, tmp_path: Path, suffix: str
    ) -> None:
        for number in (1, 2):
            write_file(tmp_path / f"data/part-{number}{suffix}", f"SELECT {number} AS n, 'x' AS s")
        rows = session.query(f"SELECT n, s FROM {engine.files_sql(f'data/*{suffix}')} AS f ORDER BY n")
        assert rows == [(1, "x"), (2, "x")]

    @pytest.mark.parametrize("suffix", [".parquet", ".csv", ".json"])
    def test_a_list_of_files_says_which_row_is_from_which(
        self, engine: Engine, session: Session, tmp_path: Path, suffix: str
    ) -> None:
        for number in (1, 2, 3):
            write_file(tmp_path / f"data/part-{number}{suffix}", f"SELECT {number} AS n, 'x' AS s")
        listed = engine.file_list_sql(f"data/*{suffix}", [f"data/part-1{suffix}", f"data/part-3{suffix}"])
        rows = session.query(f'SELECT n, "{FILE_COLUMN}" FROM {listed} ORDER BY n')
        assert rows == [(1, str(tmp_path / f"data/part-1{suffix}")), (3, str(tmp_path / f"data/part-3{suffix}"))]

    def test_names_that_look_like_patterns_or_end_a_string(
        self, engine: Engine, session: Session, tmp_path: Path
    ) -> None:
        names = ["a[1].parquet", "a1.parquet", "it's.parquet", "q?.parquet", "s*.parquet", "sx.parquet"]
        for name in names:
            write_file(tmp_path / "data" / name, "SELECT '" + name.replace("'", "''") + "' AS name")
        for name in names:
            listed = engine.file_list_sql("data/*.parquet", [f"data/{name}"])
            assert session.query(f'SELECT name, "{FILE_COLUMN}" FROM {listed}') == [
                (name, str(tmp_path / "data" / name))
            ]

    def test_a_project_whose_folder_looks_like_a_pattern(self, warehouse: Warehouse, tmp_path: Path) -> None:
        root = tmp_path / "project [v1]*"
        write_file(root / "data/a.parquet", "SELECT 1 AS n")
        write_file(tmp_path / "project v/data/a.parquet", "SELECT 2 AS n")
        engine = type(warehouse)(root).open()
        assert engine.session().query(f"SELECT n FROM {engine.files_sql('data/*.parquet')}") == [(1,)]
        engine.close()

    def test_no_file_at_all_is_an_error_that_names_the_pattern(self, engine: Engine, session: Session) -> None:
        with pytest.raises(EngineError, match=r"nothing/\*\.parquet"):
            session.query(f"SELECT * FROM {engine.files_sql('nothing/*.parquet')}")


class TestBinder:
    def test_columns_and_types_of_a_query_over_declared_tables(self, warehouse: Warehouse) -> None:
        binder = warehouse.binder()
        binder.declare(("swathe:ref", "odd name"), [Column("day", "DATE"), Column("x y", "DECIMAL(5,2)")])
        found = binder.describe('SELECT day, SUM("x y") AS total, COUNT(*) FROM "swathe:ref"."odd name" GROUP BY ALL')
        assert found == (Column("day", "DATE"), Column("total", "DECIMAL(38,2)"), Column("count_star()", "BIGINT"))
        binder.close()

    def test_a_later_declaration_replaces_the_first(self, warehouse: Warehouse) -> None:
        binder = warehouse.binder()
        binder.declare(("s", "t"), [Column("a", "INTEGER")])
        binder.declare(("s", "t"), [Column("b", "VARCHAR")])
        assert binder.describe("SELECT * FROM s.t") == (Column("b", "VARCHAR"),)
        binder.close()

    def test_a_wrong_query_is_refused_and_the_next_is_not(self, warehouse: Warehouse) -> None:
        binder = warehouse.binder()
        binder.declare(("s", "t"), [Column("a", "INTEGER")])
        with pytest.raises(StatementError, match="nothing"):
            binder.describe("SELECT nothing FROM s.t")
        assert binder.describe("SELECT a FROM s.t") == (Column("a", "INTEGER"),)
        binder.close()

    def test_columns_of_files(self, warehouse: Warehouse, tmp_path: Path) -> None:
        write_file(tmp_path / "data/a.parquet", "SELECT DATE '2024-01-01' AS day, 1.5::DOUBLE AS x")
        binder = warehouse.binder()
        assert binder.describe_files("data/*.parquet") == (Column("day", "DATE"), Column("x", "DOUBLE"))
        with pytest.raises(EngineError):
            binder.describe_files("data/*.csv")
        binder.close()


_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "VARCHAR": st.text(st.characters(codec="utf-8"), max_size=20),
    "BIGINT": st.integers(-(2**63), 2**63 - 1),
    "DOUBLE PRECISION": st.floats(allow_nan=False, allow_infinity=False),
    "TIMESTAMP": st.datetimes(),
}


def _rows(table: str) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    fields = []
    for column in TABLES[table]:
        values = _VALUES[column.type.removesuffix(" NOT NULL").strip()]
        fields.append(values if column.type.endswith("NOT NULL") else st.none() | values)
    return st.lists(st.tuples(*fields), max_size=5)


class TestArrays:
    """Metadata rows travel as one array for each column."""

    @pytest.mark.parametrize("table", list(TABLES))
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_every_value_of_a_metadata_table_comes_back_as_it_went(
        self, session: Session, table: str, data: st.DataObject
    ) -> None:
        rows = data.draw(_rows(table))
        listed = ", ".join(f"{column.name} {column.type}" for column in TABLES[table])
        session.execute(f"CREATE OR REPLACE TEMPORARY TABLE round_trip ({listed})")
        insert_rows(session, "round_trip", table, rows)
        assert sorted(session.query("SELECT * FROM round_trip"), key=repr) == sorted(rows, key=repr)

    @pytest.mark.parametrize("table", [name for name, columns in TABLES.items() if "NOT NULL" not in columns[-1].type])
    def test_a_column_of_nothing_but_null(self, session: Session, table: str) -> None:
        plain = {"VARCHAR": "x", "BIGINT": 1, "DOUBLE PRECISION": 1.5, "TIMESTAMP": datetime(2024, 1, 1)}
        row = tuple(plain[c.type.removesuffix(" NOT NULL")] if "NOT NULL" in c.type else None for c in TABLES[table])
        listed = ", ".join(f"{column.name} {column.type}" for column in TABLES[table])
        session.execute(f"CREATE TEMPORARY TABLE round_trip ({listed})")
        insert_rows(session, "round_trip", table, [row, row])
        assert session.query("SELECT * FROM round_trip") == [row, row]

    def test_no_null_where_the_schema_wants_a_value(self, session: Session) -> None:
        session.execute("CREATE TABLE meta (name VARCHAR NOT NULL, value VARCHAR NOT NULL)")
        with pytest.raises(EngineError):
            insert_rows(session, "meta", "meta", [("a", None)])
