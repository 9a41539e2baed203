-- partition 2024-02-29
BEGIN;

DELETE FROM "main"."values_of_dates"
WHERE "valid_on" = CAST('2024-02-29' AS DATE);

INSERT INTO "main"."values_of_dates" ("valid_on", "price")
SELECT
  "valid_on",
  "price"
FROM (
  SELECT
    valid_on,
    price
  FROM (
    SELECT
      *
    FROM "raw"."prices"
    WHERE
      "valid_on" = CAST('2024-02-29' AS DATE)
  ) AS "prices"
) AS q
WHERE
  "valid_on" = CAST('2024-02-29' AS DATE);

COMMIT;

-- partition 1969-12-31 to 2199-12-31 (a batch)
BEGIN;

DELETE FROM "main"."values_of_dates"
WHERE "valid_on" IN (CAST('1969-12-31' AS DATE), CAST('2199-12-31' AS DATE));

INSERT INTO "main"."values_of_dates" ("valid_on", "price")
SELECT
  "valid_on",
  "price"
FROM (
  SELECT
    valid_on,
    price
  FROM (
    SELECT
      *
    FROM "raw"."prices"
    WHERE
      "valid_on" IN (CAST('1969-12-31' AS DATE), CAST('2199-12-31' AS DATE))
  ) AS "prices"
) AS q
WHERE
  "valid_on" IN (CAST('1969-12-31' AS DATE), CAST('2199-12-31' AS DATE));

COMMIT;
