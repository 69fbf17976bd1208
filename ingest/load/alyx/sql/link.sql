-- Members of lists. {key}, {owner}: the owner's key among the objects, and its column; {member}: the members' column; {objects}: the
-- objects; {list}: their list; {kind}: what its members are; {join}: what leads to the owner.
select distinct
    {key} as {owner},
    n.name as {member}
from {objects} as m
{join}
join {objects}_{list} as l on l.place = m.place
join alyx_name as n on n.kind = '{kind}' and n.key = l.member
