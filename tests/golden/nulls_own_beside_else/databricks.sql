-- partition __null__
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`nulls_own_beside_else`
REPLACE WHERE `origin` IS NULL
SELECT
  `origin`,
  `trips`
FROM (
  SELECT
    f.origin,
    COUNT(*) AS trips
  FROM `main`.`trips` AS t
  LEFT JOIN `main`.`flights` AS f
    ON f.number = t.flight
  GROUP BY
    f.origin
) AS q
WHERE
  `origin` IS NULL;

-- partition JFK to __else__ (a batch)
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`nulls_own_beside_else`
REPLACE WHERE `origin` <> 'EWR'
SELECT
  `origin`,
  `trips`
FROM (
  SELECT
    f.origin,
    COUNT(*) AS trips
  FROM `main`.`trips` AS t
  LEFT JOIN (
    SELECT
      *
    FROM `main`.`flights`
    WHERE
      `origin` <> 'EWR'
  ) AS f
    ON f.number = t.flight
  GROUP BY
    f.origin
) AS q
WHERE
  `origin` <> 'EWR';
