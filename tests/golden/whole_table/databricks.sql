-- partition all
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`whole_table`
REPLACE WHERE TRUE
SELECT
  `carrier`,
  `flights`,
  `last_flight`
FROM (
  SELECT
    carrier,
    COUNT(*) AS flights,
    MAX(day) AS last_flight
  FROM `main`.`flights` AS `flights`
  GROUP BY
    carrier
) AS q;
