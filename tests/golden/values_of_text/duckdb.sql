-- partition O'Hare (one partition)
DELETE FROM "main"."values_of_text"
WHERE "place" = 'O''Hare';

INSERT INTO "main"."values_of_text" ("place", "visits")
SELECT "place", "visits"
FROM (
select place, count(*) as visits
from (SELECT * FROM "main"."visits" WHERE "place" = 'O''Hare') AS "visits"
group by place
) AS q
WHERE "place" = 'O''Hare';

-- partition C:\new to a%3Db (a batch)
DELETE FROM "main"."values_of_text"
WHERE "place" IN ('C:\new', '''\''', 'AS/400', 'São Paulo', ' two  words ', '100%', 'EWR', 'say "hi"', 'a=b');

INSERT INTO "main"."values_of_text" ("place", "visits")
SELECT "place", "visits"
FROM (
select place, count(*) as visits
from (SELECT * FROM "main"."visits" WHERE "place" IN ('C:\new', '''\''', 'AS/400', 'São Paulo', ' two  words ', '100%', 'EWR', 'say "hi"', 'a=b')) AS "visits"
group by place
) AS q
WHERE "place" IN ('C:\new', '''\''', 'AS/400', 'São Paulo', ' two  words ', '100%', 'EWR', 'say "hi"', 'a=b');
