{{ config(
    partition_by = {"column": "order_date", "granularity": "day"},
    begin        = "2024-01-01",
    end          = "2024-03-01",
) }}
-- No filter on dates: `swathe compile orders` shows the one that is derived from this query.
select
    cast(ordered_at as date) as order_date,
    order_id,
    customer_id,
    region,
    {{ euros('amount_cents') }} as amount
from {{ source('shop', 'orders') }}
