-- partition 2024-01-02 (one partition)
DELETE FROM "main"."day_of_timestamp"
WHERE "seen_at" >= TIMESTAMP '2024-01-02 00:00:00' AND "seen_at" < TIMESTAMP '2024-01-03 00:00:00';

INSERT INTO "main"."day_of_timestamp" ("seen_at", "who")
SELECT "seen_at", "who"
FROM (
select seen_at, who
from (SELECT * FROM "raw"."events" WHERE "seen_at" >= TIMESTAMP '2024-01-02 00:00:00' AND "seen_at" < TIMESTAMP '2024-01-03 00:00:00') AS "events"
where who <> 'b'
) AS q
WHERE "seen_at" >= TIMESTAMP '2024-01-02 00:00:00' AND "seen_at" < TIMESTAMP '2024-01-03 00:00:00';

-- partition 2024-01-02 to 2024-01-04 (a batch)
DELETE FROM "main"."day_of_timestamp"
WHERE "seen_at" >= TIMESTAMP '2024-01-02 00:00:00' AND "seen_at" < TIMESTAMP '2024-01-05 00:00:00';

INSERT INTO "main"."day_of_timestamp" ("seen_at", "who")
SELECT "seen_at", "who"
FROM (
select seen_at, who
from (SELECT * FROM "raw"."events" WHERE "seen_at" >= TIMESTAMP '2024-01-02 00:00:00' AND "seen_at" < TIMESTAMP '2024-01-05 00:00:00') AS "events"
where who <> 'b'
) AS q
WHERE "seen_at" >= TIMESTAMP '2024-01-02 00:00:00' AND "seen_at" < TIMESTAMP '2024-01-05 00:00:00';
