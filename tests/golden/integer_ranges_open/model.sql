{{ config(partition_by={"column": "id", "range": {
    "start": 0, "stop": "select max(id) + 1 from {{ source('raw', 'events') }}", "step": 100,
}}) }}

select id, upper(who) as who from {{ source('raw', 'events') }}
