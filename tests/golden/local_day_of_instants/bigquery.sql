-- partition 2006-10-28
BEGIN TRANSACTION;

DELETE FROM `main`.`local_day_of_instants`
WHERE `seen_at` >= CAST('2006-10-28 02:30:00+00:00' AS TIMESTAMP) AND `seen_at` < CAST('2006-10-29 03:30:00+00:00' AS TIMESTAMP) AND ((`seen_at` >= CAST('2006-10-28 02:30:00+00:00' AS TIMESTAMP) AND `seen_at` < CAST('2006-10-29 02:30:00+00:00' AS TIMESTAMP)) OR (`seen_at` >= CAST('2006-10-29 02:31:00+00:00' AS TIMESTAMP) AND `seen_at` < CAST('2006-10-29 03:30:00+00:00' AS TIMESTAMP)));

INSERT INTO `main`.`local_day_of_instants` (`seen_at`, `who`)
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
      `seen_at` >= CAST('2006-10-28 02:30:00+00:00' AS TIMESTAMP)
      AND `seen_at` < CAST('2006-10-29 03:30:00+00:00' AS TIMESTAMP)
  ) AS `events`
) AS q
WHERE
  `seen_at` >= CAST('2006-10-28 02:30:00+00:00' AS TIMESTAMP)
  AND `seen_at` < CAST('2006-10-29 03:30:00+00:00' AS TIMESTAMP)
  AND (
    (
      `seen_at` >= CAST('2006-10-28 02:30:00+00:00' AS TIMESTAMP)
      AND `seen_at` < CAST('2006-10-29 02:30:00+00:00' AS TIMESTAMP)
    )
    OR (
      `seen_at` >= CAST('2006-10-29 02:31:00+00:00' AS TIMESTAMP)
      AND `seen_at` < CAST('2006-10-29 03:30:00+00:00' AS TIMESTAMP)
    )
  );

COMMIT TRANSACTION;
