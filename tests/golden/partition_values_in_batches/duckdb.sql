-- partition 2024-01-02 (one partition)
CREATE TEMPORARY TABLE swathe_stage AS
select day, carrier, delay
from "main"."flights" AS "flights"
where day between DATE '2024-01-02' and DATE '2024-01-03';

DELETE FROM "main"."partition_values_in_batches"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."partition_values_in_batches" ("day", "carrier", "delay")
SELECT "day", "carrier", "delay"
FROM swathe_stage
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

-- partition 2024-01-02 to 2024-01-03 (a batch)
CREATE TEMPORARY TABLE swathe_stage AS
select day, carrier, delay
from "main"."flights" AS "flights"
where day between DATE '2024-01-02' and DATE '2024-01-04';

DELETE FROM "main"."partition_values_in_batches"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-04';

INSERT INTO "main"."partition_values_in_batches" ("day", "carrier", "delay")
SELECT "day", "carrier", "delay"
FROM swathe_stage
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-04';

-- partition 2024-01-04 (a batch)
CREATE TEMPORARY TABLE swathe_stage AS
select day, carrier, delay
from "main"."flights" AS "flights"
where day between DATE '2024-01-04' and DATE '2024-01-05';

DELETE FROM "main"."partition_values_in_batches"
WHERE "day" >= DATE '2024-01-04' AND "day" < DATE '2024-01-05';

INSERT INTO "main"."partition_values_in_batches" ("day", "carrier", "delay")
SELECT "day", "carrier", "delay"
FROM swathe_stage
WHERE "day" >= DATE '2024-01-04' AND "day" < DATE '2024-01-05';
