-- partition O'Hare Air
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`values_by_query` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`values_by_query` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`values_by_query`
REPLACE WHERE `carrier` = 'O\'Hare Air'
SELECT
  `carrier`,
  `flights`
FROM (
  SELECT
    carrier,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM `raw`.`flights`
    WHERE
      `carrier` = 'O\'Hare Air'
  ) AS `flights`
  GROUP BY
    carrier
) AS q
WHERE
  `carrier` = 'O\'Hare Air';

-- partition __empty__ to __null__ (a batch)
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`values_by_query` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`values_by_query` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`values_by_query`
REPLACE WHERE (NOT `carrier` IN ('O\'Hare Air', 'UA') OR `carrier` IS NULL)
SELECT
  `carrier`,
  `flights`
FROM (
  SELECT
    carrier,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM `raw`.`flights`
    WHERE
      (
        NOT `carrier` IN ('O\'Hare Air', 'UA') OR `carrier` IS NULL
      )
  ) AS `flights`
  GROUP BY
    carrier
) AS q
WHERE
  (
    NOT `carrier` IN ('O\'Hare Air', 'UA') OR `carrier` IS NULL
  );
