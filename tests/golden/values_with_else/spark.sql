-- partition __else__
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`values_with_else` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`values_with_else` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`values_with_else`
REPLACE WHERE NOT `origin` IN ('EWR', 'O\'Hare', 'JFK')
SELECT
  `origin`,
  `carrier`,
  `flights`
FROM (
  SELECT
    origin,
    carrier,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM `main`.`flights`
    WHERE
      NOT `origin` IN ('EWR', 'O\'Hare', 'JFK')
  ) AS `flights`
  GROUP BY
    origin,
    carrier
) AS q
WHERE
  NOT `origin` IN ('EWR', 'O\'Hare', 'JFK');

-- partition O'Hare to __else__ (a batch)
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`values_with_else` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`values_with_else` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`values_with_else`
REPLACE WHERE `origin` <> 'EWR'
SELECT
  `origin`,
  `carrier`,
  `flights`
FROM (
  SELECT
    origin,
    carrier,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM `main`.`flights`
    WHERE
      `origin` <> 'EWR'
  ) AS `flights`
  GROUP BY
    origin,
    carrier
) AS q
WHERE
  `origin` <> 'EWR';
