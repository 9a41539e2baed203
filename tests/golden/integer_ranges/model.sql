{{ config(partition_by={"column": "Block Number", "range": {"start": -25, "stop": 25, "step": 10}}) }}

select "Block Number", count(*) as transactions
from {{ ref('transactions') }}
group by "Block Number"
