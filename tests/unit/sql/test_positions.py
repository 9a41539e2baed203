"""Where rendered text comes from, and where the keys of a config stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swathe.sql.positions import TemplateFile, config_key_location, config_location, tokens
from swathe.sql.render import MacroLibrary, RenderContext, RenderedModel, render_model

MACROS = MacroLibrary(
    [
        TemplateFile("macros/lines.sql", "{% macro lines(x) %}one\n{{ x }}\nthree{% endmacro %}"),
        TemplateFile("macros/wrap.sql", "{% macro wrap() %}<{{ caller() }}>{% endmacro %}"),
    ]
)


def render(text: str) -> RenderedModel:
    return render_model(TemplateFile("m.sql", text), "m", MACROS, RenderContext({}, {}, {}))


def places(text: str, word: str) -> list[str]:
    """Where each occurrence of a word in the rendered text comes from."""
    rendered = render(text)
    found, offset = [], rendered.text.find(word)
    while offset >= 0:
        found.append(str(rendered.locate(offset)).removeprefix("m.sql:"))
        offset = rendered.text.find(word, offset + 1)
    return found


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("select\n  abc", "abc", ["2:3"]),
        ("{{ config(\n  a=1,\n  b=2\n) }}\nselect abc", "abc", ["5:8"]),
        ("{{ ref('x') }}.abc", "abc", ["1:16"]),
        ("a, {{ ref('x') }}", '"swathe:ref"', ["1:7"]),
        ("{{ 'v' }} {{ 'v' }}", "v", ["1:4", "1:14"]),
        ("{% for i in range(3) %}\n  abc{{ i }},{% endfor %}\nend", "abc", ["2:3", "2:3", "2:3"]),
        ("{% for i in range(3) %}\n  abc{{ i }},{% endfor %}\nend", ",", ["2:13", "2:13", "2:13"]),
        ("{% for i in range(3) %}\n  abc{{ i }},{% endfor %}\nend", "end", ["3:1"]),
        ("{% if true %}abc{% else %}abd{% endif %} xyz", "xyz", ["1:42"]),
        ("{% if false %}abc{% else %}abd{% endif %} xyz", "abd", ["1:28"]),
        ("x\n  {{ lines(5) }}\nabc", "three", ["2:6"]),
        ("x\n  {{ lines(5) }}\nabc", "abc", ["3:1"]),
        ("x\n{% call wrap() %}abc{% endcall %}\ndef", "abc", ["2:1"]),
        ("x\n{% call wrap() %}abc{% endcall %}\ndef", "def", ["3:1"]),
        ("{% set s %}abc{% endset %}\n {{ s }} def", "abc", ["2:5"]),
        ("{% set s %}abc{% endset %}\n {{ s }} def", "def", ["2:10"]),
        ("{% macro f() %}abc{% endmacro %}\n{{ f() }} def", "abc", ["2:4"]),
        ("a  \n  {%- if true -%}  \n  abc\n  {%- endif %}\ndef", "abc", ["3:3"]),
        ("a  \n  {%- if true -%}  \n  abc\n  {%- endif %}\ndef", "def", ["5:1"]),
        ("{#- note\n\n -#}  \n  abc {# x #} def", "abc", ["4:3"]),
        ("{#- note\n\n -#}  \n  abc {# x #} def", "def", ["4:15"]),
        ("{% raw %}{{ abc }}\n def{% endraw %} ghi", "abc", ["1:13"]),
        ("{% raw %}{{ abc }}\n def{% endraw %} ghi", "def", ["2:2"]),
        ("{% raw %}{{ abc }}\n def{% endraw %} ghi", "ghi", ["2:18"]),
        ("a\n{%- raw -%}\n  abc\n{%- endraw -%}\n  def", "def", ["5:3"]),
        ("{% filter upper %}abc{% endfilter %}\ndef", "ABC", ["1:1"]),
        ("a\n{% print 'v' %}{% print 'w' %} abc", "w", ["2:1"]),
        ("a\r\nb {{ 1 }}\r\nabc", "abc", ["3:1"]),
        ("é {{ 'ü' }} abc", "abc", ["1:13"]),
    ],
)
def test_rendered_text_leads_back_to_the_template(text: str, word: str, expected: list[str]) -> None:
    assert places(text, word) == expected


def test_any_offset_has_a_place() -> None:
    assert str(render("").locate(0)) == "m.sql:1:1"
    assert str(render("ab").locate(2)) == "m.sql:1:3"
    assert str(render("{{ '' }}ab").locate(0)) == "m.sql:1:9"


def test_a_template_that_compares_its_own_text_is_located_too() -> None:
    text = (
        "{% set s %}a,b{% endset %}{% for c in s.split(',') %}\n{{ c }} {% if s == 'a,b' %}yes{% endif %}{% endfor %}"
    )
    assert places(text, "yes") == ["2:28", "2:28"]


FRAGMENTS = st.sampled_from(
    [
        "abc", " ", "\n", "  \n  ", "{{ 1 }}", "{{- 'x' -}}", "{{\n'long\n'\n}}", "{# note #}", "{#- note\n -#}",
        "{% set a = 1 %}", "{%- set a = 1 -%}\n", "{% raw %}{{ r }}\n{% endraw %}", "{%- raw -%} r {%- endraw +%}",
        "{% if true %}t\n{% endif %}", "{%- for i in [1, 2] %} l{{ i }}\n{%- endfor -%}", "é;", "{{ {'a': [1]} }}",
    ]
)  # fmt: skip


@given(st.lists(FRAGMENTS, max_size=12).map("".join))
def test_every_character_of_the_templates_own_text_is_found_again(text: str) -> None:
    rendered = render(text)
    lines = text.split("\n")
    for span in rendered.spans:
        if span.verbatim:
            at = rendered.locate(span.offset)
            assert at.line is not None
            assert at.column is not None
            line = lines[at.line - 1] + "\n"
            assert line[at.column - 1] == rendered.text[span.offset]


@given(st.lists(FRAGMENTS, max_size=12).map("".join))
def test_each_token_stands_where_it_says(text: str) -> None:
    lines = text.split("\n")
    for token in tokens(text):
        rest = "\n".join([lines[token.line - 1][token.column - 1 :], *lines[token.line :]])
        assert rest.startswith(token.text)


CONFIGURED = TemplateFile(
    "m.sql",
    """-- config(begin='no')
{# {{ config(begin='no') }} #}
{{ config(
    partition_by = {"column": "d", "granularity": "day"},
    begin == 3,
    begin = "2013",
    meta = {"begin": "begin", "note": "lookback"},
) }}
{{ config({"tags": ["a"],
           "column": 1}) }}
""",
)


@pytest.mark.parametrize(
    ("key", "where"),
    [
        ("partition_by", "m.sql:4:5"),
        ("granularity", "m.sql:4:36"),
        ("begin", "m.sql:6:5"),
        ("note", "m.sql:7:31"),
        ("tags", "m.sql:9:12"),
        ("column", "m.sql:10:12"),
        ("lookback", "m.sql:3:4"),
        ("missing", "m.sql:3:4"),
    ],
)
def test_a_config_key_is_found(key: str, where: str) -> None:
    assert str(config_key_location(CONFIGURED, key)) == where


def test_without_a_config_call_its_place_is_the_first_line() -> None:
    assert str(config_location(TemplateFile("m.sql", "select 1 -- config("))) == "m.sql:1:1"
    assert str(config_key_location(TemplateFile("m.sql", "{{ other.config(a=1) }}"), "a")) == "m.sql:1:1"
