-- partition O'Hare
BEGIN TRANSACTION;

DELETE FROM `main`.`partition_key_of_values`
WHERE `place` = 'O\'Hare';

INSERT INTO `main`.`partition_key_of_values` (`place`, `key`, `told`, `visits`)
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

COMMIT TRANSACTION;

-- partition O'Hare (a batch)
BEGIN TRANSACTION;

DELETE FROM `main`.`partition_key_of_values`
WHERE `place` = 'O\'Hare';

INSERT INTO `main`.`partition_key_of_values` (`place`, `key`, `told`, `visits`)
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

COMMIT TRANSACTION;

-- partition back\slash (a batch)
BEGIN TRANSACTION;

DELETE FROM `main`.`partition_key_of_values`
WHERE `place` = 'back\\slash';

INSERT INTO `main`.`partition_key_of_values` (`place`, `key`, `told`, `visits`)
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

COMMIT TRANSACTION;
