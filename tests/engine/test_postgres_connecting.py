"""Connecting to PostgreSQL: what can be wrong, what is said of it, and what every connection is set to."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from support.engines import PostgresWarehouse, only
from support.postgres import PostgresDatabase
from swathe.engine.adapter import Session
from swathe.engine.connection import ConnectionSpec
from swathe.engine.registry import open_binder, open_engine
from swathe.errors import EngineError, ResourceError, StatementError, TransientError

pytestmark = only(PostgresWarehouse)

SECRET = "s3cret/%41 'quoted'"  # nobody's password


@contextmanager
def connected(warehouse: PostgresWarehouse, *, read_only: bool = False, **other: Any) -> Iterator[Session]:
    """A session with some keywords in place of the right ones."""
    spec = ConnectionSpec("postgres", {**warehouse.keywords, **other}, warehouse.root)
    with closing(open_engine(spec, read_only=read_only)) as engine:
        yield engine.session()


def refusal(warehouse: PostgresWarehouse, **other: Any) -> EngineError:
    with connected(warehouse, **other) as session, pytest.raises(EngineError) as caught:
        session.query("SELECT 1")
    told = "".join(traceback.format_exception(caught.value)) + str(caught.value.hint)
    for secret in (SECRET, str(warehouse.keywords["password"])):
        assert secret not in told
    return caught.value


class TestRefusals:
    SIGN_IN = "mend `user`, `password` or `dbname` in profiles.yml"
    FIND = "check `host` and `port` in profiles.yml, and that the server is running"

    @pytest.mark.parametrize(
        ("other", "said"),
        [
            ({"password": SECRET}, 'password authentication failed for user "{user}"'),
            ({"user": "nobody else", "password": SECRET}, 'password authentication failed for user "nobody else"'),
            ({"dbname": "no such db"}, 'database "no such db" does not exist'),
            ({"dbname": "a' b\"c\\"}, 'database "a\' b"c\\" does not exist'),
        ],
    )
    def test_whoever_can_not_sign_in_has_nothing_to_try_again(
        self, warehouse: PostgresWarehouse, other: dict[str, Any], said: str
    ) -> None:
        found = refusal(warehouse, **other)
        assert type(found) is EngineError
        where = f"{warehouse.keywords['host']}:{warehouse.keywords['port']}"
        expected = said.format(**warehouse.keywords)
        assert found.message == f"can't connect to PostgreSQL at {where}: {expected}"
        assert found.hint == self.SIGN_IN

    @pytest.mark.parametrize(
        ("other", "where", "said"),
        [
            ({"port": 1}, "{host}:1", "Connection refused"),
            ({"host": "localhost", "port": 1}, "localhost:1", "Connection refused"),
            ({"host": "/nowhere"}, "/nowhere:{port}", "No such file or directory"),
            ({"host": "no-such-host.invalid"}, "no-such-host.invalid:{port}", "ame"),
        ],
    )
    def test_a_server_that_is_not_there_may_be_there_soon(
        self, warehouse: PostgresWarehouse, other: dict[str, Any], where: str, said: str
    ) -> None:
        found = refusal(warehouse, **other)
        assert isinstance(found, TransientError)
        assert found.message.startswith(f"can't connect to PostgreSQL at {where.format(**warehouse.keywords)}: ")
        assert said in found.message
        assert "\n" not in found.message
        assert found.hint == self.FIND

    def test_encryption_that_the_server_does_not_have(self, warehouse: PostgresWarehouse) -> None:
        found = refusal(warehouse, sslmode="require")
        assert type(found) is EngineError
        assert found.message.endswith("server does not support SSL, but SSL was required")
        assert found.hint == "mend `sslmode` and its files in profiles.yml"

    def test_a_role_that_one_may_not_have(self, warehouse: PostgresWarehouse) -> None:
        assert 'role "no such role" does not exist' in refusal(warehouse, role="no such role").message

    def test_a_user_who_may_not_connect(
        self, warehouse: PostgresWarehouse, postgres_database: PostgresDatabase, guest: dict[str, Any]
    ) -> None:
        with postgres_database.connect() as connection:
            connection.execute(f"REVOKE CONNECT ON DATABASE {postgres_database.name} FROM PUBLIC")
        found = refusal(warehouse, **guest)
        assert type(found) is EngineError
        assert found.message.endswith(f'permission denied for database "{postgres_database.name}"')

    def test_a_server_that_is_too_old(self, warehouse: PostgresWarehouse, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("swathe.engine.postgres.connector.OLDEST", 99)
        found = refusal(warehouse)
        assert "and swathe needs 99 or newer" in found.message

    def test_nothing_is_opened_before_it_is_used(self, warehouse: PostgresWarehouse) -> None:
        spec = ConnectionSpec("postgres", {**warehouse.keywords, "port": 1}, warehouse.root)
        engine = open_engine(spec, read_only=False)
        engine.session()
        engine.close()

    def test_a_binder_finds_out_at_once_whether_the_server_is_there(self, warehouse: PostgresWarehouse) -> None:
        spec = ConnectionSpec("postgres", {**warehouse.keywords, "port": 1}, warehouse.root)
        with pytest.raises(TransientError, match="Connection refused"):
            open_binder(spec)

    def test_options_are_never_shown(self, warehouse: PostgresWarehouse) -> None:
        assert str(warehouse.keywords["password"]) not in repr(warehouse.spec)


@pytest.fixture
def guest(postgres_database: PostgresDatabase) -> Iterator[dict[str, Any]]:
    """A user who may sign in and no more."""
    name = f"guest_{postgres_database.name}"
    with postgres_database.connect() as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'guest'")
        yield {"user": name, "password": "guest"}
        connection.execute(f"DROP OWNED BY {name}")
        connection.execute(f"DROP ROLE {name}")


WANTED = {
    "TimeZone": "UTC", "DateStyle": "ISO, YMD", "IntervalStyle": "postgres", "extra_float_digits": "1",
    "bytea_output": "hex", "lc_monetary": "C", "standard_conforming_strings": "on", "application_name": "swathe",
}  # fmt: skip


class TestSettings:
    def test_values_mean_the_same_whatever_the_server_is_set_to(
        self, warehouse: PostgresWarehouse, postgres_database: PostgresDatabase
    ) -> None:
        odd = {
            "TimeZone": "Asia/Tokyo", "DateStyle": "German, DMY", "IntervalStyle": "sql_standard",
            "extra_float_digits": "0", "bytea_output": "escape", "standard_conforming_strings": "off",
        }  # fmt: skip
        with postgres_database.connect() as connection:
            for name, value in odd.items():
                connection.execute(f"ALTER DATABASE {postgres_database.name} SET {name} = '{value}'")
        with connected(warehouse) as session:
            assert {name: session.query(f"SHOW {name}")[0][0] for name in WANTED} == WANTED
            assert session.query("SELECT CAST(DATE '2024-02-01' AS TEXT), '\\'") == [("2024-02-01", "\\")]

    def test_they_outlive_a_transaction_that_is_rolled_back(self, session: Session) -> None:
        with pytest.raises(StatementError), session.transaction():
            session.execute("SELECT nothing")
        assert session.query("SHOW TimeZone") == [("UTC",)]

    def test_those_of_the_profile(self, warehouse: PostgresWarehouse) -> None:
        more = {"options": "-c search_path=somewhere", "application_name": "nightly", "role": "pg_monitor"}
        with connected(warehouse, **more) as session:
            assert session.query("SHOW search_path") == [("somewhere",)]
            assert session.query("SELECT current_user, current_setting('application_name')") == [
                ("pg_monitor", "nightly")
            ]

    def test_read_only_never_writes(self, warehouse: PostgresWarehouse) -> None:
        with connected(warehouse, read_only=True) as session:
            for wrong in ("CREATE TABLE t (a INTEGER)", "CREATE SCHEMA s"):
                with pytest.raises(EngineError, match="read-only transaction"):
                    session.execute(wrong)
                with pytest.raises(EngineError, match="read-only transaction"), session.transaction():
                    session.execute(wrong)

    def test_what_may_not_be_done_is_a_statement_that_can_not_work(
        self, warehouse: PostgresWarehouse, session: Session, guest: dict[str, Any]
    ) -> None:
        session.execute("CREATE TABLE t (a INTEGER)")
        with connected(warehouse, **guest) as visitor:
            for wrong, said in (
                ("SELECT * FROM t", "permission denied for table t"),
                ("CREATE SCHEMA s", "permission denied for database"),
            ):
                with pytest.raises(StatementError, match=said):
                    visitor.execute(wrong)


class TestErrors:
    def test_as_the_server_raises_them(self, session: Session) -> None:
        for state, kind in (("40001", TransientError), ("53100", ResourceError), ("42P01", StatementError)):
            with pytest.raises(EngineError, match="said so") as caught:
                session.execute(f"DO $$ BEGIN RAISE EXCEPTION 'said so' USING ERRCODE = '{state}'; END $$")
            assert type(caught.value) is kind

    def test_an_error_tells_the_servers_detail_and_hint(self, session: Session) -> None:
        with pytest.raises(EngineError) as caught:
            session.execute("DO $$ BEGIN RAISE EXCEPTION 'a' USING DETAIL = 'the b', HINT = 'try c'; END $$")
        assert caught.value.message == "a\nthe b try c"
