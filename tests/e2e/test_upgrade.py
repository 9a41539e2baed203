"""Another canonical form, as a new version of swathe or of its parser has it, rebuilds nothing, and hides nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from support.miniature import BY_DAY, MODELS, Miniature, all_work, verdicts
from swathe.api.plan import Planned
from swathe.sql.canonical import canonical_sql

MORE = {
    "branched": "{{ config(" + BY_DAY + ") }}\nselect day, who, {% if partition.start < '2024-01-08' %}sum(amount)"
    "{% else %}sum(distinct amount){% endif %} as total from {{ ref('base') }} group by day, who",
    "marked": "{{ config(" + BY_DAY + ") }}\nselect day, '{{ partition.key }}' as name, count(*) as n from {{ ref('base') }} "
    "where day >= {{ partition.start }} group by day",
    "listed": '{{ config(partition_by=[{"column": "day", "granularity": "day"}, '
    '{"column": "who", "values": ["a"], "else": true}], begin="2024-01-01", end="2024-01-08") }}\n'
    "select day, who, total from {{ ref('daily') }}",
    "starred": "{{ config(" + BY_DAY + ") }}\nselect * from {{ ref('base') }} where amount > 3",
    "picked": "{{ config(" + BY_DAY + ") }}\nselect day, n from (select *, 1 as n from {{ ref('base') }}) where amount > 3",
    "parts": "{{ config(" + BY_DAY + ") }}\nselect day, amount from {{ ref('base') }} "
    "where day + interval '1 day 02:00' > '2024-01-03'",
}  # fmt: skip


@pytest.fixture(scope="module")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Miniature:
    mini = Miniature.create(tmp_path_factory.mktemp("upgrade") / "mini")
    for name, text in MORE.items():
        mini.write_model(name, text)
    mini.backfill()
    assert all_work(mini.plan()) == {}
    return mini


@pytest.fixture
def mini(built_once: Miniature, tmp_path: Path) -> Miniature:
    return built_once.copy_to(tmp_path / "mini")


def scrambled(text: str) -> str:
    """A form that tells apart what the present one does, in other words."""
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def upgrade(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Another canonical form from now on."""

    def to(form: Callable[[str], str] = scrambled, name: str = "99/sqlglot-99", version: int = 99) -> None:
        monkeypatch.setattr("swathe.sql.analyse.canonical_sql", lambda *given: form(canonical_sql(*given)))
        monkeypatch.setattr("swathe.project.analysis.canonical_form", lambda: f"{name} {version} {form}")
        monkeypatch.setattr("swathe.api.specs.canonical_form", lambda: name)
        monkeypatch.setattr("swathe.api.backfill.canonical_form", lambda: name)
        monkeypatch.setattr("swathe.sql.fingerprint.CANONICAL_VERSION", version)

    return to


def fingerprints(planned: Planned) -> set[str]:
    return {spec.fingerprint for spec in planned.specs} | {
        other for spec in planned.specs for _, other in spec.variants
    }


def certain(planned: Planned) -> dict[str, set[str]]:
    found = {name: {why for why in work.values() if why[-1] != "?"} for name, work in all_work(planned).items()}
    return {name: reasons for name, reasons in found.items() if reasons}


@pytest.mark.parametrize("version", [99, 2], ids=["another-version", "another-parser"])
def test_nothing_is_due_though_every_fingerprint_is_another(
    mini: Miniature, upgrade: Callable[..., None], version: int
) -> None:
    """Of tables, views, branches, partition values, lists with `else` and literals that a tree does not hold."""
    before = fingerprints(mini.plan())
    upgrade(version=version)
    planned = mini.plan()
    assert not before & fingerprints(planned)
    assert all_work(planned) == {}
    assert planned.logic_changes == ()
    assert mini.backfill().outcome is None


def test_a_rest_digest_still_counts(mini: Miniature, upgrade: Callable[..., None]) -> None:
    recorded = mini.query("select distinct fingerprint from swathe_state.partitions where model = 'listed'")
    assert any("+rest:" in fingerprint for (fingerprint,) in recorded)
    upgrade()
    mini.write_model("listed", mini.models["listed"].replace('["a"]', '["a", "b"]'))
    found = verdicts(mini.plan(), "listed")
    assert {key.partition("who=")[2]: verdict for key, verdict in found.items()} == {
        "a": "current", "b": "missing", "__else__": "stale-logic"
    }  # fmt: skip


def test_an_edit_at_the_same_time_is_found(mini: Miniature, upgrade: Callable[..., None]) -> None:
    upgrade()
    mini.write_model("weekly", MODELS["weekly"].replace("sum(total)", "max(total)"))
    mini.write_model("loud", MODELS["loud"].replace("> 10", "> 20"))
    mini.write_model("branched", MORE["branched"].replace("distinct amount", "distinct -amount"))
    mini.write_model("parts", MORE["parts"].replace("02:00", "03:00"))
    planned = mini.plan()
    assert certain(planned) == {name: {"stale-logic"} for name in ("weekly", "loud", "louder", "branched", "parts")}
    assert list(all_work(planned)["branched"]) == [f"2024-01-{day:02}" for day in range(8, 22)]
    mini.backfill()
    assert all_work(mini.plan()) == {}


def test_columns_that_an_input_gained_since_are_not_those_that_were_there(
    mini: Miniature, upgrade: Callable[..., None]
) -> None:
    """A star is what it was over the columns of then, with the new form, too."""
    gained = {"base": MODELS["base"].replace("who,", "who, upper(who) as loud,")}
    mini.write_model("base", gained["base"])
    before = certain(mini.plan())
    assert before == {"base": {"stale-logic"}, "starred": {"stale-logic"}}
    upgrade()
    assert certain(mini.plan()) == before
    mini.backfill()
    assert all_work(mini.plan()) == {}
    mini.write_model("base", MODELS["base"])
    assert certain(mini.plan()) == before


def test_what_the_new_form_tells_apart_and_the_old_one_did_not_is_found(
    mini: Miniature, upgrade: Callable[..., None]
) -> None:
    def old(text: str) -> str:
        return scrambled(text.partition("\n-- ")[0].replace("MAX(", "SUM("))

    upgrade(old, "98/sqlglot-98", 98)
    mini.write_model("people", MODELS["people"].replace("total from", "total, 1 as one from"))
    mini.backfill()
    mini.write_model("people", mini.models["people"].replace("sum(total)", "max(total)"))
    assert all_work(mini.plan()) == {}
    upgrade()
    assert certain(mini.plan()) == {"people": {"stale-logic"}}
    mini.write_model("people", mini.models["people"].replace("max(total)", "sum(total)"))
    assert all_work(mini.plan()) == {}


def test_what_the_old_form_told_apart_and_the_new_one_does_not_is_the_same(
    mini: Miniature, upgrade: Callable[..., None]
) -> None:
    mini.write_model("weekly", MODELS["weekly"].replace("group by 1", "group by 1 having count(*) >= 1"))
    assert certain(mini.plan()) == {"weekly": {"stale-logic"}}
    upgrade(lambda text: scrambled(text.partition("\n-- ")[0].replace(" HAVING 1 <= COUNT(*)", "")))
    assert all_work(mini.plan()) == {}


def test_stored_logic_that_can_not_be_read_any_more_is_another(mini: Miniature, upgrade: Callable[..., None]) -> None:
    mini.query("update swathe_state.logic set sql = 'select ((' where model = 'people'")
    assert all_work(mini.plan()) == {}
    upgrade()
    assert certain(mini.plan()) == {"people": {"stale-logic"}}
