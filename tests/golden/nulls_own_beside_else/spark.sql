-- partition __null__
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`nulls_own_beside_else` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`nulls_own_beside_else` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`nulls_own_beside_else`
REPLACE WHERE `origin` IS NULL
SELECT
  `origin`,
  `trips`
FROM (
  SELECT
    f.origin,
    COUNT(*) AS trips
  FROM `main`.`trips` AS t
  LEFT JOIN `main`.`flights` AS f
    ON f.number = t.flight
  GROUP BY
    f.origin
) AS q
WHERE
  `origin` IS NULL;

-- partition JFK to __else__ (a batch)
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`nulls_own_beside_else` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`nulls_own_beside_else` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`nulls_own_beside_else`
REPLACE WHERE `origin` <> 'EWR'
SELECT
  `origin`,
  `trips`
FROM (
  SELECT
    f.origin,
    COUNT(*) AS trips
  FROM `main`.`trips` AS t
  LEFT JOIN (
    SELECT
      *
    FROM `main`.`flights`
    WHERE
      `origin` <> 'EWR'
  ) AS f
    ON f.number = t.flight
  GROUP BY
    f.origin
) AS q
WHERE
  `origin` <> 'EWR';
