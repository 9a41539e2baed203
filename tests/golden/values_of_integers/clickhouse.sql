-- partition -7
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
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
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
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
