-- partition 2024-01-02
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."odd_names"
WHERE "Tag der Fahrt" >= toDate32('2024-01-02') AND "Tag der Fahrt" < toDate32('2024-01-03');

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
      "Tag der Fahrt" >= toDate32('2024-01-02')
      AND "Tag der Fahrt" < toDate32('2024-01-03')
  ) AS "odd inputs"
  GROUP BY ALL
) AS q
WHERE
  "Tag der Fahrt" >= toDate32('2024-01-02')
  AND "Tag der Fahrt" < toDate32('2024-01-03');
