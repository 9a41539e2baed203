-- partition __null__
BEGIN;

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

COMMIT;

-- partition 2024-01-01 to 2024-01-02 (a batch)
BEGIN;

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

COMMIT;
