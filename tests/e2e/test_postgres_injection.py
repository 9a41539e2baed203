"""Text that would be SQL, a placeholder or a template if it left its place stays data, whoever brings it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from support.command_line import Told, swathe
from support.cuts import SOURCE, CutProject, by_values
from support.postgres import PostgresDatabase
from support.postgres_projects import PostgresCutProject
from swathe.partition.values import read_text

NASTY = [
    "x'); drop table raw.events; --", "'; drop schema swathe_state cascade; --", "a?b", "?", "%s", "%(a)s", "50%", "$1",
    "$$", "$x$", "\\'", "\\", "E'\\\\'", "'", "''", '"', '"; --', ";", "/*", "*/", "{{ 7 * 7 }}", "{% raw %}", "{0}",
    "a\nb", "\r\n", "\t", "é", "e\N{COMBINING ACUTE ACCENT}", "日本", "🦆", "\N{RIGHT-TO-LEFT OVERRIDE}x", "a/b", "a=b",
    "..", "../../x", " x", "x ", "", "NULL", "null", "__null__", "all", "--yes",
]  # fmt: skip
NAMES = ["x'); drop table raw.events; --", "a?b", "50% %s", "$1 $$", '"; --', "\\'", "E'\\\\'", "/* {x}", "日本é"]
"""Of tables and columns."""
COLUMNS = {"id": "integer", "day": "date", "place": "varchar"}
ALL = f"select id, day, place from {SOURCE}"
BY_DAY = {"granularity": "day"}
SPAN = {"begin": "2024-01-01", "end": "2024-01-04"}


@pytest.fixture(params=["postgres", "duckdb"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> CutProject:
    """Each text is in two rows of `raw.events`."""
    root = tmp_path / "p"
    if request.param == "duckdb":
        made = CutProject.create(root, columns=COLUMNS)
    else:
        database: PostgresDatabase = request.getfixturevalue("postgres_database")
        made = PostgresCutProject.on(root, database, columns=COLUMNS)
    table = {"name": "events", "watch": "checksum", **made.source}
    sources = {"sources": [{"name": "raw", "tables": [table]}]}
    (root / "models" / "sources.yml").write_text(json.dumps(sources), encoding="utf-8")
    made.write_rows([(n, f"2024-01-0{1 + n % 3}", text) for n, text in enumerate(NASTY * 2)])
    return made


def run(project: CutProject, *arguments: str) -> Told:
    """A command that must not fail."""
    told = swathe(project.root, *arguments)
    assert told.code == 0, told
    return told


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def where_events_are(project: CutProject) -> str:
    return "raw.events" if isinstance(project, PostgresCutProject) else f"'{project.root}/data/*.parquet'"


def check_whole(project: CutProject, table: str, query: str = "select * from EVENTS") -> None:
    """A table in `main`, or one that is named whole, is what a query over all events gives, and these are all there."""
    events = where_events_are(project)
    stored = f"(select * from {table if '.' in table else f'main.{quoted(table)}'})"
    fresh = f"(select * from ({query.replace('EVENTS', events)}) as q)"
    ((more, less, count),) = project.query(
        f"select (select count(*) from ({stored} except all {fresh}) as a),"
        f" (select count(*) from ({fresh} except all {stored}) as b), (select count(*) from {events} as c)"
    )
    assert (table, more, less, count) == (table, 0, 0, 2 * len(NASTY))


def recorded(project: CutProject, model: str) -> list[str]:
    """The keys in the records."""
    return list(project.records(model))


class TestValues:
    CUTS = ("listed", "others", "found", "read", "ranges")

    @pytest.fixture
    def built(self, project: CutProject) -> CutProject:
        project.write_model("listed", ALL, partition_by=by_values("place", *NASTY))
        project.write_model("others", ALL, partition_by=by_values("place", *NASTY[:9], rest=True))
        project.write_model("found", ALL, partition_by={"column": "place", "query": f"select place from {SOURCE}"})
        reading = "select place from {{ ref('found') }}"
        project.write_model(
            "read",
            "select place, count(*) as n from {{ ref('found') }} group by place",
            partition_by={"column": "place", "query": reading},
        )
        ranges = {"column": "id", "range": {"start": 0, "stop": 100, "step": 50}}
        project.write_model("ranges", ALL, partition_by=[ranges, by_values("place", *NASTY)])
        run(project, "backfill", "--yes")
        return project

    def check(self, project: CutProject) -> None:
        for model in ("listed", "others", "found", "ranges"):
            check_whole(project, model)
        check_whole(project, "read", "select place, count(*) from EVENTS as e group by place")

    def test_of_a_list_and_of_a_query(self, built: CutProject) -> None:
        self.check(built)
        for model in ("listed", "found", "read"):
            assert sorted(map(read_text, recorded(built, model))) == sorted(NASTY), model
        assert set(map(read_text, recorded(built, "others"))) == {*NASTY[:9], "__else__"}
        assert "everything is current" in run(built, "backfill", "--yes").stdout
        built.write_rows([(1 + n, "2024-01-02", text) for n, text in enumerate(reversed(NASTY * 2))])
        run(built, "backfill", "--yes")
        self.check(built)

    def test_named_on_the_command_line(self, built: CutProject) -> None:
        # An empty text is no key, and `all` means all.
        named = [text for text in NASTY if text.strip() and text != "all"]
        plainly = [part for text in named[::2] for part in ("--partition", text)]
        with_column = [part for text in named[1::2] for part in ("--partition", f"place={text}")]
        for options, texts in ((plainly, named[::2]), (with_column, named[1::2])):
            run(built, "invalidate", "listed", "--yes", *options)
            assert sorted(map(read_text, built.work("listed"))) == sorted(texts)
            run(built, "backfill", "listed", "--yes")
        told = run(built, "wipe", "found", "--yes", "--output", "json", *plainly)
        assert json.loads(told.stdout)["totals"]["partitions"] == len(named[::2])
        left = sorted(set(NASTY) - set(named[::2]))
        assert built.query("select count(distinct place) from main.found") == [(len(left),)]
        run(built, "backfill", "--yes")
        self.check(built)
        for command in ("preview", "diff"):
            told = run(built, command, "listed", "--partition", NASTY[0], "--output", "json")
            assert read_text(json.loads(told.stdout)["partition"].removeprefix("place=")) == NASTY[0]

    def test_a_key_as_it_is_written_names_exactly_its_partition(self, project: CutProject) -> None:
        project.write_model("listed", ALL, partition_by=by_values("place", *NASTY))
        run(project, "backfill", "--yes")
        keys = recorded(project, "listed")[::3]
        run(project, "invalidate", "listed", "--yes", *(part for key in keys for part in ("--partition", key)))
        assert set(project.work("listed")) == set(keys)
        for text in ("y'); drop table raw.events; --", "place='; --", "$2", "day=\\'", "\udcff"):
            told = swathe(project.root, "wipe", "listed", "--yes", "--partition", text)
            assert told.code == 2, text
            assert "--partition" in told.errors[0]
        check_whole(project, "listed")


class TestNames:
    def test_of_columns(self, project: CutProject) -> None:
        listed = ", ".join(f"id + {n} as {quoted(name)}" for n, name in enumerate(NAMES))
        project.write_model(
            "wide",
            f'select day as "Day; ?", {listed} from {SOURCE}',
            partition_by={"column": "Day; ?", **BY_DAY},
            **SPAN,
        )
        project.write_model("loud", "select * from {{ ref('wide') }}", materialized="view")
        texts = [*NASTY[:5], NASTY[12]]
        kept = ", ".join(["cast(null as varchar)", *("'" + text.replace("'", "''") + "'" for text in texts)])
        for number, name in enumerate(NAMES[::2]):
            project.write_model(
                f"cut{number}",
                f"select id, day as {quoted('at ' + name)}, place as {quoted(name)} from {SOURCE} where place in ({kept})",
                partition_by=[{"column": f"at {name}", **BY_DAY}, by_values(name, *texts)],
                **SPAN,
            )
        run(project, "backfill", "--yes")
        assert "everything is current" in run(project, "backfill", "--yes").stdout
        check_whole(project, "wide", f"select day, {listed} from EVENTS as e")
        check_whole(project, "loud", f"select day, {listed} from EVENTS as e")
        rows = f"select id, day, place from EVENTS as e where place in ({kept})"
        for number, name in enumerate(NAMES[::2]):
            check_whole(project, f"cut{number}", rows)
            assert {key.count("/") for key in recorded(project, f"cut{number}")} == {1}, name
            key = recorded(project, f"cut{number}")[0]
            told = run(project, "invalidate", f"cut{number}", "--yes", "--output", "json", "--partition", key)
            assert json.loads(told.stdout)["totals"]["partitions"] == 1
        run(project, "backfill", "--yes")
        for number in range(len(NAMES[::2])):
            check_whole(project, f"cut{number}", rows)

    def test_a_hint_spells_a_column_as_keys_do(self, project: CutProject) -> None:
        project.write_model("m", f'select id, place as "a/b" from {SOURCE}', partition_by=by_values("a/b", *NASTY))
        assert (swathe(project.root, "plan", "--partition", "nothing").hint or "").endswith("or `a%2Fb=VALUE`")
        run(project, "backfill", "--yes")
        told = run(project, "invalidate", "m", "--yes", "--output", "json", "--partition", f"a%2Fb={NASTY[0]}")
        assert json.loads(told.stdout)["totals"]["partitions"] == 1

    def test_of_tables_and_schemas(self, project: CutProject) -> None:
        for number, name in enumerate(NAMES[:6:2]):
            place = {"schema": f"S {name}"}
            project.write_model(
                f"m{number}", ALL, partition_by={"column": "day", **BY_DAY}, alias=name, **SPAN, **place
            )
            project.write_model(f"v{number}", f"select * from {{{{ ref('m{number}') }}}}", materialized="view", **place)
            project.write_model(
                f"n{number}",
                f"select place, count(*) as n from {{{{ ref('v{number}') }}}} group by place",
                partition_by=by_values("place", *NASTY), alias=f"n{name}", **place,
            )  # fmt: skip
        run(project, "backfill", "--yes")
        assert "everything is current" in run(project, "backfill", "--yes").stdout
        for number, name in enumerate(NAMES[:6:2]):
            schema = quoted(f"S {name}")
            check_whole(project, f"{schema}.{quoted(name)}")
            check_whole(project, f"{schema}.v{number}")
            counted = "select place, count(*) from EVENTS as e group by place"
            check_whole(project, f"{schema}.{quoted('n' + name)}", counted)
        run(project, "wipe", "--yes", "m0", "n0", "--reason", "they'll be back")
        run(project, "backfill", "--yes")
        check_whole(project, f"{quoted('S ' + NAMES[0])}.{quoted(NAMES[0])}")

    def test_of_sources(self, tmp_path: Path, postgres_database: PostgresDatabase) -> None:
        project = PostgresCutProject.on(tmp_path / "p", postgres_database, columns=COLUMNS)
        project.write_rows([(n, "2024-01-01", text) for n, text in enumerate(NASTY * 2)])
        sources = []
        for number, name in enumerate(NAMES):
            schema, table, watched = (quoted(start + name) for start in ("s", "t", "w"))
            project.query(f"create schema {schema}")
            project.query(f"create table {schema}.{table} as select id as {watched}, day, place from raw.events")
            watch = {"watch": f"max({watched})"} if number % 2 else {"watch": "checksum"}
            entry = {"name": name, "identifier": f"t{name}", "event_time": "day", **watch}
            sources.append({"name": f"x{name}", "schema": f"s{name}", "tables": [entry]})
            sql = f"select {watched} as id, day, place from {{{{ source({f'x{name}'!r}, {name!r}) }}}}"
            project.write_model(f"m{number}", sql, partition_by={"column": "day", **BY_DAY}, **SPAN)
        (project.root / "models" / "sources.yml").write_text(json.dumps({"sources": sources}))
        run(project, "backfill", "--yes")
        for number, name in enumerate(NAMES):
            check_whole(project, f"m{number}")
            project.query(
                f"insert into {quoted('s' + name)}.{quoted('t' + name)} values (-{number}, '2024-01-02', '?')"
            )
        run(project, "backfill", "--yes")
        for number in range(len(NAMES)):
            extra = f"select * from EVENTS union all select -{number}, date '2024-01-02', '?'"
            check_whole(project, f"m{number}", extra)
        assert "everything is current" in run(project, "backfill", "--yes").stdout

    def test_of_models(self, project: CutProject) -> None:
        names = ["a?b", "%s", "$1", "'; --", '"', "\\'", "E'\\\\'", "{{ x }}", "日本é", "-v", "a;b", "x=y"]
        for name in names:
            project.write_model(name, ALL, partition_by=by_values("place", *NASTY))
        run(project, "backfill", "--yes")
        assert "everything is current" in run(project, "backfill", "--yes").stdout
        for name in names:
            check_whole(project, name)
        assert {name for (name,) in project.query("select distinct model from swathe_state.partitions")} == set(names)
        run(project, "compile")
        assert {path.stem for path in (project.root / "target" / "compiled").glob("*.sql")} == set(names)

    def test_of_the_schema_of_the_records(self, project: CutProject) -> None:
        project.write_model("m", ALL, partition_by=by_values("place", *NASTY))
        for name in ("a?b", "? '?' \"?\"", "$1; %s --"):
            settings = f"[tool.swathe]\nstate_schema = {json.dumps(name)}\n"
            (project.root / "pyproject.toml").write_text(settings, encoding="utf-8")
            run(project, "backfill", "--yes")
            run(project, "invalidate", "m", "--yes", "--partition", NASTY[0], "--reason", "a?b")
            run(project, "backfill", "--yes")
            check_whole(project, "m")
            reasons = project.query(f"select reason from {quoted(name)}.runs where command = 'invalidate'")
            assert reasons == [("a?b",)]
            project.query("drop table main.m")


class TestPaths:
    def test_a_value_leaves_no_folder(self, project: CutProject) -> None:
        project.write_model("m", ALL, partition_by=by_values("place", *NASTY))
        before = {path for path in project.root.parent.rglob("*") if "target" not in path.parts}
        run(project, "compile", "m", *(part for text in NASTY if text.strip() for part in ("--partition", text)))
        folder = project.root / "target" / "compiled"
        written = [path.relative_to(folder) for path in folder.rglob("*.sql")]
        assert len(written) == len(NASTY)
        assert {path.parts[0] for path in written} == {"m"}
        assert {len(path.parts) for path in written} == {2}
        assert {path for path in project.root.parent.rglob("*") if "target" not in path.parts} == before

    @pytest.mark.parametrize("name", ["x..", "x\\..\\y", "a.b"])
    def test_a_model_with_dots_is_refused(self, project: CutProject, name: str) -> None:
        project.write_model(name, ALL)
        told = swathe(project.root, "compile")
        assert told.code == 2
        assert "has a dot in it" in told.errors[0]
        assert not (project.root / "target").exists()

    def test_a_target_that_leads_elsewhere_is_not_written(self, project: CutProject, tmp_path: Path) -> None:
        project.write_model("m", ALL, partition_by=by_values("place", *NASTY))
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        compiled = project.root / "target" / "compiled"
        compiled.mkdir(parents=True)
        (compiled / "m").symlink_to(elsewhere)
        told = swathe(project.root, "compile", "m", "--partition", NASTY[0])
        assert told.code == 2
        assert "would lie outside" in told.errors[0]
        assert list(elsewhere.iterdir()) == []


class TestVariables:
    ESCAPES = ("x'; drop table raw.events; --", "x' as x, id from raw.events union all select day, '1", "\\'", "'")

    def write(self, project: CutProject, printed: str) -> None:
        sql = f"select id, day, '{printed}' as x from {SOURCE}"
        project.write_model("m", sql, partition_by={"column": "day", **BY_DAY}, **SPAN)

    def backfill(self, project: CutProject, value: object) -> Told:
        return swathe(project.root, "backfill", "--yes", "--vars", json.dumps({"x": value}))

    @pytest.mark.parametrize("value", ESCAPES)
    def test_one_that_would_end_its_quotes_is_refused(self, project: CutProject, value: str) -> None:
        self.write(project, "{{ var('x') }}")
        told = self.backfill(project, value)
        assert told.code == 2
        assert (told.at or "").startswith("models/m.sql:2:")
        ends_nowhere = "a string is opened here and never closed"
        assert told.errors[0] in ("the value printed here ends the quotes that it stands in", ends_nowhere)
        check_whole(project, where_events_are(project))

    def test_with_doubled_quotes_any_text_is_text(self, project: CutProject) -> None:
        self.write(project, """{{ var('x') | replace("'", "''") }}""")
        for value in [*self.ESCAPES, "a?b %s $1", "\n", "{{ 7 * 7 }}", "{% raw %}", "日本"]:
            told = self.backfill(project, value)
            assert told.code == 0, (value, told)
            literal = value.replace("'", "''")
            check_whole(project, "m", f"select id, day, '{literal}' from EVENTS as e")

    def test_none_is_a_template(self, project: CutProject) -> None:
        self.write(project, "{{ var('x') }}")
        secret = '{{ env_var("HOME") }}{% set x = 1 %}{# x #}{{ "".__class__ }}'
        assert self.backfill(project, secret).code == 0
        assert {text for _, _, text in project.rows("m")} == {secret}

    @pytest.mark.parametrize(
        "given",
        ["!!python/object/apply:os.system ['true']", "{x: !!python/name:os.system }", "[1]", "{x: '", "{1: a}"],
    )
    def test_what_is_no_plain_mapping_is_refused(self, project: CutProject, given: str) -> None:
        self.write(project, "{{ var('x') }}")
        told = swathe(project.root, "plan", "--vars", given)
        assert told.code == 2
        assert "`--vars`" in told.errors[0]

    def test_none_takes_the_place_of_what_a_template_has(self, project: CutProject) -> None:
        self.write(project, "{{ var('source') }} {{ target.name }}")
        names = dict.fromkeys(("source", "var", "ref", "config", "this", "target", "__class__"), "mine")
        run(project, "backfill", "--yes", "--vars", json.dumps(names))
        assert {text for _, _, text in project.rows("m")} == {"mine dev"}


def test_reasons_are_kept_as_they_are_given(project: CutProject) -> None:
    project.write_model("m", ALL, partition_by=by_values("place", *NASTY))
    given = [*NAMES[:4], 'it\'s "$1", ?', "a\nb", "{{ 7 * 7 }}"]
    run(project, "backfill", "--yes", "--reason", given[0])
    verbs: Sequence[str] = ("invalidate", "freeze", "thaw")
    for number, reason in enumerate(given[1:]):
        run(project, verbs[number % 3], "m", "--yes", "--reason", reason)
    kept = [reason for (reason,) in project.query("select reason from swathe_state.runs order by started_at, run_id")]
    assert sorted(kept) == sorted(given)
    told = run(project, "runs", "--output", "json")
    assert sorted(entry["reason"] for entry in json.loads(told.stdout)["runs"]) == sorted(given)
    check_whole(project, "m")


def test_a_reason_that_is_no_text_is_kept_with_a_question_mark(project: CutProject) -> None:
    project.write_model("m", ALL, partition_by=by_values("place", *NASTY))
    run(project, "backfill", "--yes", "--reason", "a\udcffb")
    run(project, "invalidate", "m", "--yes", "--reason", "\udcff")
    assert set(project.query("select reason from swathe_state.runs")) == {("a?b",), ("?",)}
