-- partition false
-- Trino: most connectors have no transaction of several statements. Between the two readers see the rows gone, and when
-- the second fails, run both again.
DELETE FROM "main"."values_of_booleans"
WHERE "delayed" = FALSE;

INSERT INTO "main"."values_of_booleans" ("delayed", "flights", "longest")
SELECT
  "delayed",
  "flights",
  "longest"
FROM (
  SELECT
    delay > 15 AS delayed,
    COUNT(*) AS flights,
    MAX(delay) AS longest
  FROM "raw"."flights" AS "flights"
  GROUP BY
    1
) AS q
WHERE
  "delayed" = FALSE;

-- partition false to __null__ (a batch)
-- Trino: most connectors have no transaction of several statements. Between the two readers see the rows gone, and when
-- the second fails, run both again.
DELETE FROM "main"."values_of_booleans"
WHERE ("delayed" = FALSE OR "delayed" IS NULL);

INSERT INTO "main"."values_of_booleans" ("delayed", "flights", "longest")
SELECT
  "delayed",
  "flights",
  "longest"
FROM (
  SELECT
    delay > 15 AS delayed,
    COUNT(*) AS flights,
    MAX(delay) AS longest
  FROM "raw"."flights" AS "flights"
  GROUP BY
    1
) AS q
WHERE
  (
    "delayed" = FALSE OR "delayed" IS NULL
  );
