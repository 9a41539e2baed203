-- partition a
BEGIN;

DELETE FROM "MAIN"."EVERY_VALUE"
WHERE "Von/Nach = ""x""" = 'a';

INSERT INTO "MAIN"."EVERY_VALUE" ("Von/Nach = ""x""", "ORDER")
SELECT
  "Von/Nach = ""x""",
  "ORDER"
FROM (
  SELECT
    "Von/Nach = ""x""",
    COUNT(*) AS "ORDER"
  FROM (
    SELECT
      *
    FROM "MAIN"."TRIPS"
    WHERE
      "Von/Nach = ""x""" = 'a'
  ) AS "TRIPS"
  GROUP BY
    1
) AS q
WHERE
  "Von/Nach = ""x""" = 'a';

COMMIT;

-- partition a to __null__ (a batch)
BEGIN;

DELETE FROM "MAIN"."EVERY_VALUE";

INSERT INTO "MAIN"."EVERY_VALUE" ("Von/Nach = ""x""", "ORDER")
SELECT
  "Von/Nach = ""x""",
  "ORDER"
FROM (
  SELECT
    "Von/Nach = ""x""",
    COUNT(*) AS "ORDER"
  FROM "MAIN"."TRIPS" AS "TRIPS"
  GROUP BY
    1
) AS q;

COMMIT;
