-- partition all
BEGIN;

DELETE FROM "MAIN"."WHOLE_TABLE";

INSERT INTO "MAIN"."WHOLE_TABLE" ("CARRIER", "FLIGHTS", "LAST_FLIGHT")
SELECT
  "CARRIER",
  "FLIGHTS",
  "LAST_FLIGHT"
FROM (
  SELECT
    carrier,
    COUNT(*) AS flights,
    MAX(day) AS last_flight
  FROM "MAIN"."FLIGHTS" AS "FLIGHTS"
  GROUP BY
    carrier
) AS q;

COMMIT;
