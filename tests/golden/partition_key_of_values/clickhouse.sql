-- partition O'Hare
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."partition_key_of_values"
WHERE "place" = 'O''Hare';

INSERT INTO "main"."partition_key_of_values" ("place", "key", "told", "visits")
SELECT
  "place",
  "key",
  "told",
  "visits"
FROM (
  SELECT
    place,
    'O''Hare' AS key,
    'the key is O''Hare' AS told,
    COUNT(*) AS visits
  FROM (
    SELECT
      *
    FROM "main"."visits"
    WHERE
      "place" = 'O''Hare'
  ) AS "visits"
  WHERE
    place = 'O''Hare'
  GROUP BY
    place
) AS q
WHERE
  "place" = 'O''Hare';

-- partition O'Hare (a batch)
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."partition_key_of_values"
WHERE "place" = 'O''Hare';

INSERT INTO "main"."partition_key_of_values" ("place", "key", "told", "visits")
SELECT
  "place",
  "key",
  "told",
  "visits"
FROM (
  SELECT
    place,
    'O''Hare' AS key,
    'the key is O''Hare' AS told,
    COUNT(*) AS visits
  FROM (
    SELECT
      *
    FROM "main"."visits"
    WHERE
      "place" = 'O''Hare'
  ) AS "visits"
  WHERE
    place = 'O''Hare'
  GROUP BY
    place
) AS q
WHERE
  "place" = 'O''Hare';

-- partition back\slash (a batch)
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."partition_key_of_values"
WHERE "place" = 'back\\slash';

INSERT INTO "main"."partition_key_of_values" ("place", "key", "told", "visits")
SELECT
  "place",
  "key",
  "told",
  "visits"
FROM (
  SELECT
    place,
    'back\\slash' AS key,
    'the key is back\\slash' AS told,
    COUNT(*) AS visits
  FROM (
    SELECT
      *
    FROM "main"."visits"
    WHERE
      "place" = 'back\\slash'
  ) AS "visits"
  WHERE
    place = 'back\\slash'
  GROUP BY
    place
) AS q
WHERE
  "place" = 'back\\slash';
