-- partition 2024-01-02
BEGIN TRANSACTION;

DELETE FROM `main`.`day_of_timestamp`
WHERE `seen_at` >= CAST('2024-01-02 00:00:00' AS DATETIME) AND `seen_at` < CAST('2024-01-03 00:00:00' AS DATETIME);

INSERT INTO `main`.`day_of_timestamp` (`seen_at`, `who`)
SELECT
  `seen_at`,
  `who`
FROM (
  SELECT
    seen_at,
    who
  FROM (
    SELECT
      *
    FROM `raw`.`events`
    WHERE
      `seen_at` >= CAST('2024-01-02 00:00:00' AS DATETIME)
      AND `seen_at` < CAST('2024-01-03 00:00:00' AS DATETIME)
  ) AS `events`
  WHERE
    who <> 'b'
) AS q
WHERE
  `seen_at` >= CAST('2024-01-02 00:00:00' AS DATETIME)
  AND `seen_at` < CAST('2024-01-03 00:00:00' AS DATETIME);

COMMIT TRANSACTION;
