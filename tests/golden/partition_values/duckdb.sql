-- partition 2024-01-02 (one partition)
CREATE TEMPORARY TABLE swathe_stage AS
select day, carrier, delay, DATE '2024-01-02' as built_from, '2024-01-03' as built_to, '2024-01-02' as key
from "main"."flights" AS "flights"
where day >= DATE '2024-01-02' and day < cast('2024-01-03' as date);

DELETE FROM "main"."partition_values"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."partition_values" ("day", "carrier", "delay", "built_from", "built_to", "key")
SELECT "day", "carrier", "delay", "built_from", "built_to", "key"
FROM swathe_stage
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

-- partition 2024-01-02 (a batch)
CREATE TEMPORARY TABLE swathe_stage AS
select day, carrier, delay, DATE '2024-01-02' as built_from, '2024-01-03' as built_to, '2024-01-02' as key
from "main"."flights" AS "flights"
where day >= DATE '2024-01-02' and day < cast('2024-01-03' as date);

DELETE FROM "main"."partition_values"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."partition_values" ("day", "carrier", "delay", "built_from", "built_to", "key")
SELECT "day", "carrier", "delay", "built_from", "built_to", "key"
FROM swathe_stage
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

-- partition 2024-01-03 (a batch)
CREATE TEMPORARY TABLE swathe_stage AS
select day, carrier, delay, DATE '2024-01-03' as built_from, '2024-01-04' as built_to, '2024-01-03' as key
from "main"."flights" AS "flights"
where day >= DATE '2024-01-03' and day < cast('2024-01-04' as date);

DELETE FROM "main"."partition_values"
WHERE "day" >= DATE '2024-01-03' AND "day" < DATE '2024-01-04';

INSERT INTO "main"."partition_values" ("day", "carrier", "delay", "built_from", "built_to", "key")
SELECT "day", "carrier", "delay", "built_from", "built_to", "key"
FROM swathe_stage
WHERE "day" >= DATE '2024-01-03' AND "day" < DATE '2024-01-04';

-- partition 2024-01-04 (a batch)
CREATE TEMPORARY TABLE swathe_stage AS
select day, carrier, delay, DATE '2024-01-04' as built_from, '2024-01-05' as built_to, '2024-01-04' as key
from "main"."flights" AS "flights"
where day >= DATE '2024-01-04' and day < cast('2024-01-05' as date);

DELETE FROM "main"."partition_values"
WHERE "day" >= DATE '2024-01-04' AND "day" < DATE '2024-01-05';

INSERT INTO "main"."partition_values" ("day", "carrier", "delay", "built_from", "built_to", "key")
SELECT "day", "carrier", "delay", "built_from", "built_to", "key"
FROM swathe_stage
WHERE "day" >= DATE '2024-01-04' AND "day" < DATE '2024-01-05';
