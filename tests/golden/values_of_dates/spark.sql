-- partition 2024-02-29
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`values_of_dates` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`values_of_dates` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`values_of_dates`
REPLACE WHERE `valid_on` = CAST('2024-02-29' AS DATE)
SELECT
  `valid_on`,
  `price`
FROM (
  SELECT
    valid_on,
    price
  FROM (
    SELECT
      *
    FROM `raw`.`prices`
    WHERE
      `valid_on` = CAST('2024-02-29' AS DATE)
  ) AS `prices`
) AS q
WHERE
  `valid_on` = CAST('2024-02-29' AS DATE);

-- partition 1969-12-31 to 2199-12-31 (a batch)
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`values_of_dates` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`values_of_dates` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`values_of_dates`
REPLACE WHERE `valid_on` IN (CAST('1969-12-31' AS DATE), CAST('2199-12-31' AS DATE))
SELECT
  `valid_on`,
  `price`
FROM (
  SELECT
    valid_on,
    price
  FROM (
    SELECT
      *
    FROM `raw`.`prices`
    WHERE
      `valid_on` IN (CAST('1969-12-31' AS DATE), CAST('2199-12-31' AS DATE))
  ) AS `prices`
) AS q
WHERE
  `valid_on` IN (CAST('1969-12-31' AS DATE), CAST('2199-12-31' AS DATE));
