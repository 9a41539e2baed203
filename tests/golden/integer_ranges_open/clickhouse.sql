-- partition 100
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."integer_ranges_open"
WHERE "id" >= 100 AND "id" < 200;

INSERT INTO "main"."integer_ranges_open" ("id", "who")
SELECT
  "id",
  "who"
FROM (
  SELECT
    id,
    UPPER(who) AS who
  FROM (
    SELECT
      *
    FROM "raw"."events"
    WHERE
      "id" >= 100 AND "id" < 200
  ) AS "events"
) AS q
WHERE
  "id" >= 100 AND "id" < 200;
