-- partition day=2024-01-02/von=__else__
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."more_columns"
WHERE "day" >= toDate32('2024-01-02') AND "day" < toDate32('2024-01-03') AND NOT ("von" IN ('EWR', 'JFK'));

INSERT INTO "main"."more_columns" ("day", "von", "name", "flights")
SELECT
  "day",
  "von",
  "name",
  "flights"
FROM (
  SELECT
    f.day,
    f.origin AS von,
    c.name,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM "main"."flights"
    WHERE
      "day" >= toDate32('2024-01-02')
      AND "day" < toDate32('2024-01-03')
      AND NOT (
        "origin" IN ('EWR', 'JFK')
      )
  ) AS f
  JOIN "main"."carriers" AS c
    ON c.code = f.carrier
  GROUP BY
    f.day,
    f.origin,
    c.name
) AS q
WHERE
  "day" >= toDate32('2024-01-02')
  AND "day" < toDate32('2024-01-03')
  AND NOT (
    "von" IN ('EWR', 'JFK')
  );

-- partition day=2024-01-01/von=EWR to day=2024-01-02/von=__else__ (a batch)
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."more_columns"
WHERE "day" >= toDate32('2024-01-01') AND "day" < toDate32('2024-01-03') AND "von" <> 'JFK';

INSERT INTO "main"."more_columns" ("day", "von", "name", "flights")
SELECT
  "day",
  "von",
  "name",
  "flights"
FROM (
  SELECT
    f.day,
    f.origin AS von,
    c.name,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM "main"."flights"
    WHERE
      "day" >= toDate32('2024-01-01')
      AND "day" < toDate32('2024-01-03')
      AND "origin" <> 'JFK'
  ) AS f
  JOIN "main"."carriers" AS c
    ON c.code = f.carrier
  GROUP BY
    f.day,
    f.origin,
    c.name
) AS q
WHERE
  "day" >= toDate32('2024-01-01')
  AND "day" < toDate32('2024-01-03')
  AND "von" <> 'JFK';
