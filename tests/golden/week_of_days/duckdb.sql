-- partition 2024-01-01 (one partition)
DELETE FROM "main"."week_of_days"
WHERE "week" >= DATE '2024-01-01' AND "week" < DATE '2024-01-08';

INSERT INTO "main"."week_of_days" ("week", "carrier", "delay")
SELECT "week", "carrier", "delay"
FROM (
select cast(date_trunc('week', day) as date) as week, carrier, sum(delay) as delay
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-01' AND "day" < DATE '2024-01-08') AS "flights"
group by all
) AS q
WHERE "week" >= DATE '2024-01-01' AND "week" < DATE '2024-01-08';

-- partition 2024-01-01 to 2024-01-08 (a batch)
DELETE FROM "main"."week_of_days"
WHERE "week" >= DATE '2024-01-01' AND "week" < DATE '2024-01-15';

INSERT INTO "main"."week_of_days" ("week", "carrier", "delay")
SELECT "week", "carrier", "delay"
FROM (
select cast(date_trunc('week', day) as date) as week, carrier, sum(delay) as delay
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-01' AND "day" < DATE '2024-01-15') AS "flights"
group by all
) AS q
WHERE "week" >= DATE '2024-01-01' AND "week" < DATE '2024-01-15'
ORDER BY "week";
