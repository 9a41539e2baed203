-- partition 2023
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`year_of_timestamp`
REPLACE WHERE `year` >= CAST('2023-01-01 00:00:00' AS TIMESTAMP_NTZ) AND `year` < CAST('2024-01-01 00:00:00' AS TIMESTAMP_NTZ)
SELECT
  `year`,
  `first_seen`,
  `last_seen`
FROM (
  SELECT
    DATE_TRUNC('YEAR', seen_at) AS year,
    MIN(seen_at) AS first_seen,
    MAX(seen_at) AS last_seen
  FROM (
    SELECT
      *
    FROM `raw`.`events`
    WHERE
      `seen_at` >= CAST('2023-01-01 00:00:00' AS TIMESTAMP_NTZ)
      AND `seen_at` < CAST('2024-01-01 00:00:00' AS TIMESTAMP_NTZ)
  ) AS `events`
  GROUP BY
    DATE_TRUNC('YEAR', seen_at)
) AS q
WHERE
  `year` >= CAST('2023-01-01 00:00:00' AS TIMESTAMP_NTZ)
  AND `year` < CAST('2024-01-01 00:00:00' AS TIMESTAMP_NTZ);
