-- partition a (one partition)
DELETE FROM "main"."every_value"
WHERE "Von/Nach = ""x""" = 'a';

INSERT INTO "main"."every_value" ("Von/Nach = ""x""", "order")
SELECT "Von/Nach = ""x""", "order"
FROM (
select "Von/Nach = ""x""", count(*) as "order"
from (SELECT * FROM "main"."trips" WHERE "Von/Nach = ""x""" = 'a') AS "trips"
group by 1
) AS q
WHERE "Von/Nach = ""x""" = 'a';

-- partition a to __null__ (a batch)
DELETE FROM "main"."every_value";

INSERT INTO "main"."every_value" ("Von/Nach = ""x""", "order")
SELECT "Von/Nach = ""x""", "order"
FROM (
select "Von/Nach = ""x""", count(*) as "order"
from "main"."trips" AS "trips"
group by 1
) AS q;
