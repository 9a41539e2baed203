-- partition __null__ (one partition)
DELETE FROM "main"."nulls_own_beside_else"
WHERE "origin" IS NULL;

INSERT INTO "main"."nulls_own_beside_else" ("origin", "trips")
SELECT "origin", "trips"
FROM (
select f.origin, count(*) as trips
from "main"."trips" as t
left join "main"."flights" as f on f.number = t.flight
group by f.origin
) AS q
WHERE "origin" IS NULL;

-- partition JFK to __else__ (a batch)
DELETE FROM "main"."nulls_own_beside_else"
WHERE "origin" <> 'EWR';

INSERT INTO "main"."nulls_own_beside_else" ("origin", "trips")
SELECT "origin", "trips"
FROM (
select f.origin, count(*) as trips
from "main"."trips" as t
left join (SELECT * FROM "main"."flights" WHERE "origin" <> 'EWR') as f on f.number = t.flight
group by f.origin
) AS q
WHERE "origin" <> 'EWR';
