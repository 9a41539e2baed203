-- partition 2024-01-02
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`odd_names` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`odd_names` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
INSERT INTO `main`.`odd_names`
REPLACE WHERE `Tag der Fahrt` >= CAST('2024-01-02' AS DATE) AND `Tag der Fahrt` < CAST('2024-01-03' AS DATE)
SELECT
  `Tag der Fahrt`,
  `order`,
  `größe`,
  `semi;colon`,
  `select`
FROM (
  SELECT
    `Tag der Fahrt`,
    `order`,
    `Größe in €` AS `größe`,
    `a"b` AS `semi;colon`,
    COUNT(*) AS `select`
  FROM (
    SELECT
      *
    FROM `main`.`odd inputs`
    WHERE
      `Tag der Fahrt` >= CAST('2024-01-02' AS DATE)
      AND `Tag der Fahrt` < CAST('2024-01-03' AS DATE)
  ) AS `odd inputs`
  GROUP BY ALL
) AS q
WHERE
  `Tag der Fahrt` >= CAST('2024-01-02' AS DATE)
  AND `Tag der Fahrt` < CAST('2024-01-03' AS DATE);
