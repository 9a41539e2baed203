-- partition region=l'outre-mer/sold_at=2024-03/tier=2 (one partition)
DELETE FROM "main"."month_region_and_tier"
WHERE "sold_at" >= TIMESTAMPTZ '2024-02-29 23:00:00+00:00' AND "sold_at" < TIMESTAMPTZ '2024-03-31 22:00:00+00:00' AND "region" = 'l''outre-mer' AND "tier" = 2;

INSERT INTO "main"."month_region_and_tier" ("sold_at", "region", "tier", "amount")
SELECT "sold_at", "region", "tier", "amount"
FROM (
select sold_at, region, tier, amount from (SELECT * FROM "raw"."sales" WHERE "sold_at" >= TIMESTAMPTZ '2024-02-29 23:00:00+00:00' AND "sold_at" < TIMESTAMPTZ '2024-03-31 22:00:00+00:00' AND "region" = 'l''outre-mer' AND "tier" = 2) AS "sales"
) AS q
WHERE "sold_at" >= TIMESTAMPTZ '2024-02-29 23:00:00+00:00' AND "sold_at" < TIMESTAMPTZ '2024-03-31 22:00:00+00:00' AND "region" = 'l''outre-mer' AND "tier" = 2;

-- partition region=eu/sold_at=2024-03/tier=1 to region=l'outre-mer/sold_at=2024-04/tier=2 (a batch)
DELETE FROM "main"."month_region_and_tier"
WHERE "sold_at" >= TIMESTAMPTZ '2024-02-29 23:00:00+00:00' AND "sold_at" < TIMESTAMPTZ '2024-04-30 22:00:00+00:00' AND (("region" = 'eu' AND "tier" <> 2) OR ("region" = 'us' AND "tier" NOT IN (1, 2)) OR ("region" = 'l''outre-mer' AND "tier" = 2));

INSERT INTO "main"."month_region_and_tier" ("sold_at", "region", "tier", "amount")
SELECT "sold_at", "region", "tier", "amount"
FROM (
select sold_at, region, tier, amount from (SELECT * FROM "raw"."sales" WHERE "sold_at" >= TIMESTAMPTZ '2024-02-29 23:00:00+00:00' AND "sold_at" < TIMESTAMPTZ '2024-04-30 22:00:00+00:00' AND "region" IN ('eu', 'us', 'l''outre-mer') AND "tier" IS NOT NULL) AS "sales"
) AS q
WHERE "sold_at" >= TIMESTAMPTZ '2024-02-29 23:00:00+00:00' AND "sold_at" < TIMESTAMPTZ '2024-04-30 22:00:00+00:00' AND (("region" = 'eu' AND "tier" <> 2) OR ("region" = 'us' AND "tier" NOT IN (1, 2)) OR ("region" = 'l''outre-mer' AND "tier" = 2));
