-- partition 2024-01-02
BEGIN;

DELETE FROM "main"."rolling_window"
WHERE "day" >= CAST('2024-01-02' AS DATE) AND "day" < CAST('2024-01-03' AS DATE);

INSERT INTO "main"."rolling_window" ("day", "carrier", "delay", "flights")
SELECT
  "day",
  "carrier",
  "delay",
  "flights"
FROM (
  SELECT
    day,
    carrier,
    SUM(delay) OVER last_three AS delay,
    COUNT(*) OVER last_three AS flights
  FROM (
    SELECT
      *
    FROM "main"."flights"
    WHERE
      "day" >= CAST('2023-12-31' AS DATE) AND "day" < CAST('2024-01-03' AS DATE)
  ) AS "flights"
  WINDOW last_three AS (
    PARTITION BY carrier
    ORDER BY day
    range BETWEEN INTERVAL '2 DAY' preceding AND CURRENT ROW
  )
) AS q
WHERE
  "day" >= CAST('2024-01-02' AS DATE) AND "day" < CAST('2024-01-03' AS DATE);

COMMIT;
