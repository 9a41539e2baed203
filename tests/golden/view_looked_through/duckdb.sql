-- partition 2024-01-02 (one partition)
DELETE FROM "main"."view_looked_through"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."view_looked_through" ("day", "late")
SELECT "day", "late"
FROM (
select day, count(*) as late
from (SELECT * FROM "main"."late_flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03') AS "late_flights"
group by day
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

-- partition 2024-01-02 to 2024-01-04 (a batch)
DELETE FROM "main"."view_looked_through"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05';

INSERT INTO "main"."view_looked_through" ("day", "late")
SELECT "day", "late"
FROM (
select day, count(*) as late
from (SELECT * FROM "main"."late_flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05') AS "late_flights"
group by day
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05'
ORDER BY "day";
