-- Reference weights of a subject's sex, for task.water_control. core.care_revision tells the engine of their changes.
select
    key.key_no,
    reference_weight.age_weeks,
    reference_weight.mean_g,
    reference_weight.sd_g
from key
join core.subject using (subject_id)
join core.reference_weight on reference_weight.sex = case when subject.sex = 'M' then 'M' else 'F' end
order by key.key_no, reference_weight.age_weeks
