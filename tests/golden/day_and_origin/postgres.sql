-- partition day=2024-01-02/origin=EWR
BEGIN;

DELETE FROM "main"."day_and_origin"
WHERE "day" >= CAST('2024-01-02' AS DATE) AND "day" < CAST('2024-01-03' AS DATE) AND "origin" = 'EWR';

INSERT INTO "main"."day_and_origin" ("day", "origin", "flights", "mean_delay")
SELECT
  "day",
  "origin",
  "flights",
  "mean_delay"
FROM (
  SELECT
    day,
    origin,
    COUNT(*) AS flights,
    AVG(delay) AS mean_delay
  FROM (
    SELECT
      *
    FROM "main"."flights"
    WHERE
      "day" >= CAST('2024-01-02' AS DATE)
      AND "day" < CAST('2024-01-03' AS DATE)
      AND "origin" = 'EWR'
  ) AS "flights"
  GROUP BY
    day,
    origin
) AS q
WHERE
  "day" >= CAST('2024-01-02' AS DATE)
  AND "day" < CAST('2024-01-03' AS DATE)
  AND "origin" = 'EWR';

COMMIT;

-- partition day=2024-01-01/origin=EWR to day=2024-01-02/origin=JFK (a batch)
BEGIN;

DELETE FROM "main"."day_and_origin"
WHERE "day" >= CAST('2024-01-01' AS DATE) AND "day" < CAST('2024-01-03' AS DATE) AND "origin" IN ('EWR', 'JFK');

INSERT INTO "main"."day_and_origin" ("day", "origin", "flights", "mean_delay")
SELECT
  "day",
  "origin",
  "flights",
  "mean_delay"
FROM (
  SELECT
    day,
    origin,
    COUNT(*) AS flights,
    AVG(delay) AS mean_delay
  FROM (
    SELECT
      *
    FROM "main"."flights"
    WHERE
      "day" >= CAST('2024-01-01' AS DATE)
      AND "day" < CAST('2024-01-03' AS DATE)
      AND "origin" IN ('EWR', 'JFK')
  ) AS "flights"
  GROUP BY
    day,
    origin
) AS q
WHERE
  "day" >= CAST('2024-01-01' AS DATE)
  AND "day" < CAST('2024-01-03' AS DATE)
  AND "origin" IN ('EWR', 'JFK');

COMMIT;
