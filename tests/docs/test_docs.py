"""The pages say what is so. Examples are run; tables of keys and columns are held against the code.

`UPDATE_DOCS=1 pytest tests/docs` writes the outputs anew instead of comparing them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.command_line import swathe
from support.transcript import Normaliser, blocks, differences, perform, rewritten
from swathe.model import audit_checks, audit_config, config
from swathe.project import profile_duckdb, profile_postgres, settings, sources
from swathe.sql.render_names import CONTEXT_NAMES
from swathe.state.schema import TABLES

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    "README.md": "fresh",
    "docs/concepts.md": "built",
    "docs/models.md": "empty",
    "docs/audits.md": "empty",
    "docs/cutting.md": "empty",
    "docs/state.md": "built",
    "docs/concurrency.md": "empty",
    "docs/engines.md": "empty",
    "docs/migrating.md": "empty",
    "docs/faq.md": "built",
}
"""Each page whose examples are run, and what they are run in: the example project, that project with everything
built, or an empty folder."""

DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/*.md"))
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "swathe"
    copy_example(folder)
    assert swathe(folder, "backfill").code == 0
    return folder


def copy_example(folder: Path) -> None:
    folder.mkdir()
    for name in ("models", "macros", "data"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("pyproject.toml", "profiles.yml"):
        shutil.copy(ROOT / name, folder / name)


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_shows_is_what_comes_out(page: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    folder = tmp_path / "swathe"
    match PAGES[page]:
        case "fresh":
            copy_example(folder)
        case "built":
            shutil.copytree(request.getfixturevalue("built"), folder)
        case _:
            folder.mkdir()
    if "$ git " in text:
        subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
        subprocess.run(["git", "add", "models", "data"], cwd=folder, check=True)
    exchanges = perform(text, folder)
    if os.environ.get("UPDATE_DOCS"):
        (ROOT / page).write_text(rewritten(text, exchanges), encoding="utf-8")
        return
    for exchange, expected, actual in differences(exchanges):
        assert actual == expected, f"{page}:{exchange.start}: $ {exchange.asked}"


def test_two_outputs_are_the_same_when_only_times_and_ids_differ() -> None:
    one = [
        "model  rows  seconds",
        "a  1,200  0.57",
        "",
        "done in 1.9 s: 20260102T030405-0a1b2c3d",
        "logic 3f9ea20b of 2",
    ]
    other = [
        "model   rows  seconds",
        "a   1,200    11.02",
        "",
        "done in 2 min 3 s: 20270102T030405-99999999",
        "logic 01234567 of 2",
    ]
    assert Normaliser().lines(one) == Normaliser().lines(other)
    assert Normaliser().lines(["a  1,200  0.57"]) != Normaliser().lines(["a  1,200  0.58"])
    assert Normaliser().lines(["3f9ea20b 3f9ea20b"]) != Normaliser().lines(["3f9ea20b 01234567"])


def section(page: str, heading: str) -> str:
    """The text under a heading, up to the next one of its level or above."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,2}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, f"{page} has no section `{heading}`"
    return found[2]


def first_cells(text: str) -> set[str]:
    """The names in backticks in the first column of the tables in a text."""
    cells = re.findall(r"^\| ([^|]*) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_every_table_and_column_of_the_metadata_schema_is_documented() -> None:
    text = section("docs/state.md", "Tables")
    documented = {}
    for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        name = part.partition("\n")[0].strip("`")
        documented[name] = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", part, re.MULTILINE)
    expected = {name: [(column.name, _type(column.type)) for column in columns] for name, columns in TABLES.items()}
    assert documented == expected


def _type(sql: str) -> str:
    return sql.removesuffix(" NOT NULL") if sql.endswith(" NOT NULL") else f"{sql}, may be NULL"


@pytest.mark.parametrize(
    ("heading", "known"),
    [
        ("Config keys", {*config.KNOWN_KEYS, *config._NOT_YET, *config._DBT_ONLY}),
        ("What a template can use", CONTEXT_NAMES),
        ("Sources", {*sources._SOURCE_KEYS, *sources._TABLE_KEYS}),
        ("Profiles", set(profile_duckdb.KEYS)),
        ("PostgreSQL targets", set(profile_postgres.KEYS)),
        ("Settings", set(settings._KEYS)),
    ],
)
def test_every_key_is_documented(heading: str, known: set[str]) -> None:
    own, *_ = section("docs/models.md", heading).split("\n### ")
    documented = first_cells(own)
    assert {name.partition("(")[0].partition(".")[0] for name in documented} == set(known)


def test_every_audit_and_option_is_documented() -> None:
    assert first_cells(section("docs/audits.md", "The audits")) == set(audit_checks.ARGUMENTS)
    options = first_cells(section("docs/audits.md", "Severity and where"))
    assert options == {*audit_config._OPTIONS, "name"}


def test_every_verdict_and_reason_is_explained() -> None:
    from swathe.plan.plan import Reason
    from swathe.plan.verdict import Verdict

    assert first_cells(section("docs/concepts.md", "Verdicts")) == {str(verdict) for verdict in Verdict}
    assert first_cells(section("docs/concepts.md", "The plan")) == {str(reason) for reason in Reason}


def slug(heading: str) -> str:
    """The anchor that GitHub makes of a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    return re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    lines = text.splitlines()
    for block in reversed(blocks(text)):
        del lines[block.start - 1 : block.end + 1]
    return "\n".join(lines)


@pytest.mark.parametrize("page", DOCUMENTS)
def test_links_lead_somewhere(page: str) -> None:
    text = prose((ROOT / page).read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        assert file.exists(), f"{page} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", prose(file.read_text(encoding="utf-8")), re.MULTILINE)
            assert anchor in {slug(heading) for heading in headings}, f"{page} links to {target}"


@pytest.mark.parametrize("page", DOCUMENTS)
def test_a_page_names_no_place_of_the_machine_it_was_made_on(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert re.findall(r"(?<![\w.])/(?:work|root|home|tmp|Users|var)/\S*", text) == []


def test_every_page_is_reached_from_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in DOCUMENTS:
        if page not in ("README.md", "data/README.md"):
            assert f"]({page})" in text, f"README.md does not link to {page}"
