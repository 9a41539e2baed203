-- partition 2024-01-02
BEGIN;

DELETE FROM "main"."day_of_date"
WHERE "day" >= CAST('2024-01-02' AS DATE) AND "day" < CAST('2024-01-03' AS DATE);

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
      "day" >= CAST('2024-01-02' AS DATE) AND "day" < CAST('2024-01-03' AS DATE)
  ) AS "flights"
  GROUP BY
    day,
    carrier
) AS q
WHERE
  "day" >= CAST('2024-01-02' AS DATE) AND "day" < CAST('2024-01-03' AS DATE);

COMMIT;
