"""A connection to PostgreSQL. Sessions run in UTC and print values in one form, whatever the server's settings.

A connection that was lost is opened again by the next statement outside a transaction. What was in flight on it was
rolled back by the server, or will be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import count
from time import monotonic

import psycopg

from swathe.engine.adapter import Row
from swathe.engine.postgres.failures import translate, translated, words
from swathe.errors import EngineError, StatementError, TransientError

Connect = Callable[[], psycopg.Connection[Row]]

EXCHANGE_PATIENCE_SECONDS = 30.0
_MOMENT = "500ms"
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 5.0

_IDENTITY = "SELECT pid, backend_start FROM pg_catalog.pg_stat_activity WHERE pid = pg_backend_pid()"
_END = "SELECT pg_terminate_backend(pid, 1000) FROM pg_catalog.pg_stat_activity WHERE pid = %s AND backend_start = %s"
"""Of a process that has the same number by now, the time is another."""

_PLACE = re.compile(r"""("[^"]*"|'[^']*')|\?""")
"""A place of a parameter, or a name or text, in which a `?` is one."""
_ROOM = "256MB"
_NUL, _NUL_SHOWN = "\x00", "\N{SYMBOL FOR NULL}"


class PostgresSession:
    """One connection with its own transaction, opened when it is first used."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._connection: psycopg.Connection[Row] | None = None
        self._inside = False
        self._failed = False
        self._holding: set[str] = set()
        self._backend: Row | None = None

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        self._run(sql, parameters)

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        with translated():
            return self._run(sql, parameters).fetchall()

    def insert(self, table: str, types: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        if not rows:
            return
        values = ", ".join(f"CAST(? AS {kind}[])" for kind in types)
        columns = [list(column) for column in zip(*rows, strict=True)]
        self.execute(f"INSERT INTO {table} SELECT * FROM UNNEST({values})", columns)

    def fetch(self, sql: str) -> tuple[tuple[str, ...], list[Row]]:
        with translated():
            cursor = self._run(sql, ())
            return tuple(column.name for column in cursor.description or ()), cursor.fetchall()

    def transaction(self) -> AbstractContextManager[None]:
        return self._begun("READ COMMITTED")

    def snapshot(self) -> AbstractContextManager[None]:
        return self._begun("REPEATABLE READ READ ONLY")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        if not self._inside:
            raise EngineError("a savepoint needs a transaction")
        self.execute("SAVEPOINT swathe")
        try:
            yield
        except BaseException:
            self._run("ROLLBACK TO SAVEPOINT swathe; RELEASE SAVEPOINT swathe", ())
            self._failed = False
            raise
        self.execute("RELEASE SAVEPOINT swathe")

    def make_room(self) -> None:
        # With the usual 4 MB the server sorts millions of rows where it could hash them.
        self.execute(f"SET LOCAL work_mem = '{_ROOM}'")

    def lock(self, name: str) -> None:
        self.query("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", [name])

    def hold(self, name: str) -> None:
        self._opened()
        if name not in self._holding:
            # Not waited for: until the server has noticed that an earlier connection is gone, that one holds it.
            ((held,),) = self.query("SELECT pg_try_advisory_lock(hashtextextended(?, 1))", [name])
            if held:
                self._holding.add(name)

    def is_held(self, name: str) -> bool:
        ((free,),) = self.query("SELECT pg_try_advisory_xact_lock_shared(hashtextextended(?, 1))", [name])
        return not free

    def exchange(self, statements: Sequence[str]) -> None:
        """Whoever comes to the table while this waits for it has to wait as well. So it waits for a moment only, lets
        the others pass, and tries again: a little later each time.
        """
        deadline = monotonic() + EXCHANGE_PATIENCE_SECONDS
        pause = _FIRST_PAUSE_SECONDS
        while (error := self._exchanged(statements)) is not None:
            if monotonic() > deadline:
                hint = "a transaction of somebody else holds the table: end it (pg_stat_activity shows which one)"
                raise TransientError(error.message, hint=hint)
            self.execute(f"SELECT pg_sleep({pause})")  # on the server, which can be told to stop
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _exchanged(self, statements: Sequence[str]) -> TransientError | None:
        """What stood in the way, and then nothing was done."""
        try:
            with self.savepoint():
                self.execute(f"SET LOCAL lock_timeout = '{_MOMENT}'")
                for statement in statements:
                    self.execute(statement)
        except TransientError as error:
            return error
        return None

    def describe(self, sql: str, place: Callable[[int], int], shown: str) -> list[tuple[str, int, int]]:
        """Name, type and type modifier of each output column; nothing is planned or run.

        Raises StatementError with the place in the words of psql: `LINE 2: …` and a caret under it. It is a place in
        `shown`, where `place` finds it for one in the query, both counted from 0.
        """
        connection = self._opened()
        with translated():
            result = connection.pgconn.prepare(b"", _sent(sql))
            if result.status == psycopg.pq.ExecStatus.COMMAND_OK:
                result = connection.pgconn.describe_prepared(b"")
        if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
            refused = psycopg.errors.error_from_result(result)
            raise TransientError(words(refused)) if connection.closed else _refusal(refused, place, shown)
        names = [(result.fname(column) or b"").decode() for column in range(result.nfields)]
        return [(name, result.ftype(column), result.fmod(column)) for column, name in enumerate(names)]

    def interrupt(self) -> None:
        if (connection := self._connection) is not None:
            with suppress(psycopg.Error):
                connection.cancel_safe(timeout=5)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = self._backend = None

    @contextmanager
    def _begun(self, mode: str) -> Iterator[None]:
        if self._inside:
            raise EngineError("a transaction can't begin within a transaction")
        self.execute(f"BEGIN ISOLATION LEVEL {mode}")
        self._inside, self._failed = True, False
        try:
            yield
            self._commit()
        except BaseException:
            with suppress(EngineError):  # the connection may be gone, and the transaction with it
                self.execute("ROLLBACK")
            raise
        finally:
            self._inside = False

    def _commit(self) -> None:
        # The server answers a COMMIT of a failed transaction by rolling it back, without an error.
        if self._failed:
            raise EngineError("a statement of the transaction failed, so nothing of it was written")
        self.execute("COMMIT")

    def _opened(self) -> psycopg.Connection[Row]:
        connection = self._connection
        if connection is not None and connection.closed and not self._inside:
            connection = self._connection = None
        if connection is None:
            self._holding.clear()
            connection = self._connection = self._connect()
            self._backend = _follow(connection, self._backend)
        return connection

    def _run(self, sql: str, parameters: Sequence[object]) -> psycopg.Cursor[Row]:
        connection = self._opened()
        try:
            cursor = psycopg.RawCursor(connection)
            if parameters:
                numbers = count(1)
                numbered = _PLACE.sub(lambda found: found[1] or f"${next(numbers)}", sql)
                return cursor.execute(_sent(numbered), [_storable(value) for value in parameters])
            return cursor.execute(_sent(sql))
        except psycopg.Error as error:
            self._failed = True
            raise translate(error) from None


def _follow(connection: psycopg.Connection[Row], lost: Row | None) -> Row | None:
    """Which backend serves a connection. The one of the connection before it is ended, when that was lost: it may not
    have noticed, and still hold all that it had locked.
    """
    with suppress(psycopg.Error):  # nobody has to be allowed to, and a pooler may hide who is who
        if lost is not None:
            connection.execute(_END, lost)
        return connection.execute(_IDENTITY).fetchone()
    return None


def _sent(sql: str) -> bytes:
    # The server would take the statement to end there, and run its first half.
    if _NUL in sql:
        raise StatementError("a statement of PostgreSQL can't hold the character 0")
    return sql.encode()


def _storable(value: object) -> object:
    """PostgreSQL's text has no character 0."""
    if isinstance(value, list):
        return [_storable(each) for each in value]
    return value.replace(_NUL, _NUL_SHOWN) if isinstance(value, str) else value


def _refusal(error: psycopg.Error, place: Callable[[int], int], shown: str) -> EngineError:
    refused = translate(error)
    position = error.diag.statement_position
    if not position or not isinstance(refused, StatementError):
        return refused
    before = shown[: place(int(position) - 1)]
    number = before.count("\n")
    head = f"LINE {number + 1}: "
    caret = " " * (len(head) + len(before) - before.rfind("\n") - 1) + "^"
    return StatementError(f"{words(error)}\n{head}{shown.split(chr(10))[number]}\n{caret}")
