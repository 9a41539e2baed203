"""What of PostgreSQL's errors may be tried again, by SQLSTATE."""

from __future__ import annotations

import psycopg
import pytest

from swathe.engine.postgres.failures import translate
from swathe.errors import EngineError, ResourceError, StatementError, TransientError


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("08000", TransientError),  # connection_exception
        ("08003", TransientError),  # connection_does_not_exist
        ("08006", TransientError),  # connection_failure
        ("25P03", TransientError),  # idle_in_transaction_session_timeout
        ("40001", TransientError),  # serialization_failure
        ("40P01", TransientError),  # deadlock_detected
        ("53300", TransientError),  # too_many_connections
        ("55P03", TransientError),  # lock_not_available
        ("57P01", TransientError),  # admin_shutdown
        ("57P02", TransientError),  # crash_shutdown
        ("57P03", TransientError),  # cannot_connect_now
        ("57P05", TransientError),  # idle_session_timeout
        ("53100", ResourceError),  # disk_full
        ("58030", ResourceError),  # io_error
        ("42601", StatementError),  # syntax_error
        ("42501", StatementError),  # insufficient_privilege
        ("42703", StatementError),  # undefined_column
        ("42P01", StatementError),  # undefined_table
        ("42883", StatementError),  # undefined_function
        ("42804", StatementError),  # datatype_mismatch
        ("0A000", StatementError),  # feature_not_supported
        ("3F000", StatementError),  # invalid_schema_name
        ("21000", EngineError),  # cardinality_violation
        ("22001", EngineError),  # string_data_right_truncation
        ("22012", EngineError),  # division_by_zero
        ("22P02", EngineError),  # invalid_text_representation
        ("23502", EngineError),  # not_null_violation
        ("23505", EngineError),  # unique_violation
        ("25006", EngineError),  # read_only_sql_transaction
        ("25P02", EngineError),  # in_failed_sql_transaction
        ("2BP01", EngineError),  # dependent_objects_still_exist
        ("53200", EngineError),  # out_of_memory
        ("54000", EngineError),  # program_limit_exceeded
        ("57014", EngineError),  # query_canceled
        ("57P04", EngineError),  # database_dropped
        ("P0001", EngineError),  # raise_exception
        ("XX000", EngineError),  # internal_error
    ],
)
def test_the_kind_of_an_error(state: str, kind: type[EngineError]) -> None:
    found = translate(psycopg.errors.lookup(state)("said so"))
    assert type(found) is kind
    assert "said so" in found.message or state == "25P02"
