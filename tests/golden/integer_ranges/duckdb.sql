-- partition -5 (one partition)
DELETE FROM "main"."integer_ranges"
WHERE "Block Number" >= -5 AND "Block Number" < 5;

INSERT INTO "main"."integer_ranges" ("Block Number", "transactions")
SELECT "Block Number", "transactions"
FROM (
select "Block Number", count(*) as transactions
from (SELECT * FROM "main"."transactions" WHERE "Block Number" >= -5 AND "Block Number" < 5) AS "transactions"
group by "Block Number"
) AS q
WHERE "Block Number" >= -5 AND "Block Number" < 5;

-- partition -15 to 5 (a batch)
DELETE FROM "main"."integer_ranges"
WHERE "Block Number" >= -15 AND "Block Number" < 15;

INSERT INTO "main"."integer_ranges" ("Block Number", "transactions")
SELECT "Block Number", "transactions"
FROM (
select "Block Number", count(*) as transactions
from (SELECT * FROM "main"."transactions" WHERE "Block Number" >= -15 AND "Block Number" < 15) AS "transactions"
group by "Block Number"
) AS q
WHERE "Block Number" >= -15 AND "Block Number" < 15
ORDER BY "Block Number";
