-- partition 2024-03-31T01 (one partition)
DELETE FROM "main"."hour_of_instant"
WHERE "hour" >= TIMESTAMPTZ '2024-03-31 01:00:00+00:00' AND "hour" < TIMESTAMPTZ '2024-03-31 02:00:00+00:00';

INSERT INTO "main"."hour_of_instant" ("hour", "who", "events")
SELECT "hour", "who", "events"
FROM (
select date_trunc('hour', seen_at) as hour, who, count(*) as events
from (SELECT * FROM "raw"."events" WHERE "seen_at" >= TIMESTAMPTZ '2024-03-31 01:00:00+00:00' AND "seen_at" < TIMESTAMPTZ '2024-03-31 02:00:00+00:00') AS "events"
group by all
) AS q
WHERE "hour" >= TIMESTAMPTZ '2024-03-31 01:00:00+00:00' AND "hour" < TIMESTAMPTZ '2024-03-31 02:00:00+00:00';

-- partition 2024-03-31T00 to 2024-03-31T02 (a batch)
DELETE FROM "main"."hour_of_instant"
WHERE "hour" >= TIMESTAMPTZ '2024-03-31 00:00:00+00:00' AND "hour" < TIMESTAMPTZ '2024-03-31 03:00:00+00:00';

INSERT INTO "main"."hour_of_instant" ("hour", "who", "events")
SELECT "hour", "who", "events"
FROM (
select date_trunc('hour', seen_at) as hour, who, count(*) as events
from (SELECT * FROM "raw"."events" WHERE "seen_at" >= TIMESTAMPTZ '2024-03-31 00:00:00+00:00' AND "seen_at" < TIMESTAMPTZ '2024-03-31 03:00:00+00:00') AS "events"
group by all
) AS q
WHERE "hour" >= TIMESTAMPTZ '2024-03-31 00:00:00+00:00' AND "hour" < TIMESTAMPTZ '2024-03-31 03:00:00+00:00'
ORDER BY "hour";
