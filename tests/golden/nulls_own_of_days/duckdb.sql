-- partition __null__ (one partition)
DELETE FROM "main"."nulls_own_of_days"
WHERE "shipped_on" IS NULL;

INSERT INTO "main"."nulls_own_of_days" ("shipped_on", "orders")
SELECT "shipped_on", "orders"
FROM (
select shipped_on, count(*) as orders
from (SELECT * FROM "main"."orders" WHERE "shipped_on" IS NULL) AS "orders"
group by shipped_on
) AS q
WHERE "shipped_on" IS NULL;

-- partition 2024-01-01 to 2024-01-02 (a batch)
DELETE FROM "main"."nulls_own_of_days"
WHERE "shipped_on" >= DATE '2024-01-01' AND "shipped_on" < DATE '2024-01-03';

INSERT INTO "main"."nulls_own_of_days" ("shipped_on", "orders")
SELECT "shipped_on", "orders"
FROM (
select shipped_on, count(*) as orders
from (SELECT * FROM "main"."orders" WHERE "shipped_on" >= DATE '2024-01-01' AND "shipped_on" < DATE '2024-01-03') AS "orders"
group by shipped_on
) AS q
WHERE "shipped_on" >= DATE '2024-01-01' AND "shipped_on" < DATE '2024-01-03'
ORDER BY "shipped_on";
