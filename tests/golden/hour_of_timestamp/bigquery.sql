-- partition 2024-01-02T23
BEGIN TRANSACTION;

DELETE FROM `main`.`hour_of_timestamp`
WHERE `hour` >= CAST('2024-01-02 23:00:00' AS DATETIME) AND `hour` < CAST('2024-01-03 00:00:00' AS DATETIME);

INSERT INTO `main`.`hour_of_timestamp` (`hour`, `events`)
SELECT
  `hour`,
  `events`
FROM (
  SELECT
    TIMESTAMP_TRUNC(seen_at, HOUR) AS hour,
    COUNT(*) AS events
  FROM (
    SELECT
      *
    FROM `raw`.`events`
    WHERE
      `seen_at` >= CAST('2024-01-02 23:00:00' AS DATETIME)
      AND `seen_at` < CAST('2024-01-03 00:00:00' AS DATETIME)
  ) AS `events`
  GROUP BY
    1
) AS q
WHERE
  `hour` >= CAST('2024-01-02 23:00:00' AS DATETIME)
  AND `hour` < CAST('2024-01-03 00:00:00' AS DATETIME);

COMMIT TRANSACTION;
