-- partition a
-- Trino: most connectors have no transaction of several statements. Between the two readers see the rows gone, and when
-- the second fails, run both again.
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
-- Trino: most connectors have no transaction of several statements. Between the two readers see the rows gone, and when
-- the second fails, run both again.
DELETE FROM "main"."every_value";

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
