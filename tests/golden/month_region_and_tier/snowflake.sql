-- partition region=l'outre-mer/sold_at=2024-03/tier=2
BEGIN;

DELETE FROM "MAIN"."MONTH_REGION_AND_TIER"
WHERE "SOLD_AT" >= CAST('2024-02-29 23:00:00+00:00' AS TIMESTAMPTZ) AND "SOLD_AT" < CAST('2024-03-31 22:00:00+00:00' AS TIMESTAMPTZ) AND "REGION" = 'l\'outre-mer' AND "TIER" = 2;

INSERT INTO "MAIN"."MONTH_REGION_AND_TIER" ("SOLD_AT", "REGION", "TIER", "AMOUNT")
SELECT
  "SOLD_AT",
  "REGION",
  "TIER",
  "AMOUNT"
FROM (
  SELECT
    sold_at,
    region,
    tier,
    amount
  FROM (
    SELECT
      *
    FROM "RAW"."SALES"
    WHERE
      "SOLD_AT" >= CAST('2024-02-29 23:00:00+00:00' AS TIMESTAMPTZ)
      AND "SOLD_AT" < CAST('2024-03-31 22:00:00+00:00' AS TIMESTAMPTZ)
      AND "REGION" = 'l\'outre-mer'
      AND "TIER" = 2
  ) AS "SALES"
) AS q
WHERE
  "SOLD_AT" >= CAST('2024-02-29 23:00:00+00:00' AS TIMESTAMPTZ)
  AND "SOLD_AT" < CAST('2024-03-31 22:00:00+00:00' AS TIMESTAMPTZ)
  AND "REGION" = 'l\'outre-mer'
  AND "TIER" = 2;

COMMIT;

-- partition region=eu/sold_at=2024-03/tier=1 to region=l'outre-mer/sold_at=2024-04/tier=2 (a batch)
BEGIN;

DELETE FROM "MAIN"."MONTH_REGION_AND_TIER"
WHERE "SOLD_AT" >= CAST('2024-02-29 23:00:00+00:00' AS TIMESTAMPTZ) AND "SOLD_AT" < CAST('2024-04-30 22:00:00+00:00' AS TIMESTAMPTZ) AND (("REGION" = 'eu' AND "TIER" <> 2) OR ("REGION" = 'us' AND NOT "TIER" IN (1, 2)) OR ("REGION" = 'l\'outre-mer' AND "TIER" = 2));

INSERT INTO "MAIN"."MONTH_REGION_AND_TIER" ("SOLD_AT", "REGION", "TIER", "AMOUNT")
SELECT
  "SOLD_AT",
  "REGION",
  "TIER",
  "AMOUNT"
FROM (
  SELECT
    sold_at,
    region,
    tier,
    amount
  FROM (
    SELECT
      *
    FROM "RAW"."SALES"
    WHERE
      "SOLD_AT" >= CAST('2024-02-29 23:00:00+00:00' AS TIMESTAMPTZ)
      AND "SOLD_AT" < CAST('2024-04-30 22:00:00+00:00' AS TIMESTAMPTZ)
      AND "REGION" IN ('eu', 'us', 'l\'outre-mer')
      AND NOT "TIER" IS NULL
  ) AS "SALES"
) AS q
WHERE
  "SOLD_AT" >= CAST('2024-02-29 23:00:00+00:00' AS TIMESTAMPTZ)
  AND "SOLD_AT" < CAST('2024-04-30 22:00:00+00:00' AS TIMESTAMPTZ)
  AND (
    (
      "REGION" = 'eu' AND "TIER" <> 2
    )
    OR (
      "REGION" = 'us' AND NOT "TIER" IN (1, 2)
    )
    OR (
      "REGION" = 'l\'outre-mer' AND "TIER" = 2
    )
  );

COMMIT;
