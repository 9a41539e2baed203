-- partition false
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`values_of_booleans`
REPLACE WHERE `delayed` = FALSE
SELECT
  `delayed`,
  `flights`,
  `longest`
FROM (
  SELECT
    delay > 15 AS delayed,
    COUNT(*) AS flights,
    MAX(delay) AS longest
  FROM `raw`.`flights` AS `flights`
  GROUP BY
    1
) AS q
WHERE
  `delayed` = FALSE;

-- partition false to __null__ (a batch)
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`values_of_booleans`
REPLACE WHERE (`delayed` = FALSE OR `delayed` IS NULL)
SELECT
  `delayed`,
  `flights`,
  `longest`
FROM (
  SELECT
    delay > 15 AS delayed,
    COUNT(*) AS flights,
    MAX(delay) AS longest
  FROM `raw`.`flights` AS `flights`
  GROUP BY
    1
) AS q
WHERE
  (
    `delayed` = FALSE OR `delayed` IS NULL
  );
