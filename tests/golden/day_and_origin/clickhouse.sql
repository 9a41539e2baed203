-- partition day=2024-01-02/origin=EWR
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."day_and_origin"
WHERE "day" >= toDate32('2024-01-02') AND "day" < toDate32('2024-01-03') AND "origin" = 'EWR';

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
      "day" >= toDate32('2024-01-02')
      AND "day" < toDate32('2024-01-03')
      AND "origin" = 'EWR'
  ) AS "flights"
  GROUP BY
    day,
    origin
) AS q
WHERE
  "day" >= toDate32('2024-01-02')
  AND "day" < toDate32('2024-01-03')
  AND "origin" = 'EWR';

-- partition day=2024-01-01/origin=EWR to day=2024-01-02/origin=JFK (a batch)
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."day_and_origin"
WHERE "day" >= toDate32('2024-01-01') AND "day" < toDate32('2024-01-03') AND "origin" IN ('EWR', 'JFK');

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
      "day" >= toDate32('2024-01-01')
      AND "day" < toDate32('2024-01-03')
      AND "origin" IN ('EWR', 'JFK')
  ) AS "flights"
  GROUP BY
    day,
    origin
) AS q
WHERE
  "day" >= toDate32('2024-01-01')
  AND "day" < toDate32('2024-01-03')
  AND "origin" IN ('EWR', 'JFK');
