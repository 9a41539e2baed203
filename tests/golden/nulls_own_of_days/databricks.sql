-- partition __null__
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`nulls_own_of_days`
REPLACE WHERE `shipped_on` IS NULL
SELECT
  `shipped_on`,
  `orders`
FROM (
  SELECT
    shipped_on,
    COUNT(*) AS orders
  FROM (
    SELECT
      *
    FROM `main`.`orders`
    WHERE
      `shipped_on` IS NULL
  ) AS `orders`
  GROUP BY
    shipped_on
) AS q
WHERE
  `shipped_on` IS NULL;

-- partition 2024-01-01 to 2024-01-02 (a batch)
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`nulls_own_of_days`
REPLACE WHERE `shipped_on` >= CAST('2024-01-01' AS DATE) AND `shipped_on` < CAST('2024-01-03' AS DATE)
SELECT
  `shipped_on`,
  `orders`
FROM (
  SELECT
    shipped_on,
    COUNT(*) AS orders
  FROM (
    SELECT
      *
    FROM `main`.`orders`
    WHERE
      `shipped_on` >= CAST('2024-01-01' AS DATE)
      AND `shipped_on` < CAST('2024-01-03' AS DATE)
  ) AS `orders`
  GROUP BY
    shipped_on
) AS q
WHERE
  `shipped_on` >= CAST('2024-01-01' AS DATE)
  AND `shipped_on` < CAST('2024-01-03' AS DATE);
