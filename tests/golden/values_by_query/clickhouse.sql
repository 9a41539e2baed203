-- partition O'Hare Air
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."values_by_query"
WHERE "carrier" = 'O''Hare Air';

INSERT INTO "main"."values_by_query" ("carrier", "flights")
SELECT
  "carrier",
  "flights"
FROM (
  SELECT
    carrier,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM "raw"."flights"
    WHERE
      "carrier" = 'O''Hare Air'
  ) AS "flights"
  GROUP BY
    carrier
) AS q
WHERE
  "carrier" = 'O''Hare Air';

-- partition __empty__ to __null__ (a batch)
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."values_by_query"
WHERE (NOT ("carrier" IN ('O''Hare Air', 'UA')) OR "carrier" IS NULL);

INSERT INTO "main"."values_by_query" ("carrier", "flights")
SELECT
  "carrier",
  "flights"
FROM (
  SELECT
    carrier,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM "raw"."flights"
    WHERE
      (
        NOT (
          "carrier" IN ('O''Hare Air', 'UA')
        ) OR "carrier" IS NULL
      )
  ) AS "flights"
  GROUP BY
    carrier
) AS q
WHERE
  (
    NOT (
      "carrier" IN ('O''Hare Air', 'UA')
    ) OR "carrier" IS NULL
  );
