-- partition __null__
BEGIN;

DELETE FROM "main"."nulls_own_beside_else"
WHERE "origin" IS NULL;

INSERT INTO "main"."nulls_own_beside_else" ("origin", "trips")
SELECT
  "origin",
  "trips"
FROM (
  SELECT
    f.origin,
    COUNT(*) AS trips
  FROM "main"."trips" AS t
  LEFT JOIN "main"."flights" AS f
    ON f.number = t.flight
  GROUP BY
    f.origin
) AS q
WHERE
  "origin" IS NULL;

COMMIT;

-- partition JFK to __else__ (a batch)
BEGIN;

DELETE FROM "main"."nulls_own_beside_else"
WHERE "origin" <> 'EWR';

INSERT INTO "main"."nulls_own_beside_else" ("origin", "trips")
SELECT
  "origin",
  "trips"
FROM (
  SELECT
    f.origin,
    COUNT(*) AS trips
  FROM "main"."trips" AS t
  LEFT JOIN (
    SELECT
      *
    FROM "main"."flights"
    WHERE
      "origin" <> 'EWR'
  ) AS f
    ON f.number = t.flight
  GROUP BY
    f.origin
) AS q
WHERE
  "origin" <> 'EWR';

COMMIT;
