"""Opens PostgreSQL for the registry."""

from __future__ import annotations

from swathe.engine.adapter import Capabilities
from swathe.engine.connection import ConnectionSpec
from swathe.engine.postgres.binder import PostgresBinder
from swathe.engine.postgres.connector import PostgresConnector
from swathe.engine.postgres.engine import CAPABILITIES, PostgresEngine
from swathe.engine.postgres.files import PostgresFiles
from swathe.engine.postgres.session import PostgresSession


def open_engine(connection: ConnectionSpec, *, read_only: bool) -> PostgresEngine:
    connector = PostgresConnector(connection.options, read_only=read_only)
    return PostgresEngine(connector)


def is_there(_connection: ConnectionSpec) -> bool:
    """A database can only be made by its administrator."""
    return True


def open_binder(connection: ConnectionSpec) -> PostgresBinder:
    session = PostgresSession(PostgresConnector(connection.options, read_only=True))
    session.query("SELECT 1")  # a server that is not there is no fault of the first query that it is to describe
    return PostgresBinder(session)


def offline_engine() -> PostgresFiles:
    return PostgresFiles()


def capabilities() -> Capabilities:
    return CAPABILITIES


def collates(_connection: ConnectionSpec) -> bool:
    """Only the database can tell."""
    return False
