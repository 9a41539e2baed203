-- partition -7
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`values_of_integers`
REPLACE WHERE `code` = -7
SELECT
  `code`,
  `note`
FROM (
  SELECT
    code,
    note
  FROM (
    SELECT
      *
    FROM `raw`.`codes`
    WHERE
      `code` = -7
  ) AS `codes`
) AS q
WHERE
  `code` = -7;

-- partition 0 to 9007199254740993 (a batch)
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`values_of_integers`
REPLACE WHERE `code` IN (0, -7, 9007199254740993)
SELECT
  `code`,
  `note`
FROM (
  SELECT
    code,
    note
  FROM (
    SELECT
      *
    FROM `raw`.`codes`
    WHERE
      `code` IN (0, -7, 9007199254740993)
  ) AS `codes`
) AS q
WHERE
  `code` IN (0, -7, 9007199254740993);
