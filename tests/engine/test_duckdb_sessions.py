"""Two writers in DuckDB: the second one fails at once, and may try again. PostgreSQL makes it wait instead."""

from __future__ import annotations

import pytest

from support.engines import DuckDBWarehouse, only
from swathe.engine.adapter import Session
from swathe.errors import TransientError

pytestmark = only(DuckDBWarehouse)


@pytest.fixture(autouse=True)
def _table(session: Session) -> None:
    session.execute("CREATE TABLE t (day DATE, n INTEGER)")
    session.execute("INSERT INTO t VALUES (DATE '2024-01-01', 1), (DATE '2024-01-02', 2)")


@pytest.mark.parametrize("write", ["DELETE FROM t WHERE n = 1", "UPDATE t SET n = 9 WHERE n = 1"])
def test_two_writers_of_one_row_conflict_and_the_second_may_try_again(
    session: Session, other: Session, write: str
) -> None:
    with session.transaction():
        session.execute(write)
        with pytest.raises(TransientError), other.transaction():
            other.execute(write)
    assert session.query("SELECT COUNT(*) FROM t WHERE n = 1") == [(0,)]
    with other.transaction():
        other.execute("UPDATE t SET n = 5 WHERE n = 2")
    assert session.query("SELECT COUNT(*) FROM t WHERE n = 5") == [(1,)]


def test_a_writer_whose_table_was_altered_meanwhile_may_try_again(session: Session, other: Session) -> None:
    def altered_meanwhile() -> None:
        with other.transaction():
            other.execute("INSERT INTO t VALUES (DATE '2024-01-03', 3)")
            session.execute("ALTER TABLE t ADD COLUMN more INTEGER")

    with pytest.raises(TransientError):
        altered_meanwhile()
    assert session.query("SELECT COUNT(*) FROM t") == [(2,)]


def test_every_statement_of_a_transaction_sees_the_moment_of_its_begin(session: Session, other: Session) -> None:
    with other.transaction():
        assert other.query("SELECT COUNT(*) FROM t") == [(2,)]
        session.execute("DELETE FROM t")
        assert other.query("SELECT COUNT(*) FROM t") == [(2,)]
    assert other.query("SELECT COUNT(*) FROM t") == [(0,)]
