-- partition -5
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`integer_ranges`
REPLACE WHERE `Block Number` >= -5 AND `Block Number` < 5
SELECT
  `Block Number`,
  `transactions`
FROM (
  SELECT
    `Block Number`,
    COUNT(*) AS transactions
  FROM (
    SELECT
      *
    FROM `main`.`transactions`
    WHERE
      `Block Number` >= -5 AND `Block Number` < 5
  ) AS `transactions`
  GROUP BY
    `Block Number`
) AS q
WHERE
  `Block Number` >= -5 AND `Block Number` < 5;

-- partition -15 to 5 (a batch)
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`integer_ranges`
REPLACE WHERE `Block Number` >= -15 AND `Block Number` < 15
SELECT
  `Block Number`,
  `transactions`
FROM (
  SELECT
    `Block Number`,
    COUNT(*) AS transactions
  FROM (
    SELECT
      *
    FROM `main`.`transactions`
    WHERE
      `Block Number` >= -15 AND `Block Number` < 15
  ) AS `transactions`
  GROUP BY
    `Block Number`
) AS q
WHERE
  `Block Number` >= -15 AND `Block Number` < 15;
