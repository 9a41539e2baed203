-- partition 2024-01-02 (one partition)
DELETE FROM "main"."comments_and_semicolon"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

INSERT INTO "main"."comments_and_semicolon" ("day", "semicolon", "dashes")
SELECT "day", "semicolon", "dashes"
FROM (
-- ; a semicolon in a comment
select day, ';' as semicolon, '--' as dashes /* ) */
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03') AS "flights" -- the last line is a comment;
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-03';

-- partition 2024-01-02 to 2024-01-04 (a batch)
DELETE FROM "main"."comments_and_semicolon"
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05';

INSERT INTO "main"."comments_and_semicolon" ("day", "semicolon", "dashes")
SELECT "day", "semicolon", "dashes"
FROM (
-- ; a semicolon in a comment
select day, ';' as semicolon, '--' as dashes /* ) */
from (SELECT * FROM "main"."flights" WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05') AS "flights" -- the last line is a comment;
) AS q
WHERE "day" >= DATE '2024-01-02' AND "day" < DATE '2024-01-05';
