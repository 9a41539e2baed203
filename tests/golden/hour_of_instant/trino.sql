-- partition 2024-03-31T01
-- Trino: most connectors have no transaction of several statements. Between the two readers see the rows gone, and when
-- the second fails, run both again.
DELETE FROM "main"."hour_of_instant"
WHERE "hour" >= CAST('2024-03-31 01:00:00+00:00' AS TIMESTAMP WITH TIME ZONE) AND "hour" < CAST('2024-03-31 02:00:00+00:00' AS TIMESTAMP WITH TIME ZONE);

INSERT INTO "main"."hour_of_instant" ("hour", "who", "events")
SELECT
  "hour",
  "who",
  "events"
FROM (
  SELECT
    DATE_TRUNC('HOUR', seen_at) AS hour,
    who,
    COUNT(*) AS events
  FROM (
    SELECT
      *
    FROM "raw"."events"
    WHERE
      "seen_at" >= CAST('2024-03-31 01:00:00+00:00' AS TIMESTAMP WITH TIME ZONE)
      AND "seen_at" < CAST('2024-03-31 02:00:00+00:00' AS TIMESTAMP WITH TIME ZONE)
  ) AS "events"
  GROUP BY
    1,
    2
) AS q
WHERE
  "hour" >= CAST('2024-03-31 01:00:00+00:00' AS TIMESTAMP WITH TIME ZONE)
  AND "hour" < CAST('2024-03-31 02:00:00+00:00' AS TIMESTAMP WITH TIME ZONE);
