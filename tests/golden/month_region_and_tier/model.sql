{{ config(
    partition_by=[
        {"column": "region", "values": ["eu", "us", "l'outre-mer"]},
        {"column": "sold_at", "granularity": "month", "timezone": "Europe/Paris"},
        {"column": "tier", "values": [1, 2], "else": true},
    ],
    begin="2024-01-01",
) }}

select sold_at, region, tier, amount from {{ source('raw', 'sales') }}
