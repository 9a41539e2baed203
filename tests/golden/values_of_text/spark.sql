-- partition O'Hare
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`values_of_text` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`values_of_text` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
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
-- Spark: one atomic statement on a Delta or Iceberg table. Columns go by position, in this order.
-- Spark refuses it on a Parquet table, where INSERT OVERWRITE is neither atomic nor safe side by side (and in dynamic mode
-- it keeps the old rows of a partition that became empty). There, for each partition, write a new directory and then point
-- the partition at it, which is the commit:
--   INSERT OVERWRITE DIRECTORY '<new directory>' USING parquet SELECT <columns but the partition's> ...
--   ALTER TABLE `main`.`values_of_text` ADD IF NOT EXISTS PARTITION (<column> = <value>) LOCATION '<new directory>'
--   ALTER TABLE `main`.`values_of_text` PARTITION (<column> = <value>) SET LOCATION '<new directory>'
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
