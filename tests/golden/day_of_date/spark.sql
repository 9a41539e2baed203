-- partition 2024-01-02
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`day_of_date` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`day_of_date` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`day_of_date`
REPLACE WHERE `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE)
SELECT
  `day`,
  `carrier`,
  `flights`,
  `mean_delay`
FROM (
  SELECT
    day,
    carrier,
    COUNT(*) AS flights,
    AVG(delay) AS mean_delay
  FROM (
    SELECT
      *
    FROM `main`.`flights`
    WHERE
      `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE)
  ) AS `flights`
  GROUP BY
    day,
    carrier
) AS q
WHERE
  `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE);
