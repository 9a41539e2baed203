-- partition 2024-01-02 (one partition)
DELETE FROM "main"."files"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."files" ("day", "people")
SELECT "day", "people"
FROM (
select cast(seen_at as date) as day, count(distinct who) as people
from (SELECT * FROM read_parquet('data/events/*.parquet') WHERE "seen_at" >= TIMESTAMP '2024-01-02 00:00:00' AND "seen_at" < TIMESTAMP '2024-01-03 00:00:00') AS "events"
group by 1
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

-- partition 2024-01-02 to 2024-01-04 (a batch)
DELETE FROM "main"."files"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05';

INSERT INTO "main"."files" ("day", "people")
SELECT "day", "people"
FROM (
select cast(seen_at as date) as day, count(distinct who) as people
from (SELECT * FROM read_parquet('data/events/*.parquet') WHERE "seen_at" >= TIMESTAMP '2024-01-02 00:00:00' AND "seen_at" < TIMESTAMP '2024-01-05 00:00:00') AS "events"
group by 1
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05'
ORDER BY "day";
