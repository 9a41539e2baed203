"""A project that is loaded from what is remembered of it is the same as one that is worked out anew, errors included."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.command_line import Told, swathe
from support.databases import opened
from support.postgres import PostgresDatabase
from support.postgres_projects import PostgresMiniature
from swathe.api.workspace import load
from swathe.engine.adapter import Engine
from swathe.engine.connection import ConnectionSpec
from swathe.engine.registry import open_engine
from swathe.errors import EngineError
from swathe.model.definition import ModelName
from swathe.project import analysis, analysts
from swathe.project.cache import FOLDER, forget
from swathe.project.understand import Understanding

ROOT = Path(__file__).parents[2]
BY_DAY = 'partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01", end="2024-01-05"'

FILES = {
    "pyproject.toml": '[tool.swathe]\nname = "mini"\nvars = {least = 1, other = 2}\n',
    "profiles.yml": "mini: {target: dev, outputs: {dev: {type: duckdb, path: mini.duckdb},"
    " test: {type: duckdb, path: mini.duckdb, schema: test}}}",
    "macros/m.sql": "{% macro doubled(x) %}{{ x }} * 2{% endmacro %}",
    "models/sources.yml": "sources: [{name: raw, schema: main, tables: [{name: events, event_time: seen_at,"
    " watch: max(amount)}]}]\nmodels: [{name: sums, config: {tags: [t]}, columns: [{name: day, tests: [not_null]}]}]",
    "models/base.sql": "{{ config(" + BY_DAY + ") }}\n"
    "select cast(seen_at as date) as day, who, {{ doubled('amount') }} as amount\n"
    "from {{ source('raw', 'events') }} where amount > {{ var('least') }}",
    "models/seen.sql": "{{ config(materialized='view') }}\nselect day, who, amount from {{ ref('base') }}",
    "models/sums.sql": "{{ config(" + BY_DAY + ") }}\n"
    "select day, sum(amount) as total, current_date as at from {{ ref('seen') }} group by day",
    "models/named.sql": "select '{{ env_var('WHO', 'nobody') }}' as who, '{{ target.schema }}' as place",
    "models/early.sql": "{{ config(" + BY_DAY + ") }}\n"
    "{% if partition.start < '2024-01-03' %}select day, 1 as n from {{ ref('base') }}\n"
    "{% else %}select day, 2 as n from {{ ref('base') }}{% endif %}",
    "models/so_far.sql": "{{ config(" + BY_DAY + ") }}\n"
    "select b.day, count(*) + max(coalesce(t.n, 0)) as n from {{ ref('base') }} as b\n"
    "left join {{ this }} as t on t.day = b.day - 1 group by b.day",
    "models/pinned.sql": "{{ config(volatile='pin') }}\nselect who, current_timestamp as at from {{ ref('seen') }}",
    "models/kinds.sql": '{{ config(partition_by={"column": "who", "query": "select distinct who from '
    "{{ ref('base') }}\"}) }}\nselect who, count(*) as n from {{ ref('base') }} group by who",
}

Change = Callable[[Path], None]


def put(name: str, old: str, new: str) -> Change:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return change


def execute(sql: str) -> Change:
    def change(folder: Path) -> None:
        with opened(folder / "mini.duckdb") as connection:
            connection.execute(sql)

    return change


CHANGES: dict[str, tuple[Change, set[str]]] = {
    "nothing": (lambda _: None, set()),
    "model": (put("models/sums.sql", "sum(amount)", "max(amount)"), {"sums"}),
    "comment": (put("models/base.sql", "select", "-- why\nselect"), {"base"}),
    "columns": (put("models/base.sql", "day, who,", "day, upper(who) as who, 1 as one,"), {"base"}),
    "view": (
        put("models/seen.sql", "from {{ ref('base') }}", "from {{ ref('base') }} where who <> 'b'"),
        {"seen", "sums", "pinned"},
    ),
    "macro": (put("macros/m.sql", "* 2", "* 3"), {"base"}),
    "var": (put("pyproject.toml", "least = 1", "least = 5"), {"base"}),
    "another var": (put("pyproject.toml", "other = 2", "other = 3"), set()),
    "yaml": (put("models/sources.yml", "tags: [t]", "tags: [t, u]"), {"sums"}),
    "audit": (put("models/sources.yml", "tests: [not_null]", "tests: [unique]"), set()),
    "watch": (put("models/sources.yml", "max(amount)", "min(amount)"), set()),
    "cut": (put("models/base.sql", "2024-01-05", "2024-01-09"), {"base"}),
    "source": (execute("alter table events alter amount type double"), {"base"}),
}


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SWATHE_NOW", "2024-06-01T00:00:00Z")
    forget()
    yield
    forget()


@pytest.fixture
def understood(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models that were not known."""
    names: list[str] = []
    bind = Understanding.bind

    def noting(self: Understanding) -> object:
        names.append(self.model.name)
        return bind(self)

    monkeypatch.setattr(Understanding, "bind", noting)
    return names


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    execute("create table events as select timestamp '2024-01-01 10:00' as seen_at, 'a' as who, 7 as amount")(tmp_path)
    return tmp_path


