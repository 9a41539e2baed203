-- partition 2024-02-29
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."values_of_dates"
WHERE "valid_on" = toDate32('2024-02-29');

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
      "valid_on" = toDate32('2024-02-29')
  ) AS "prices"
) AS q
WHERE
  "valid_on" = toDate32('2024-02-29');

-- partition 1969-12-31 to 2199-12-31 (a batch)
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."values_of_dates"
WHERE "valid_on" IN (toDate32('1969-12-31'), toDate32('2199-12-31'));

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
      "valid_on" IN (toDate32('1969-12-31'), toDate32('2199-12-31'))
  ) AS "prices"
) AS q
WHERE
  "valid_on" IN (toDate32('1969-12-31'), toDate32('2199-12-31'));
