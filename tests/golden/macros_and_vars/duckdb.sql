-- partition 2024-01-02 (one partition)
DELETE FROM "main"."macros_and_vars"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."macros_and_vars" ("day", "carrier", "late_share")
SELECT "day", "carrier", "late_share"
FROM (
select
    day,
    carrier,
    avg(case when delay > 10 then 1.0 else 0.0 end) as late_share,
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03') AS "flights"
where carrier in ('AA', 'UA')
group by day, carrier
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

-- partition 2024-01-02 to 2024-01-04 (a batch)
DELETE FROM "main"."macros_and_vars"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05';

INSERT INTO "main"."macros_and_vars" ("day", "carrier", "late_share")
SELECT "day", "carrier", "late_share"
FROM (
select
    day,
    carrier,
    avg(case when delay > 10 then 1.0 else 0.0 end) as late_share,
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05') AS "flights"
where carrier in ('AA', 'UA')
group by day, carrier
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05'
ORDER BY "day";
