-- partition a
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`every_value`
REPLACE WHERE `Von/Nach = "x"` = 'a'
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

-- partition a to __null__ (a batch)
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`every_value`
REPLACE WHERE TRUE
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
