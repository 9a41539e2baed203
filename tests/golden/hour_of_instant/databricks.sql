-- partition 2024-03-31T01
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`hour_of_instant`
REPLACE WHERE `hour` >= CAST('2024-03-31 01:00:00+00:00' AS TIMESTAMP) AND `hour` < CAST('2024-03-31 02:00:00+00:00' AS TIMESTAMP)
SELECT
  `hour`,
  `who`,
  `events`
FROM (
  SELECT
    DATE_TRUNC('HOUR', seen_at) AS hour,
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
