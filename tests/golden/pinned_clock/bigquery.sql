-- partition 2024-01-02
BEGIN TRANSACTION;

DELETE FROM `main`.`pinned_clock`
WHERE `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE);

INSERT INTO `main`.`pinned_clock` (`day`, `loaded_at`, `again`, `loaded`, `age`, `now()`)
SELECT
  `day`,
  `loaded_at`,
  `again`,
  `loaded`,
  `age`,
  `now()`
FROM (
  SELECT
    day,
    CAST('2026-01-01 00:00:00+00:00' AS TIMESTAMP) AS loaded_at,
    CAST('2026-01-01 00:00:00+00:00' AS TIMESTAMP) AS again, /* now() */
    CAST('2026-01-01 00:00:00' AS DATETIME) AS loaded,
    DATE_DIFF(CAST('2026-01-01' AS DATE), day, DAY) AS age,
    'now()' AS `now()`
  FROM (
    SELECT
      *
    FROM `main`.`flights`
    WHERE
      `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE)
  ) AS `flights`
  WHERE
    day < CAST('2026-01-01' AS DATE) - 1
    AND `current` < CAST('2026-01-01 00:00:00+00:00' AS TIMESTAMP)
) AS q
WHERE
  `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE);

COMMIT TRANSACTION;
