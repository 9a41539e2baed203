-- partition all
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."whole_table"
WHERE TRUE;

INSERT INTO "main"."whole_table" ("carrier", "flights", "last_flight")
SELECT
  "carrier",
  "flights",
  "last_flight"
FROM (
  SELECT
    carrier,
    COUNT(*) AS flights,
    MAX(day) AS last_flight
  FROM "main"."flights" AS "flights"
  GROUP BY
    carrier
) AS q;
