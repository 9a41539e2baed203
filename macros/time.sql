{# The wall clock in New York at an instant. Every flight here leaves from New York. #}
{% macro new_york(instant) -%}
({{ instant }} at time zone 'America/New_York')
{%- endmacro %}

{# Minutes after midnight, from an integer that reads as a clock: 1745 is 17:45, so 1065. #}
{% macro minutes(hhmm) -%}
(({{ hhmm }} // 100) * 60 + {{ hhmm }} % 100)
{%- endmacro %}
