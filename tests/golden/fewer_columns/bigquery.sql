-- partition 2024-01-02
BEGIN TRANSACTION;

DELETE FROM `main`.`fewer_columns`
WHERE `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE);

INSERT INTO `main`.`fewer_columns` (`day`, `flights`)
SELECT
  `day`,
  `flights`
FROM (
  SELECT
    day,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM `main`.`flights`
    WHERE
      `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE)
  ) AS `flights`
  GROUP BY
    day
) AS q
WHERE
  `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE);

COMMIT TRANSACTION;
