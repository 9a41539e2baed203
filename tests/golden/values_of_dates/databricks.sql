-- partition 2024-02-29
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`values_of_dates`
REPLACE WHERE `valid_on` = CAST('2024-02-29' AS DATE)
SELECT
  `valid_on`,
  `price`
FROM (
  SELECT
    valid_on,
    price
  FROM (
    SELECT
      *
    FROM `raw`.`prices`
    WHERE
      `valid_on` = CAST('2024-02-29' AS DATE)
  ) AS `prices`
) AS q
WHERE
  `valid_on` = CAST('2024-02-29' AS DATE);

-- partition 1969-12-31 to 2199-12-31 (a batch)
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`values_of_dates`
REPLACE WHERE `valid_on` IN (CAST('1969-12-31' AS DATE), CAST('2199-12-31' AS DATE))
SELECT
  `valid_on`,
  `price`
FROM (
  SELECT
    valid_on,
    price
  FROM (
    SELECT
      *
    FROM `raw`.`prices`
    WHERE
      `valid_on` IN (CAST('1969-12-31' AS DATE), CAST('2199-12-31' AS DATE))
  ) AS `prices`
) AS q
WHERE
  `valid_on` IN (CAST('1969-12-31' AS DATE), CAST('2199-12-31' AS DATE));
