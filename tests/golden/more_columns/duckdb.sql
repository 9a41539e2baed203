-- partition day=2024-01-02/von=__else__ (one partition)
DELETE FROM "main"."more_columns"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03' AND "von" NOT IN ('EWR', 'JFK');

INSERT INTO "main"."more_columns" ("day", "von", "name", "flights")
SELECT "day", "von", "name", "flights"
FROM (
select f.day, f.origin as von, c.name, count(*) as flights
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03' AND "origin" NOT IN ('EWR', 'JFK')) as f
join "main"."carriers" as c on c.code = f.carrier
group by f.day, f.origin, c.name
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03' AND "von" NOT IN ('EWR', 'JFK');

-- partition day=2024-01-01/von=EWR to day=2024-01-02/von=__else__ (a batch)
DELETE FROM "main"."more_columns"
WHERE "day" >= DATE '2024-01-01' AND "day" < DATE '2024-01-03' AND "von" <> 'JFK';

INSERT INTO "main"."more_columns" ("day", "von", "name", "flights")
SELECT "day", "von", "name", "flights"
FROM (
select f.day, f.origin as von, c.name, count(*) as flights
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-01' AND "day" < DATE '2024-01-03' AND "origin" <> 'JFK') as f
join "main"."carriers" as c on c.code = f.carrier
group by f.day, f.origin, c.name
) AS q
WHERE "day" >= DATE '2024-01-01' AND "day" < DATE '2024-01-03' AND "von" <> 'JFK'
ORDER BY "day";
