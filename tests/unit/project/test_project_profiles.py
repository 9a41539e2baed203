"""Reading `profiles.yml`, and keeping its secrets."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from swathe.errors import Location, ProjectError
from swathe.project.profiles import Profile, ProfileChoice, read_profile

DUCKDB = """
flights:
  target: dev
  outputs:
    dev: {type: duckdb, path: dev.duckdb}
    prod: {type: duckdb, path: /data/prod.duckdb, schema: marts, state_schema: notes, threads: 4, settings: {memory_limit: 1GB}}
"""


def read(
    root: Path,
    text: str = DUCKDB,
    choice: ProfileChoice | None = None,
    environment: Mapping[str, str] | None = None,
) -> Profile:
    (root / "profiles.yml").write_text(dedent(text), encoding="utf-8")
    return read_profile(root, choice or ProfileChoice(), environment or {})


def refuse(
    root: Path,
    text: str = DUCKDB,
    choice: ProfileChoice | None = None,
    environment: Mapping[str, str] | None = None,
) -> ProjectError:
    with pytest.raises(ProjectError) as caught:
        read(root, text, choice, environment)
    return caught.value


def one(options: str) -> str:
    return f"p:\n  outputs:\n    dev: {{{options}}}\n"


def test_the_only_profile_and_its_target(tmp_path: Path) -> None:
    profile = read(tmp_path)
    assert profile == Profile(
        "flights",
        "dev",
        "duckdb",
        tmp_path / "profiles.yml",
        options={"path": str(tmp_path / "dev.duckdb")},
    )


def test_another_target(tmp_path: Path) -> None:
    profile = read(tmp_path, choice=ProfileChoice(target="prod"))
    assert profile.target == "prod"
    assert (profile.schema, profile.state_schema) == ("marts", "notes")
    assert profile.threads == 4
    assert profile.options == {"path": "/data/prod.duckdb", "settings": {"memory_limit": "1GB"}}


def test_a_target_need_not_be_named_when_there_is_one_or_a_default(tmp_path: Path) -> None:
    assert read(tmp_path, one("type: duckdb, path: a")).target == "dev"
    two = "p: {outputs: {a: {type: duckdb, path: a}, default: {type: duckdb, path: b}}}"
    assert read(tmp_path, two).target == "default"
    assert "does not say which target" in refuse(tmp_path, two.replace("default", "b")).message


def test_one_profile_of_several(tmp_path: Path) -> None:
    text = one("type: duckdb, path: a") + "config: {send_anonymous_usage_stats: false}\n"
    assert read(tmp_path, text).name == "p"
    text += one("type: duckdb, path: b").replace("p:", "q:", 1)
    assert read(tmp_path, text, ProfileChoice("q")).options["path"].endswith("b")
    error = refuse(tmp_path, text)
    assert error.message == "`profiles.yml` has several profiles"
    assert error.hint == "name one of `p`, `q` as `profile` in `[tool.swathe]`"


def test_unknown_names_name_the_nearest(tmp_path: Path) -> None:
    error = refuse(tmp_path, choice=ProfileChoice("flight"))
    assert (error.message, error.hint) == (
        "`profiles.yml` has no profile `flight`",
        "did you mean `flights`?",
    )
    error = refuse(tmp_path, choice=ProfileChoice(target="prd"))
    assert (error.message, error.hint) == ("profile `flights` has no target `prd`", "did you mean `prod`?")
    error = refuse(tmp_path, one("type: duckdb, pth: a"))
    assert (error.message, error.hint) == ("unknown key `pth` of a DuckDB target", "did you mean `path`?")
    error = refuse(tmp_path, one("type: duckb, path: a"))
    assert (error.message, error.hint) == (
        "target `dev` has the unknown type `duckb`",
        "did you mean `duckdb`?",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "`profiles.yml` has no profile"),
        ("- a", "`profiles.yml` must be a mapping, not a list"),
        ("p: {target: dev}", "profile `p` has no `outputs`"),
        ("p: {outputs: {}}", "profile `p` has no `outputs`"),
        ("p: {outputs: {dev: x}}", "target `dev` must be a mapping, not text"),
        (one("path: a"), "target `dev` has no `type`"),
        (one("type: bigquery"), "swathe can't run on `bigquery`"),
        (one("type: duckdb"), "a DuckDB target needs a `path`"),
        (one("type: duckdb, path: ':memory:'"), "a DuckDB target can't live in memory"),
        (one("type: duckdb, path: 'md:db'"), "a DuckDB target must be a local file"),
        (
            one("type: duckdb, path: a, extensions: [x]"),
            "`extensions` of a DuckDB target is not supported yet",
        ),
        (one("type: duckdb, path: a, threads: 0"), "`threads` must be a whole number from 1"),
        (one("type: duckdb, path: a, schema: 3"), "`schema` must be a name"),
        (one("type: duckdb, path: a, state_schema: 3"), "`state_schema` must be a name"),
        (one("type: postgres, pass: a, password: b"), "`password` says the same as an earlier key"),
    ],
)
def test_a_profile_that_is_not_as_it_must_be(tmp_path: Path, text: str, message: str) -> None:
    error = refuse(tmp_path, text)
    assert error.message == message
    assert error.at is not None
    assert error.at.path == "profiles.yml"


def test_where_profiles_are_looked_for(tmp_path: Path) -> None:
    root, ours, dbts, home, given = (tmp_path / name for name in ("root", "ours", "dbts", "home", "given"))
    places = [home / ".dbt", dbts, root, ours, given]
    root.mkdir()
    environment = {"DBT_PROFILES_DIR": str(dbts)}
    with pytest.raises(ProjectError) as caught:
        read_profile(root, ProfileChoice(), environment, home)
    assert all(str(place) in (caught.value.hint or "") for place in (root, dbts, home / ".dbt"))
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
        (place / "profiles.yml").write_text(one("type: duckdb, path: a"))
        if place == ours:
            environment["SWATHE_PROFILES_DIR"] = str(ours)
        choice = ProfileChoice(profiles_dir=given if place == given else None)
        assert read_profile(root, choice, environment, home).path == place / "profiles.yml"


def test_a_named_folder_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "profiles.yml").write_text(DUCKDB)
    nowhere = tmp_path / "nowhere"
    for choice, environment in (
        (ProfileChoice(profiles_dir=nowhere), {}),
        (ProfileChoice(), {"SWATHE_PROFILES_DIR": str(nowhere)}),
    ):
        with pytest.raises(ProjectError, match=r"there is no `profiles.yml`"):
            read_profile(tmp_path, choice, environment)


POSTGRES = """
p:
  target: "{{ env_var('TARGET', 'dev') }}"
  outputs:
    dev:
      type: postgres
      host: "{{ env_var('PGHOST') }}"
      port: "{{ env_var('PGPORT', '5432') | as_number }}"
      user: me
      password: "{{ env_var('PGPASSWORD') }}"
      database: "db_{{ env_var('SUFFIX', 'x') }}"
      keepalives: "{{ env_var('KEEP', 'true') | as_bool }}"
    other:
      type: postgres
      host: "{{ env_var('NOT_SET') }}"
