{{ config(
    partition_by = {
        "column": "maker",
        "values": ["AIRBUS", "BOEING", "BOMBARDIER INC", "EMBRAER", "MCDONNELL DOUGLAS"],
        "else":   true,
        "nulls":  "own",
    },
) }}
-- Planes that the registry does not know have no maker. They are a partition of their own.
select
    registry.manufacturer as maker,
    registry.model,
    count(*) as flights,
    count(distinct flown.tail_number) as planes,
    {{ ratio('sum(flown.dep_delay)', 'count(flown.dep_delay)') }} as mean_dep_delay
from {{ ref('flights') }} flown
left join {{ source('raw', 'planes') }} registry on registry.tailnum = flown.tail_number
group by registry.manufacturer, registry.model
