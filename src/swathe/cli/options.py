"""The options that commands share. The only place where folder, home, environment and clock are read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swathe.errors import ProjectError, SelectionError
from swathe.frozen import frozen

if TYPE_CHECKING:
    from swathe.api.keys import KeyRange
    from swathe.api.workspace import ProjectOptions


class Output(StrEnum):
    """How a command tells its result."""

    TEXT = "text"
    JSON = "json"


@dataclass(slots=True)
class Invocation:
    """What an error must know of the command line it arose from. Its fields are set while parsing."""

    project_dir: Path | None = None
    profiles_dir: Path | None = None
    profile: str | None = None
    target: str | None = None
    debug: bool = False


def _note(ctx: typer.Context, param: typer.CallbackParam, value: Any) -> Any:
    if isinstance(ctx.obj, Invocation):
        setattr(ctx.obj, str(param.name), value)
    return value


OutputOption = Annotated[
    Output, typer.Option("--output", metavar="text|json", help="text for people, json for programs")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="don't ask")]
ReasonOption = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="why, for the history of runs")]


@frozen
class ModelArgs:
    """Which models."""

    models: Annotated[
        list[str] | None,
        typer.Argument(metavar="MODELS", show_default=False, help="the same as --select"),
    ] = None
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            "-s",
            metavar="MODELS",
            help="name, name*, +name, name+, @name, tag:x, path:models/x; space is union, comma intersection",
        ),
    ] = None
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", metavar="MODELS", help="leave these out; as in --select")
    ] = None

    @property
    def selected(self) -> tuple[str, ...]:
        return (*(self.models or ()), *(self.select or ()))

    @property
    def excluded(self) -> tuple[str, ...]:
        return tuple(self.exclude or ())


@frozen
class KeyArgs:
    """Which partitions."""

    first: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="KEY", help="first partition: 2013-01-31, 2013-W05, 2013-01, 2013 …; or a number"
        ),
    ] = None
    last: Annotated[
        str | None,
        typer.Option("--to", metavar="KEY", help="last partition, included: 2013-01 is all of January"),
    ] = None
    event_time_start: Annotated[
        str | None, typer.Option("--event-time-start", metavar="TIME", help="the same as --from, as dbt calls it")
    ] = None
    event_time_end: Annotated[
        str | None, typer.Option("--event-time-end", metavar="TIME", help="the end as dbt counts it: not included")
    ] = None
    partition: Annotated[
        list[str] | None,
        typer.Option(
            "--partition",
            metavar="KEY",
            help="a time, a number, a value, or column=value, several joined by /: all that it covers; repeatable",
        ),
    ] = None

    def range(self) -> KeyRange:
        """Raises SelectionError when two options say the same."""
        from swathe.api.keys import KeyRange

        for ours, dbts, names in (
            (self.first, self.event_time_start, "`--from` and `--event-time-start`"),
            (self.last, self.event_time_end, "`--to` and `--event-time-end`"),
        ):
            if ours is not None and dbts is not None:
                raise SelectionError(f"{names} can't be used together", hint="leave one of them out")
        return KeyRange(
            _given(self.first, "--from") or _given(self.event_time_start, "--event-time-start"),
            _given(self.last, "--to"),
            _given(self.event_time_end, "--event-time-end"),
            tuple(_given(key, "--partition") or "" for key in self.partition or ()),
        )


@frozen
class ProjectArgs:
    """Which project, on which target, at what time."""

    target: Annotated[
        str | None,
        typer.Option(
            "--target", "-t", metavar="NAME", envvar="SWATHE_TARGET", callback=_note, help="target of the profile"
        ),
    ] = None
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile", metavar="NAME", envvar="SWATHE_PROFILE", callback=_note, help="profile in profiles.yml"
        ),
    ] = None
    profiles_dir: Annotated[
        Path | None,
        typer.Option(
            "--profiles-dir", metavar="DIR", envvar="SWATHE_PROFILES_DIR", callback=_note, help="folder of profiles.yml"
        ),
    ] = None
    project_dir: Annotated[
        Path | None,
        typer.Option(
            "--project-dir",
            metavar="DIR",
            envvar="SWATHE_PROJECT_DIR",
            callback=_note,
            help="folder of the project; else the nearest one upwards",
        ),
    ] = None
    variables: Annotated[
        str | None,
        typer.Option(
            "--vars", metavar="YAML", envvar="SWATHE_VARS", help="variables for var(), as a YAML or JSON mapping"
        ),
    ] = None
    now: Annotated[
        str | None,
        typer.Option(
            "--now", metavar="TIME", envvar="SWATHE_NOW", help="pretend it is this ISO time (UTC if it names no zone)"
        ),
    ] = None
    debug: Annotated[
        bool,
        typer.Option("--debug", envvar="SWATHE_DEBUG", callback=_note, help="show the trace when swathe itself fails"),
    ] = False

    def options(self) -> ProjectOptions:
        """Reads the current folder, the home, the environment and the clock. Raises SelectionError, ProjectError."""
        from swathe.api.workspace import ProjectOptions

        return ProjectOptions(
            cwd=current_folder(),
            now=parse_now(self.now) if self.now else datetime.now(UTC),
            environment=dict(os.environ),
            home=_home(),
            project_dir=self.project_dir,
            profiles_dir=self.profiles_dir,
            profile=self.profile,
            target=self.target,
            variables=parse_vars(self.variables) if self.variables else {},
        )


def told_reason(text: str | None) -> str:
    """What `--reason` says; of what is no text a question mark, as no database stores it.

    >>> told_reason(" it's \\udcff "), told_reason(None)
    ("it's ?", '')
    """
    return (text or "").encode(errors="replace").decode().strip()


def current_folder() -> Path:
    """Raises ProjectError when it was removed."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise ProjectError("the current folder no longer exists", hint="change to another one") from None


def parse_now(text: str) -> datetime:
    """An instant; without a zone it is UTC. Raises SelectionError.

    >>> parse_now("2024-03-01T12:00").isoformat()
    '2024-03-01T12:00:00+00:00'
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise SelectionError(
            f"`{text}` is not an ISO time (given with `--now`)", hint="write 2024-03-01 or 2024-03-01T06:30+01:00"
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def parse_vars(text: str) -> dict[str, Any]:
    """Variables by name. Raises SelectionError.

    >>> parse_vars("{since: 3, region: eu}")
    {'since': 3, 'region': 'eu'}
    """
    import yaml

    hint = "write --vars '{name: value}'"
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or "it can't be read"
        raise SelectionError(f"`--vars` is not valid YAML: {problem}", hint=hint) from None
    except ValueError as error:
        raise SelectionError(f"`--vars` is not valid YAML: {error}", hint=hint) from None
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise SelectionError("`--vars` must be a mapping of names to values", hint=hint)
    return found


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:
        return None


def _given(text: str | None, option: str) -> str | None:
    if text is not None and not text.strip():
        raise SelectionError(f"`{option}` is empty", hint="give it a key, or leave it out")
    return text
