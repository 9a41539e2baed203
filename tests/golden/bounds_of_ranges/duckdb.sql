-- partition -100 (one partition)
CREATE TEMPORARY TABLE swathe_stage AS
select
  id, id-(-100) as after_start, (-100)::varchar as first_id,
  id - 0 as before_end, '-100' as key
from "raw"."events" AS "events"
where id >= (-100) and id < 0;

DELETE FROM "main"."bounds_of_ranges"
WHERE "id" >= -100 AND "id" < 0;

INSERT INTO "main"."bounds_of_ranges" ("id", "after_start", "first_id", "before_end", "key")
SELECT "id", "after_start", "first_id", "before_end", "key"
FROM swathe_stage
WHERE "id" >= -100 AND "id" < 0;

-- partition -100 (a batch)
CREATE TEMPORARY TABLE swathe_stage AS
select
  id, id-(-100) as after_start, (-100)::varchar as first_id,
  id - 0 as before_end, '-100' as key
from "raw"."events" AS "events"
where id >= (-100) and id < 0;

DELETE FROM "main"."bounds_of_ranges"
WHERE "id" >= -100 AND "id" < 0;

INSERT INTO "main"."bounds_of_ranges" ("id", "after_start", "first_id", "before_end", "key")
SELECT "id", "after_start", "first_id", "before_end", "key"
FROM swathe_stage
WHERE "id" >= -100 AND "id" < 0;

-- partition 0 (a batch)
CREATE TEMPORARY TABLE swathe_stage AS
select
  id, id-0 as after_start, 0::varchar as first_id,
  id - 100 as before_end, '0' as key
from "raw"."events" AS "events"
where id >= 0 and id < 100;

DELETE FROM "main"."bounds_of_ranges"
WHERE "id" >= 0 AND "id" < 100;

INSERT INTO "main"."bounds_of_ranges" ("id", "after_start", "first_id", "before_end", "key")
SELECT "id", "after_start", "first_id", "before_end", "key"
FROM swathe_stage
WHERE "id" >= 0 AND "id" < 100;

-- partition 100 (a batch)
CREATE TEMPORARY TABLE swathe_stage AS
select
  id, id-100 as after_start, 100::varchar as first_id,
  id - 200 as before_end, '100' as key
from "raw"."events" AS "events"
where id >= 100 and id < 200;

DELETE FROM "main"."bounds_of_ranges"
WHERE "id" >= 100 AND "id" < 200;

INSERT INTO "main"."bounds_of_ranges" ("id", "after_start", "first_id", "before_end", "key")
SELECT "id", "after_start", "first_id", "before_end", "key"
FROM swathe_stage
WHERE "id" >= 100 AND "id" < 200;
