"""A project loaded and its warehouse opened: what every verb starts from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from swathe.api.door import Door
from swathe.engine.adapter import Binder, Engine, Session
from swathe.engine.connection import ConnectionSpec
from swathe.engine.registry import capabilities_of, collates, dialect_of, is_there, open_binder
from swathe.frozen import frozen
from swathe.model.definition import Column, ModelName, Relation
from swathe.model.select import select_models
from swathe.project.analysis import Analyser, Project, started_early
from swathe.project.cache import Cache
from swathe.project.files import read_project_files
from swathe.project.loader import LoadOptions, load_definition
from swathe.project.profiles import Profile, ProfileChoice, read_profile
from swathe.project.secrets import environment_secrets
from swathe.project.settings import Settings, find_root, read_settings
from swathe.state.store import StateStore


@frozen
class ProjectOptions:
    """What the command line says of project, target and time. `now` is an aware instant, read once per command."""

    cwd: Path
    now: datetime
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    home: Path | None = None
    project_dir: Path | None = None
    profiles_dir: Path | None = None
    profile: str | None = None
    target: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


@frozen
class Connected:
    """A project's settings and where its warehouse is, before any model is read."""

    settings: Settings
    profile: Profile
    connection: ConnectionSpec
    now: datetime

    @property
    def naive_now(self) -> datetime:
        """The instant of this command as state stores instants: naive UTC."""
        return self.now.astimezone(UTC).replace(tzinfo=None)


@frozen
class Workspace(Connected):
    """A project, understood."""

    project: Project
    dialect: str

    @property
    def keeps_leaves(self) -> bool:
        """Whether the engine keeps tables in leaves."""
        return capabilities_of(self.connection).native_partitions

    @property
    def orders_rows(self) -> bool:
        """Whether the engine finds the rows of a partition by where they lie."""
        return capabilities_of(self.connection).ordered_tables

    def select(self, select: Sequence[str], exclude: Sequence[str]) -> list[ModelName]:
        """Models in graph order. Raises SelectionError."""
        definition = self.project.definition
        return select_models(definition.graph, definition.facts, select, exclude)


@frozen
class Warehouse:
    """An open engine with a session for the command itself. `store` is None before the metadata schema exists."""

    engine: Engine
    session: Session
    store: StateStore | None


def load_connection(options: ProjectOptions) -> Connected:
    """Read the settings and the profile only."""
    root = find_root(options.project_dir, options.cwd)
    settings = read_settings(root)
    profile = read_profile(
        root,
        ProfileChoice(options.profile or settings.profile, options.target, options.profiles_dir),
        options.environment,
        options.home,
    )
    connection = ConnectionSpec(profile.type, profile.options, root, profile.schema, profile.threads)
    if profile.state_schema is not None:
        settings = replace(settings, state_schema=profile.state_schema)
    return Connected(settings, profile, connection, options.now)


def load(options: ProjectOptions, door: Door | None = None) -> Workspace:
    """Read, render, bind and analyse the whole project. Touches no warehouse unless a source is a table in it: then it
    goes through the `door`.
    """
    connected = load_connection(options)
    cache = Cache(connected.settings.root, connected.profile.secrets | environment_secrets(options.environment))
    try:
        if door is not None:
            project = _understand(connected, options, cache, door)
        else:
            with Door() as own:
                project = _understand(connected, options, cache, own)
    finally:
        cache.save()  # where one model is wrong, too: the others need not be looked at again
    return Workspace(
        connected.settings,
        connected.profile,
        connected.connection,
        options.now,
        project,
        dialect_of(connected.connection),
    )


def _understand(connected: Connected, options: ProjectOptions, cache: Cache, door: Door) -> Project:
    connection = connected.connection
    capabilities = capabilities_of(connection)
    files = read_project_files(connected.settings.root)
    with started_early(len(files.models), cache) as analyst:
        definition = load_definition(
            files,
            connected.settings,
            connected.profile,
            connection.default_schema,
            LoadOptions(options.variables, options.environment, options.now),
            cache,
        )
        # One that asks the server is asked by each load: that there is no server is said before any query is.
        binder = _LateBinder(connection) if capabilities.binder else open_binder(connection)
        tables = _Tables(connection, door)
        try:
            return Analyser(definition, binder, tables, capabilities, options.now, cache, analyst).analyse()
        finally:
            tables.close()
            binder.close()


@contextmanager
def open_warehouse(workspace: Connected, *, read_only: bool, door: Door | None = None) -> Iterator[Warehouse]:
    """The warehouse of a workspace; one that is to be written is created where it is missing. It is closed at the end,
    and so is the `door` that it was entered by.

    Raises EngineError, and StateError for a metadata schema from the future.
    """
    with door or Door() as entered:
        engine = entered.engine(workspace.connection, read_only=read_only)
        session = engine.session()
        store = StateStore(engine, session, workspace.settings.state_schema)
        yield Warehouse(engine, session, store if store.exists() else None)


def has_warehouse(workspace: Connected) -> bool:
    """Whether there is anything to open."""
    return is_there(workspace.connection)


def ensure_state(workspace: Connected, warehouse: Warehouse) -> StateStore:
    """The metadata schema, created where it is missing. Writes state."""
    store = StateStore(warehouse.engine, warehouse.session, workspace.settings.state_schema)
    store.ensure(workspace.naive_now)
    return store


class _LateBinder:
    """Opened at the first question: mostly there is none, since all is known from before."""

    def __init__(self, connection: ConnectionSpec) -> None:
        self._connection = connection
        self._opened: Binder | None = None

    def declare(self, relation: tuple[str, str], columns: Sequence[Column]) -> None:
        self._binder.declare(relation, columns)

    def declare_unknown(self, relation: tuple[str, str], names: Sequence[str]) -> None:
        self._binder.declare_unknown(relation, names)

    def describe(self, sql: str) -> tuple[Column, ...]:
        return self._binder.describe(sql)

    def describe_files(self, location: str) -> tuple[Column, ...]:
        return self._binder.describe_files(location)

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    @property
    def _binder(self) -> Binder:
        if self._opened is None:
            self._opened = open_binder(self._connection)
        return self._opened


class _Tables:
    """Looks tables up in the warehouse, which is opened at the first question."""

    def __init__(self, connection: ConnectionSpec, door: Door) -> None:
        self._connection = connection
        self._door = door
        self._opened: tuple[Engine, Session] | None = None
        self.compares_exactly = not collates(connection)

    def __call__(self, relation: Relation) -> tuple[Column, ...] | None:
        if self._opened is None:
            engine = self._door.look(self._connection)
            self._opened = engine, engine.session()
            self.compares_exactly = engine.compares_texts_exactly(self._opened[1])
        engine, session = self._opened
        return engine.table_columns(session, relation)

    def close(self) -> None:
        if self._opened is not None:
            self._opened[1].close()
