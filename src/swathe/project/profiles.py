"""Reads `profiles.yml`, in dbt's shape: profile → target → outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from swathe.errors import Location, ProjectError, did_you_mean
from swathe.frozen import frozen
from swathe.model.values import list_names
from swathe.project import profile_duckdb, profile_postgres
from swathe.project.files import read_text
from swathe.project.marked_yaml import Node, expect_mapping, load_yaml
from swathe.project.profile_output import COMMON, Output, render_output
from swathe.project.profile_template import ProfileTemplates
from swathe.project.secrets import find_secrets, mask, redact

PROFILES = "profiles.yml"
ENGINES = ("duckdb", "postgres", "spark")
_COMPILE_ONLY = ("bigquery", "snowflake", "databricks", "redshift", "trino", "clickhouse")
_NOTHING = Node(None, Location(PROFILES))
_CHECKS = {"duckdb": profile_duckdb, "postgres": profile_postgres}
_ALIASES = {"postgres": profile_postgres.ALIASES}


@frozen
class Profile:
    """One output of `profiles.yml`: a connection.

    `options` are what its engine takes to connect: its keys but those that every engine has, rendered and checked.
    `schema`, `state_schema` and `threads` are None when not given. A repr shows neither options nor secrets.
    """

    name: str
    target: str
    type: str
    path: Path
    schema: str | None = None
    state_schema: str | None = None
    threads: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    def masked(self) -> dict[str, Any]:
        """The options, fit to be shown."""
        return mask(self.options, self.secrets)

    def redact(self, text: str) -> str:
        """A text, such as a driver's message, with every secret in it replaced by `***`."""
        return redact(text, self.secrets)


@frozen
class ProfileChoice:
    """What the settings and the command line say of the connection; None leaves it to the file."""

    profile: str | None = None
    target: str | None = None
    profiles_dir: Path | None = None


def read_profile(
    root: Path, choice: ProfileChoice, environment: Mapping[str, str], home: Path | None = None
) -> Profile:
    """The connection to use: the profile chosen, else the only one; the target chosen, else the profile's.

    Looks in `profiles_dir` alone when given, then in $SWATHE_PROFILES_DIR alone when set, else in the
    project, in $DBT_PROFILES_DIR and in `.dbt` of `home`. Only the output that is used is rendered.

    Raises ProjectError.
    """
    path = _find(root, choice.profiles_dir, environment, home)
    shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    document = load_yaml(read_text(path, shown), shown, confidential=True)
    name, profile = _profile(document, choice.profile, shown)
    templates = ProfileTemplates(environment)
    target, node = _output(profile, name, choice.target, templates)
    engine = _engine(node, target, templates)
    checks = _CHECKS.get(engine)
    if checks is not None:
        checks.check_keys(node)
    output = render_output(node, _ALIASES.get(engine, {}), templates)
    schema, state_schema, threads = _name(output, "schema"), _name(output, "state_schema"), _threads(output)
    if checks is None:
        options = {name: value for name, value in output.values.items() if name not in COMMON}
    else:
        options = checks.read_options(output, root)
    secrets = find_secrets(output.values) | templates.secrets
    return Profile(name, target, engine, path, schema, state_schema, threads, options, secrets)


def _find(root: Path, profiles_dir: Path | None, environment: Mapping[str, str], home: Path | None) -> Path:
    if profiles_dir is not None:
        places = [profiles_dir]
    elif environment.get("SWATHE_PROFILES_DIR"):
        places = [Path(environment["SWATHE_PROFILES_DIR"])]
    else:
        places = [root, *_dbt_places(environment, home)]
    for place in places:
        if (place / PROFILES).is_file():
            return place / PROFILES
    looked = list_names(str(place) for place in places)
    hint = f"looked in {looked}; `--profiles-dir` names another folder"
    raise ProjectError(f"there is no `{PROFILES}`", hint=hint)


def _dbt_places(environment: Mapping[str, str], home: Path | None) -> Iterator[Path]:
    if environment.get("DBT_PROFILES_DIR"):
        yield Path(environment["DBT_PROFILES_DIR"])
    if home is not None:
        yield home / ".dbt"


def _profile(document: Node, wanted: str | None, shown: str) -> tuple[str, Node]:
    # `config` held dbt's own settings before they moved to its project file.
    profiles = {k: v for k, v in expect_mapping(document, f"`{shown}`").items() if k != "config"}
    at = Location(shown)
    if wanted is None and len(profiles) != 1:
        message = f"`{shown}` has several profiles" if profiles else f"`{shown}` has no profile"
        hint = (
            f"name one of {list_names(profiles)} as `profile` in `[tool.swathe]`"
            if profiles
            else "write the profile's name, then `target` and `outputs`, as in dbt"
        )
        raise ProjectError(message, at=at, hint=hint)
    wanted = next(iter(profiles)) if wanted is None else wanted
    if wanted not in profiles:
        raise ProjectError(f"`{shown}` has no profile `{wanted}`", at=at, hint=_near(wanted, profiles))
    return wanted, profiles[wanted]


def _output(node: Node, profile: str, wanted: str | None, templates: ProfileTemplates) -> tuple[str, Node]:
    entries = expect_mapping(node, f"profile `{profile}`")
    outputs = expect_mapping(entries.get("outputs", _NOTHING), f"`outputs` of profile `{profile}`")
    if not outputs:
        hint = "write the profile, then `outputs`, then the target, as in dbt"
        raise ProjectError(f"profile `{profile}` has no `outputs`", at=node.at, hint=hint)
    at = entries["outputs"].at
    if wanted is None and "target" in entries and entries["target"].value is not None:
        at = entries["target"].at
        wanted = str(templates.render(entries["target"], "target"))
    if wanted is None:
        if len(outputs) != 1 and "default" not in outputs:
            message = f"profile `{profile}` does not say which target to use"
            raise ProjectError(message, at=at, hint=f"add `target`, one of {list_names(outputs)}")
        wanted = "default" if "default" in outputs else next(iter(outputs))
    if wanted not in outputs:
        message = f"profile `{profile}` has no target `{wanted}`"
        raise ProjectError(message, at=at, hint=_near(wanted, outputs))
    return wanted, outputs[wanted]


def _near(name: str, known: Mapping[str, Node]) -> str | None:
    return did_you_mean(name, known, otherwise=f"it has {list_names(known)}" if known else None)


def _engine(output: Node, target: str, templates: ProfileTemplates) -> str:
    node = expect_mapping(output, f"target `{target}`").get("type")
    otherwise = f"it is one of {list_names(ENGINES)}"
    if node is None or node.value is None:
        raise ProjectError(f"target `{target}` has no `type`", at=output.at, hint=otherwise)
    engine = str(templates.render(node, "type"))
    if engine in _COMPILE_ONLY:
        hint = f"`swathe compile --dialect {engine}` shows its statements"
        raise ProjectError(f"swathe can't run on `{engine}`", at=node.at, hint=hint)
    if engine not in ENGINES:
        near = did_you_mean(engine, ENGINES, otherwise=otherwise)
        raise ProjectError(f"target `{target}` has the unknown type `{engine}`", at=node.at, hint=near)
    return engine


def _name(output: Output, key: str) -> str | None:
    value = output.values.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise output.wrong(key, "must be a name", "put it in quotes")
    return value


def _threads(output: Output) -> int | None:
    value = output.values.get("threads")
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    raise output.wrong("threads", "must be a whole number from 1", "leave it out for one statement at a time")
