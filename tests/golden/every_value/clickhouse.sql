-- partition a
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."every_value"
WHERE "Von/Nach = ""x""" = 'a';

INSERT INTO "main"."every_value" ("Von/Nach = ""x""", "order")
SELECT
  "Von/Nach = ""x""",
  "order"
FROM (
  SELECT
    "Von/Nach = ""x""",
    COUNT(*) AS "order"
  FROM (
    SELECT
      *
    FROM "main"."trips"
    WHERE
      "Von/Nach = ""x""" = 'a'
  ) AS "trips"
  GROUP BY
    1
) AS q
WHERE
  "Von/Nach = ""x""" = 'a';

-- partition a to __null__ (a batch)
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."every_value"
WHERE TRUE;

INSERT INTO "main"."every_value" ("Von/Nach = ""x""", "order")
SELECT
  "Von/Nach = ""x""",
  "order"
FROM (
  SELECT
    "Von/Nach = ""x""",
    COUNT(*) AS "order"
  FROM "main"."trips" AS "trips"
  GROUP BY
    1
) AS q;
