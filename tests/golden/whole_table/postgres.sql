-- partition all
BEGIN;

DELETE FROM "main"."whole_table";

INSERT INTO "main"."whole_table" ("carrier", "flights", "last_flight")
SELECT
  "carrier",
  "flights",
  "last_flight"
FROM (
  SELECT
    carrier,
    COUNT(*) AS flights,
    MAX(day) AS last_flight
  FROM "main"."flights" AS "flights"
  GROUP BY
    carrier
) AS q;

COMMIT;