def compiled(folder: Path, *arguments: str) -> Told:
    return swathe(folder, "compile", "--output", "json", *arguments)


def anew(folder: Path, *arguments: str) -> Told:
    forget()
    shutil.rmtree(folder / "target", ignore_errors=True)
    return compiled(folder, *arguments)


def test_loaded_again_it_is_the_same(folder: Path, understood: list[str]) -> None:
    cold = anew(folder)
    assert cold.code == 0, cold.stderr
    assert len(understood) == 8
    understood.clear()
    assert compiled(folder) == cold
    forget()
    assert compiled(folder) == cold
    # The moment of a run is written into its statements.
    assert set(understood) == {"pinned"}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("by", ["memory", "disk"])
def test_after_a_change_it_is_as_if_nothing_was_remembered(
    folder: Path, understood: list[str], name: str, by: str
) -> None:
    change, anew_understood = CHANGES[name]
    anew(folder)
    change(folder)
    if by == "disk":
        forget()
    understood.clear()
    warm = compiled(folder)
    assert set(understood) - {"pinned"} >= anew_understood - {"pinned"}
    if name not in {"columns", "source"}:
        assert set(understood) <= anew_understood | {"pinned"}
    assert warm == anew(folder)
    assert warm.code == 0


def test_variables_and_the_environment_are_asked_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = [anew(folder)]
    for arguments, who in [(["--vars", "{least: 3}"], "a"), (["--target", "test"], "a"), ([], "b"), ([], "a")]:
        monkeypatch.setenv("WHO", who)
        forget()
        told.append(compiled(folder, *arguments))
        assert told[-1] == anew(folder, *arguments)
    assert len({each.stdout for each in told}) == len(told)


