-- partition 2024-01-02 (one partition)
DELETE FROM "main"."cte_used_twice"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."cte_used_twice" ("day", "delay", "delay_before")
SELECT "day", "delay", "delay_before"
FROM (
with daily as (
    select day, sum(delay) as delay from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-01' AND "day" < DATE '2024-01-03') AS "flights" group by day
)
select today.day, today.delay, yesterday.delay as delay_before
from daily as today
join daily as yesterday on yesterday.day = today.day - interval 1 day
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

-- partition 2024-01-02 to 2024-01-04 (a batch)
DELETE FROM "main"."cte_used_twice"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05';

INSERT INTO "main"."cte_used_twice" ("day", "delay", "delay_before")
SELECT "day", "delay", "delay_before"
FROM (
with daily as (
    select day, sum(delay) as delay from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-01' AND "day" < DATE '2024-01-05') AS "flights" group by day
)
select today.day, today.delay, yesterday.delay as delay_before
from daily as today
join daily as yesterday on yesterday.day = today.day - interval 1 day
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05'
ORDER BY "day";
