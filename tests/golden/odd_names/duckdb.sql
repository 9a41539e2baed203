-- partition 2024-01-02 (one partition)
DELETE FROM "main"."odd_names"
WHERE "Tag der Fahrt" >= DATE '2024-01-02' AND "Tag der Fahrt" < DATE '2024-01-03';

INSERT INTO "main"."odd_names" ("Tag der Fahrt", "order", "größe", "semi;colon", "select")
SELECT "Tag der Fahrt", "order", "größe", "semi;colon", "select"
FROM (
select "Tag der Fahrt", "order", "Größe in €" as "größe", "a""b" as "semi;colon", count(*) as "select"
from (SELECT * FROM "main"."odd inputs" WHERE "Tag der Fahrt" >= DATE '2024-01-02' AND "Tag der Fahrt" < DATE '2024-01-03') AS "odd inputs"
group by all
) AS q
WHERE "Tag der Fahrt" >= DATE '2024-01-02' AND "Tag der Fahrt" < DATE '2024-01-03';

-- partition 2024-01-02 to 2024-01-04 (a batch)
DELETE FROM "main"."odd_names"
WHERE "Tag der Fahrt" >= DATE '2024-01-02' AND "Tag der Fahrt" < DATE '2024-01-05';

INSERT INTO "main"."odd_names" ("Tag der Fahrt", "order", "größe", "semi;colon", "select")
SELECT "Tag der Fahrt", "order", "größe", "semi;colon", "select"
FROM (
select "Tag der Fahrt", "order", "Größe in €" as "größe", "a""b" as "semi;colon", count(*) as "select"
from (SELECT * FROM "main"."odd inputs" WHERE "Tag der Fahrt" >= DATE '2024-01-02' AND "Tag der Fahrt" < DATE '2024-01-05') AS "odd inputs"
group by all
) AS q
WHERE "Tag der Fahrt" >= DATE '2024-01-02' AND "Tag der Fahrt" < DATE '2024-01-05'
ORDER BY "Tag der Fahrt";
