-- partition 100
BEGIN TRANSACTION;

DELETE FROM `main`.`integer_ranges_open`
WHERE `id` >= 100 AND `id` < 200;

INSERT INTO `main`.`integer_ranges_open` (`id`, `who`)
SELECT
  `id`,
  `who`
FROM (
  SELECT
    id,
    UPPER(who) AS who
  FROM (
    SELECT
      *
    FROM `raw`.`events`
    WHERE
      `id` >= 100 AND `id` < 200
  ) AS `events`
) AS q
WHERE
  `id` >= 100 AND `id` < 200;

COMMIT TRANSACTION;
