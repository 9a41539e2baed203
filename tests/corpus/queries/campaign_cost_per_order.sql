-- What a campaign cost on a day beside what it sold
-- partition: day day
-- ad_spend: the same day
-- orders: the same day
-- campaigns: all: no condition ties `c` to `day`
with sold as (
    select cast(ordered_at as date) as day, campaign_id, count(*) as orders, sum(amount) as revenue
    from raw.orders
    where status <> 'cancelled'
    group by 1, 2
)

select
    s.spend_day as day,
    coalesce(c.channel, 'unknown') as channel,
    sum(s.cost) as cost,
    sum(sold.revenue) as revenue
from raw.ad_spend as s
left join raw.campaigns as c using (campaign_id)
left join sold on sold.day = s.spend_day and sold.campaign_id = s.campaign_id
group by 1, 2
