-- partition __else__
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`values_with_else`
REPLACE WHERE NOT `origin` IN ('EWR', 'O\'Hare', 'JFK')
SELECT
  `origin`,
  `carrier`,
  `flights`
FROM (
  SELECT
    origin,
    carrier,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM `main`.`flights`
    WHERE
      NOT `origin` IN ('EWR', 'O\'Hare', 'JFK')
  ) AS `flights`
  GROUP BY
    origin,
    carrier
) AS q
WHERE
  NOT `origin` IN ('EWR', 'O\'Hare', 'JFK');

-- partition O'Hare to __else__ (a batch)
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`values_with_else`
REPLACE WHERE `origin` <> 'EWR'
SELECT
  `origin`,
  `carrier`,
  `flights`
FROM (
  SELECT
    origin,
    carrier,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM `main`.`flights`
    WHERE
      `origin` <> 'EWR'
  ) AS `flights`
  GROUP BY
    origin,
    carrier
) AS q
WHERE
  `origin` <> 'EWR';
