-- partition 2006-10-28 (one partition)
DELETE FROM "main"."local_day_of_instants"
WHERE "seen_at" >= TIMESTAMPTZ '2006-10-28 02:30:00+00:00' AND "seen_at" < TIMESTAMPTZ '2006-10-29 03:30:00+00:00' AND (("seen_at" >= TIMESTAMPTZ '2006-10-28 02:30:00+00:00' AND "seen_at" < TIMESTAMPTZ '2006-10-29 02:30:00+00:00') OR ("seen_at" >= TIMESTAMPTZ '2006-10-29 02:31:00+00:00' AND "seen_at" < TIMESTAMPTZ '2006-10-29 03:30:00+00:00'));

INSERT INTO "main"."local_day_of_instants" ("seen_at", "who")
SELECT "seen_at", "who"
FROM (
select seen_at, who
from (SELECT * FROM "raw"."events" WHERE "seen_at" >= TIMESTAMPTZ '2006-10-28 02:30:00+00:00' AND "seen_at" < TIMESTAMPTZ '2006-10-29 03:30:00+00:00') AS "events"
) AS q
WHERE "seen_at" >= TIMESTAMPTZ '2006-10-28 02:30:00+00:00' AND "seen_at" < TIMESTAMPTZ '2006-10-29 03:30:00+00:00' AND (("seen_at" >= TIMESTAMPTZ '2006-10-28 02:30:00+00:00' AND "seen_at" < TIMESTAMPTZ '2006-10-29 02:30:00+00:00') OR ("seen_at" >= TIMESTAMPTZ '2006-10-29 02:31:00+00:00' AND "seen_at" < TIMESTAMPTZ '2006-10-29 03:30:00+00:00'));

-- partition 2006-10-28 to 2006-10-29 (a batch)
DELETE FROM "main"."local_day_of_instants"
WHERE "seen_at" >= TIMESTAMPTZ '2006-10-28 02:30:00+00:00' AND "seen_at" < TIMESTAMPTZ '2006-10-30 03:30:00+00:00';

INSERT INTO "main"."local_day_of_instants" ("seen_at", "who")
SELECT "seen_at", "who"
FROM (
select seen_at, who
from (SELECT * FROM "raw"."events" WHERE "seen_at" >= TIMESTAMPTZ '2006-10-28 02:30:00+00:00' AND "seen_at" < TIMESTAMPTZ '2006-10-30 03:30:00+00:00') AS "events"
) AS q
WHERE "seen_at" >= TIMESTAMPTZ '2006-10-28 02:30:00+00:00' AND "seen_at" < TIMESTAMPTZ '2006-10-30 03:30:00+00:00';
