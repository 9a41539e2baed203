-- partition O'Hare (one partition)
CREATE TEMPORARY TABLE swathe_stage AS
select place, 'O''Hare' as key, 'the key is O''Hare' as told, count(*) as visits
from (SELECT * FROM "main"."visits" WHERE "place" = 'O''Hare') AS "visits"
where place = 'O''Hare'
group by place;

DELETE FROM "main"."partition_key_of_values"
WHERE "place" = 'O''Hare';

INSERT INTO "main"."partition_key_of_values" ("place", "key", "told", "visits")
SELECT "place", "key", "told", "visits"
FROM swathe_stage
WHERE "place" = 'O''Hare';

-- partition O'Hare (a batch)
CREATE TEMPORARY TABLE swathe_stage AS
select place, 'O''Hare' as key, 'the key is O''Hare' as told, count(*) as visits
from (SELECT * FROM "main"."visits" WHERE "place" = 'O''Hare') AS "visits"
where place = 'O''Hare'
group by place;

DELETE FROM "main"."partition_key_of_values"
WHERE "place" = 'O''Hare';

INSERT INTO "main"."partition_key_of_values" ("place", "key", "told", "visits")
SELECT "place", "key", "told", "visits"
FROM swathe_stage
WHERE "place" = 'O''Hare';

-- partition back\slash (a batch)
CREATE TEMPORARY TABLE swathe_stage AS
select place, 'back\slash' as key, 'the key is back\slash' as told, count(*) as visits
from (SELECT * FROM "main"."visits" WHERE "place" = 'back\slash') AS "visits"
where place = 'back\slash'
group by place;

DELETE FROM "main"."partition_key_of_values"
WHERE "place" = 'back\slash';

INSERT INTO "main"."partition_key_of_values" ("place", "key", "told", "visits")
SELECT "place", "key", "told", "visits"
FROM swathe_stage
WHERE "place" = 'back\slash';
