-- partition day=2024-01-02/von=__else__
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`more_columns` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`more_columns` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`more_columns`
REPLACE WHERE `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE) AND NOT `von` IN ('EWR', 'JFK')
SELECT
  `day`,
  `von`,
  `name`,
  `flights`
FROM (
  SELECT
    f.day,
    f.origin AS von,
    c.name,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM `main`.`flights`
    WHERE
      `day` >= CAST('2024-01-02' AS DATE)
      AND `day` < CAST('2024-01-03' AS DATE)
      AND NOT `origin` IN ('EWR', 'JFK')
  ) AS f
  JOIN `main`.`carriers` AS c
    ON c.code = f.carrier
  GROUP BY
    f.day,
    f.origin,
    c.name
) AS q
WHERE
  `day` >= CAST('2024-01-02' AS DATE)
  AND `day` < CAST('2024-01-03' AS DATE)
  AND NOT `von` IN ('EWR', 'JFK');

-- partition day=2024-01-01/von=EWR to day=2024-01-02/von=__else__ (a batch)
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`more_columns` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`more_columns` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`more_columns`
REPLACE WHERE `day` >= CAST('2024-01-01' AS DATE) AND `day` < CAST('2024-01-03' AS DATE) AND `von` <> 'JFK'
SELECT
  `day`,
  `von`,
  `name`,
  `flights`
FROM (
  SELECT
    f.day,
    f.origin AS von,
    c.name,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM `main`.`flights`
    WHERE
      `day` >= CAST('2024-01-01' AS DATE)
      AND `day` < CAST('2024-01-03' AS DATE)
      AND `origin` <> 'JFK'
  ) AS f
  JOIN `main`.`carriers` AS c
    ON c.code = f.carrier
  GROUP BY
    f.day,
    f.origin,
    c.name
) AS q
WHERE
  `day` >= CAST('2024-01-01' AS DATE)
  AND `day` < CAST('2024-01-03' AS DATE)
  AND `von` <> 'JFK';
