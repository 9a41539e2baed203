-- partition O'Hare Air
BEGIN;

DELETE FROM "main"."values_by_query"
WHERE "carrier" = 'O''Hare Air';

INSERT INTO "main"."values_by_query" ("carrier", "flights")
SELECT
  "carrier",
  "flights"
FROM (
  SELECT
    carrier,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM "raw"."flights"
    WHERE
      "carrier" = 'O''Hare Air'
  ) AS "flights"
  GROUP BY
    carrier
) AS q
WHERE
  "carrier" = 'O''Hare Air';

COMMIT;

-- partition __empty__ to __null__ (a batch)
BEGIN;

DELETE FROM "main"."values_by_query"
WHERE (NOT "carrier" IN ('O''Hare Air', 'UA') OR "carrier" IS NULL);

INSERT INTO "main"."values_by_query" ("carrier", "flights")
SELECT
  "carrier",
  "flights"
FROM (
  SELECT
    carrier,
    COUNT(*) AS flights
  FROM (
    SELECT
      *
    FROM "raw"."flights"
    WHERE
      (
        NOT "carrier" IN ('O''Hare Air', 'UA') OR "carrier" IS NULL
      )
  ) AS "flights"
  GROUP BY
    carrier
) AS q
WHERE
  (
    NOT "carrier" IN ('O''Hare Air', 'UA') OR "carrier" IS NULL
  );

COMMIT;
