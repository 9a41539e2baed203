-- partition 2024-02
BEGIN;

DELETE FROM "main"."month_of_instants"
WHERE "month" >= CAST('2024-02-01' AS DATE) AND "month" < CAST('2024-03-01' AS DATE);

INSERT INTO "main"."month_of_instants" ("month", "events")
SELECT
  "month",
  "events"
FROM (
  SELECT
    CAST(DATE_TRUNC('MONTH', seen_at AT TIME ZONE 'America/New_York') AS DATE) AS month,
    COUNT(*) AS events
  FROM (
    SELECT
      *
    FROM "raw"."events"
    WHERE
      "seen_at" >= CAST('2024-02-01 05:00:00+00:00' AS TIMESTAMPTZ)
      AND "seen_at" < CAST('2024-03-01 05:00:00+00:00' AS TIMESTAMPTZ)
  ) AS "events"
  GROUP BY
    1
) AS q
WHERE
  "month" >= CAST('2024-02-01' AS DATE) AND "month" < CAST('2024-03-01' AS DATE);

COMMIT;
