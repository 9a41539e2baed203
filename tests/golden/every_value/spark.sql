-- partition a
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`every_value` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`every_value` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`every_value`
REPLACE WHERE `Von/Nach = "x"` = 'a'
SELECT
  `Von/Nach = "x"`,
  `order`
FROM (
  SELECT
    `Von/Nach = "x"`,
    COUNT(*) AS `order`
  FROM (
    SELECT
      *
    FROM `main`.`trips`
    WHERE
      `Von/Nach = "x"` = 'a'
  ) AS `trips`
  GROUP BY
    1
) AS q
WHERE
  `Von/Nach = "x"` = 'a';

-- partition a to __null__ (a batch)
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`every_value` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`every_value` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`every_value`
REPLACE WHERE TRUE
SELECT
  `Von/Nach = "x"`,
  `order`
FROM (
  SELECT
    `Von/Nach = "x"`,
    COUNT(*) AS `order`
  FROM `main`.`trips` AS `trips`
  GROUP BY
    1
) AS q;
