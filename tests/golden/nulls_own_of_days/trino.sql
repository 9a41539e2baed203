-- partition __null__
-- Trino: most connectors have no transaction of several statements. Between the two readers see the rows gone, and when
-- the second fails, run both again.
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
-- Trino: most connectors have no transaction of several statements. Between the two readers see the rows gone, and when
-- the second fails, run both again.
DELETE FROM "main"."nulls_own_of_days"
WHERE "shipped_on" >= CAST('2024-01-01' AS DATE) AND "shipped_on" < CAST('2024-01-03' AS DATE);

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
      "shipped_on" >= CAST('2024-01-01' AS DATE)
      AND "shipped_on" < CAST('2024-01-03' AS DATE)
  ) AS "orders"
  GROUP BY
    shipped_on
) AS q
WHERE
  "shipped_on" >= CAST('2024-01-01' AS DATE)
  AND "shipped_on" < CAST('2024-01-03' AS DATE);
