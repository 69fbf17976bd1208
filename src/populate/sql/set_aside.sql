-- Registered computed tables that the engine does not serve, with the reason. One row per table.
select t.table_name, coalesce(t.broken, 'nothing has been generated for it yet') as reason
from engine.table_info as t
where t.tier = 'computed' and not engine.served(t)
order by t.table_name
