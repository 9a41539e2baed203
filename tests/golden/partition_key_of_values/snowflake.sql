-- partition O'Hare
BEGIN;

DELETE FROM "MAIN"."PARTITION_KEY_OF_VALUES"
WHERE "PLACE" = 'O\'Hare';

INSERT INTO "MAIN"."PARTITION_KEY_OF_VALUES" ("PLACE", "KEY", "TOLD", "VISITS")
SELECT
  "PLACE",
  "KEY",
  "TOLD",
  "VISITS"
FROM (
  SELECT
    place,
    'O\'Hare' AS key,
    'the key is O\'Hare' AS told,
    COUNT(*) AS visits
  FROM (
    SELECT
      *
    FROM "MAIN"."VISITS"
    WHERE
      "PLACE" = 'O\'Hare'
  ) AS "VISITS"
  WHERE
    place = 'O\'Hare'
  GROUP BY
    place
) AS q
WHERE
  "PLACE" = 'O\'Hare';

COMMIT;

-- partition O'Hare (a batch)
BEGIN;

DELETE FROM "MAIN"."PARTITION_KEY_OF_VALUES"
WHERE "PLACE" = 'O\'Hare';

INSERT INTO "MAIN"."PARTITION_KEY_OF_VALUES" ("PLACE", "KEY", "TOLD", "VISITS")
SELECT
  "PLACE",
  "KEY",
  "TOLD",
  "VISITS"
FROM (
  SELECT
    place,
    'O\'Hare' AS key,
    'the key is O\'Hare' AS told,
    COUNT(*) AS visits
  FROM (
    SELECT
      *
    FROM "MAIN"."VISITS"
    WHERE
      "PLACE" = 'O\'Hare'
  ) AS "VISITS"
  WHERE
    place = 'O\'Hare'
  GROUP BY
    place
) AS q
WHERE
  "PLACE" = 'O\'Hare';

COMMIT;

-- partition back\slash (a batch)
BEGIN;

DELETE FROM "MAIN"."PARTITION_KEY_OF_VALUES"
WHERE "PLACE" = 'back\\slash';

INSERT INTO "MAIN"."PARTITION_KEY_OF_VALUES" ("PLACE", "KEY", "TOLD", "VISITS")
SELECT
  "PLACE",
  "KEY",
  "TOLD",
  "VISITS"
FROM (
  SELECT
    place,
    'back\\slash' AS key,
    'the key is back\\slash' AS told,
    COUNT(*) AS visits
  FROM (
    SELECT
      *
    FROM "MAIN"."VISITS"
    WHERE
      "PLACE" = 'back\\slash'
  ) AS "VISITS"
  WHERE
    place = 'back\\slash'
  GROUP BY
    place
) AS q
WHERE
  "PLACE" = 'back\\slash';

COMMIT;
