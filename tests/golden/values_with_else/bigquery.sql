-- partition __else__
BEGIN TRANSACTION;

DELETE FROM `main`.`values_with_else`
WHERE NOT `origin` IN ('EWR', 'O\'Hare', 'JFK');

INSERT INTO `main`.`values_with_else` (`origin`, `carrier`, `flights`)
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

COMMIT TRANSACTION;

-- partition O'Hare to __else__ (a batch)
BEGIN TRANSACTION;

DELETE FROM `main`.`values_with_else`
WHERE `origin` <> 'EWR';

INSERT INTO `main`.`values_with_else` (`origin`, `carrier`, `flights`)
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

COMMIT TRANSACTION;
