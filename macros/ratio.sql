{# One total divided by another, NULL when there is nothing to divide by. Give it whole numbers: their sums are the
   same in any order, so a rebuilt partition equals the old one to the last digit. #}
{% macro ratio(part, whole) -%}
round(cast({{ part }} as double) / nullif({{ whole }}, 0), 4)
{%- endmacro %}
