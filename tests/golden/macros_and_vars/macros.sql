{% macro share(condition) -%}
    avg(case when {{ condition }} then 1.0 else 0.0 end)
{%- endmacro %}

{% macro quoted(values) -%}
    {% for value in values %}'{{ value }}'{{ ", " if not loop.last }}{% endfor %}
{%- endmacro %}
