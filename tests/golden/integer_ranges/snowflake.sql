-- partition -5
BEGIN;

DELETE FROM "MAIN"."INTEGER_RANGES"
WHERE "Block Number" >= -5 AND "Block Number" < 5;

INSERT INTO "MAIN"."INTEGER_RANGES" ("Block Number", "TRANSACTIONS")
SELECT
  "Block Number",
  "TRANSACTIONS"
FROM (
  SELECT
    "Block Number",
    COUNT(*) AS transactions
  FROM (
    SELECT
      *
    FROM "MAIN"."TRANSACTIONS"
    WHERE
      "Block Number" >= -5 AND "Block Number" < 5
  ) AS "TRANSACTIONS"
  GROUP BY
    "Block Number"
) AS q
WHERE
  "Block Number" >= -5 AND "Block Number" < 5;

COMMIT;

-- partition -15 to 5 (a batch)
BEGIN;

DELETE FROM "MAIN"."INTEGER_RANGES"
WHERE "Block Number" >= -15 AND "Block Number" < 15;

INSERT INTO "MAIN"."INTEGER_RANGES" ("Block Number", "TRANSACTIONS")
SELECT
  "Block Number",
  "TRANSACTIONS"
FROM (
  SELECT
    "Block Number",
    COUNT(*) AS transactions
  FROM (
    SELECT
      *
    FROM "MAIN"."TRANSACTIONS"
    WHERE
      "Block Number" >= -15 AND "Block Number" < 15
  ) AS "TRANSACTIONS"
  GROUP BY
    "Block Number"
) AS q
WHERE
  "Block Number" >= -15 AND "Block Number" < 15;

COMMIT;
