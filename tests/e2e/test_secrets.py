"""What a profile keeps secret is in no message and in no record, whoever says it."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from support.command_line import swathe
from support.postgres import PostgresDatabase


def project(root: Path, profiles: str, model: str = "select 1 as n") -> Path:
    (root / "models").mkdir()
    (root / "models" / "m.sql").write_text('{{ config(materialized="table") }}\n' + model, encoding="utf-8")
    (root / "profiles.yml").write_text(profiles, encoding="utf-8")
    return root


def postgres(keywords: dict[str, object]) -> str:
    keys = ", ".join(f"{name}: {json.dumps(value)}" for name, value in keywords.items())
    return f"p: {{outputs: {{first: {{type: duckdb, path: a.duckdb}}, dev: {{type: postgres, {keys}}}}}}}"


def test_an_error_that_is_stored_shown_and_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWATHE_ENV_SECRET_NAME", "hunter2")
    profiles = "p: {outputs: {dev: {type: duckdb, path: \"{{ env_var('SWATHE_ENV_SECRET_NAME') }}.duckdb\"}}}"
    # It is in a row, so that the database finds the mistake when the query runs, and quotes it.
    (tmp_path / "rows.csv").write_text("n\nhunter2\n", encoding="utf-8")
    project(tmp_path, profiles, "select cast(n as integer) as n from {{ source('raw', 'rows') }}")
    sources = "sources: [{name: raw, tables: [{name: rows, location: rows.csv}]}]"
    (tmp_path / "models" / "sources.yml").write_text(sources, encoding="utf-8")
    told = [
        swathe(tmp_path, "backfill", "--yes"),
        swathe(tmp_path, "backfill", "--yes", "--output", "json"),
        swathe(tmp_path, "plan", "--explain", "m"),
    ]
    assert [one.code for one in told[:2]] == [1, 1]
    with duckdb.connect(str(tmp_path / "hunter2.duckdb")) as connection:
        stored = connection.execute("select run_id, error from swathe_state.attempts").fetchall()
    told += [swathe(tmp_path, "runs", run_id) for run_id, _ in stored]
    said = [error for _, error in stored] + [one.stdout + one.stderr for one in told]
    assert len(said) >= 7
    for text in said:
        assert "hunter2" not in text
    assert all("***" in text for text in said[:4])


def test_an_error_of_the_connection(tmp_path: Path) -> None:
    # Nobody listens on port 1. The password is a word of the error, so that it would be seen.
    keywords = {"host": "127.0.0.1", "port": 1, "user": "u", "password": "127.0.0.1", "dbname": "d"}
    project(tmp_path, postgres(keywords))
    for options in ([], ["--debug"]):
        told = swathe(tmp_path, "plan", "--target", "dev", *options)
        assert told.code == 2
        assert "***" in told.stderr
        assert "127.0.0.1" not in told.stdout + told.stderr


def test_a_wrong_password(tmp_path: Path, postgres_database: PostgresDatabase) -> None:
    project(tmp_path, postgres({**postgres_database.keywords, "password": "s3cr%et'"}))
    told = swathe(tmp_path, "backfill", "--yes", "--target", "dev")
    assert told.code == 2
    assert "password authentication failed" in told.stderr
    for secret in ("s3cr", postgres_database.server.password):
        assert secret not in told.stdout + told.stderr
