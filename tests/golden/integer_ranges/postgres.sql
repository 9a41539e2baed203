-- partition -5
BEGIN;

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

COMMIT;

-- partition -15 to 5 (a batch)
BEGIN;

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

COMMIT;
