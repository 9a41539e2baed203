{{ config(partition_by={"column": "day", "granularity": "day"}, begin="2024-01-01") }}

-- ; a semicolon in a comment
select day, ';' as semicolon, '--' as dashes /* ) */
from {{ ref('flights') }} -- the last line is a comment;
;
-- and so is this
