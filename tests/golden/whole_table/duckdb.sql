-- partition all (one partition)
DELETE FROM "main"."whole_table";

INSERT INTO "main"."whole_table" ("carrier", "flights", "last_flight")
SELECT "carrier", "flights", "last_flight"
FROM (
select carrier, count(*) as flights, max(day) as last_flight
from "main"."flights" AS "flights"
group by carrier
) AS q;
