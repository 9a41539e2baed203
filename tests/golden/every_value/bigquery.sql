-- partition a
BEGIN TRANSACTION;

DELETE FROM `main`.`every_value`
WHERE `Von/Nach = "x"` = 'a';

INSERT INTO `main`.`every_value` (`Von/Nach = "x"`, `order`)
SELECT
  `Von/Nach = "x"`,
  `order`
FROM (
  SELECT
    `Von/Nach = "x"`,
    COUNT(*) AS `order`
  FROM (
    SELECT
      *
    FROM `main`.`trips`
    WHERE
      `Von/Nach = "x"` = 'a'
  ) AS `trips`
  GROUP BY
    1
) AS q
WHERE
  `Von/Nach = "x"` = 'a';

COMMIT TRANSACTION;

-- partition a to __null__ (a batch)
BEGIN TRANSACTION;

DELETE FROM `main`.`every_value`
WHERE TRUE;

INSERT INTO `main`.`every_value` (`Von/Nach = "x"`, `order`)
SELECT
  `Von/Nach = "x"`,
  `order`
FROM (
  SELECT
    `Von/Nach = "x"`,
    COUNT(*) AS `order`
  FROM `main`.`trips` AS `trips`
  GROUP BY
    1
) AS q;

COMMIT TRANSACTION;
