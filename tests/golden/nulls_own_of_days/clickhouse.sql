-- partition __null__
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."nulls_own_of_days"
WHERE "shipped_on" IS NULL;

INSERT INTO "main"."nulls_own_of_days" ("shipped_on", "orders")
SELECT
  "shipped_on",
  "orders"
FROM (
  SELECT
    shipped_on,
    COUNT(*) AS orders
  FROM (
    SELECT
      *
    FROM "main"."orders"
    WHERE
      "shipped_on" IS NULL
  ) AS "orders"
  GROUP BY
    shipped_on
) AS q
WHERE
  "shipped_on" IS NULL;

-- partition 2024-01-01 to 2024-01-02 (a batch)
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."nulls_own_of_days"
WHERE "shipped_on" >= toDate32('2024-01-01') AND "shipped_on" < toDate32('2024-01-03');

INSERT INTO "main"."nulls_own_of_days" ("shipped_on", "orders")
SELECT
  "shipped_on",
  "orders"
FROM (
  SELECT
    shipped_on,
    COUNT(*) AS orders
  FROM (
    SELECT
      *
    FROM "main"."orders"
    WHERE
      "shipped_on" >= toDate32('2024-01-01') AND "shipped_on" < toDate32('2024-01-03')
  ) AS "orders"
  GROUP BY
    shipped_on
) AS q
WHERE
  "shipped_on" >= toDate32('2024-01-01') AND "shipped_on" < toDate32('2024-01-03');
