-- partition 2023-Q2
BEGIN;

DELETE FROM "main"."quarter_of_months"
WHERE "quarter" >= CAST('2023-04-01' AS DATE) AND "quarter" < CAST('2023-07-01' AS DATE);

INSERT INTO "main"."quarter_of_months" ("quarter", "amount")
SELECT
  "quarter",
  "amount"
FROM (
  SELECT
    CAST(DATE_TRUNC('QUARTER', month) AS DATE) AS quarter,
    SUM(amount) AS amount
  FROM (
    SELECT
      *
    FROM "main"."revenue"
    WHERE
      "month" >= CAST('2023-04-01' AS DATE) AND "month" < CAST('2023-07-01' AS DATE)
  ) AS "revenue"
  GROUP BY
    1
  HAVING
    SUM(amount) > 0
) AS q
WHERE
  "quarter" >= CAST('2023-04-01' AS DATE)
  AND "quarter" < CAST('2023-07-01' AS DATE);

COMMIT;
