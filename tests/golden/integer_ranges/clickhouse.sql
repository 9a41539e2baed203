-- partition -5
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."integer_ranges"
WHERE "Block Number" >= -5 AND "Block Number" < 5;

INSERT INTO "main"."integer_ranges" ("Block Number", "transactions")
SELECT
  "Block Number",
  "transactions"
FROM (
  SELECT
    "Block Number",
    COUNT(*) AS transactions
  FROM (
    SELECT
      *
    FROM "main"."transactions"
    WHERE
      "Block Number" >= -5 AND "Block Number" < 5
  ) AS "transactions"
  GROUP BY
    "Block Number"
) AS q
WHERE
  "Block Number" >= -5 AND "Block Number" < 5;

-- partition -15 to 5 (a batch)
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."integer_ranges"
WHERE "Block Number" >= -15 AND "Block Number" < 15;

INSERT INTO "main"."integer_ranges" ("Block Number", "transactions")
SELECT
  "Block Number",
  "transactions"
FROM (
  SELECT
    "Block Number",
    COUNT(*) AS transactions
  FROM (
    SELECT
      *
    FROM "main"."transactions"
    WHERE
      "Block Number" >= -15 AND "Block Number" < 15
  ) AS "transactions"
  GROUP BY
    "Block Number"
) AS q
WHERE
  "Block Number" >= -15 AND "Block Number" < 15;
