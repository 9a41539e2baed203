-- partition region=l'outre-mer/sold_at=2024-03/tier=2
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."month_region_and_tier"
WHERE "sold_at" >= toDateTime64('2024-02-29 23:00:00', 6, 'UTC') AND "sold_at" < toDateTime64('2024-03-31 22:00:00', 6, 'UTC') AND "region" = 'l''outre-mer' AND "tier" = 2;

INSERT INTO "main"."month_region_and_tier" ("sold_at", "region", "tier", "amount")
SELECT
  "sold_at",
  "region",
  "tier",
  "amount"
FROM (
  SELECT
    sold_at,
    region,
    tier,
    amount
  FROM (
    SELECT
      *
    FROM "raw"."sales"
    WHERE
      "sold_at" >= toDateTime64('2024-02-29 23:00:00', 6, 'UTC')
      AND "sold_at" < toDateTime64('2024-03-31 22:00:00', 6, 'UTC')
      AND "region" = 'l''outre-mer'
      AND "tier" = 2
  ) AS "sales"
) AS q
WHERE
  "sold_at" >= toDateTime64('2024-02-29 23:00:00', 6, 'UTC')
  AND "sold_at" < toDateTime64('2024-03-31 22:00:00', 6, 'UTC')
  AND "region" = 'l''outre-mer'
  AND "tier" = 2;

-- partition region=eu/sold_at=2024-03/tier=1 to region=l'outre-mer/sold_at=2024-04/tier=2 (a batch)
-- ClickHouse has no transactions. Between the two readers see the rows gone, and when the second fails, run both again.
-- The DELETE waits until the rows are marked, unless `lightweight_deletes_sync` is 0: then the INSERT may come first.
DELETE FROM "main"."month_region_and_tier"
WHERE "sold_at" >= toDateTime64('2024-02-29 23:00:00', 6, 'UTC') AND "sold_at" < toDateTime64('2024-04-30 22:00:00', 6, 'UTC') AND (("region" = 'eu' AND "tier" <> 2) OR ("region" = 'us' AND NOT ("tier" IN (1, 2))) OR ("region" = 'l''outre-mer' AND "tier" = 2));

INSERT INTO "main"."month_region_and_tier" ("sold_at", "region", "tier", "amount")
SELECT
  "sold_at",
  "region",
  "tier",
  "amount"
FROM (
  SELECT
    sold_at,
    region,
    tier,
    amount
  FROM (
    SELECT
      *
    FROM "raw"."sales"
    WHERE
      "sold_at" >= toDateTime64('2024-02-29 23:00:00', 6, 'UTC')
      AND "sold_at" < toDateTime64('2024-04-30 22:00:00', 6, 'UTC')
      AND "region" IN ('eu', 'us', 'l''outre-mer')
      AND NOT (
        "tier" IS NULL
      )
  ) AS "sales"
) AS q
WHERE
  "sold_at" >= toDateTime64('2024-02-29 23:00:00', 6, 'UTC')
  AND "sold_at" < toDateTime64('2024-04-30 22:00:00', 6, 'UTC')
  AND (
    (
      "region" = 'eu' AND "tier" <> 2
    )
    OR (
      "region" = 'us' AND NOT (
        "tier" IN (1, 2)
      )
    )
    OR (
      "region" = 'l''outre-mer' AND "tier" = 2
    )
  );
