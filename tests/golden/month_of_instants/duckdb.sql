-- partition 2024-02 (one partition)
DELETE FROM "main"."month_of_instants"
WHERE "month" >= DATE '2024-02-01' AND "month" < DATE '2024-03-01';

INSERT INTO "main"."month_of_instants" ("month", "events")
SELECT "month", "events"
FROM (
select cast(date_trunc('month', seen_at at time zone 'America/New_York') as date) as month, count(*) as events
from (SELECT * FROM "raw"."events" WHERE "seen_at" >= TIMESTAMPTZ '2024-02-01 05:00:00+00:00' AND "seen_at" < TIMESTAMPTZ '2024-03-01 05:00:00+00:00') AS "events"
group by 1
) AS q
WHERE "month" >= DATE '2024-02-01' AND "month" < DATE '2024-03-01';

-- partition 2024-02 to 2024-04 (a batch)
DELETE FROM "main"."month_of_instants"
WHERE "month" >= DATE '2024-02-01' AND "month" < DATE '2024-05-01';

INSERT INTO "main"."month_of_instants" ("month", "events")
SELECT "month", "events"
FROM (
select cast(date_trunc('month', seen_at at time zone 'America/New_York') as date) as month, count(*) as events
from (SELECT * FROM "raw"."events" WHERE "seen_at" >= TIMESTAMPTZ '2024-02-01 05:00:00+00:00' AND "seen_at" < TIMESTAMPTZ '2024-05-01 04:00:00+00:00') AS "events"
group by 1
) AS q
WHERE "month" >= DATE '2024-02-01' AND "month" < DATE '2024-05-01'
ORDER BY "month";
