-- Parents of breeding pairs that are there.
select distinct on (m.name)
    m.name as breeding_pair_name,
    m.pk as breeding_pair_id,
    father.subject_id as father_id,
    mother1.subject_id as first_mother_id,
    mother2.subject_id as second_mother_id
from alyx_breedingpair as m
left join alyx_subject_key as father on father.key = m.father
left join alyx_subject_key as mother1 on mother1.key = m.mother1
left join alyx_subject_key as mother2 on mother2.key = m.mother2
where m.name is not null
order by m.name, m.pk
