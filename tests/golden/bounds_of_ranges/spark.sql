-- partition -100
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`bounds_of_ranges` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`bounds_of_ranges` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`bounds_of_ranges`
REPLACE WHERE `id` >= -100 AND `id` < 0
SELECT
  `id`,
  `after_start`,
  `first_id`,
  `before_end`,
  `key`
FROM (
  SELECT
    id,
    id - (
      -100
    ) AS after_start,
    CAST((
      -100
    ) AS STRING) AS first_id,
    id - 0 AS before_end,
    '-100' AS key
  FROM `raw`.`events` AS `events`
  WHERE
    id >= (
      -100
    ) AND id < 0
) AS q
WHERE
  `id` >= -100 AND `id` < 0;

-- partition -100 (a batch)
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`bounds_of_ranges` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`bounds_of_ranges` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`bounds_of_ranges`
REPLACE WHERE `id` >= -100 AND `id` < 0
SELECT
  `id`,
  `after_start`,
  `first_id`,
  `before_end`,
  `key`
FROM (
  SELECT
    id,
    id - (
      -100
    ) AS after_start,
    CAST((
      -100
    ) AS STRING) AS first_id,
    id - 0 AS before_end,
    '-100' AS key
  FROM `raw`.`events` AS `events`
  WHERE
    id >= (
      -100
    ) AND id < 0
) AS q
WHERE
  `id` >= -100 AND `id` < 0;

-- partition 0 (a batch)
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`bounds_of_ranges` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`bounds_of_ranges` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`bounds_of_ranges`
REPLACE WHERE `id` >= 0 AND `id` < 100
SELECT
  `id`,
  `after_start`,
  `first_id`,
  `before_end`,
  `key`
FROM (
  SELECT
    id,
    id - 0 AS after_start,
    CAST(0 AS STRING) AS first_id,
    id - 100 AS before_end,
    '0' AS key
  FROM `raw`.`events` AS `events`
  WHERE
    id >= 0 AND id < 100
) AS q
WHERE
  `id` >= 0 AND `id` < 100;

-- partition 100 (a batch)
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`bounds_of_ranges` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`bounds_of_ranges` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`bounds_of_ranges`
REPLACE WHERE `id` >= 100 AND `id` < 200
SELECT
  `id`,
  `after_start`,
  `first_id`,
  `before_end`,
  `key`
FROM (
  SELECT
    id,
    id - 100 AS after_start,
    CAST(100 AS STRING) AS first_id,
    id - 200 AS before_end,
    '100' AS key
  FROM `raw`.`events` AS `events`
  WHERE
    id >= 100 AND id < 200
) AS q
WHERE
  `id` >= 100 AND `id` < 200;
