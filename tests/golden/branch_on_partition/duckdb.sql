-- partition 2024-01-02 (one partition)
DELETE FROM "main"."branch_on_partition"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."branch_on_partition" ("day", "carrier", "seconds")
SELECT "day", "carrier", "seconds"
FROM (
select day, carrier, delay as seconds
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03') AS "flights"
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

-- partition 2024-01-02 (a batch)
DELETE FROM "main"."branch_on_partition"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."branch_on_partition" ("day", "carrier", "seconds")
SELECT "day", "carrier", "seconds"
FROM (
select day, carrier, delay as seconds
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03') AS "flights"
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

-- partition 2024-01-03 (a batch)
DELETE FROM "main"."branch_on_partition"
WHERE "day" >= DATE '2024-01-03' AND "day" < DATE '2024-01-04';

INSERT INTO "main"."branch_on_partition" ("day", "carrier", "seconds")
SELECT "day", "carrier", "seconds"
FROM (
select day, carrier, delay * 60 as seconds
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-03' AND "day" < DATE '2024-01-04') AS "flights"
) AS q
WHERE "day" >= DATE '2024-01-03' AND "day" < DATE '2024-01-04';

-- partition 2024-01-04 (a batch)
DELETE FROM "main"."branch_on_partition"
WHERE "day" >= DATE '2024-01-04' AND "day" < DATE '2024-01-05';

INSERT INTO "main"."branch_on_partition" ("day", "carrier", "seconds")
SELECT "day", "carrier", "seconds"
FROM (
select day, carrier, delay * 60 as seconds
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-04' AND "day" < DATE '2024-01-05') AS "flights"
) AS q
WHERE "day" >= DATE '2024-01-04' AND "day" < DATE '2024-01-05';
