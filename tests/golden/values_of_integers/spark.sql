-- partition -7
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`values_of_integers` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`values_of_integers` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`values_of_integers`
REPLACE WHERE `code` = -7
SELECT
  `code`,
  `note`
FROM (
  SELECT
    code,
    note
  FROM (
    SELECT
      *
    FROM `raw`.`codes`
    WHERE
      `code` = -7
  ) AS `codes`
) AS q
WHERE
  `code` = -7;

-- partition 0 to 9007199254740993 (a batch)
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`values_of_integers` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`values_of_integers` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`values_of_integers`
REPLACE WHERE `code` IN (0, -7, 9007199254740993)
SELECT
  `code`,
  `note`
FROM (
  SELECT
    code,
    note
  FROM (
    SELECT
      *
    FROM `raw`.`codes`
    WHERE
      `code` IN (0, -7, 9007199254740993)
  ) AS `codes`
) AS q
WHERE
  `code` IN (0, -7, 9007199254740993);
