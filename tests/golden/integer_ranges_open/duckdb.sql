-- partition 100 (one partition)
DELETE FROM "main"."integer_ranges_open"
WHERE "id" >= 100 AND "id" < 200;

INSERT INTO "main"."integer_ranges_open" ("id", "who")
SELECT "id", "who"
FROM (
select id, upper(who) as who from (SELECT * FROM "raw"."events" WHERE "id" >= 100 AND "id" < 200) AS "events"
) AS q
WHERE "id" >= 100 AND "id" < 200;

-- partition 100 to 200 (a batch)
DELETE FROM "main"."integer_ranges_open"
WHERE "id" >= 100 AND "id" < 300;

INSERT INTO "main"."integer_ranges_open" ("id", "who")
SELECT "id", "who"
FROM (
select id, upper(who) as who from (SELECT * FROM "raw"."events" WHERE "id" >= 100 AND "id" < 300) AS "events"
) AS q
WHERE "id" >= 100 AND "id" < 300;
