{{ config(partition_by={"column": "valid_on", "values": ["2024-02-29", "1969-12-31", "2199-12-31"], "else": true}) }}

select valid_on, price from {{ source('raw', 'prices') }}
