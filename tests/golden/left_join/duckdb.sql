-- partition 2024-01-02 (one partition)
DELETE FROM "main"."left_join"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."left_join" ("day", "carrier", "delay", "rain")
SELECT "day", "carrier", "delay", "rain"
FROM (
select f.day, f.carrier, f.delay, w.rain
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03') as f
left join (SELECT * FROM "main"."weather" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03') as w on w.day = f.day and w.rain > 0
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

-- partition 2024-01-02 to 2024-01-04 (a batch)
DELETE FROM "main"."left_join"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05';

INSERT INTO "main"."left_join" ("day", "carrier", "delay", "rain")
SELECT "day", "carrier", "delay", "rain"
FROM (
select f.day, f.carrier, f.delay, w.rain
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05') as f
left join (SELECT * FROM "main"."weather" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05') as w on w.day = f.day and w.rain > 0
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05'
ORDER BY "day";
