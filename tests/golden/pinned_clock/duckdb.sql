-- partition 2024-01-02 (one partition)
DELETE FROM "main"."pinned_clock"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."pinned_clock" ("day", "loaded_at", "again", "loaded", "age", "now()")
SELECT "day", "loaded_at", "again", "loaded", "age", "now()"
FROM (
select
    day,
    TIMESTAMPTZ '2026-01-01 00:00:00+00:00' as loaded_at, TIMESTAMPTZ '2026-01-01 00:00:00+00:00' as again, -- now()
    TIMESTAMP '2026-01-01 00:00:00' as loaded,
    date_diff('day', day, DATE '2026-01-01') as age,
    'now()' as "now()"
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03') AS "flights"
where day < DATE '2026-01-01' - 1 and "current" < TIMESTAMPTZ '2026-01-01 00:00:00+00:00'
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

-- partition 2024-01-02 to 2024-01-04 (a batch)
DELETE FROM "main"."pinned_clock"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05';

INSERT INTO "main"."pinned_clock" ("day", "loaded_at", "again", "loaded", "age", "now()")
SELECT "day", "loaded_at", "again", "loaded", "age", "now()"
FROM (
select
    day,
    TIMESTAMPTZ '2026-01-01 00:00:00+00:00' as loaded_at, TIMESTAMPTZ '2026-01-01 00:00:00+00:00' as again, -- now()
    TIMESTAMP '2026-01-01 00:00:00' as loaded,
    date_diff('day', day, DATE '2026-01-01') as age,
    'now()' as "now()"
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05') AS "flights"
where day < DATE '2026-01-01' - 1 and "current" < TIMESTAMPTZ '2026-01-01 00:00:00+00:00'
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05';
