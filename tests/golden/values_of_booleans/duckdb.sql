-- partition false (one partition)
DELETE FROM "main"."values_of_booleans"
WHERE "delayed" = FALSE;

INSERT INTO "main"."values_of_booleans" ("delayed", "flights", "longest")
SELECT "delayed", "flights", "longest"
FROM (
select delay > 15 as delayed, count(*) as flights, max(delay) as longest
from "raw"."flights" AS "flights"
group by 1
) AS q
WHERE "delayed" = FALSE;

-- partition false to __null__ (a batch)
DELETE FROM "main"."values_of_booleans"
WHERE ("delayed" = FALSE OR "delayed" IS NULL);

INSERT INTO "main"."values_of_booleans" ("delayed", "flights", "longest")
SELECT "delayed", "flights", "longest"
FROM (
select delay > 15 as delayed, count(*) as flights, max(delay) as longest
from "raw"."flights" AS "flights"
group by 1
) AS q
WHERE ("delayed" = FALSE OR "delayed" IS NULL);
