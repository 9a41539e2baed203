-- partition -5
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`integer_ranges` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`integer_ranges` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`integer_ranges`
REPLACE WHERE `Block Number` >= -5 AND `Block Number` < 5
SELECT
  `Block Number`,
  `transactions`
FROM (
  SELECT
    `Block Number`,
    COUNT(*) AS transactions
  FROM (
    SELECT
      *
    FROM `main`.`transactions`
    WHERE
      `Block Number` >= -5 AND `Block Number` < 5
  ) AS `transactions`
  GROUP BY
    `Block Number`
) AS q
WHERE
  `Block Number` >= -5 AND `Block Number` < 5;

-- partition -15 to 5 (a batch)
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`integer_ranges` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`integer_ranges` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`integer_ranges`
REPLACE WHERE `Block Number` >= -15 AND `Block Number` < 15
SELECT
  `Block Number`,
  `transactions`
FROM (
  SELECT
    `Block Number`,
    COUNT(*) AS transactions
  FROM (
    SELECT
      *
    FROM `main`.`transactions`
    WHERE
      `Block Number` >= -15 AND `Block Number` < 15
  ) AS `transactions`
  GROUP BY
    `Block Number`
) AS q
WHERE
  `Block Number` >= -15 AND `Block Number` < 15;
