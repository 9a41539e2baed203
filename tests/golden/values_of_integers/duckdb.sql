-- partition -7 (one partition)
DELETE FROM "main"."values_of_integers"
WHERE "code" = -7;

INSERT INTO "main"."values_of_integers" ("code", "note")
SELECT "code", "note"
FROM (
select code, note from (SELECT * FROM "raw"."codes" WHERE "code" = -7) AS "codes"
) AS q
WHERE "code" = -7;

-- partition 0 to 9007199254740993 (a batch)
DELETE FROM "main"."values_of_integers"
WHERE "code" IN (0, -7, 9007199254740993);

INSERT INTO "main"."values_of_integers" ("code", "note")
SELECT "code", "note"
FROM (
select code, note from (SELECT * FROM "raw"."codes" WHERE "code" IN (0, -7, 9007199254740993)) AS "codes"
) AS q
WHERE "code" IN (0, -7, 9007199254740993);
