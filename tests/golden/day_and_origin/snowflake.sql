-- partition day=2024-01-02/origin=EWR
BEGIN;

DELETE FROM "MAIN"."DAY_AND_ORIGIN"
WHERE "DAY" >= CAST('2024-01-02' AS DATE) AND "DAY" < CAST('2024-01-03' AS DATE) AND "ORIGIN" = 'EWR';

INSERT INTO "MAIN"."DAY_AND_ORIGIN" ("DAY", "ORIGIN", "FLIGHTS", "MEAN_DELAY")
SELECT
  "DAY",
  "ORIGIN",
  "FLIGHTS",
  "MEAN_DELAY"
FROM (
  SELECT
    day,
    origin,
    COUNT(*) AS flights,
    AVG(delay) AS mean_delay
  FROM (
    SELECT
      *
    FROM "MAIN"."FLIGHTS"
    WHERE
      "DAY" >= CAST('2024-01-02' AS DATE)
      AND "DAY" < CAST('2024-01-03' AS DATE)
      AND "ORIGIN" = 'EWR'
  ) AS "FLIGHTS"
  GROUP BY
    day,
    origin
) AS q
WHERE
  "DAY" >= CAST('2024-01-02' AS DATE)
  AND "DAY" < CAST('2024-01-03' AS DATE)
  AND "ORIGIN" = 'EWR';

COMMIT;

-- partition day=2024-01-01/origin=EWR to day=2024-01-02/origin=JFK (a batch)
BEGIN;

DELETE FROM "MAIN"."DAY_AND_ORIGIN"
WHERE "DAY" >= CAST('2024-01-01' AS DATE) AND "DAY" < CAST('2024-01-03' AS DATE) AND "ORIGIN" IN ('EWR', 'JFK');

INSERT INTO "MAIN"."DAY_AND_ORIGIN" ("DAY", "ORIGIN", "FLIGHTS", "MEAN_DELAY")
SELECT
  "DAY",
  "ORIGIN",
  "FLIGHTS",
  "MEAN_DELAY"
FROM (
  SELECT
    day,
    origin,
    COUNT(*) AS flights,
    AVG(delay) AS mean_delay
  FROM (
    SELECT
      *
    FROM "MAIN"."FLIGHTS"
    WHERE
      "DAY" >= CAST('2024-01-01' AS DATE)
      AND "DAY" < CAST('2024-01-03' AS DATE)
      AND "ORIGIN" IN ('EWR', 'JFK')
  ) AS "FLIGHTS"
  GROUP BY
    day,
    origin
) AS q
WHERE
  "DAY" >= CAST('2024-01-01' AS DATE)
  AND "DAY" < CAST('2024-01-03' AS DATE)
  AND "ORIGIN" IN ('EWR', 'JFK');

COMMIT;
