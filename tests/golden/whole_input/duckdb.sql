-- partition 2024-01-02 (one partition)
DELETE FROM "main"."whole_input"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."whole_input" ("day", "carrier", "name", "more_than_usual")
SELECT "day", "carrier", "name", "more_than_usual"
FROM (
select f.day, f.carrier, c.name, f.delay - (select avg(delay) from "main"."flights" AS "flights") as more_than_usual
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03') as f
left join "main"."carriers" as c using (carrier)
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

-- partition 2024-01-02 to 2024-01-04 (a batch)
DELETE FROM "main"."whole_input"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05';

INSERT INTO "main"."whole_input" ("day", "carrier", "name", "more_than_usual")
SELECT "day", "carrier", "name", "more_than_usual"
FROM (
select f.day, f.carrier, c.name, f.delay - (select avg(delay) from "main"."flights" AS "flights") as more_than_usual
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05') as f
left join "main"."carriers" as c using (carrier)
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05'
ORDER BY "day";
