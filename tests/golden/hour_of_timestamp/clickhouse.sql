-- partition 2024-01-02T23
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."hour_of_timestamp"
WHERE "hour" >= toDateTime64('2024-01-02 23:00:00', 6) AND "hour" < toDateTime64('2024-01-03 00:00:00', 6);

INSERT INTO "main"."hour_of_timestamp" ("hour", "events")
SELECT
  "hour",
  "events"
FROM (
  SELECT
    dateTrunc('HOUR', seen_at) AS hour,
    COUNT(*) AS events
  FROM (
    SELECT
      *
    FROM "raw"."events"
    WHERE
      "seen_at" >= toDateTime64('2024-01-02 23:00:00', 6)
      AND "seen_at" < toDateTime64('2024-01-03 00:00:00', 6)
  ) AS "events"
  GROUP BY
    1
) AS q
WHERE
  "hour" >= toDateTime64('2024-01-02 23:00:00', 6)
  AND "hour" < toDateTime64('2024-01-03 00:00:00', 6);
