-- partition all
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`whole_table` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`whole_table` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`whole_table`
REPLACE WHERE TRUE
SELECT
  `carrier`,
  `flights`,
  `last_flight`
FROM (
  SELECT
    carrier,
    COUNT(*) AS flights,
    MAX(day) AS last_flight
  FROM `main`.`flights` AS `flights`
  GROUP BY
    carrier
) AS q;
