-- partition O'Hare
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`partition_key_of_values`
REPLACE WHERE `place` = 'O\'Hare'
SELECT
  `place`,
  `key`,
  `told`,
  `visits`
FROM (
  SELECT
    place,
    'O\'Hare' AS key,
    'the key is O\'Hare' AS told,
    COUNT(*) AS visits
  FROM (
    SELECT
      *
    FROM `main`.`visits`
    WHERE
      `place` = 'O\'Hare'
  ) AS `visits`
  WHERE
    place = 'O\'Hare'
  GROUP BY
    place
) AS q
WHERE
  `place` = 'O\'Hare';

-- partition O'Hare (a batch)
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`partition_key_of_values`
REPLACE WHERE `place` = 'O\'Hare'
SELECT
  `place`,
  `key`,
  `told`,
  `visits`
FROM (
  SELECT
    place,
    'O\'Hare' AS key,
    'the key is O\'Hare' AS told,
    COUNT(*) AS visits
  FROM (
    SELECT
      *
    FROM `main`.`visits`
    WHERE
      `place` = 'O\'Hare'
  ) AS `visits`
  WHERE
    place = 'O\'Hare'
  GROUP BY
    place
) AS q
WHERE
  `place` = 'O\'Hare';

-- partition back\slash (a batch)
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`partition_key_of_values`
REPLACE WHERE `place` = 'back\\slash'
SELECT
  `place`,
  `key`,
  `told`,
  `visits`
FROM (
  SELECT
    place,
    'back\\slash' AS key,
    'the key is back\\slash' AS told,
    COUNT(*) AS visits
  FROM (
    SELECT
      *
    FROM `main`.`visits`
    WHERE
      `place` = 'back\\slash'
  ) AS `visits`
  WHERE
    place = 'back\\slash'
  GROUP BY
    place
) AS q
WHERE
  `place` = 'back\\slash';
