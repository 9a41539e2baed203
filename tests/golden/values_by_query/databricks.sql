-- partition O'Hare Air
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`values_by_query`
REPLACE WHERE `carrier` = 'O\'Hare Air'
SELECT
  `carrier`,
  `flights`
FROM (
  SELECT
    carrier,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM `raw`.`flights`
    WHERE
      `carrier` = 'O\'Hare Air'
  ) AS `flights`
  GROUP BY
    carrier
) AS q
WHERE
  `carrier` = 'O\'Hare Air';

-- partition __empty__ to __null__ (a batch)
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`values_by_query`
REPLACE WHERE (NOT `carrier` IN ('O\'Hare Air', 'UA') OR `carrier` IS NULL)
SELECT
  `carrier`,
  `flights`
FROM (
  SELECT
    carrier,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM `raw`.`flights`
    WHERE
      (
        NOT `carrier` IN ('O\'Hare Air', 'UA') OR `carrier` IS NULL
      )
  ) AS `flights`
  GROUP BY
    carrier
) AS q
WHERE
  (
    NOT `carrier` IN ('O\'Hare Air', 'UA') OR `carrier` IS NULL
  );