"""
ENVIRONMENT = {"PGHOST": "h", "PGPASSWORD": "s3cret", "PGPORT": "6543"}


def test_templates_read_the_environment_of_the_chosen_target_alone(tmp_path: Path) -> None:
    profile = read(tmp_path, POSTGRES, environment=ENVIRONMENT)
    assert profile.options == {
        "host": "h",
        "port": 6543,
        "user": "me",
        "password": "s3cret",
        "dbname": "db_x",
        "connect_timeout": 10,
        "keepalives": 1,
    }
    error = refuse(tmp_path, POSTGRES, environment={"TARGET": "other"})
    assert error.message == "`host`: the environment variable `NOT_SET` is not set"
    assert error.at == Location("profiles.yml", 15, 13)


@pytest.mark.parametrize(
    "template",
    [
        "{{ nonsense }}",
        "{{ nonsense() }}",
        "{{ env_var('S'",
        "{{ env_var('S').__class__.__mro__ }}",
        "{{ env_var('S') + 1 }}",
        "{{ {}[env_var('S')] }}",
        "{{ env_var('S') | as_number }}",
        "{{ env_var('S') | as_bool }}",
        "{{ env_var('S') | as_native }}",
        "{{ env_var('S') | nonsense }}",
        "{% include 'x' %}",
    ],
)
def test_a_template_that_fails_does_not_show_its_values(tmp_path: Path, template: str) -> None:
    error = refuse(tmp_path, one(f'type: postgres, host: "{template}"'), environment={"S": "s3cret"})
    assert "`host`" in error.message
    assert "s3cret" not in f"{error.message} {error.hint}"
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__
    assert error.at == Location("profiles.yml", 3, 33)


def test_secrets_are_known_and_masked(tmp_path: Path) -> None:
    text = one(
        "type: spark, password: 0123, user: \"{{ env_var('DBT_ENV_SECRET_USER') }}\", "
        "dsn: 'postgresql://me:p%40ss@host/db', conninfo: \"host=h password='q w'\", "
        "settings: {s3_secret_access_key: [deep]}, passfile: /home/me/.pgpass"
    )
    profile = read(tmp_path, text, environment={"DBT_ENV_SECRET_USER": "hidden"})
    assert profile.options["password"] == "0123"
    assert profile.secrets == {"0123", "hidden", "p%40ss", "p@ss", "q w", "deep"}
    assert profile.masked() == {
        "password": "***",
        "user": "***",
        "dsn": "postgresql://me:***@host/db",
        "conninfo": "host=h password='***'",
        "settings": {"s3_secret_access_key": "***"},
        "passfile": "/home/me/.pgpass",
    }
    assert profile.redact("no login for hidden with p@ss") == "no login for *** with ***"
    assert not any(secret in repr(profile).replace(str(tmp_path), "") for secret in profile.secrets)


@pytest.mark.parametrize("text", ["p: {password: *s3cret}", "p: {password: !s3cret x}", "p: [s3cret", "p: @s3cret"])
def test_broken_yaml_does_not_show_its_values(tmp_path: Path, text: str) -> None:
    error = refuse(tmp_path, text)
    assert "s3cret" not in f"{error.message} {error.hint}"
    assert error.at is not None
    assert error.at.line == 1
