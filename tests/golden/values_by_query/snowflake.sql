-- partition O'Hare Air
BEGIN;

DELETE FROM "MAIN"."VALUES_BY_QUERY"
WHERE "CARRIER" = 'O\'Hare Air';

INSERT INTO "MAIN"."VALUES_BY_QUERY" ("CARRIER", "FLIGHTS")
SELECT
  "CARRIER",
  "FLIGHTS"
FROM (
  SELECT
    carrier,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM "RAW"."FLIGHTS"
    WHERE
      "CARRIER" = 'O\'Hare Air'
  ) AS "FLIGHTS"
  GROUP BY
    carrier
) AS q
WHERE
  "CARRIER" = 'O\'Hare Air';

COMMIT;

-- partition __empty__ to __null__ (a batch)
BEGIN;

DELETE FROM "MAIN"."VALUES_BY_QUERY"
WHERE (NOT "CARRIER" IN ('O\'Hare Air', 'UA') OR "CARRIER" IS NULL);

INSERT INTO "MAIN"."VALUES_BY_QUERY" ("CARRIER", "FLIGHTS")
SELECT
  "CARRIER",
  "FLIGHTS"
FROM (
  SELECT
    carrier,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM "RAW"."FLIGHTS"
    WHERE
      (
        NOT "CARRIER" IN ('O\'Hare Air', 'UA') OR "CARRIER" IS NULL
      )
  ) AS "FLIGHTS"
  GROUP BY
    carrier
) AS q
WHERE
  (
    NOT "CARRIER" IN ('O\'Hare Air', 'UA') OR "CARRIER" IS NULL
  );

COMMIT;
