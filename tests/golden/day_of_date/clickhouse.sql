-- partition 2024-01-02
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."day_of_date"
WHERE "day" >= toDate32('2024-01-02') AND "day" < toDate32('2024-01-03');

INSERT INTO "main"."day_of_date" ("day", "carrier", "flights", "mean_delay")
SELECT
  "day",
  "carrier",
  "flights",
  "mean_delay"
FROM (
  SELECT
    day,
    carrier,
    COUNT(*) AS flights,
    AVG(delay) AS mean_delay
  FROM (
    SELECT
      *
    FROM "main"."flights"
    WHERE
      "day" >= toDate32('2024-01-02') AND "day" < toDate32('2024-01-03')
  ) AS "flights"
  GROUP BY
    day,
    carrier
) AS q
WHERE
  "day" >= toDate32('2024-01-02') AND "day" < toDate32('2024-01-03');
