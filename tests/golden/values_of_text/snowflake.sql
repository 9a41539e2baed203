-- partition O'Hare
BEGIN;

DELETE FROM "MAIN"."VALUES_OF_TEXT"
WHERE "PLACE" = 'O\'Hare';

INSERT INTO "MAIN"."VALUES_OF_TEXT" ("PLACE", "VISITS")
SELECT
  "PLACE",
  "VISITS"
FROM (
  SELECT
    place,
    COUNT(*) AS visits
  FROM (
    SELECT
      *
    FROM "MAIN"."VISITS"
    WHERE
      "PLACE" = 'O\'Hare'
  ) AS "VISITS"
  GROUP BY
    place
) AS q
WHERE
  "PLACE" = 'O\'Hare';

COMMIT;

-- partition C:\new to a%3Db (a batch)
BEGIN;

DELETE FROM "MAIN"."VALUES_OF_TEXT"
WHERE "PLACE" IN ('C:\\new', '\'\\\'', 'AS/400', 'São Paulo', ' two  words ', '100%', 'EWR', 'say "hi"', 'a=b');

INSERT INTO "MAIN"."VALUES_OF_TEXT" ("PLACE", "VISITS")
SELECT
  "PLACE",
  "VISITS"
FROM (
  SELECT
    place,
    COUNT(*) AS visits
  FROM (
    SELECT
      *
    FROM "MAIN"."VISITS"
    WHERE
      "PLACE" IN (
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
  ) AS "VISITS"
  GROUP BY
    place
) AS q
WHERE
  "PLACE" IN (
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

COMMIT;
