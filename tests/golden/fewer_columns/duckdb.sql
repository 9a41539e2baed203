-- partition 2024-01-02 (one partition)
DELETE FROM "main"."fewer_columns"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."fewer_columns" ("day", "flights")
SELECT "day", "flights"
FROM (
select day, count(*) as flights
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03') AS "flights"
group by day
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

-- partition 2024-01-01 to 2024-01-02 (a batch)
DELETE FROM "main"."fewer_columns"
WHERE "day" >= DATE '2024-01-01' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."fewer_columns" ("day", "flights")
SELECT "day", "flights"
FROM (
select day, count(*) as flights
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-01' AND "day" < DATE '2024-01-03') AS "flights"
group by day
) AS q
WHERE "day" >= DATE '2024-01-01' AND "day" < DATE '2024-01-03'
ORDER BY "day";
