-- partition -7
-- Trino: most connectors have no transaction of several statements. Between the two readers see the rows gone, and when
-- the second fails, run both again.
DELETE FROM "main"."values_of_integers"
WHERE "code" = -7;

INSERT INTO "main"."values_of_integers" ("code", "note")
SELECT
  "code",
  "note"
FROM (
  SELECT
    code,
    note
  FROM (
    SELECT
      *
    FROM "raw"."codes"
    WHERE
      "code" = -7
  ) AS "codes"
) AS q
WHERE
  "code" = -7;

-- partition 0 to 9007199254740993 (a batch)
-- Trino: most connectors have no transaction of several statements. Between the two readers see the rows gone, and when
-- the second fails, run both again.
DELETE FROM "main"."values_of_integers"
WHERE "code" IN (0, -7, 9007199254740993);

INSERT INTO "main"."values_of_integers" ("code", "note")
SELECT
  "code",
  "note"
FROM (
  SELECT
    code,
    note
  FROM (
    SELECT
      *
    FROM "raw"."codes"
    WHERE
      "code" IN (0, -7, 9007199254740993)
  ) AS "codes"
) AS q
WHERE
  "code" IN (0, -7, 9007199254740993);
