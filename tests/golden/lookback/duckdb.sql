-- partition 2024-01-02 (one partition)
DELETE FROM "main"."lookback"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."lookback" ("day", "carrier", "worst")
SELECT "day", "carrier", "worst"
FROM (
select today.day, today.carrier, max(before.delay) as worst
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03') as today
join (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2023-12-31' AND "day" < DATE '2024-01-03') as before
    on before.carrier = today.carrier and abs(date_diff('day', before.day, today.day - 1)) <= 1
group by all
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

-- partition 2024-01-02 to 2024-01-04 (a batch)
DELETE FROM "main"."lookback"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05';

INSERT INTO "main"."lookback" ("day", "carrier", "worst")
SELECT "day", "carrier", "worst"
FROM (
select today.day, today.carrier, max(before.delay) as worst
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05') as today
join (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2023-12-31' AND "day" < DATE '2024-01-05') as before
    on before.carrier = today.carrier and abs(date_diff('day', before.day, today.day - 1)) <= 1
group by all
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05'
ORDER BY "day";
