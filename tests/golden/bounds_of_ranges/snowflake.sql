-- partition -100
BEGIN;

DELETE FROM "MAIN"."BOUNDS_OF_RANGES"
WHERE "ID" >= -100 AND "ID" < 0;

INSERT INTO "MAIN"."BOUNDS_OF_RANGES" ("ID", "AFTER_START", "FIRST_ID", "BEFORE_END", "KEY")
SELECT
  "ID",
  "AFTER_START",
  "FIRST_ID",
  "BEFORE_END",
  "KEY"
FROM (
  SELECT
    id,
    id - (
      -100
    ) AS after_start,
    CAST((
      -100
    ) AS VARCHAR) AS first_id,
    id - 0 AS before_end,
    '-100' AS key
  FROM "RAW"."EVENTS" AS "EVENTS"
  WHERE
    id >= (
      -100
    ) AND id < 0
) AS q
WHERE
  "ID" >= -100 AND "ID" < 0;

COMMIT;

-- partition -100 (a batch)
BEGIN;

DELETE FROM "MAIN"."BOUNDS_OF_RANGES"
WHERE "ID" >= -100 AND "ID" < 0;

INSERT INTO "MAIN"."BOUNDS_OF_RANGES" ("ID", "AFTER_START", "FIRST_ID", "BEFORE_END", "KEY")
SELECT
  "ID",
  "AFTER_START",
  "FIRST_ID",
  "BEFORE_END",
  "KEY"
FROM (
  SELECT
    id,
    id - (
      -100
    ) AS after_start,
    CAST((
      -100
    ) AS VARCHAR) AS first_id,
    id - 0 AS before_end,
    '-100' AS key
  FROM "RAW"."EVENTS" AS "EVENTS"
  WHERE
    id >= (
      -100
    ) AND id < 0
) AS q
WHERE
  "ID" >= -100 AND "ID" < 0;

COMMIT;

-- partition 0 (a batch)
BEGIN;

DELETE FROM "MAIN"."BOUNDS_OF_RANGES"
WHERE "ID" >= 0 AND "ID" < 100;

INSERT INTO "MAIN"."BOUNDS_OF_RANGES" ("ID", "AFTER_START", "FIRST_ID", "BEFORE_END", "KEY")
SELECT
  "ID",
  "AFTER_START",
  "FIRST_ID",
  "BEFORE_END",
  "KEY"
FROM (
  SELECT
    id,
    id - 0 AS after_start,
    CAST(0 AS VARCHAR) AS first_id,
    id - 100 AS before_end,
    '0' AS key
  FROM "RAW"."EVENTS" AS "EVENTS"
  WHERE
    id >= 0 AND id < 100
) AS q
WHERE
  "ID" >= 0 AND "ID" < 100;

COMMIT;

-- partition 100 (a batch)
BEGIN;

DELETE FROM "MAIN"."BOUNDS_OF_RANGES"
WHERE "ID" >= 100 AND "ID" < 200;

INSERT INTO "MAIN"."BOUNDS_OF_RANGES" ("ID", "AFTER_START", "FIRST_ID", "BEFORE_END", "KEY")
SELECT
  "ID",
  "AFTER_START",
  "FIRST_ID",
  "BEFORE_END",
  "KEY"
FROM (
  SELECT
    id,
    id - 100 AS after_start,
    CAST(100 AS VARCHAR) AS first_id,
    id - 200 AS before_end,
    '100' AS key
  FROM "RAW"."EVENTS" AS "EVENTS"
  WHERE
    id >= 100 AND id < 200
) AS q
WHERE
  "ID" >= 100 AND "ID" < 200;

COMMIT;
