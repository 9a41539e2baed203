-- partition 2024-01-02
-- Trino: most connectors have no transaction of several statements. Between the two readers see the rows gone, and when
-- the second fails, run both again.
DELETE FROM "main"."cte_used_twice"
WHERE "day" >= CAST('2024-01-02' AS DATE) AND "day" < CAST('2024-01-03' AS DATE);

INSERT INTO "main"."cte_used_twice" ("day", "delay", "delay_before")
SELECT
  "day",
  "delay",
  "delay_before"
FROM (
  WITH daily AS (
    SELECT
      day,
      SUM(delay) AS delay
    FROM (
      SELECT
        *
      FROM "main"."flights"
      WHERE
        "day" >= CAST('2024-01-01' AS DATE) AND "day" < CAST('2024-01-03' AS DATE)
    ) AS "flights"
    GROUP BY
      day
  )
  SELECT
    today.day,
    today.delay,
    yesterday.delay AS delay_before
  FROM daily AS today
  JOIN daily AS yesterday
    ON yesterday.day = today.day - INTERVAL '1' DAY
) AS q
WHERE
  "day" >= CAST('2024-01-02' AS DATE) AND "day" < CAST('2024-01-03' AS DATE);
