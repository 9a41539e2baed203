"""Fixtures: a PostgreSQL server, and an empty database on it. Without a server a test fails; it is never skipped."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from support.postgres import Postgres, PostgresDatabase, PostgresServer
from support.postgres_programs import NoServerError, find_programs, server_user


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[PostgresServer]:
    """A server of this process alone, for tests that stop or kill it. Leave it running."""
    try:
        programs = find_programs(server_user())
    except NoServerError as error:
        pytest.fail(str(error), pytrace=False)
    with PostgresServer.launch(programs) as server:
        yield server


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Postgres:
    """The server that SWATHE_TEST_PG_DSN names, else this process's own."""
    dsn = os.environ.get("SWATHE_TEST_PG_DSN")
    return Postgres.at(dsn) if dsn else request.getfixturevalue("own_postgres")


@pytest.fixture
def postgres_database(postgres: Postgres) -> Iterator[PostgresDatabase]:
    """A new, empty database for one test."""
    with postgres.database() as database:
        yield database
