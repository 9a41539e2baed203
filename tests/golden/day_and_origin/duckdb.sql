-- partition day=2024-01-02/origin=EWR (one partition)
DELETE FROM "main"."day_and_origin"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03' AND "origin" = 'EWR';

INSERT INTO "main"."day_and_origin" ("day", "origin", "flights", "mean_delay")
SELECT "day", "origin", "flights", "mean_delay"
FROM (
select day, origin, count(*) as flights, avg(delay) as mean_delay
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03' AND "origin" = 'EWR') AS "flights"
group by day, origin
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03' AND "origin" = 'EWR';

-- partition day=2024-01-01/origin=EWR to day=2024-01-02/origin=JFK (a batch)
DELETE FROM "main"."day_and_origin"
WHERE "day" >= DATE '2024-01-01' AND "day" < DATE '2024-01-03' AND "origin" IN ('EWR', 'JFK');

INSERT INTO "main"."day_and_origin" ("day", "origin", "flights", "mean_delay")
SELECT "day", "origin", "flights", "mean_delay"
FROM (
select day, origin, count(*) as flights, avg(delay) as mean_delay
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-01' AND "day" < DATE '2024-01-03' AND "origin" IN ('EWR', 'JFK')) AS "flights"
group by day, origin
) AS q
WHERE "day" >= DATE '2024-01-01' AND "day" < DATE '2024-01-03' AND "origin" IN ('EWR', 'JFK')
ORDER BY "day";
