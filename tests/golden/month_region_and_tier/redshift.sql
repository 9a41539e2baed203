-- partition region=l'outre-mer/sold_at=2024-03/tier=2
BEGIN;

DELETE FROM "main"."month_region_and_tier"
WHERE "sold_at" >= CAST('2024-02-29 23:00:00+00:00' AS TIMESTAMP WITH TIME ZONE) AND "sold_at" < CAST('2024-03-31 22:00:00+00:00' AS TIMESTAMP WITH TIME ZONE) AND "region" = 'l\'outre-mer' AND "tier" = 2;

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
      "sold_at" >= CAST('2024-02-29 23:00:00+00:00' AS TIMESTAMP WITH TIME ZONE)
      AND "sold_at" < CAST('2024-03-31 22:00:00+00:00' AS TIMESTAMP WITH TIME ZONE)
      AND "region" = 'l\'outre-mer'
      AND "tier" = 2
  ) AS "sales"
) AS q
WHERE
  "sold_at" >= CAST('2024-02-29 23:00:00+00:00' AS TIMESTAMP WITH TIME ZONE)
  AND "sold_at" < CAST('2024-03-31 22:00:00+00:00' AS TIMESTAMP WITH TIME ZONE)
  AND "region" = 'l\'outre-mer'
  AND "tier" = 2;

COMMIT;

-- partition region=eu/sold_at=2024-03/tier=1 to region=l'outre-mer/sold_at=2024-04/tier=2 (a batch)
BEGIN;

DELETE FROM "main"."month_region_and_tier"
WHERE "sold_at" >= CAST('2024-02-29 23:00:00+00:00' AS TIMESTAMP WITH TIME ZONE) AND "sold_at" < CAST('2024-04-30 22:00:00+00:00' AS TIMESTAMP WITH TIME ZONE) AND (("region" = 'eu' AND "tier" <> 2) OR ("region" = 'us' AND NOT "tier" IN (1, 2)) OR ("region" = 'l\'outre-mer' AND "tier" = 2));

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
      "sold_at" >= CAST('2024-02-29 23:00:00+00:00' AS TIMESTAMP WITH TIME ZONE)
      AND "sold_at" < CAST('2024-04-30 22:00:00+00:00' AS TIMESTAMP WITH TIME ZONE)
      AND "region" IN ('eu', 'us', 'l\'outre-mer')
      AND NOT "tier" IS NULL
  ) AS "sales"
) AS q
WHERE
  "sold_at" >= CAST('2024-02-29 23:00:00+00:00' AS TIMESTAMP WITH TIME ZONE)
  AND "sold_at" < CAST('2024-04-30 22:00:00+00:00' AS TIMESTAMP WITH TIME ZONE)
  AND (
    (
      "region" = 'eu' AND "tier" <> 2
    )
    OR (
      "region" = 'us' AND NOT "tier" IN (1, 2)
    )
    OR (
      "region" = 'l\'outre-mer' AND "tier" = 2
    )
  );

COMMIT;
