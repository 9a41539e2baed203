-- partition day=2024-01-02/origin=EWR
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`day_and_origin` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`day_and_origin` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`day_and_origin`
REPLACE WHERE `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE) AND `origin` = 'EWR'
SELECT
  `day`,
  `origin`,
  `flights`,
  `mean_delay`
FROM (
  SELECT
    day,
    origin,
    COUNT(*) AS flights,
    AVG(delay) AS mean_delay
  FROM (
    SELECT
      *
    FROM `main`.`flights`
    WHERE
      `day` >= CAST('2024-01-02' AS DATE)
      AND `day` < CAST('2024-01-03' AS DATE)
      AND `origin` = 'EWR'
  ) AS `flights`
  GROUP BY
    day,
    origin
) AS q
WHERE
  `day` >= CAST('2024-01-02' AS DATE)
  AND `day` < CAST('2024-01-03' AS DATE)
  AND `origin` = 'EWR';

-- partition day=2024-01-01/origin=EWR to day=2024-01-02/origin=JFK (a batch)
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`day_and_origin` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`day_and_origin` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`day_and_origin`
REPLACE WHERE `day` >= CAST('2024-01-01' AS DATE) AND `day` < CAST('2024-01-03' AS DATE) AND `origin` IN ('EWR', 'JFK')
SELECT
  `day`,
  `origin`,
  `flights`,
  `mean_delay`
FROM (
  SELECT
    day,
    origin,
    COUNT(*) AS flights,
    AVG(delay) AS mean_delay
  FROM (
    SELECT
      *
    FROM `main`.`flights`
    WHERE
      `day` >= CAST('2024-01-01' AS DATE)
      AND `day` < CAST('2024-01-03' AS DATE)
      AND `origin` IN ('EWR', 'JFK')
  ) AS `flights`
  GROUP BY
    day,
    origin
) AS q
WHERE
  `day` >= CAST('2024-01-01' AS DATE)
  AND `day` < CAST('2024-01-03' AS DATE)
  AND `origin` IN ('EWR', 'JFK');
