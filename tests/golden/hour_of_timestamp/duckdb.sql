-- partition 2024-01-02T23 (one partition)
DELETE FROM "main"."hour_of_timestamp"
WHERE "hour" >= TIMESTAMP '2024-01-02 23:00:00' AND "hour" < TIMESTAMP '2024-01-03 00:00:00';

INSERT INTO "main"."hour_of_timestamp" ("hour", "events")
SELECT "hour", "events"
FROM (
select date_trunc('hour', seen_at) as hour, count(*) as events
from (SELECT * FROM "raw"."events" WHERE "seen_at" >= TIMESTAMP '2024-01-02 23:00:00' AND "seen_at" < TIMESTAMP '2024-01-03 00:00:00') AS "events"
group by 1
) AS q
WHERE "hour" >= TIMESTAMP '2024-01-02 23:00:00' AND "hour" < TIMESTAMP '2024-01-03 00:00:00';

-- partition 2024-01-02T22 to 2024-01-03T01 (a batch)
DELETE FROM "main"."hour_of_timestamp"
WHERE "hour" >= TIMESTAMP '2024-01-02 22:00:00' AND "hour" < TIMESTAMP '2024-01-03 02:00:00';

INSERT INTO "main"."hour_of_timestamp" ("hour", "events")
SELECT "hour", "events"
FROM (
select date_trunc('hour', seen_at) as hour, count(*) as events
from (SELECT * FROM "raw"."events" WHERE "seen_at" >= TIMESTAMP '2024-01-02 22:00:00' AND "seen_at" < TIMESTAMP '2024-01-03 02:00:00') AS "events"
group by 1
) AS q
WHERE "hour" >= TIMESTAMP '2024-01-02 22:00:00' AND "hour" < TIMESTAMP '2024-01-03 02:00:00'
ORDER BY "hour";
