-- partition __null__
BEGIN;

DELETE FROM "MAIN"."NULLS_OWN_BESIDE_ELSE"
WHERE "ORIGIN" IS NULL;

INSERT INTO "MAIN"."NULLS_OWN_BESIDE_ELSE" ("ORIGIN", "TRIPS")
SELECT
  "ORIGIN",
  "TRIPS"
FROM (
  SELECT
    f.origin,
    COUNT(*) AS trips
  FROM "MAIN"."TRIPS" AS t
  LEFT JOIN "MAIN"."FLIGHTS" AS f
    ON f.number = t.flight
  GROUP BY
    f.origin
) AS q
WHERE
  "ORIGIN" IS NULL;

COMMIT;

-- partition JFK to __else__ (a batch)
BEGIN;

DELETE FROM "MAIN"."NULLS_OWN_BESIDE_ELSE"
WHERE "ORIGIN" <> 'EWR';

INSERT INTO "MAIN"."NULLS_OWN_BESIDE_ELSE" ("ORIGIN", "TRIPS")
SELECT
  "ORIGIN",
  "TRIPS"
FROM (
  SELECT
    f.origin,
    COUNT(*) AS trips
  FROM "MAIN"."TRIPS" AS t
  LEFT JOIN (
    SELECT
      *
    FROM "MAIN"."FLIGHTS"
    WHERE
      "ORIGIN" <> 'EWR'
  ) AS f
    ON f.number = t.flight
  GROUP BY
    f.origin
) AS q
WHERE
  "ORIGIN" <> 'EWR';

COMMIT;
