-- partition 2023 (one partition)
DELETE FROM "main"."year_of_timestamp"
WHERE "year" >= TIMESTAMP '2023-01-01 00:00:00' AND "year" < TIMESTAMP '2024-01-01 00:00:00';

INSERT INTO "main"."year_of_timestamp" ("year", "first_seen", "last_seen")
SELECT "year", "first_seen", "last_seen"
FROM (
select date_trunc('year', seen_at) as year, min(seen_at) as first_seen, max(seen_at) as last_seen
from (SELECT * FROM "raw"."events" WHERE "seen_at" >= TIMESTAMP '2023-01-01 00:00:00' AND "seen_at" < TIMESTAMP '2024-01-01 00:00:00') AS "events"
group by date_trunc('year', seen_at)
) AS q
WHERE "year" >= TIMESTAMP '2023-01-01 00:00:00' AND "year" < TIMESTAMP '2024-01-01 00:00:00';

-- partition 2022 to 2023 (a batch)
DELETE FROM "main"."year_of_timestamp"
WHERE "year" >= TIMESTAMP '2022-01-01 00:00:00' AND "year" < TIMESTAMP '2024-01-01 00:00:00';

INSERT INTO "main"."year_of_timestamp" ("year", "first_seen", "last_seen")
SELECT "year", "first_seen", "last_seen"
FROM (
select date_trunc('year', seen_at) as year, min(seen_at) as first_seen, max(seen_at) as last_seen
from (SELECT * FROM "raw"."events" WHERE "seen_at" >= TIMESTAMP '2022-01-01 00:00:00' AND "seen_at" < TIMESTAMP '2024-01-01 00:00:00') AS "events"
group by date_trunc('year', seen_at)
) AS q
WHERE "year" >= TIMESTAMP '2022-01-01 00:00:00' AND "year" < TIMESTAMP '2024-01-01 00:00:00'
ORDER BY "year";
