-- partition 2024-03-31T01
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."hour_of_instant"
WHERE "hour" >= toDateTime64('2024-03-31 01:00:00', 6, 'UTC') AND "hour" < toDateTime64('2024-03-31 02:00:00', 6, 'UTC');

INSERT INTO "main"."hour_of_instant" ("hour", "who", "events")
SELECT
  "hour",
  "who",
  "events"
FROM (
  SELECT
    dateTrunc('HOUR', seen_at) AS hour,
    who,
    COUNT(*) AS events
  FROM (
    SELECT
      *
    FROM "raw"."events"
    WHERE
      "seen_at" >= toDateTime64('2024-03-31 01:00:00', 6, 'UTC')
      AND "seen_at" < toDateTime64('2024-03-31 02:00:00', 6, 'UTC')
  ) AS "events"
  GROUP BY ALL
) AS q
WHERE
  "hour" >= toDateTime64('2024-03-31 01:00:00', 6, 'UTC')
  AND "hour" < toDateTime64('2024-03-31 02:00:00', 6, 'UTC');
