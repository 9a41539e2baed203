"""What swathe asks of every engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.engines import OTHERS, READERS_OF_FILES, Warehouse, only, write_file
from swathe.engine.adapter import FILE_COLUMN, Binder, Engine, Session
from swathe.errors import EngineError, StatementError, TransientError
from swathe.model.definition import Column, Relation
from swathe.sql.literal import identifier, relation_sql
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

    def test_all_statements_of_a_snapshot_see_one_moment(self, session: Session, other: Session, table: str) -> None:
        with other.snapshot():
            assert count(other) == 2
            run(session, "DELETE FROM t WHERE n = 1", "CREATE TABLE later (a INTEGER)")
            assert count(other) == 2
        assert count(other) == 1

    def test_a_snapshot_ends_with_its_error(self, session: Session, other: Session, table: str) -> None:
        def interrupted() -> None:
            with session.snapshot():
                assert count(session) == 2
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        with pytest.raises(StatementError), session.snapshot():
            session.query("SELECT nothing FROM t")
        other.execute("DELETE FROM t")
        assert count(session) == 0

    def test_two_sessions_write_different_rows_side_by_side(self, session: Session, other: Session, table: str) -> None:
        with session.transaction(), other.transaction():
            session.execute("DELETE FROM t WHERE n = 1")
            other.execute("DELETE FROM t WHERE n = 2")
            session.execute("INSERT INTO t VALUES (DATE '2024-01-01', 10)")
            other.execute("INSERT INTO t VALUES (DATE '2024-01-02', 20)")
        assert session.query("SELECT n FROM t ORDER BY n") == [(10,), (20,)]

    def test_temporary_tables_belong_to_one_session(self, session: Session, other: Session, table: str) -> None:
        session.execute("CREATE TEMPORARY TABLE stage AS SELECT 1 AS a")
        other.execute("CREATE TEMPORARY TABLE stage AS SELECT 2 AS a")
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
    def test_a_statement_runs_to_its_end(self, warehouse: Warehouse, session: Session) -> None:
        numbers = warehouse.spelling.numbers(1_000_000)
        with pytest.raises(EngineError):
            session.execute(f"SELECT CASE WHEN n = 999999 THEN CAST('x' || n AS INTEGER) END FROM {numbers}")

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

    def test_a_running_statement_can_be_interrupted_from_another_thread(
        self, warehouse: Warehouse, session: Session
    ) -> None:
        numbers = warehouse.spelling.numbers(100_000_000)
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
                    f"SELECT COUNT(*) FROM (SELECT n FROM {numbers}) AS a, (SELECT n FROM {numbers}) AS b "
                    "WHERE a.n % 7 = b.n % 5"
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

    def test_a_transaction_in_a_transaction_is_a_mistake_and_not_tried_again(self, session: Session) -> None:
        with pytest.raises(EngineError) as caught, session.transaction(), session.transaction():
            pass
        assert not isinstance(caught.value, TransientError)

    def test_an_error_says_what_the_database_said(self, session: Session) -> None:
        with pytest.raises(StatementError, match="nowhere"):
            session.execute("SELECT * FROM nowhere")


class TestTables:
    def test_columns_in_order_with_their_types(self, warehouse: Warehouse, engine: Engine, session: Session) -> None:
        types = warehouse.spelling.types
        listed = ", ".join(f'"the {declared}" {declared}' for declared in types)
        session.execute('CREATE SCHEMA "Odd Schema"')
        session.execute(f'CREATE TABLE "Odd Schema"."t\'s" ({listed})')
        found = engine.table_columns(session, Relation("Odd Schema", "t's"))
        assert found == tuple(Column(f"the {declared}", kind) for declared, kind in types.items())

    @pytest.mark.parametrize(
        "odd", ["order", "Größe", "a.b", 'say "x"', "it's", "two  words", "MixedCase", "%s ? $1", "é" * 20]
    )
    def test_a_name_is_what_it_is_written_as(self, engine: Engine, session: Session, odd: str) -> None:
        quoted = identifier(odd, engine.capabilities.dialect)
        session.execute(f"CREATE SCHEMA {quoted}")
        session.execute(f"CREATE TABLE {quoted}.{quoted} ({quoted} INTEGER)")
        session.execute(f"INSERT INTO {quoted}.{quoted} VALUES (1)")
        relation = Relation(odd, odd)
        assert relation_sql(relation, engine.capabilities.dialect) == f"{quoted}.{quoted}"
        assert engine.table_columns(session, relation) == (Column(odd, "INTEGER"),)
        assert engine.relation_kind(session, relation) == "TABLE"
        assert relation in engine.relations(session)
        assert session.fetch(f"SELECT * FROM {quoted}.{quoted}") == ((odd,), [(1,)])
        assert session.query(f"SELECT {engine.checksum_sql([Column(odd, 'INTEGER')])} FROM {quoted}.{quoted}") != [(0,)]

    def test_what_stands_under_a_name(self, warehouse: Warehouse, engine: Engine, session: Session, table: str) -> None:
        schema = warehouse.spelling.default_schema
        assert engine.capabilities.default_schema == schema
        session.execute("CREATE VIEW v AS SELECT 1 AS a")
        found = {name: engine.relation_kind(session, Relation(schema, name)) for name in ("t", "v", "nowhere")}
        assert found == {"t": "TABLE", "v": "VIEW", "nowhere": None}
        assert engine.relations(session) == {Relation(schema, "t"), Relation(schema, "v")}

    def test_a_table_that_is_not_there(
        self, warehouse: Warehouse, engine: Engine, session: Session, table: str
    ) -> None:
        assert engine.table_columns(session, Relation(warehouse.spelling.default_schema, "nowhere")) is None
        assert engine.table_columns(session, Relation("nowhere", "t")) is None

    def test_a_view_has_columns_too(self, warehouse: Warehouse, engine: Engine, session: Session, table: str) -> None:
        session.execute("CREATE VIEW v AS SELECT n AS number FROM t")
        found = engine.table_columns(session, Relation(warehouse.spelling.default_schema, "v"))
        assert found == (Column("number", "INTEGER"),)

    def test_a_table_is_found_however_it_is_spelled_where_no_second_one_could_be_made(
        self, warehouse: Warehouse, engine: Engine, session: Session, table: str
    ) -> None:
        schema = warehouse.spelling.default_schema
        known = engine.table_columns(session, Relation(schema, "t"))
        found = engine.table_columns(session, Relation(schema.upper(), "T"))
        assert found == (known if warehouse.spelling.folds_case else None)

    def test_a_sessions_own_temporary_table_is_no_table(
        self, warehouse: Warehouse, engine: Engine, session: Session
    ) -> None:
        session.execute("CREATE TEMPORARY TABLE hidden (a INTEGER)")
        assert engine.table_columns(session, Relation(warehouse.spelling.default_schema, "hidden")) is None
        assert engine.relation_kind(session, Relation(warehouse.spelling.default_schema, "hidden")) is None

    def test_a_table_made_in_this_transaction_is_seen_in_it(
        self, warehouse: Warehouse, engine: Engine, session: Session, other: Session
    ) -> None:
        fresh = Relation(warehouse.spelling.default_schema, "fresh")
        with session.transaction():
            session.execute("CREATE TABLE fresh (a INTEGER)")
            assert engine.table_columns(session, fresh) == (Column("a", "INTEGER"),)
            assert engine.table_columns(other, fresh) is None


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
            session.execute("DROP TABLE IF EXISTS part")
            session.execute("CREATE TEMPORARY TABLE part (a INTEGER, b VARCHAR)")
            for row in part:
                session.execute("INSERT INTO part VALUES (?, ?)", row)
            return int(
                session.query(
                    f"SELECT {engine.checksum_sql([Column('a', 'INTEGER'), Column('b', 'VARCHAR')])} FROM part"
                )[0][0]
            )

        assert of(rows) == (of(shuffled[:cut]) + of(shuffled[cut:])) % MODULUS


@only(*READERS_OF_FILES)
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
        engine = replace(warehouse, root=root).open()
        assert engine.session().query(f"SELECT n FROM {engine.files_sql('data/*.parquet')}") == [(1,)]
        engine.close()

    def test_no_file_at_all_is_an_error_that_names_the_pattern(self, engine: Engine, session: Session) -> None:
        with pytest.raises(EngineError, match=r"nothing/\*\.parquet"):
            session.query(f"SELECT * FROM {engine.files_sql('nothing/*.parquet')}")


@only(*OTHERS)
class TestNoFiles:
    """Refused where they would be read, with what to do instead."""

    @pytest.mark.parametrize("asked", ["files_sql", "file_list_sql"])
    def test_by_the_engine(self, engine: Engine, asked: str) -> None:
        more = [["data/a.parquet"]] if asked == "file_list_sql" else []
        with pytest.raises(EngineError, match=r"can't read `data/\*\.parquet`") as caught:
            getattr(engine, asked)("data/*.parquet", *more)
        assert caught.value.hint == "load the files into a table, and leave `location` out"

    def test_by_the_binder(self, warehouse: Warehouse, tmp_path: Path) -> None:
        write_file(tmp_path / "data/a.parquet", "SELECT 1 AS n")
        with closing(warehouse.binder()) as binder, pytest.raises(EngineError, match=r"can't read `data/\*\.parquet`"):
            binder.describe_files("data/*.parquet")


class TestBinder:
    @pytest.fixture
    def binder(self, warehouse: Warehouse) -> Iterator[Binder]:
        with closing(warehouse.binder()) as binder:
            yield binder

    def test_columns_and_types_of_a_query_over_declared_tables(self, warehouse: Warehouse, binder: Binder) -> None:
        types = warehouse.spelling.types
        columns = [Column(f"a {declared}", kind) for declared, kind in types.items()]
        binder.declare(("swathe:ref", "odd name"), columns)
        assert binder.describe('SELECT * FROM "swathe:ref"."odd name"') == tuple(columns)
        found = binder.describe(
            'SELECT "a DATE" AS day, CAST(SUM("a INTEGER") AS DECIMAL(10, 2)) AS total, COUNT(*) AS n '
            'FROM "swathe:ref"."odd name" AS o GROUP BY "a DATE"'
        )
        assert found == (
            Column("day", "DATE"), Column("total", types["DECIMAL(10, 2)"]), Column("n", "BIGINT"),
        )  # fmt: skip

    def test_several_tables_some_with_names_in_names(self, binder: Binder) -> None:
        for name in ("t", "t2", "t.t", 't"t'):
            binder.declare(("s", name), [Column(f"of {name}", "INTEGER")])
        for name in ("t", "t2", "t.t", 't"t'):
            quoted = identifier(name, "postgres")
            assert binder.describe(f'SELECT * FROM "s".{quoted}') == (Column(f"of {name}", "INTEGER"),)
        assert len(binder.describe('SELECT * FROM "s"."t" AS a CROSS JOIN "s"."t2" AS b CROSS JOIN "s"."t" AS c')) == 3

    @pytest.mark.parametrize(
        "query",
        [
            'SELECT u.a, u.b, u.c FROM "s"."u" AS u',
            'SELECT COALESCE(MAX(u.a), 0) + 1 AS a, t.day FROM "s"."t" AS t LEFT JOIN "s"."u" AS u ON u.b < t.day GROUP BY 2',
            'SELECT t.day FROM "s"."t" AS t WHERE t.n > (SELECT SUM(u.a * t.n) FROM "s"."u" AS u WHERE u.b = t.day)',
            "SELECT u.a || 'x' AS a, u.b < DATE '2024-01-01' AS b, NOT u.c AS c FROM \"s\".\"u\" AS u",
            'SELECT CASE WHEN u.c THEN u.a ELSE t.n END AS a FROM "s"."t" AS t JOIN "s"."u" AS u USING (day)',
        ],
    )
    def test_columns_of_unknown_types_stand_for_any(self, binder: Binder, query: str) -> None:
        binder.declare(("s", "t"), [Column("day", "DATE"), Column("n", "INTEGER")])
        binder.declare_unknown(("s", "u"), ["a", "b", "c", "day"])
        assert binder.describe(query)

    @pytest.mark.parametrize(
        "query",
        [
            'WITH x AS (SELECT a FROM "s"."t") SELECT a FROM x',
            '-- of old\nWITH x AS (SELECT a FROM "s"."t"), y AS (SELECT a FROM x) SELECT y.a FROM y JOIN x ON x.a = y.a',
            'WITH RECURSIVE x AS (SELECT a FROM "s"."t" UNION ALL SELECT a + 1 FROM x WHERE a < 3) SELECT a FROM x',
            'SELECT a FROM "s"."t" UNION ALL (WITH x AS (SELECT a FROM "s"."t") SELECT a FROM x) ORDER BY a LIMIT 3',
            'SELECT a FROM "s"."t" -- at the end',
        ],
    )
    def test_a_query_may_have_common_tables_of_its_own(self, binder: Binder, query: str) -> None:
        binder.declare(("s", "t"), [Column("a", "INTEGER")])
        assert binder.describe(query) == (Column("a", "INTEGER"),)

    def test_columns_of_one_name_are_all_described(self, binder: Binder) -> None:
        binder.declare(("s", "t"), [Column("a", "INTEGER")])
        assert [column.type for column in binder.describe('SELECT a, a FROM "s"."t"')] == ["INTEGER", "INTEGER"]

    def test_unknown_columns_become_known(self, binder: Binder) -> None:
        binder.declare_unknown(("s", "t"), ["a", "day"])
        with pytest.raises(StatementError, match="nothing"):
            binder.describe('SELECT a, nothing FROM "s"."t" AS t')
        binder.declare(("s", "t"), [Column("a", "INTEGER")])
        assert binder.describe('SELECT * FROM "s"."t"') == (Column("a", "INTEGER"),)

    def test_a_later_declaration_replaces_the_first(self, binder: Binder) -> None:
        binder.declare(("s", "t"), [Column("a", "INTEGER")])
        binder.declare(("s", "t"), [Column("b", "DATE")])
        assert binder.describe('SELECT * FROM "s"."t"') == (Column("b", "DATE"),)

    def test_a_wrong_query_is_refused_and_the_next_is_not(self, binder: Binder) -> None:
        binder.declare(("s", "t"), [Column("a", "INTEGER")])
        with pytest.raises(StatementError, match="nothing"):
            binder.describe('SELECT nothing FROM "s"."t"')
        assert binder.describe('SELECT a FROM "s"."t"') == (Column("a", "INTEGER"),)

    def test_a_refusal_points_at_the_line_and_column(self, binder: Binder) -> None:
        binder.declare(("s", "t"), [Column("a", "INTEGER"), Column("b", "INTEGER")])
        with pytest.raises(StatementError) as caught:
            binder.describe('\nSELECT a,\n  t.nothing,\n  b\nFROM "s"."t" AS t')
        *_, line, caret = caught.value.message.rstrip().split("\n")
        assert line.startswith("LINE 3: ")
        assert line[caret.index("^") :].startswith("t.nothing")

    def test_nothing_is_left_in_the_warehouse(self, engine: Engine, binder: Binder, session: Session) -> None:
        binder.declare(("s", "t"), [Column("a", "INTEGER")])
        binder.describe('SELECT a FROM "s"."t"')
        assert engine.relations(session) == frozenset()

    @only(*READERS_OF_FILES)
    def test_columns_of_files(self, warehouse: Warehouse, tmp_path: Path) -> None:
        write_file(tmp_path / "data/a.parquet", "SELECT DATE '2024-01-01' AS day, 1.5::DOUBLE AS x")
        with closing(warehouse.binder()) as binder:
            assert binder.describe_files("data/*.parquet") == (Column("day", "DATE"), Column("x", "DOUBLE"))
            with pytest.raises(EngineError):
                binder.describe_files("data/*.csv")


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
        self, warehouse: Warehouse, session: Session, table: str, data: st.DataObject
    ) -> None:
        rows = data.draw(_rows(table))
        listed = ", ".join(f"{column.name} {column.type}" for column in TABLES[table])
        session.execute("DROP TABLE IF EXISTS round_trip")
        session.execute(f"CREATE TEMPORARY TABLE round_trip ({listed})")
        insert_rows(session, "round_trip", table, rows)
        held = [tuple(warehouse.spelling.held(value) for value in row) for row in rows]
        assert sorted(session.query("SELECT * FROM round_trip"), key=repr) == sorted(held, key=repr)

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
