-- partition 2024-03-31T01
BEGIN TRANSACTION;

DELETE FROM `main`.`hour_of_instant`
WHERE `hour` >= CAST('2024-03-31 01:00:00+00:00' AS TIMESTAMP) AND `hour` < CAST('2024-03-31 02:00:00+00:00' AS TIMESTAMP);

INSERT INTO `main`.`hour_of_instant` (`hour`, `who`, `events`)
SELECT
  `hour`,
  `who`,
  `events`
FROM (
  SELECT
    TIMESTAMP_TRUNC(seen_at, HOUR) AS hour,
    who,
    COUNT(*) AS events
  FROM (
    SELECT
      *
    FROM `raw`.`events`
    WHERE
      `seen_at` >= CAST('2024-03-31 01:00:00+00:00' AS TIMESTAMP)
      AND `seen_at` < CAST('2024-03-31 02:00:00+00:00' AS TIMESTAMP)
  ) AS `events`
  GROUP BY ALL
) AS q
WHERE
  `hour` >= CAST('2024-03-31 01:00:00+00:00' AS TIMESTAMP)
  AND `hour` < CAST('2024-03-31 02:00:00+00:00' AS TIMESTAMP);

COMMIT TRANSACTION;
