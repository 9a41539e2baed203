-- partition 2024-03-31T01
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`hour_of_instant` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`hour_of_instant` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`hour_of_instant`
REPLACE WHERE `hour` >= CAST('2024-03-31 01:00:00+00:00' AS TIMESTAMP) AND `hour` < CAST('2024-03-31 02:00:00+00:00' AS TIMESTAMP)
SELECT
  `hour`,
  `who`,
  `events`
FROM (
  SELECT
    DATE_TRUNC('HOUR', seen_at) AS hour,
    who,
    COUNT(*) AS events
  FROM (
    SELECT
      *
    FROM `raw`.`events`
    WHERE
      `seen_at` >= CAST('2024-03-31 01:00:00+00:00' AS TIMESTAMP)
      AND `seen_at` < CAST('2024-03-31 02:00:00+00:00' AS TIMESTAMP)
  ) AS `events`
  GROUP BY ALL
) AS q
WHERE
  `hour` >= CAST('2024-03-31 01:00:00+00:00' AS TIMESTAMP)
  AND `hour` < CAST('2024-03-31 02:00:00+00:00' AS TIMESTAMP);
