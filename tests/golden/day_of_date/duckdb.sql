-- partition 2024-01-02 (one partition)
DELETE FROM "main"."day_of_date"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."day_of_date" ("day", "carrier", "flights", "mean_delay")
SELECT "day", "carrier", "flights", "mean_delay"
FROM (
select day, carrier, count(*) as flights, avg(delay) as mean_delay
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03') AS "flights"
group by day, carrier
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

-- partition 2024-01-02 to 2024-01-04 (a batch)
DELETE FROM "main"."day_of_date"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05';

INSERT INTO "main"."day_of_date" ("day", "carrier", "flights", "mean_delay")
SELECT "day", "carrier", "flights", "mean_delay"
FROM (
select day, carrier, count(*) as flights, avg(delay) as mean_delay
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05') AS "flights"
group by day, carrier
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05'
ORDER BY "day";
