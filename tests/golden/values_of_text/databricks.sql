-- partition O'Hare
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`values_of_text`
REPLACE WHERE `place` = 'O\'Hare'
SELECT
  `place`,
  `visits`
FROM (
  SELECT
    place,
    COUNT(*) AS visits
  FROM (
    SELECT
      *
    FROM `main`.`visits`
    WHERE
      `place` = 'O\'Hare'
  ) AS `visits`
  GROUP BY
    place
) AS q
WHERE
  `place` = 'O\'Hare';

-- partition C:\new to a%3Db (a batch)
-- Databricks: one atomic statement on a Delta table. Columns go by position, in this order.
INSERT INTO `main`.`values_of_text`
REPLACE WHERE `place` IN ('C:\\new', '\'\\\'', 'AS/400', 'São Paulo', ' two  words ', '100%', 'EWR', 'say "hi"', 'a=b')
SELECT
  `place`,
  `visits`
FROM (
  SELECT
    place,
    COUNT(*) AS visits
  FROM (
    SELECT
      *
    FROM `main`.`visits`
    WHERE
      `place` IN (
        'C:\\new',
        '\'\\\'',
        'AS/400',
        'São Paulo',
        ' two  words ',
        '100%',
        'EWR',
        'say "hi"',
        'a=b'
      )
  ) AS `visits`
  GROUP BY
    place
) AS q
WHERE
  `place` IN (
    'C:\\new',
    '\'\\\'',
    'AS/400',
    'São Paulo',
    ' two  words ',
    '100%',
    'EWR',
    'say "hi"',
    'a=b'
  );
