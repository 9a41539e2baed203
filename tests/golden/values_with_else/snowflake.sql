-- partition __else__
BEGIN;

DELETE FROM "MAIN"."VALUES_WITH_ELSE"
WHERE NOT "ORIGIN" IN ('EWR', 'O\'Hare', 'JFK');

INSERT INTO "MAIN"."VALUES_WITH_ELSE" ("ORIGIN", "CARRIER", "FLIGHTS")
SELECT
  "ORIGIN",
  "CARRIER",
  "FLIGHTS"
FROM (
  SELECT
    origin,
    carrier,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM "MAIN"."FLIGHTS"
    WHERE
      NOT "ORIGIN" IN ('EWR', 'O\'Hare', 'JFK')
  ) AS "FLIGHTS"
  GROUP BY
    origin,
    carrier
) AS q
WHERE
  NOT "ORIGIN" IN ('EWR', 'O\'Hare', 'JFK');

COMMIT;

-- partition O'Hare to __else__ (a batch)
BEGIN;

DELETE FROM "MAIN"."VALUES_WITH_ELSE"
WHERE "ORIGIN" <> 'EWR';

INSERT INTO "MAIN"."VALUES_WITH_ELSE" ("ORIGIN", "CARRIER", "FLIGHTS")
SELECT
  "ORIGIN",
  "CARRIER",
  "FLIGHTS"
FROM (
  SELECT
    origin,
    carrier,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM "MAIN"."FLIGHTS"
    WHERE
      "ORIGIN" <> 'EWR'
  ) AS "FLIGHTS"
  GROUP BY
    origin,
    carrier
) AS q
WHERE
  "ORIGIN" <> 'EWR';

COMMIT;
