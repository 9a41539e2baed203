-- partition 2024-01-02
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`partition_values`
REPLACE WHERE `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE)
SELECT
  `day`,
  `carrier`,
  `delay`,
  `built_from`,
  `built_to`,
  `key`
FROM (
  SELECT
    day,
    carrier,
    delay,
    CAST('2024-01-02' AS DATE) AS built_from,
    '2024-01-03' AS built_to,
    '2024-01-02' AS key
  FROM `main`.`flights` AS `flights`
  WHERE
    day >= CAST('2024-01-02' AS DATE) AND day < CAST('2024-01-03' AS DATE)
) AS q
WHERE
  `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE);
