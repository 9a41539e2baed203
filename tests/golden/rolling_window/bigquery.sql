-- partition 2024-01-02
BEGIN TRANSACTION;

DELETE FROM `main`.`rolling_window`
WHERE `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE);

INSERT INTO `main`.`rolling_window` (`day`, `carrier`, `delay`, `flights`)
-- Not translated: 'NULLS LAST' translation not supported in window function SUM
-- Not translated: 'NULLS LAST' translation not supported in window function COUNT
SELECT
  `day`,
  `carrier`,
  `delay`,
  `flights`
FROM (
  SELECT
    day,
    carrier,
    SUM(delay) OVER (
      PARTITION BY carrier
      ORDER BY day
      range BETWEEN INTERVAL '2' DAY preceding AND CURRENT ROW
    ) AS delay,
    COUNT(*) OVER (
      PARTITION BY carrier
      ORDER BY day
      range BETWEEN INTERVAL '2' DAY preceding AND CURRENT ROW
    ) AS flights
  FROM (
    SELECT
      *
    FROM `main`.`flights`
    WHERE
      `day` >= CAST('2023-12-31' AS DATE) AND `day` < CAST('2024-01-03' AS DATE)
  ) AS `flights`
) AS q
WHERE
  `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE);

COMMIT TRANSACTION;
