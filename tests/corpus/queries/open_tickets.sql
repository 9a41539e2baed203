-- The backlog at the end of each day: opened before, and not closed yet
-- partition: day day
-- tickets: everything up to the same day
with days as (
    select cast(day as date) as day
    from generate_series(timestamp '2024-01-16', timestamp '2024-04-01', interval 1 day) as series(day)
),

tickets as (
    select
        ticket_id,
        cast(opened_at as date) as opened_on,
        cast(closed_at as date) as closed_on
    from raw.tickets
)

select days.day, count(*) as open_tickets, max(days.day - tickets.opened_on) as oldest
from days
join tickets
    on tickets.opened_on <= days.day
    and (tickets.closed_on is null or tickets.closed_on > days.day)
group by days.day
