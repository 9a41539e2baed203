{{ config(partition_by={"column": "quarter", "granularity": "quarter"}, begin="2023-01-01") }}

select cast(date_trunc('quarter', month) as date) as quarter, sum(amount) as amount
from {{ ref('revenue') }}
group by 1
having sum(amount) > 0
