-- partition 2024-01-02 (one partition)
DELETE FROM "main"."rolling_window"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."rolling_window" ("day", "carrier", "delay", "flights")
SELECT "day", "carrier", "delay", "flights"
FROM (
select day, carrier, sum(delay) over last_three as delay, count(*) over last_three as flights
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2023-12-31' AND "day" < DATE '2024-01-03') AS "flights"
window last_three as (
    partition by carrier
    order by day
    range between interval 2 day preceding and current row
)
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

-- partition 2024-01-02 to 2024-01-04 (a batch)
DELETE FROM "main"."rolling_window"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05';

INSERT INTO "main"."rolling_window" ("day", "carrier", "delay", "flights")
SELECT "day", "carrier", "delay", "flights"
FROM (
select day, carrier, sum(delay) over last_three as delay, count(*) over last_three as flights
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2023-12-31' AND "day" < DATE '2024-01-05') AS "flights"
window last_three as (
    partition by carrier
    order by day
    range between interval 2 day preceding and current row
)
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05'
ORDER BY "day";
