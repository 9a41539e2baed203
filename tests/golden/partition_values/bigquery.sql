-- partition 2024-01-02
BEGIN TRANSACTION;

DELETE FROM `main`.`partition_values`
WHERE `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE);

INSERT INTO `main`.`partition_values` (`day`, `carrier`, `delay`, `built_from`, `built_to`, `key`)
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

COMMIT TRANSACTION;