def test_the_day_that_has_begun_counts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A template that looks at its partition is rendered for those that are due."""
    monkeypatch.setenv("SWATHE_NOW", "2024-01-03T00:00:00Z")
    early = compiled(folder)
    monkeypatch.setenv("SWATHE_NOW", "2024-01-05T00:00:00Z")
    forget()
    late = compiled(folder)
    assert late == anew(folder)
    assert late != early


@pytest.mark.parametrize("by", ["memory", "disk"])
def test_an_error_is_told_again(folder: Path, by: str) -> None:
    anew(folder)
    put("models/sums.sql", "sum(amount)", "sum(amuont)")(folder)
    told = compiled(folder)
    assert told.code == 2
    assert told.at == "models/sums.sql:2:17"
    if by == "disk":
        forget()
    assert compiled(folder) == told == anew(folder)
    put("models/sums.sql", "sum(amuont)", "sum(amount)")(folder)
    assert compiled(folder).code == 0


def test_the_example_project(tmp_path: Path, understood: list[str]) -> None:
    for part in ("models", "macros", "data"):
        shutil.copytree(ROOT / part, tmp_path / part)
    for part in ("profiles.yml", "pyproject.toml"):
        shutil.copy(ROOT / part, tmp_path / part)
    cold = anew(tmp_path)
    assert cold.code == 0
    models = {model["model"] for model in json.loads(cold.stdout)["models"]}
    assert set(understood) == models
    understood.clear()
    forget()
    assert compiled(tmp_path) == cold
    # All of it was written: nothing in it is of a kind that can't be.
    assert understood == []
    put("macros/ratio.sql", ", 4)", ", 5)")(tmp_path)
    forget()
    warm = compiled(tmp_path)
    assert 0 < len(understood) < len(models)
    assert warm == anew(tmp_path)


def test_no_secret_reaches_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_ENV_SECRET_WORD", "xyzzy-7")
    monkeypatch.setenv("WHO", "xyzzy-7")
    assert compiled(folder).code == 0
    cache = folder / FOLDER / "loaded"
    assert "xyzzy-7" not in cache.read_text()
    assert '"sums"' in cache.read_text()
    forget()
    assert "xyzzy-7" in compiled(folder).stdout


def test_a_load_that_finds_everything_imports_no_analysis(folder: Path) -> None:
    (folder / "models" / "pinned.sql").unlink()
    code = (
        "import sys; from swathe.cli.main import run; run(['plan', '--output', 'json'])\n"
        "heavy = {'jinja2', 'sqlglot', 'swathe.sql.prune', 'swathe.sql.analyse'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    (folder / "models" / "early.sql").unlink()  # it is rendered again each time

    def told() -> str:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder)
        return done.stderr.splitlines()[-1]

    assert told() != "[]"
    assert told() == "[]"


def test_a_function_of_the_database_may_change(
    tmp_path: Path, postgres_database: PostgresDatabase, understood: list[str]
) -> None:
    """PostgreSQL itself says what a query gives, so it is asked each time."""
    mini = PostgresMiniature.on(tmp_path / "mini", postgres_database)
    mini.query("create function raw.one() returns integer language sql return 1")
    mini.write_model("ones", "select raw.one() as n from {{ ref('daily') }}")
    assert anew(mini.root).code == 0
    forget()
    understood.clear()
    warm = compiled(mini.root)
    assert understood == []
    assert warm == anew(mini.root)
    mini.query("drop function raw.one()")
    forget()
    assert compiled(mini.root).at == "models/ones.sql:1:8"
    mini.query("create function raw.one() returns text language sql return 'one'")
    understood.clear()
    assert {column.type for column in load(mini.options).project.models[ModelName("ones")].columns} == {"TEXT"}
    assert understood == ["ones"]


class TestBesideEachOther:
    """Many new models are analysed by other processes."""

    @pytest.fixture(autouse=True)
    def at_once(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        monkeypatch.setattr(analysis, "ENOUGH_NEW", 1)
        monkeypatch.setattr(analysis, "ENOUGH_LEFT", 1)
        started: list[int] = []

        def beside() -> analysts.Beside:
            made = analysts.Beside(2)
            started.append(len(made._started))
            return made

        monkeypatch.setattr(analysts, "beside", beside)
        return started

    def alone(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
        with monkeypatch.context() as patched:
            patched.setattr(analysts, "beside", analysts.Here)
            return anew(folder)

    def test_the_same_comes_of_it(self, folder: Path, at_once: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
        told = anew(folder)
        assert at_once == [2]
        assert told == self.alone(folder, monkeypatch)
        assert told.code == 0

    @pytest.mark.parametrize(
        "broken",
        [
            {"models/sums.sql": "select 1 as day, nope from {{ ref('seen') }}"},
            {"models/sums.sql": "select from from"},
            {"models/early.sql": "{{ config(" + BY_DAY + ") }}\nselect 1 as day, 2 as n from {{ ref('base') }}"},
            {  # what only the analysis finds comes before what the database says of a later model
                "pyproject.toml": '[tool.swathe]\nname = "mini"\nvars = {least = 1}\nstrict_pruning = true\n',
                "models/sums.sql": "{{ config(" + BY_DAY + ") }}\n"
                "select current_date as day, count(*) as n from {{ ref('base') }}",
                "models/zz.sql": "select nope from {{ ref('sums') }}",
            },
        ],
        ids=["column", "syntax", "cut", "strict"],
    )
    def test_so_do_errors(self, folder: Path, broken: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
        for name, text in broken.items():
            (folder / name).write_text(text)
        told = anew(folder)
        assert told.code == 2
        assert told == self.alone(folder, monkeypatch)
        if "pyproject.toml" in broken:
            assert "every partition reads all" in told.stderr

    @pytest.mark.parametrize("child", ["import sys; sys.exit(1)", "print('no answer', flush=True)"])
    def test_without_them_it_goes_on(self, folder: Path, child: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(analysts, "_CHILD", child)
        assert anew(folder) == self.alone(folder, monkeypatch)

    @pytest.mark.parametrize("text", [None, "select {{ nope }}"], ids=["analysed", "not rendered"])
    def test_no_process_is_left(self, folder: Path, text: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
        if text is not None:
            (folder / "models/sums.sql").write_text(text)
        made: list[analysts.Beside] = []
        monkeypatch.setattr(analysts, "beside", lambda: made.append(analysts.Beside(2)) or made[0])
        anew(folder)
        assert [process.returncode is not None for process in made[0]._started] == [True, True]


@pytest.mark.parametrize(
    ("arguments", "modes"),
    [
        (["plan"], [True]),
        (["status"], [True]),
        (["backfill", "--yes"], [False]),
        (["backfill", "--dry-run"], [True]),
        (["plan", "--select", "nothing"], [True]),
    ],
)
def test_a_command_opens_the_database_once_and_closes_it(
    folder: Path, arguments: list[str], modes: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[tuple[Engine, bool]] = []

    def noted(connection: ConnectionSpec, *, read_only: bool) -> Engine:
        found.append((open_engine(connection, read_only=read_only), read_only))
        return found[-1][0]

    monkeypatch.setattr("swathe.api.door.open_engine", noted)
    swathe(folder, *arguments)
    assert [read_only for _, read_only in found] == modes
    for engine, _ in found:
        with pytest.raises(EngineError, match="closed"):
            engine.session()


def test_a_backfill_that_can_not_be_planned_leaves_no_database(folder: Path) -> None:
    (folder / "mini.duckdb").unlink()
    for file in (folder / "models").iterdir():
        file.unlink()
    (folder / "models" / "one.sql").write_text("select 1 as n")
    assert swathe(folder, "backfill", "--select", "nothing").code == 2
    assert not (folder / "mini.duckdb").exists()
    assert swathe(folder, "backfill", "--yes").code == 0
    assert (folder / "mini.duckdb").exists()
