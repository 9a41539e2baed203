-- partition 2024-01-02
-- The table "raw"."events" stands for the files data/events/*.parquet
BEGIN TRANSACTION;

DELETE FROM `main`.`files`
WHERE `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE);

INSERT INTO `main`.`files` (`day`, `people`)
SELECT
  `day`,
  `people`
FROM (
  SELECT
    CAST(seen_at AS DATE) AS day,
    COUNT(DISTINCT who) AS people
  FROM (
    SELECT
      *
    FROM `raw`.`events`
    WHERE
      `seen_at` >= CAST('2024-01-02 00:00:00' AS DATETIME)
      AND `seen_at` < CAST('2024-01-03 00:00:00' AS DATETIME)
  ) AS `events`
  GROUP BY
    1
) AS q
WHERE
  `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE);

COMMIT TRANSACTION;
