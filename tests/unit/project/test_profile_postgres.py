"""PostgreSQL outputs of `profiles.yml`: dbt's keys in, libpq's keywords out, secrets nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from swathe.errors import Location, ProjectError
from swathe.project.profile_postgres import KEYS
from swathe.project.profiles import Profile, ProfileChoice, read_profile

LEAST = {"host": "h", "user": "u", "dbname": "d"}


def read(root: Path, keys: Mapping[str, str], environment: Mapping[str, str] | None = None) -> Profile:
    """A profile whose keys are written as YAML, each on a line of its own from the fifth on."""
    lines = ["p:", "  outputs:", "    dev:", "      type: postgres"]
    lines += [f"      {key}: {value}" for key, value in keys.items()]
    (root / "profiles.yml").write_text("\n".join(lines), encoding="utf-8")
    return read_profile(root, ProfileChoice(), environment or {})


def refuse(root: Path, keys: Mapping[str, str], environment: Mapping[str, str] | None = None) -> ProjectError:
    with pytest.raises(ProjectError) as caught:
        read(root, keys, environment)
    return caught.value


def test_the_least_that_is_needed(tmp_path: Path) -> None:
    profile = read(tmp_path, LEAST)
    assert (profile.type, profile.schema, profile.threads) == ("postgres", None, None)
    assert profile.options == {"host": "h", "port": 5432, "user": "u", "dbname": "d", "connect_timeout": 10}


def test_every_key(tmp_path: Path) -> None:
    profile = read(
        tmp_path,
        {
            **LEAST,
            "port": "6543",
            "password": "'pä ss'",
            "schema": "marts",
            "threads": "4",
            "role": "loader",
            "connect_timeout": "3",
            "application_name": "nightly",
            "sslmode": "verify-full",
            "sslcert": "certs/me.crt",
            "sslkey": "/keys/me.key",
            "sslrootcert": "system",
            "keepalives": "false",
            "keepalives_idle": "30",
            "keepalives_interval": "5",
            "keepalives_count": "2",
            "tcp_user_timeout": "9000",
            "retries": "1",
        },
    )
    assert (profile.schema, profile.threads) == ("marts", 4)
    assert profile.options == {
        "host": "h",
        "port": 6543,
        "user": "u",
        "password": "pä ss",
        "dbname": "d",
        "role": "loader",
        "connect_timeout": 3,
        "application_name": "nightly",
        "sslmode": "verify-full",
        "sslcert": str(tmp_path / "certs" / "me.crt"),
        "sslkey": "/keys/me.key",
        "sslrootcert": "system",
        "keepalives": 0,
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "tcp_user_timeout": 9000,
    }


def test_all_options_but_the_role_are_libpqs(tmp_path: Path) -> None:
    numbers = dict.fromkeys((key for key in KEYS if key.startswith(("keep", "tcp"))), "1")
    texts = {"password": "p", "sslmode": "require", "sslcert": "a", "sslkey": "b", "sslrootcert": "c"}
    options = dict(read(tmp_path, {**LEAST, **numbers, **texts, "role": "r", "application_name": "x"}).options)
    assert options.pop("role") == "r"
    assert "keepalives_idle=1" in make_conninfo(**options)


def test_dbts_other_names(tmp_path: Path) -> None:
    options = read(tmp_path, {"host": "h", "user": "u", "pass": "0123", "database": "d"}).options
    assert (options["password"], options["dbname"]) == ("0123", "d")
    error = refuse(tmp_path, {**LEAST, "database": "e"})
    assert error.message == "`database` says the same as an earlier key"
    assert error.at == Location("profiles.yml", 8, 7)


def test_the_environment_gives_text(tmp_path: Path) -> None:
    names = ("port", "threads", "connect_timeout", "keepalives_idle")
    keys = {name: f"\"{{{{ env_var('{name.upper()}') }}}}\"" for name in names}
    keys |= {"keepalives": "\"{{ env_var('ALIVE') }}\"", "sslmode": "\"{{ env_var('NONE', '') }}\""}
    environment = {"PORT": "6543", "THREADS": "3", "CONNECT_TIMEOUT": " 7 ", "KEEPALIVES_IDLE": "0", "ALIVE": "True"}
    profile = read(tmp_path, {**LEAST, **keys}, environment)
    assert profile.threads == 3
    assert profile.options == {
        "host": "h",
        "port": 6543,
        "user": "u",
        "dbname": "d",
        "connect_timeout": 7,
        "keepalives": 1,
    }


@pytest.mark.parametrize("key", ["host", "user", "dbname"])
def test_what_is_needed(tmp_path: Path, key: str) -> None:
    error = refuse(tmp_path, {name: value for name, value in LEAST.items() if name != key})
    assert (error.message, error.at) == (f"a PostgreSQL target needs `{key}`", Location("profiles.yml", 4, 7))
    assert f"`{key}: " in (error.hint or "")
    error = refuse(tmp_path, {**LEAST, key: ""})
    assert (error.message, error.at) == (
        f"a PostgreSQL target needs `{key}`",
        Location("profiles.yml", 5 + list(LEAST).index(key), 7),
    )


@pytest.mark.parametrize(
    ("key", "value", "message", "hint"),
    [
        ("hots", "x", "unknown key `hots` of a PostgreSQL target", "did you mean `host`?"),
        ("nonsense", "x", "unknown key `nonsense` of a PostgreSQL target", "known keys: `type`, `host`, `port`"),
        ("dsn", "postgresql://u@h/d", "`dsn` of a PostgreSQL target is not supported", "write `host`, `port`"),
        ("url", "postgresql://u@h/d", "`url` of a PostgreSQL target is not supported", "write `host`, `port`"),
        ("search_path", "a, b", "`search_path` of a PostgreSQL target is not supported", "remove it"),
        ("port", "0", "`port` must be a whole number from 1 to 65535", "leave it out for the default"),
        ("port", "65536", "`port` must be a whole number from 1 to 65535", "leave it out for the default"),
        ("port", "'5432,5433'", "`port` must be a whole number from 1 to 65535", "leave it out for the default"),
        ("port", f"'{'9' * 5000}'", "`port` must be a whole number from 1 to 65535", "leave it out for the default"),
        ("port", "1.5", "`port` must be a whole number from 1 to 65535", "leave it out for the default"),
        ("port", "true", "`port` must be a whole number from 1 to 65535", "leave it out for the default"),
        ("port", "[1]", "`port` must be a whole number from 1 to 65535", "leave it out for the default"),
        ("connect_timeout", "soon", "`connect_timeout` must be a whole number from 1", "leave it out for the default"),
        ("retries", "-1", "`retries` must be a whole number from 0", "leave it out for the default"),
        ("threads", "0", "`threads` must be a whole number from 1", "leave it out for one statement at a time"),
        ("keepalives", "perhaps", "`keepalives` must be true or false", "leave it out for the default"),
        ("sslmode", "requires", "`sslmode` has an unknown value", "did you mean `require`?"),
        ("sslmode", "x", "`sslmode` has an unknown value", "it is one of `disable`, `allow`"),
        ("sslcert", "1", "`sslcert` must be text, not a number", "put it in quotes"),
        ("role", "{a: b}", "`role` must be text, not a mapping", "put it in quotes"),
        ("role", '"a\\nb"', "`role` holds a character that can't be printed", "line breaks are not allowed"),
        ("password", "[a]", "`password` must be text without NUL characters", "put it in quotes"),
        ("password", '"a\\0b"', "`password` must be text without NUL characters", "put it in quotes"),
        ("schema", "3", "`schema` must be a name", "put it in quotes"),
    ],
)
def test_what_is_refused(tmp_path: Path, key: str, value: str, message: str, hint: str) -> None:
    error = refuse(tmp_path, {**LEAST, key: value})
    assert (error.message, error.at) == (message, Location("profiles.yml", 8, 7))
    assert (error.hint or "").startswith(hint)


def test_unknown_keys_come_before_templates_that_fail(tmp_path: Path) -> None:
    assert "hots" in refuse(tmp_path, {"hots": "\"{{ env_var('NOT_SET') }}\""}).message


HARD = "p@ss/w'rd\\ %41 ü\""


@pytest.mark.parametrize("name", ["PASSWORD", "SWATHE_ENV_SECRET_PASSWORD", "DBT_ENV_SECRET_PASSWORD"])
def test_the_password_is_kept_from_every_text(tmp_path: Path, name: str) -> None:
    profile = read(tmp_path, {**LEAST, "password": f"\"{{{{ env_var('{name}') }}}}\""}, {name: HARD})
    assert profile.options["password"] == HARD
    assert "p@ss" not in repr(profile)
    assert profile.masked()["password"] == "***"
    for text in (
        f"no login with {HARD}",
        f"no login with {HARD!r}",
        "postgresql://u:p%40ss%2Fw%27rd%5C%20%2541%20%C3%BC%22@h/d",
        make_conninfo(password=HARD),
        "ALTER USER u PASSWORD 'p@ss/w''rd\\ %41 ü\"'",
        '{"password": "p@ss/w\'rd\\\\ %41 \\u00fc\\""}',
    ):
        shown = profile.redact(text)
        assert "***" in shown
        assert "p@ss" not in shown
        assert "p%40ss" not in shown


@pytest.mark.parametrize("key", ["port", "sslmode", "keepalives", "role", "schema", "threads", "hots", "dsn", "url"])
def test_no_error_shows_a_value(tmp_path: Path, key: str) -> None:
    value = "\"s3cret\\n{{ env_var('S') }}\""
    error = refuse(tmp_path, {**LEAST, key: value}, {"S": "s3cret"})
    assert "s3cret" not in f"{error.message} {error.hint}"


def test_an_empty_password_is_none(tmp_path: Path) -> None:
    profile = read(tmp_path, {**LEAST, "password": "\"{{ env_var('P', '') }}\""})
    assert "password" not in profile.options
    assert profile.redact("as it was") == "as it was"
