-- partition 2024-01-02 (one partition)
DELETE FROM "main"."union_all"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."union_all" ("day", "delay", "kind")
SELECT "day", "delay", "kind"
FROM (
select day, delay, 'flight' as kind from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03') AS "flights"
union all
select cast(seen_at as date), 0, 'event' from (SELECT * FROM "raw"."events" WHERE "seen_at" >= TIMESTAMP '2024-01-02 00:00:00' AND "seen_at" < TIMESTAMP '2024-01-03 00:00:00') AS "events"
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

-- partition 2024-01-02 to 2024-01-04 (a batch)
DELETE FROM "main"."union_all"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05';

INSERT INTO "main"."union_all" ("day", "delay", "kind")
SELECT "day", "delay", "kind"
FROM (
select day, delay, 'flight' as kind from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05') AS "flights"
union all
select cast(seen_at as date), 0, 'event' from (SELECT * FROM "raw"."events" WHERE "seen_at" >= TIMESTAMP '2024-01-02 00:00:00' AND "seen_at" < TIMESTAMP '2024-01-05 00:00:00') AS "events"
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05'
ORDER BY "day";
