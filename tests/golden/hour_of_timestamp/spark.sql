-- partition 2024-01-02T23
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`hour_of_timestamp` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`hour_of_timestamp` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`hour_of_timestamp`
REPLACE WHERE `hour` >= CAST('2024-01-02 23:00:00' AS TIMESTAMP_NTZ) AND `hour` < CAST('2024-01-03 00:00:00' AS TIMESTAMP_NTZ)
SELECT
  `hour`,
  `events`
FROM (
  SELECT
    DATE_TRUNC('HOUR', seen_at) AS hour,
    COUNT(*) AS events
  FROM (
    SELECT
      *
    FROM `raw`.`events`
    WHERE
      `seen_at` >= CAST('2024-01-02 23:00:00' AS TIMESTAMP_NTZ)
      AND `seen_at` < CAST('2024-01-03 00:00:00' AS TIMESTAMP_NTZ)
  ) AS `events`
  GROUP BY
    1
) AS q
WHERE
  `hour` >= CAST('2024-01-02 23:00:00' AS TIMESTAMP_NTZ)
  AND `hour` < CAST('2024-01-03 00:00:00' AS TIMESTAMP_NTZ);
