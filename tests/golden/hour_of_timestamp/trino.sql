-- partition 2024-01-02T23
-- Trino: most connectors have no transaction of several statements. Between the two readers see the rows gone, and when
-- the second fails, run both again.
DELETE FROM "main"."hour_of_timestamp"
WHERE "hour" >= CAST('2024-01-02 23:00:00' AS TIMESTAMP) AND "hour" < CAST('2024-01-03 00:00:00' AS TIMESTAMP);

INSERT INTO "main"."hour_of_timestamp" ("hour", "events")
SELECT
  "hour",
  "events"
FROM (
  SELECT
    DATE_TRUNC('HOUR', seen_at) AS hour,
    COUNT(*) AS events
  FROM (
    SELECT
      *
    FROM "raw"."events"
    WHERE
      "seen_at" >= CAST('2024-01-02 23:00:00' AS TIMESTAMP)
      AND "seen_at" < CAST('2024-01-03 00:00:00' AS TIMESTAMP)
  ) AS "events"
  GROUP BY
    1
) AS q
WHERE
  "hour" >= CAST('2024-01-02 23:00:00' AS TIMESTAMP)
  AND "hour" < CAST('2024-01-03 00:00:00' AS TIMESTAMP);
