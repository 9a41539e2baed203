-- partition -100
BEGIN;

DELETE FROM "main"."bounds_of_ranges"
WHERE "id" >= -100 AND "id" < 0;

INSERT INTO "main"."bounds_of_ranges" ("id", "after_start", "first_id", "before_end", "key")
SELECT
  "id",
  "after_start",
  "first_id",
  "before_end",
  "key"
FROM (
  SELECT
    id,
    id - (
      -100
    ) AS after_start,
    CAST((
      -100
    ) AS VARCHAR(MAX)) AS first_id,
    id - 0 AS before_end,
    '-100' AS key
  FROM "raw"."events" AS "events"
  WHERE
    id >= (
      -100
    ) AND id < 0
) AS q
WHERE
  "id" >= -100 AND "id" < 0;

COMMIT;

-- partition -100 (a batch)
BEGIN;

DELETE FROM "main"."bounds_of_ranges"
WHERE "id" >= -100 AND "id" < 0;

INSERT INTO "main"."bounds_of_ranges" ("id", "after_start", "first_id", "before_end", "key")
SELECT
  "id",
  "after_start",
  "first_id",
  "before_end",
  "key"
FROM (
  SELECT
    id,
    id - (
      -100
    ) AS after_start,
    CAST((
      -100
    ) AS VARCHAR(MAX)) AS first_id,
    id - 0 AS before_end,
    '-100' AS key
  FROM "raw"."events" AS "events"
  WHERE
    id >= (
      -100
    ) AND id < 0
) AS q
WHERE
  "id" >= -100 AND "id" < 0;

COMMIT;

-- partition 0 (a batch)
BEGIN;

DELETE FROM "main"."bounds_of_ranges"
WHERE "id" >= 0 AND "id" < 100;

INSERT INTO "main"."bounds_of_ranges" ("id", "after_start", "first_id", "before_end", "key")
SELECT
  "id",
  "after_start",
  "first_id",
  "before_end",
  "key"
FROM (
  SELECT
    id,
    id - 0 AS after_start,
    CAST(0 AS VARCHAR(MAX)) AS first_id,
    id - 100 AS before_end,
    '0' AS key
  FROM "raw"."events" AS "events"
  WHERE
    id >= 0 AND id < 100
) AS q
WHERE
  "id" >= 0 AND "id" < 100;

COMMIT;

-- partition 100 (a batch)
BEGIN;

DELETE FROM "main"."bounds_of_ranges"
WHERE "id" >= 100 AND "id" < 200;

INSERT INTO "main"."bounds_of_ranges" ("id", "after_start", "first_id", "before_end", "key")
SELECT
  "id",
  "after_start",
  "first_id",
  "before_end",
  "key"
FROM (
  SELECT
    id,
    id - 100 AS after_start,
    CAST(100 AS VARCHAR(MAX)) AS first_id,
    id - 200 AS before_end,
    '100' AS key
  FROM "raw"."events" AS "events"
  WHERE
    id >= 100 AND id < 200
) AS q
WHERE
  "id" >= 100 AND "id" < 200;

COMMIT;
