-- partition __else__
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."values_with_else"
WHERE NOT ("origin" IN ('EWR', 'O''Hare', 'JFK'));

INSERT INTO "main"."values_with_else" ("origin", "carrier", "flights")
SELECT
  "origin",
  "carrier",
  "flights"
FROM (
  SELECT
    origin,
    carrier,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM "main"."flights"
    WHERE
      NOT (
        "origin" IN ('EWR', 'O''Hare', 'JFK')
      )
  ) AS "flights"
  GROUP BY
    origin,
    carrier
) AS q
WHERE
  NOT (
    "origin" IN ('EWR', 'O''Hare', 'JFK')
  );

-- partition O'Hare to __else__ (a batch)
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."values_with_else"
WHERE "origin" <> 'EWR';

INSERT INTO "main"."values_with_else" ("origin", "carrier", "flights")
SELECT
  "origin",
  "carrier",
  "flights"
FROM (
  SELECT
    origin,
    carrier,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM "main"."flights"
    WHERE
      "origin" <> 'EWR'
  ) AS "flights"
  GROUP BY
    origin,
    carrier
) AS q
WHERE
  "origin" <> 'EWR';
