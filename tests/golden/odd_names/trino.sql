-- partition 2024-01-02
-- Trino: most connectors have no transaction of several statements. Between the two readers see the rows gone, and when
-- the second fails, run both again.
DELETE FROM "main"."odd_names"
WHERE "Tag der Fahrt" >= CAST('2024-01-02' AS DATE) AND "Tag der Fahrt" < CAST('2024-01-03' AS DATE);

INSERT INTO "main"."odd_names" ("Tag der Fahrt", "order", "größe", "semi;colon", "select")
SELECT
  "Tag der Fahrt",
  "order",
  "größe",
  "semi;colon",
  "select"
FROM (
  SELECT
    "Tag der Fahrt",
    "order",
    "Größe in €" AS "größe",
    "a""b" AS "semi;colon",
    COUNT(*) AS "select"
  FROM (
    SELECT
      *
    FROM "main"."odd inputs"
    WHERE
      "Tag der Fahrt" >= CAST('2024-01-02' AS DATE)
      AND "Tag der Fahrt" < CAST('2024-01-03' AS DATE)
  ) AS "odd inputs"
  GROUP BY
    1,
    2,
    3,
    4
) AS q
WHERE
  "Tag der Fahrt" >= CAST('2024-01-02' AS DATE)
  AND "Tag der Fahrt" < CAST('2024-01-03' AS DATE);
