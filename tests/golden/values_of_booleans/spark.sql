-- partition false
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`values_of_booleans` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`values_of_booleans` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`values_of_booleans`
REPLACE WHERE `delayed` = FALSE
SELECT
  `delayed`,
  `flights`,
  `longest`
FROM (
  SELECT
    delay > 15 AS delayed,
    COUNT(*) AS flights,
    MAX(delay) AS longest
  FROM `raw`.`flights` AS `flights`
  GROUP BY
    1
) AS q
WHERE
  `delayed` = FALSE;

-- partition false to __null__ (a batch)
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`values_of_booleans` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`values_of_booleans` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`values_of_booleans`
REPLACE WHERE (`delayed` = FALSE OR `delayed` IS NULL)
SELECT
  `delayed`,
  `flights`,
  `longest`
FROM (
  SELECT
    delay > 15 AS delayed,
    COUNT(*) AS flights,
    MAX(delay) AS longest
  FROM `raw`.`flights` AS `flights`
  GROUP BY
    1
) AS q
WHERE
  (
    `delayed` = FALSE OR `delayed` IS NULL
  );
