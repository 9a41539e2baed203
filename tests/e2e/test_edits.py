"""One project, built once, and every kind of edit: is anything due then?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from support.miniature import BY_DAY, Miniature, all_work
from swathe.api.plan import Choice, Planned, plan

MACROS = "{% macro cents(x) %}({{ x }} * 100){% endmacro %}"
DAILY = """{{ config(PARTITIONED) }}
with late as (
    select day, who, amount from {{ ref('base') }} where amount between 1 and 99
)
select
    day, who, count(*) as n, sum({{ cents('amount') }}) as total
from late
where who in ('a', 'b') and amount > {{ var('least', 0) }}
group by 1, 2
""".replace("PARTITIONED", BY_DAY)
LISTED = """{{ config(partition_by=[{"column": "day", "granularity": "day"}, {"column": "who", "values": ["a"], "else": true}],
    begin="2024-01-01", end="2024-01-08") }}
select d.day, d.who, d.total, loud.total as loud
from {{ ref('daily') }} as d left join {{ ref('loud') }} as loud on loud.day = d.day and loud.who = d.who and loud.total > 3
"""
YAML = "version: 2\nmodels:\n  - name: daily\n"


Edit = Callable[["Edited"], None]


@dataclass
class Edited:
    """The project with one edit."""

    mini: Miniature
    variables: Mapping[str, Any] = field(default_factory=dict)

    def plan_after(self, edit: Edit) -> Planned:
        before = self._state()
        edit(self)
        assert self._state() != before, "the edit changes nothing"
        return plan(replace(self.mini.options, variables=self.variables), Choice())

    def _state(self) -> tuple[object, ...]:
        return texts(self.mini), dict(self.variables)


def swap(old: str, new: str, model: str = "daily", count: int = 1) -> Edit:
    def edit(edited: Edited) -> None:
        text = edited.mini.models[model]
        assert old in text
        edited.mini.write_model(model, text.replace(old, new, count))

    return edit


def config(*entries: str, model: str = "daily") -> Edit:
    return swap(") }}\n", "".join(f", {entry}" for entry in entries) + ") }}\n", model)


def yaml(text: str) -> Edit:
    return lambda edited: written(edited, "models/daily.yml", YAML + text)


def macro(text: str) -> Edit:
    return lambda edited: written(edited, "macros/m.sql", text)


def variables(**given: Any) -> Edit:
    return lambda edited: setattr(edited, "variables", given)


def all_of(*edits: Edit) -> Edit:
    def edit(edited: Edited) -> None:
        for each in edits:
            each(edited)

    return edit


def texts(mini: Miniature) -> dict[Path, bytes]:
    """The files that an edit may change."""
    return {path: path.read_bytes() for folder in ("models", "macros") for path in (mini.root / folder).iterdir()}


def written(edited: Edited, path: str, text: str) -> None:
    (edited.mini.root / path).write_text(text)


NOTHING_DUE: dict[str, Edit] = {
    "layout": lambda edited: edited.mini.write_model("daily", edited.mini.models["daily"].replace("\n", "\n\n   ")),
    "comments": all_of(swap("select\n", "select -- what\n /* all */ {# of it #}\n"), swap("from late", "from late -- x")),
    "case": all_of(swap("select day, who, amount from", "SELECT Day, WHO, amount FROM"), swap("group by", "Group By")),
    "quotes": swap("select day, who, amount", 'select "day", "who", amount'),
    "parentheses": swap("who in ('a', 'b') and amount >", "(who in ('a', 'b')) and (amount) >"),
    "order of AND and IN": swap("who in ('a', 'b') and amount > {{ var('least', 0) }}", "amount > {{ var('least', 0) }} and who in ('b', 'a')"),
    "a mirrored comparison": swap("amount > {{ var('least', 0) }}", "{{ var('least', 0) }} < amount"),
    "BETWEEN": swap("amount between 1 and 99", "amount >= 1 and amount <= 99"),
    "a table's alias": swap("from late\n", "from late as l\n"),
    "a CTE's name": swap("late", "picked", count=2),
    "a CTE for a subquery": all_of(swap("with late as (\n    select day, who, amount from {{ ref('base') }} where amount between 1 and 99\n)\n", ""), swap("from late", "from (select day, who, amount from {{ ref('base') }} where amount between 1 and 99)")),
    "a final CTE": all_of(swap("\nselect\n", ", final as (select\n"), swap("group by 1, 2", "group by 1, 2) select * from final")),
    "an unused CTE": swap("with late", "with x as (select 1 as one), late"),
    "order of columns": all_of(swap("day, who, count(*) as n,", "count(*) as n, who, day,"), swap("group by 1, 2", "group by 2, 3")),
    "GROUP BY by name": swap("group by 1, 2", "group by who, day"),
    "a macro's layout": macro("{% macro cents(x) -%}\n  {{ x }}\n   * 100\n{%- endmacro %}\n{% macro more() %}{% endmacro %}"),
    "a macro's name": all_of(macro(MACROS.replace("cents", "in_cents")), swap("cents(", "in_cents(")),
    "no macro": swap("{{ cents('amount') }}", "amount * 100"),
    "a Jinja variable": all_of(swap("with late", "{% set what = 'amount' %}with late"), swap("cents('amount')", "cents(what)")),
    "a variable's default": all_of(swap("var('least', 0)", "var('least', 7)"), variables(least=0)),
    "a variable that nobody reads": variables(other=1),
    "lookback": config("lookback=3"),
    "batch_size": config("batch_size=5"),
    "tags": config("tags=['nightly']"),
    "description and meta": config("description='Days'", "meta={'owner': 'ada'}"),
    "settings in YAML": yaml("    description: Days\n    config: {tags: [nightly], batch_size: 2}\n"),
    "an earlier end": swap('end="2024-01-22"', 'end="2024-01-15"'),
    "a later begin": swap('begin="2024-01-01"', 'begin="2024-01-03"', "rolling"),
    "on_logic_change and on_schema_change": config("on_logic_change='keep'", "on_schema_change='sync'"),
    "frozen_before": config("frozen_before='2024-01-10'"),
    "a view's layout": swap("select day, who, total", "SELECT who, day,\n total", "loud"),
    "a view for what it reads": swap("{{ ref('loud') }}", "(select day, who, total from {{ ref('daily') }} where total > 10)", "louder"),
    "the layout of a cut": swap('"values": ["a"]', '"values":   ["a"]', "listed"),
}  # fmt: skip

DUE: dict[str, tuple[Edit, set[str]]] = {
    "a literal": (swap("and 99", "and 98"), {"daily"}),
    "the case of a literal": (swap("'b')", "'B')"), {"daily"}),
    "an operator": (swap("amount >", "amount >="), {"daily"}),
    "a function": (swap("sum(", "max("), {"daily"}),
    "a filter": (swap("and amount > {{ var('least', 0) }}", ""), {"daily"}),
    "a grouping": (swap("group by 1, 2", "group by 1, 2, amount"), {"daily"}),
    "a column added": (swap("count(*) as n", "count(*) as n, min(amount) as least"), {"daily"}),
    "a column removed": (swap("count(*) as n, ", ""), {"daily"}),
    "a column renamed": (swap("count(*) as n", "count(*) as number"), {"daily"}),
    "DISTINCT": (swap("count(*)", "count(distinct amount)"), {"daily"}),
    "a cast": (swap("count(*)", "cast(count(*) as integer)"), {"daily"}),
    "a join's type": (swap("left join", "join", "listed"), {"listed"}),
    "ON moved to WHERE": (swap(" and loud.total > 3", " where loud.total > 3", "listed"), {"listed"}),
    "a source of rows": (swap("from {{ ref('daily') }} group", "from {{ ref('loud') }} group", "people"), {"people"}),
    "what a macro renders": (macro(MACROS.replace("100", "1000")), {"daily"}),
    "a variable": (variables(least=1), {"daily"}),
    "UNION for UNION ALL": (swap("select day, who, amount from {{ ref('base') }} where amount between 1 and 99", "select day, who, amount from {{ ref('base') }} union select day, who, amount from {{ ref('base') }}"), {"daily"}),
    "a frame": (swap("interval '2' day", "interval '3' day", "rolling"), {"rolling"}),
    "a view": (swap("> 10", "> 11", "loud"), {"loud", "louder", "listed"}),
    "an else list": (swap('"values": ["a"]', '"values": ["a", "c"]', "listed"), {"listed"}),
    "a claimed window": (swap("ref('base')", "ref('base', lookback=2)"), {"daily"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Miniature:
    mini = Miniature.create(tmp_path_factory.mktemp("edits") / "mini")
    (mini.root / "macros").mkdir()
    (mini.root / "macros" / "m.sql").write_text(MACROS)
    (mini.root / "models" / "daily.yml").write_text(YAML)
    mini.write_model("daily", DAILY)
    mini.write_model("listed", LISTED)
    mini.backfill()
    assert all_work(mini.plan()) == {}
    return mini


@pytest.fixture
def edited(built: Miniature) -> Iterator[Edited]:
    """The built project, whose files are put back afterwards: plans write nothing."""
    files = texts(built)
    models = dict(built.models)
    yield Edited(built)
    built.models = models
    for path, content in files.items():
        path.write_bytes(content)


@pytest.mark.parametrize("edit", NOTHING_DUE.values(), ids=[name.replace(" ", "-") for name in NOTHING_DUE])
def test_nothing_is_due_after(edit: Edit, edited: Edited) -> None:
    planned = edited.plan_after(edit)
    assert all_work(planned) == {}
    assert planned.logic_changes == ()


@pytest.mark.parametrize(("edit", "models"), DUE.values(), ids=[name.replace(" ", "-") for name in DUE])
def test_the_model_is_due_after(edit: Edit, models: set[str], edited: Edited) -> None:
    found = {
        name: {reason for reason in work.values() if not reason.endswith("?")}
        for name, work in all_work(edited.plan_after(edit)).items()
    }
    certain = {name: reasons for name, reasons in found.items() if reasons}
    assert set(certain) == models
    assert all("stale-logic" in reasons for reasons in certain.values())
