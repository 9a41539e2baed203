-- partition O'Hare Air (one partition)
DELETE FROM "main"."values_by_query"
WHERE "carrier" = 'O''Hare Air';

INSERT INTO "main"."values_by_query" ("carrier", "flights")
SELECT "carrier", "flights"
FROM (
select carrier, count(*) as flights
from (SELECT * FROM "raw"."flights" WHERE "carrier" = 'O''Hare Air') AS "flights"
group by carrier
) AS q
WHERE "carrier" = 'O''Hare Air';

-- partition __empty__ to __null__ (a batch)
DELETE FROM "main"."values_by_query"
WHERE ("carrier" NOT IN ('O''Hare Air', 'UA') OR "carrier" IS NULL);

INSERT INTO "main"."values_by_query" ("carrier", "flights")
SELECT "carrier", "flights"
FROM (
select carrier, count(*) as flights
from (SELECT * FROM "raw"."flights" WHERE ("carrier" NOT IN ('O''Hare Air', 'UA') OR "carrier" IS NULL)) AS "flights"
group by carrier
) AS q
WHERE ("carrier" NOT IN ('O''Hare Air', 'UA') OR "carrier" IS NULL);
