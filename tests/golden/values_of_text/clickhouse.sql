-- partition O'Hare
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."values_of_text"
WHERE "place" = 'O''Hare';

INSERT INTO "main"."values_of_text" ("place", "visits")
SELECT
  "place",
  "visits"
FROM (
  SELECT
    place,
    COUNT(*) AS visits
  FROM (
    SELECT
      *
    FROM "main"."visits"
    WHERE
      "place" = 'O''Hare'
  ) AS "visits"
  GROUP BY
    place
) AS q
WHERE
  "place" = 'O''Hare';

-- partition C:\new to a%3Db (a batch)
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."values_of_text"
WHERE "place" IN ('C:\\new', '''\\''', 'AS/400', 'São Paulo', ' two  words ', '100%', 'EWR', 'say "hi"', 'a=b');

INSERT INTO "main"."values_of_text" ("place", "visits")
SELECT
  "place",
  "visits"
FROM (
  SELECT
    place,
    COUNT(*) AS visits
  FROM (
    SELECT
      *
    FROM "main"."visits"
    WHERE
      "place" IN (
        'C:\\new',
        '''\\''',
        'AS/400',
        'São Paulo',
        ' two  words ',
        '100%',
        'EWR',
        'say "hi"',
        'a=b'
      )
  ) AS "visits"
  GROUP BY
    place
) AS q
WHERE
  "place" IN (
    'C:\\new',
    '''\\''',
    'AS/400',
    'São Paulo',
    ' two  words ',
    '100%',
    'EWR',
    'say "hi"',
    'a=b'
  );
