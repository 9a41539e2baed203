"""What a template renders to, what it may ask for, and how it says that it is wrong."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from swathe.errors import ModelError
from swathe.model.definition import InputName, InputRef
from swathe.sql.render import (
    MacroLibrary,
    PartitionValues,
    RenderContext,
    RenderedModel,
    TemplateFile,
    render_model,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH = "models/daily.sql"
JUNE = PartitionValues(datetime(2013, 6, 1), datetime(2013, 6, 2), "2013-06-01")
MAY = PartitionValues(datetime(2013, 5, 1), datetime(2013, 5, 2), "2013-05-01")


def library(**macros: str) -> MacroLibrary:
    return MacroLibrary([TemplateFile(f"macros/{name}.sql", text) for name, text in macros.items()])


def render(
    text: str,
    *,
    macros: MacroLibrary | None = None,
    variables: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    partition: PartitionValues | None = None,
) -> RenderedModel:
    context = RenderContext(variables or {}, environment or {}, {"name": "dev", "type": "duckdb"})
    return render_model(TemplateFile(PATH, text), "daily", macros or library(), context, partition)


def refused(text: str, **given: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        render(text, **given)
    return caught.value


def place(error: ModelError) -> str:
    return str(error.at)


# Relations


def test_a_ref_prints_a_logical_relation() -> None:
    rendered = render("select * from {{ ref('flights') }}")
    assert rendered.text == 'select * from "swathe:ref"."flights"'
    assert rendered.inputs == {("swathe:ref", "flights"): InputRef(InputName("flights"))}
    assert not rendered.uses_partition
    assert not rendered.branches_on_partition


def test_a_source_is_named_by_source_and_table() -> None:
    rendered = render("{{ source('raw', 'flights') }}")
    assert rendered.text == '"swathe:source"."raw.flights"'
    assert rendered.inputs == {("swathe:source", "raw.flights"): InputRef(InputName("raw.flights"))}


@pytest.mark.parametrize(
    ("call", "name", "asked"),
    [
        ("ref('f', lookback=6)", "f@lookback=6", InputRef(InputName("f"), lookback=6)),
        ("ref('f', lookback=0)", "f@lookback=0", InputRef(InputName("f"), lookback=0)),
        ("ref('f', window='all')", "f@window=all", InputRef(InputName("f"), whole=True)),
        ("source('s', 'f', lookback=2)", "s.f@lookback=2", InputRef(InputName("s.f"), lookback=2)),
        ("source('s', 'f', window='all')", "s.f@window=all", InputRef(InputName("s.f"), whole=True)),
    ],
)
def test_a_window_the_user_claims_is_part_of_the_relations_name(call: str, name: str, asked: InputRef) -> None:
    rendered = render("{{ " + call + " }}")
    schema = "swathe:" + call.partition("(")[0]
    assert rendered.text == f'"{schema}"."{name}"'
    assert rendered.inputs == {(schema, name): asked}


def test_one_input_can_be_read_with_several_windows() -> None:
    rendered = render("{{ ref('f') }} {{ ref('f', lookback=6) }} {{ ref('f') }}")
    assert [name for _, name in rendered.inputs] == ["f", "f@lookback=6"]


def test_this_is_the_model_itself_and_no_input() -> None:
    rendered = render("{{ this }}")
    assert rendered.text == '"swathe:this"."daily"'
    assert not rendered.inputs


def test_a_relation_prints_as_text() -> None:
    relation = '"swathe:ref"."f"'
    assert render("{{ ref('f') }}.a, {{ ref('f') ~ '.b' }}").text == f"{relation}.a, {relation}.b"


def test_quotes_in_names_are_doubled() -> None:
    rendered = render("""{{ ref('a"b') }}""")
    assert rendered.text == '"swathe:ref"."a""b"'
    assert list(rendered.inputs) == [("swathe:ref", 'a"b')]


@pytest.mark.parametrize(
    ("call", "message", "hint"),
    [
        ("ref('pkg', 'f')", "`ref` takes one name", "a project is one package: write `ref('f')`"),
        ("ref()", "`ref` takes the name of a model", "write `ref('flights')`"),
        ("ref(5)", "`ref` takes names as text", None),
        ("ref('')", "`ref` takes names as text", None),
        ("ref('f@window=all')", "`f@window=all` is no model's name", "write `ref('name', lookback=6)`"),
        (
            "ref('f', lookback=-1)",
            "`lookback` must be a whole number, 0 or more",
            "it counts the partitions before the one that is built",
        ),
        (
            "ref('f', lookback=true)",
            "`lookback` must be a whole number, 0 or more",
            "it counts the partitions before the one that is built",
        ),
        (
            "ref('f', window=3)",
            "`window` can only be 'all'",
            "leave it out to have the window derived, or use `lookback`",
        ),
        (
            "ref('f', window='all', lookback=1)",
            "`lookback` and `window` exclude each other",
            "keep one of them",
        ),
        ("ref('f', lokback=1)", "`ref` has no option `lokback`", "did you mean `lookback`?"),
        ("source('f')", "`source` takes two names", "write `source('raw', 'flights')`"),
        (
            "this.schema",
            "a table has no `schema` in a template",
            "print the whole table, e.g. `{{ this }}`: its name depends on the target",
        ),
    ],
)
def test_a_wrong_call_says_what_is_right(call: str, message: str, hint: str | None) -> None:
    error = refused("\n  {{ " + call + " }}")
    assert (error.message, error.hint) == (message, hint)
    assert error.at is not None
    assert (error.at.path, error.at.line) == (PATH, 2)


# Values


def test_variables_come_from_the_context_else_from_the_default() -> None:
    assert render("{{ var('a') }} {{ var('b', 2) }}", variables={"a": 1}).text == "1 2"


def test_a_missing_variable_names_the_near_match() -> None:
    error = refused("select\n  {{ var('mn_delay') }}", variables={"min_delay": 5})
    assert error.message == "variable `mn_delay` is not set"
    assert error.hint == "did you mean `min_delay`?"
    assert place(error) == "models/daily.sql:2:10"


def test_a_missing_variable_says_where_to_set_it() -> None:
    assert refused("{{ var('x') }}").hint == "set it with `--vars` or in `[tool.swathe] vars`"


@pytest.mark.parametrize("call", ["var()", "var('a', 'b', 'c')", "var(5)", "env_var()"])
def test_var_and_env_var_take_a_name_and_perhaps_a_default(call: str) -> None:
    assert refused("{{ " + call + " }}").message.startswith(f"`{call.partition('(')[0]}` takes ")


def test_environment_variables_are_read_from_the_given_mapping() -> None:
    assert render("{{ env_var('A') }}{{ env_var('B', 'b') }}", environment={"A": "a"}).text == "ab"
    assert refused("{{ env_var('B') }}").message == "environment variable `B` is not set"


@pytest.mark.parametrize("name", ["SWATHE_ENV_SECRET_KEY", "DBT_ENV_SECRET_KEY", "dbt_env_secret_key"])
def test_secrets_stay_in_profiles(name: str) -> None:
    error = refused(f"{{{{ env_var('{name}', 'x') }}}}", environment={name: "hunter2"})
    assert error.message == f"the secret `{name}` can't be read in a template"
    assert error.hint == "only `profiles.yml` may read secrets"
    assert "hunter2" not in str(error)


def test_a_near_match_never_names_a_secret() -> None:
    error = refused("{{ env_var('SWATHE_ENV_SECRT_KEY') }}", environment={"SWATHE_ENV_SECRET_KEY": "hunter2"})
    assert "SECRET" not in (error.hint or "")


def test_target_is_a_mapping() -> None:
    assert render("{{ target.name }} {{ target['type'] }}").text == "dev duckdb"
    error = refused("{{ target.nmae }}")
    assert (error.message, error.hint) == ("there is no key `nmae`", "did you mean `name`?")


def test_a_template_cannot_change_what_the_next_one_sees() -> None:
    variables = {"columns": ["a"]}
    text = "{% do var('columns').append('b') %}{% do target.update({'name': 'x'}) %}{{ var('columns') }}"
    assert render(text, variables=variables).text == "['a']"
    assert variables == {"columns": ["a"]}
    assert render("{{ target.name }}").text == "dev"


def test_lists_of_the_template_itself_can_grow() -> None:
    assert render("{% set a = [] %}{% for i in range(3) %}{% do a.append(i) %}{% endfor %}{{ a }}").text == "[0, 1, 2]"


# Config


def test_config_prints_nothing_and_the_later_call_wins() -> None:
    rendered = render("""{{ config(begin='2013', tags=['a']) }}{{ config({'begin': '2014'}, lookback=2) }}x""")
    assert rendered.text == "x"
    assert rendered.config == {"begin": "2014", "tags": ["a"], "lookback": 2}


def test_config_keeps_python_values() -> None:
    rendered = render(
        "{{ config(a={'x': (1, 2.5, none)}, b=true, c=var('day')) }}", variables={"day": date(2013, 1, 2)}
    )
    assert rendered.config == {"a": {"x": [1, 2.5, None]}, "b": True, "c": date(2013, 1, 2)}


def test_config_can_be_set_by_a_macro() -> None:
    macros = library(daily="{% macro daily() %}{{ config(lookback=3) }}{% endmacro %}")
    rendered = render("{{ daily() }}select 1", macros=macros)
    assert (rendered.text, rendered.config) == ("select 1", {"lookback": 3})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("config(5)", "`config` takes keys"),
        ("config({}, {})", "`config` takes keys"),
        ("config(a=ref)", "`a` must be plain data, such as text, numbers, lists and dictionaries"),
        ("config(a=partition.key)", "`a` can't depend on the partition"),
        ("config(a=[missing])", "`missing` is not defined"),
    ],
)
def test_config_takes_plain_data(call: str, message: str) -> None:
    assert refused("{{ " + call + " }}").message == message


# The partition


def test_a_partitions_values_print_as_markers() -> None:
    text = "d >= {{ partition.start }} and d < '{{ partition.end }}' -- {{ partition['key'] }}"
    rendered = render(text)
    assert (
        rendered.text
        == "d >= __swathe_partition_start__ and d < '__swathe_partition_end__' -- __swathe_partition_key__"
    )
    assert rendered.uses_partition
    assert not rendered.branches_on_partition


LIBRARY = {
    "between": "{% macro between(c, lo, hi) %}{{ c }} >= {{ lo }} and {{ c }} < {{ hi }}{% endmacro %}",
    "same": "{% macro same(x) %}{{ x }}{% endmacro %}",
    "wrap": "{% macro wrap() %}({{ caller() }}){% endmacro %}",
}


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ('{{ "\'" ~ partition.key ~ "\'" }}', "'<key>'"),
        ("{% set s = partition.start %}{{ s }}", "<start>"),
        ("{% set s %}{{ partition.start }}!{% endset %}{{ s }}{{ s }}", "<start>!<start>!"),
        ("{{ between('d', partition.start, partition.end) }}", "d >= <start> and d < <end>"),
        ("{% call wrap() %}{{ partition.key }}{% endcall %}", "(<key>)"),
        ("{{ same(same(partition.key) ~ '-') ~ same(1) }}", "<key>-1"),
        ("{{ partition.key | default('x') }}", "<key>"),
        ("{% if partition.key is defined and partition.key %}{{ partition.key }}{% endif %}", "<key>"),
        ("{% for p in [partition.start, partition.end] %}{{ p }},{% endfor %}", "<start>,<end>,"),
        ("{{ partition.key if true else '' }}", "<key>"),
        ("{% filter default('') %}{{ partition.key }}{% endfilter %}", "<key>"),
        ("{% print partition.key %}", "<key>"),
    ],
)
@pytest.mark.parametrize("partition", [None, JUNE])
def test_what_only_passes_a_value_on_is_rendered_once(
    text: str, printed: str, partition: PartitionValues | None
) -> None:
    rendered = render(text, macros=library(**LIBRARY), partition=partition)
    for name in ("start", "end", "key"):
        printed = printed.replace(f"<{name}>", f"__swathe_partition_{name}__")
    assert rendered.text == printed
    assert rendered.uses_partition
    assert not rendered.branches_on_partition


LOOKS = [
    ("{{ partition.start.strftime('%Y') }}", "2013"),
    ("{{ partition.start.year }}", "2013"),
    ("{{ partition.key | replace('-', '') }}", "20130601"),
    ("{{ partition.key | upper }}", "2013-06-01"),
    ("{{ partition.key[:4] }}", "2013"),
    ("{{ partition.key[:4] | int + 1 }}", "2014"),
    ("{{ partition.key | string }}", "2013-06-01"),
    ("{{ partition.key | length }}", "10"),
    ("{{ partition.start | string }}", "2013-06-01 00:00:00"),
    ("{{ [partition.key, 'x'] | join('/') }}", "2013-06-01/x"),
    ("{{ '%s' % partition.key }}", "2013-06-01"),
    ("{{ '{}'.format(partition.key) }}", "2013-06-01"),
    ("{{ 'x' + partition.key }}", "x2013-06-01"),
    ("{{ [partition.key] }}", "['2013-06-01']"),
    ("{{ partition.start.date() - partition.start.date() }}", "0:00:00"),
    ("{{ (partition.end - partition.start).days }}", "1"),
    ("{{ partition.start >= '2013-06-01' }}", "True"),
    ("{{ '2013-06-01' <= partition.start }}", "True"),
    ("{{ partition.start == '2013-06-01T00:00' }}", "True"),
    ("{{ partition.start != var('day') }}", "False"),
    ("{{ partition.start < var('noon') < partition.end }}", "True"),
    ("{{ partition.start in ['2013-06-01'] }}", "True"),
    ("{{ partition.key in {'2013-06-01': 1} }}", "True"),
    ("{{ {'2013-06-01': 'x'}[partition.key] }}", "x"),
    ("{{ '06' in partition.key }}", "True"),
    ("{{ partition.start < partition.end }}", "True"),
    ("{{ partition.key | list | first }}", "2"),
    ("{{ partition.key is sequence }}", "True"),
    ("{{ (partition.key ~ '!') == '2013-06-01!' }}", "True"),
    ("{% set s %}{{ partition.key }}{% endset %}{{ s == '2013-06-01' }}", "True"),
    ("{{ same(partition.key) == '2013-06-01' }}", "True"),
    ("{{ [partition.key] | map('upper') | join }}", "2013-06-01"),
    ("{% filter upper %}{{ partition.key }}x{% endfilter %}", "2013-06-01X"),
    ("{{ ('a' ~ partition.start) | e }}", "a2013-06-01 00:00:00"),
    ("{% call wrap() %}{{ partition.key | trim }}{% endcall %}", "(2013-06-01)"),
]


@pytest.mark.parametrize(("text", "printed"), LOOKS)
def test_whatever_else_is_done_to_a_value_needs_the_value(text: str, printed: str) -> None:
    variables = {"day": date(2013, 6, 1), "noon": datetime(2013, 6, 1, 12)}
    macros = library(**LIBRARY)
    symbolic = render(text, variables=variables, macros=macros)
    assert (symbolic.text, symbolic.branches_on_partition) == ("", True)
    concrete = render(text, variables=variables, macros=macros, partition=JUNE)
    assert (concrete.text, concrete.branches_on_partition, concrete.uses_partition) == (printed, True, True)


def test_partitions_on_one_side_of_a_branch_render_alike() -> None:
    text = (
        "{{ config(begin='2013-01-01') }}select {{ partition.start }} from "
        "{% if partition.start < '2013-06-01' %}{{ ref('old') }}{% else %}{{ ref('new') }}{% endif %}"
    )
    symbolic = render(text)
    assert (symbolic.text, symbolic.branches_on_partition) == ("", True)
    assert symbolic.config == {"begin": "2013-01-01"}
    april = PartitionValues(datetime(2013, 4, 1), datetime(2013, 4, 2), "2013-04-01")
    old = 'select __swathe_partition_start__ from "swathe:ref"."old"'
    assert render(text, partition=MAY).text == render(text, partition=april).text == old
    june = render(text, partition=JUNE)
    assert june.text == 'select __swathe_partition_start__ from "swathe:ref"."new"'
    assert june.branches_on_partition
    assert list(june.inputs) == [("swathe:ref", "new")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{{ partition.start >= 'soon' }}",
            "`soon` is not a date or time that `partition.start` can be compared with",
        ),
        (
            "{{ partition.start >= '2013-06-01T00:00Z' }}",
            "a time with a zone can't be compared with `partition.start`",
        ),
        (
            "{{ partition.start in {'2013-06-01': 1} }}",
            "`partition.start` and `partition.end` can't be keys of a dictionary",
        ),
        ("{{ partition }}", "`partition` is not a value"),
        ("{{ partition.begin }}", "`partition` has no `begin`"),
        (
            "{{ ''.join([partition.key]) }}",
            "sequence item 0: expected str instance, PartitionValue found (TypeError)",
        ),
    ],
)
def test_a_partition_used_wrongly_is_an_error(text: str, message: str) -> None:
    assert refused("x\n" + text, partition=JUNE).message == message


# Macros


def test_macros_see_each_other_in_any_order_and_the_whole_context() -> None:
    macros = library(
        a="{% macro first() %}{{ second() }}{% endmacro %}",
        b="""{% macro second() %}{{ ref('x') }} {{ source('s', 't') }} {{ this }} {{ target.name }} {{ var('v') }}
        {{- env_var('E') }} {{ partition.key }}{% endmacro %}""",
    )
    rendered = render("{{ first() }}", macros=macros, variables={"v": 1}, environment={"E": "e"})
    assert rendered.text == (
        '"swathe:ref"."x" "swathe:source"."s.t" "swathe:this"."daily" dev 1e __swathe_partition_key__'
    )
    assert list(rendered.inputs) == [("swathe:ref", "x"), ("swathe:source", "s.t")]


def test_a_macro_file_can_hold_values_of_its_own() -> None:
    macros = library(a="{% set unit = 'day' %}{% macro trunc(c) %}date_trunc('{{ unit }}', {{ c }}){% endmacro %}")
    assert render("{{ trunc('x') }}", macros=macros).text == "date_trunc('day', x)"


def test_macros_take_defaults_keywords_and_a_body() -> None:
    macros = library(
        a="{% macro f(a, b=2) %}{{ a }}{{ b }}{{ kwargs.c }}{{ varargs }}{% endmacro %}",
        b="{% macro g() %}<{{ caller(1) }}>{% endmacro %}",
    )
    assert render("{{ f(1, 3, 4, c=5) }}{% call(x) g() %}{{ x }}{% endcall %}", macros=macros).text == "135(4,)<1>"


def test_a_models_own_macro_hides_the_projects() -> None:
    macros = library(a="{% macro f() %}project{% endmacro %}")
    assert render("{% macro f() %}model{% endmacro %}{{ f() }}", macros=macros).text == "model"


def test_the_library_names_its_macros() -> None:
    assert library(a="{% macro f() %}{% endmacro %}{% macro _g() %}{% endmacro %}").names == {"f", "_g"}
    assert render("{{ _g() }}", macros=library(a="{% macro _g() %}g{% endmacro %}")).text == "g"


def test_renders_do_not_share_a_macros_state() -> None:
    macros = library(a="{% set seen = [] %}{% macro f() %}{% do seen.append(1) %}{{ seen | length }}{% endmacro %}")
    assert render("{{ f() }}{{ f() }}", macros=macros).text == "12"
    assert render("{{ f() }}{{ f() }}", macros=macros).text == "12"


def test_two_macros_of_one_name_are_an_error_that_names_both() -> None:
    with pytest.raises(ModelError) as caught:
        library(
            a="{% macro f() %}{% endmacro %}",
            b="\n{% macro g() %}{% endmacro %}\n{%- macro f() %}{% endmacro %}",
        )
    assert caught.value.message == "macro `f` is defined twice"
    assert place(caught.value) == "macros/b.sql:3:11"
    assert caught.value.hint == "the other one is at `macros/a.sql:1:10`"


@pytest.mark.parametrize("name", ["ref", "partition", "range"])
def test_a_macro_cannot_hide_a_name_of_the_context(name: str) -> None:
    with pytest.raises(ModelError, match=f"a macro can't be named `{name}`"):
        library(a=f"{{% macro {name}() %}}{{% endmacro %}}")


def test_a_macro_file_with_wrong_syntax_is_found_at_once() -> None:
    with pytest.raises(ModelError) as caught:
        library(a="{% macro f() %}\n{{ 1 + }}\n{% endmacro %}")
    assert place(caught.value).startswith("macros/a.sql:2:")


def test_macros_that_no_model_calls_cost_nothing() -> None:
    macros = library(a="{% macro f() %}{% endmacro %}{{ missing_name }}", b="{% macro g() %}g{% endmacro %}")
    assert render("{{ g() }}", macros=macros).text == "g"


# Errors


@pytest.mark.parametrize(
    ("text", "where", "message", "hint"),
    [
        ("a\n{{ rfe('x') }}", "2:4", "`rfe` is not defined", "did you mean `ref`?"),
        ("{{ betwen(1) }}", "1:4", "`betwen` is not defined", "did you mean `between`?"),
        (
            "{% set carriers = [] %}\n{{ carrier }}",
            "2:4",
            "`carrier` is not defined",
            "did you mean `carriers`?",
        ),
        (
            "a\n  {% if is_incremental() %}b{% endif %}",
            "2:9",
            "`is_incremental` is not defined",
            "swathe derives the filter, so the block that asks `is_incremental()` can be removed",
        ),
        (
            "{{ dbt_utils.star('x') }}",
            "1:4",
            "`dbt_utils` is not defined",
            "packages are not available: copy the macro into `macros/`",
        ),
        ("{{ config(\n  a=1,\n  b=vra('x')\n) }}", "3:5", "`vra` is not defined", "did you mean `var`?"),
        (
            "{% for x in nothing %}{% endfor %}",
            "1:13",
            "`nothing` is not defined",
            "a variable of the project is written `var('nothing')`",
        ),
        ("{{ 'a'.uper() }}", "1:8", "a `str` has no `uper`", "did you mean `upper`?"),
        ("{{ [1][5] }}", "1:4", "a `list` has no `5`", None),
        ("a\n\n{{ 1 / 0 }}", "3:4", "division by zero (ZeroDivisionError)", None),
        ("{{ 'x' + 1 }}", "1:4", 'can only concatenate str (not "int") to str (TypeError)', None),
        ("{{ ref }}", "1:4", "`ref` is printed without being called", "write `ref()`"),
        ("{{ between }}", "1:4", "`between` is printed without being called", "write `between()`"),
        (
            "{{ ['a'] | map('upper') }}",
            "1:4",
            "a filter's result is printed that is not text",
            "add `| join(', ')` or `| list`",
        ),
        ("{{ between() }}", "1:4", "parameter `c` was not provided", "called from `models/daily.sql:1`"),
        (
            "{{ between(1, 2, 3, 4) }}",
            "1:4",
            "macro `between` takes not more than 3 argument(s)",
            "it begins `{% macro between(…) %}`: compare its arguments with the call",
        ),
        ("{{ range(1000000) }}", "1:4", None, None),
    ],
)
def test_what_fails_inside_a_template_is_placed(text: str, where: str, message: str | None, hint: str | None) -> None:
    error = refused(text, macros=library(**LIBRARY))
    if message is not None:
        assert error.message == message
    if hint != "called from `models/daily.sql:1`":
        assert place(error) == f"models/daily.sql:{where}"
    assert error.hint == hint


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("a\n{% foo %}", "2:4", "encountered unknown tag `foo`"),
        ("{{ a b }}", "1:6", "expected token `}}`, got `b`"),
        ("a\n  {{ 'x }}", "2:6", 'unexpected char "\'"'),
        ("{{ (a }}", "1:4", "unexpected `}`, expected `)`"),
        ("x\n{% if x %}", "2:4", "`{% if %}` is never closed"),
        ("x\n{{ a", "2:4", "a tag is opened here and never closed"),
        ("x\n{{ a | uper }}", "2:8", "no filter named `uper`"),
        ("x\n{# y", "2:1", "missing end of comment tag"),
    ],
)
def test_wrong_syntax_is_placed(text: str, where: str, message: str) -> None:
    error = refused(text)
    assert error.message == message
    assert place(error) == f"models/daily.sql:{where}"


def test_an_unknown_filter_names_the_near_match() -> None:
    assert refused("{{ 'a' | uper }}").hint == "did you mean `upper`?"


def test_an_error_in_a_macro_is_placed_in_the_macro() -> None:
    macros = library(
        a="{% macro f(x) %}\n  {{ x }}\n  {{ undefind }}{% endmacro %}",
        b="{% macro g() %}{{ f(1) }}{% endmacro %}",
    )
    error = refused("select\n{{ g() }}", macros=macros)
    assert error.message == "`undefind` is not defined"
    assert place(error) == "macros/a.sql:3:6"
    assert error.hint == "called from `models/daily.sql:2`; a variable of the project is written `var('undefind')`"


def test_a_wrong_ref_in_a_macro_is_placed_in_the_macro() -> None:
    error = refused("{{ f() }}", macros=library(a="\n{% macro f() %}{{ ref('p', 'm') }}{% endmacro %}"))
    assert place(error) == "macros/a.sql:2:19"
    assert error.hint == "called from `models/daily.sql:1`; a project is one package: write `ref('m')`"


def test_endless_recursion_is_an_error() -> None:
    error = refused(
        "{{ f() }}",
        macros=library(a="{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}"),
    )
    assert error.message == "the template calls itself without end"
    assert place(error).startswith("macros/a.sql:1")


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("{% include 'x' %}", "include"),
        ("{% import 'x' as y %}", "import"),
        ("{% from 'x' import y %}", "from"),
        ("{% extends 'x' %}", "extends"),
        ("{% block x %}{% endblock %}", "block"),
        ("{% autoescape true %}{% endautoescape %}", "autoescape"),
    ],
)
def test_tags_that_reach_for_other_files_are_refused(text: str, tag: str) -> None:
    error = refused("\n " + text)
    assert error.message == f"`{{% {tag} %}}` can't be used here"
    assert place(error) == "models/daily.sql:2:5"
    assert error.hint


# The sandbox


@pytest.mark.parametrize(
    "expression",
    [
        "''.__class__.__mro__",
        "''['__class__']",
        "''|attr('__class__')",
        "cycler.__init__.__globals__",
        "ref.__globals__",
        "ref.__self__",
        "ref.__func__.__code__",
        "ref._name",
        "joiner.__init__.__globals__.os",
        "namespace.__init__",
        "range.__class__",
        "dict.mro()",
        "self._TemplateReference__context",
        "self.__init__.__globals__",
        "partition._observer",
        "partition.start._concrete",
        "partition.start.__class__",
        "partition.start.__reduce__()",
        "this.__class__",
        "target.__class__.__base__.__subclasses__()",
        "'{0.__class__}'.format(ref)",
        "'{a.__class__}'.format_map({'a': ref})",
        "partition.key.format.__self__",
        "between.__globals__",
        "between._func.__globals__",
        "between._environment",
        "(1).__class__",
        "[].append.__self__.__class__",
        "undefined_thing.__class__",
        "config.__call__.__self__",
        "environment",
        "context",
        "lipsum()",
        "[1, 2] | random",
        "open('/etc/passwd')",
    ],
)
@pytest.mark.parametrize("partition", [None, JUNE])
def test_no_way_leads_out_of_the_sandbox(expression: str, partition: PartitionValues | None) -> None:
    macros = library(**LIBRARY)
    if partition is None and "partition.key.format" in expression:
        assert render("{{ " + expression + " }}", macros=macros).branches_on_partition
        return
    error = refused("{{ " + expression + " }}", macros=macros, partition=partition)
    assert place(error).startswith("models/daily.sql:1:")


def test_text_is_kept_as_written() -> None:
    assert render("select 1;  \n\n").text == "select 1;  \n"
    assert render("{% raw %}{{ x }} & <b>{% endraw %} '{{ \"<&>\" }}'").text == "{{ x }} & <b> '<&>'"
