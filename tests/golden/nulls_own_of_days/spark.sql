-- partition __null__
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`nulls_own_of_days` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`nulls_own_of_days` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
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
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`nulls_own_of_days` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`nulls_own_of_days` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
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
