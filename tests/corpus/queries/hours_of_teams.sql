-- Hours worked by all people below each manager
-- partition: worked_on day
-- timesheets: the same day
-- employees: all: is recursive
with recursive reports as (
    select employee_id as manager_id, employee_id from raw.employees
    union all
    select r.manager_id, e.employee_id
    from reports as r
    join raw.employees as e on e.manager_id = r.employee_id
)

select t.worked_on, r.manager_id, sum(t.hours) as hours
from raw.timesheets as t
join reports as r on r.employee_id = t.employee_id
group by t.worked_on, r.manager_id
