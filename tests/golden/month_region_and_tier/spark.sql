-- partition region=l'outre-mer/sold_at=2024-03/tier=2
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`month_region_and_tier` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`month_region_and_tier` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`month_region_and_tier`
REPLACE WHERE `sold_at` >= CAST('2024-02-29 23:00:00+00:00' AS TIMESTAMP) AND `sold_at` < CAST('2024-03-31 22:00:00+00:00' AS TIMESTAMP) AND `region` = 'l\'outre-mer' AND `tier` = 2
SELECT
  `sold_at`,
  `region`,
  `tier`,
  `amount`
FROM (
  SELECT
    sold_at,
    region,
    tier,
    amount
  FROM (
    SELECT
      *
    FROM `raw`.`sales`
    WHERE
      `sold_at` >= CAST('2024-02-29 23:00:00+00:00' AS TIMESTAMP)
      AND `sold_at` < CAST('2024-03-31 22:00:00+00:00' AS TIMESTAMP)
      AND `region` = 'l\'outre-mer'
      AND `tier` = 2
  ) AS `sales`
) AS q
WHERE
  `sold_at` >= CAST('2024-02-29 23:00:00+00:00' AS TIMESTAMP)
  AND `sold_at` < CAST('2024-03-31 22:00:00+00:00' AS TIMESTAMP)
  AND `region` = 'l\'outre-mer'
  AND `tier` = 2;

-- partition region=eu/sold_at=2024-03/tier=1 to region=l'outre-mer/sold_at=2024-04/tier=2 (a batch)
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`month_region_and_tier` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`month_region_and_tier` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`month_region_and_tier`
REPLACE WHERE `sold_at` >= CAST('2024-02-29 23:00:00+00:00' AS TIMESTAMP) AND `sold_at` < CAST('2024-04-30 22:00:00+00:00' AS TIMESTAMP) AND ((`region` = 'eu' AND `tier` <> 2) OR (`region` = 'us' AND NOT `tier` IN (1, 2)) OR (`region` = 'l\'outre-mer' AND `tier` = 2))
SELECT
  `sold_at`,
  `region`,
  `tier`,
  `amount`
FROM (
  SELECT
    sold_at,
    region,
    tier,
    amount
  FROM (
    SELECT
      *
    FROM `raw`.`sales`
    WHERE
      `sold_at` >= CAST('2024-02-29 23:00:00+00:00' AS TIMESTAMP)
      AND `sold_at` < CAST('2024-04-30 22:00:00+00:00' AS TIMESTAMP)
      AND `region` IN ('eu', 'us', 'l\'outre-mer')
      AND NOT `tier` IS NULL
  ) AS `sales`
) AS q
WHERE
  `sold_at` >= CAST('2024-02-29 23:00:00+00:00' AS TIMESTAMP)
  AND `sold_at` < CAST('2024-04-30 22:00:00+00:00' AS TIMESTAMP)
  AND (
    (
      `region` = 'eu' AND `tier` <> 2
    )
    OR (
      `region` = 'us' AND NOT `tier` IN (1, 2)
    )
    OR (
      `region` = 'l\'outre-mer' AND `tier` = 2
    )
  );
