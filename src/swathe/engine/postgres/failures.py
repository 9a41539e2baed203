"""The driver's errors as ours, by their SQLSTATE."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from swathe.errors import EngineError, ResourceError, StatementError, TransientError

_TRANSIENT = frozenset(
    {
        "40001",  # serialization_failure
        "40P01",  # deadlock_detected
        "55P03",  # lock_not_available
        "53300",  # too_many_connections
        "57P01",  # admin_shutdown
        "57P02",  # crash_shutdown
        "57P03",  # cannot_connect_now
        "57P05",  # idle_session_timeout
        "25P03",  # idle_in_transaction_session_timeout
        "25P04",  # transaction_timeout
    }
)
_NO_ROOM = frozenset({"53100", "58030"})
"""disk_full, io_error."""

_SAID_BETTER = {
    "57014": "the statement was interrupted: {}",
    "25P02": "an earlier statement of the transaction failed",
}
_STATEMENT_CLASSES = ("42", "0A", "3F", "26", "34")
_DEPENDED_ON = "2BP01"
"""dependent_objects_still_exist. The server's own hint would drop them as well."""
_FORBIDDEN = "42501"
"""insufficient_privilege."""
_SIGNED_IN = ("28", "3D")
"""invalid_authorization_specification, invalid_catalog_name."""
_NOT_SIGNED_IN = (
    "password", "authentication", "does not exist", "permission denied", "no pg_hba.conf entry", "not permitted",
)  # fmt: skip
"""What a connection that failed says of the same: it mostly comes without a code."""


@contextmanager
def translated() -> Iterator[None]:
    """The driver's errors as ours."""
    try:
        yield
    except psycopg.Error as error:
        raise translate(error) from None


def translate(error: psycopg.Error) -> EngineError:
    """Never has more in it than the server's own words, its hint and where it looked."""
    state, text = error.sqlstate or "", words(error)
    lost = not state and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    if lost or state in _TRANSIENT or state.startswith("08"):
        return TransientError(text)
    if state in _NO_ROOM or "No space left on device" in text or "File too large" in text:
        return ResourceError(text, hint="make room on the server's disk, then run the same command again")
    if state == _DEPENDED_ON:
        said = "\n".join(part for part in (error.diag.message_primary, error.diag.message_detail) if part)
        return EngineError(
            said or text,
            hint="drop what depends on it, run the same command again, and make it anew afterwards",
        )
    if state == _FORBIDDEN:
        return StatementError(
            text, hint="let the target's `user` do that (`GRANT`), or name another `user` or `role` in profiles.yml"
        )
    if state.startswith(_STATEMENT_CLASSES):
        return StatementError(text)
    return EngineError(_SAID_BETTER.get(state, "{}").format(text))


def words(error: psycopg.Error) -> str:
    """What the server said in one line, then its details and its hint on a second one."""
    diag = error.diag
    if not diag.message_primary:
        return " ".join(str(error).split()) or type(error).__name__
    more = " ".join(" ".join(part.split()) for part in (diag.message_detail, diag.message_hint) if part)
    return f"{diag.message_primary}\n{more}" if more else diag.message_primary


def refused(error: psycopg.Error, where: str) -> EngineError:
    """A connection that could not be made. `where` names the server without any secret."""
    said = _reason(str(error))
    message = f"can't connect to PostgreSQL at {where}: {said}"
    if (error.sqlstate or "").startswith(_SIGNED_IN) or any(words in said for words in _NOT_SIGNED_IN):
        return EngineError(message, hint="mend `user`, `password` or `dbname` in profiles.yml")
    if "SSL" in said or "certificate" in said:
        return EngineError(message, hint="mend `sslmode` and its files in profiles.yml")
    return TransientError(message, hint="check `host` and `port` in profiles.yml, and that the server is running")


def _reason(text: str) -> str:
    """The driver names a refusal once for each address, with more of the connection than anybody should read."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    failed = [line.rpartition(" failed: ")[2] for line in lines if " failed: " in line]
    said = [*lines[:1], *failed][-1] if lines else "no reason was given"
    return said.removeprefix("FATAL:").strip().rstrip(".?")
