{{ config(partition_by={"column": "code", "values": [0, -7, 42, 9007199254740993]}) }}

select code, note from {{ source('raw', 'codes') }}
