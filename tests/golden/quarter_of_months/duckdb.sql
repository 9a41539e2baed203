-- partition 2023-Q2 (one partition)
DELETE FROM "main"."quarter_of_months"
WHERE "quarter" >= DATE '2023-04-01' AND "quarter" < DATE '2023-07-01';

INSERT INTO "main"."quarter_of_months" ("quarter", "amount")
SELECT "quarter", "amount"
FROM (
select cast(date_trunc('quarter', month) as date) as quarter, sum(amount) as amount
from (SELECT * FROM "main"."revenue" WHERE "month" >= DATE '2023-04-01' AND "month" < DATE '2023-07-01') AS "revenue"
group by 1
having sum(amount) > 0
) AS q
WHERE "quarter" >= DATE '2023-04-01' AND "quarter" < DATE '2023-07-01';

-- partition 2023-Q2 to 2023-Q4 (a batch)
DELETE FROM "main"."quarter_of_months"
WHERE "quarter" >= DATE '2023-04-01' AND "quarter" < DATE '2024-01-01';

INSERT INTO "main"."quarter_of_months" ("quarter", "amount")
SELECT "quarter", "amount"
FROM (
select cast(date_trunc('quarter', month) as date) as quarter, sum(amount) as amount
from (SELECT * FROM "main"."revenue" WHERE "month" >= DATE '2023-04-01' AND "month" < DATE '2024-01-01') AS "revenue"
group by 1
having sum(amount) > 0
) AS q
WHERE "quarter" >= DATE '2023-04-01' AND "quarter" < DATE '2024-01-01'
ORDER BY "quarter";
