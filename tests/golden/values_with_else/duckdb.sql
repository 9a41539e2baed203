-- partition __else__ (one partition)
DELETE FROM "main"."values_with_else"
WHERE "origin" NOT IN ('EWR', 'O''Hare', 'JFK');

INSERT INTO "main"."values_with_else" ("origin", "carrier", "flights")
SELECT "origin", "carrier", "flights"
FROM (
select origin, carrier, count(*) as flights
from (SELECT * FROM "main"."flights" WHERE "origin" NOT IN ('EWR', 'O''Hare', 'JFK')) AS "flights"
group by origin, carrier
) AS q
WHERE "origin" NOT IN ('EWR', 'O''Hare', 'JFK');

-- partition O'Hare to __else__ (a batch)
DELETE FROM "main"."values_with_else"
WHERE "origin" <> 'EWR';

INSERT INTO "main"."values_with_else" ("origin", "carrier", "flights")
SELECT "origin", "carrier", "flights"
FROM (
select origin, carrier, count(*) as flights
from (SELECT * FROM "main"."flights" WHERE "origin" <> 'EWR') AS "flights"
group by origin, carrier
) AS q
WHERE "origin" <> 'EWR';
