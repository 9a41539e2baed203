-- partition 2024-02-29 (one partition)
DELETE FROM "main"."values_of_dates"
WHERE "valid_on" = DATE '2024-02-29';

INSERT INTO "main"."values_of_dates" ("valid_on", "price")
SELECT "valid_on", "price"
FROM (
select valid_on, price from (SELECT * FROM "raw"."prices" WHERE "valid_on" = DATE '2024-02-29') AS "prices"
) AS q
WHERE "valid_on" = DATE '2024-02-29';

-- partition 1969-12-31 to 2199-12-31 (a batch)
DELETE FROM "main"."values_of_dates"
WHERE "valid_on" IN (DATE '1969-12-31', DATE '2199-12-31');

INSERT INTO "main"."values_of_dates" ("valid_on", "price")
SELECT "valid_on", "price"
FROM (
select valid_on, price from (SELECT * FROM "raw"."prices" WHERE "valid_on" IN (DATE '1969-12-31', DATE '2199-12-31')) AS "prices"
) AS q
WHERE "valid_on" IN (DATE '1969-12-31', DATE '2199-12-31');
