-- partition 2024-01-02
BEGIN;

DELETE FROM "MAIN"."ODD_NAMES"
WHERE "Tag der Fahrt" >= CAST('2024-01-02' AS DATE) AND "Tag der Fahrt" < CAST('2024-01-03' AS DATE);

INSERT INTO "MAIN"."ODD_NAMES" ("Tag der Fahrt", "ORDER", "größe", "semi;colon", "SELECT")
SELECT
  "Tag der Fahrt",
  "ORDER",
  "größe",
  "semi;colon",
  "SELECT"
FROM (
  SELECT
    "Tag der Fahrt",
    "ORDER",
    "Größe in €" AS "größe",
    "a""b" AS "semi;colon",
    COUNT(*) AS "SELECT"
  FROM (
    SELECT
      *
    FROM "MAIN"."odd inputs"
    WHERE
      "Tag der Fahrt" >= CAST('2024-01-02' AS DATE)
      AND "Tag der Fahrt" < CAST('2024-01-03' AS DATE)
  ) AS "odd inputs"
  GROUP BY ALL
) AS q
WHERE
  "Tag der Fahrt" >= CAST('2024-01-02' AS DATE)
  AND "Tag der Fahrt" < CAST('2024-01-03' AS DATE);

COMMIT;
