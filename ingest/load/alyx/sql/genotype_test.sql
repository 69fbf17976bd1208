-- Genotype tests.
select
    m.pk as genotype_test_id,
    s.subject_id,
    sequence.name as sequence_name,
    (array['Absent', 'Present'])[m.test_result + 1] as test_result
from alyx_genotypetest as m
join alyx_subject_key as s on s.key = m.subject
join alyx_name as sequence on sequence.kind = 'sequence' and sequence.key = m.sequence
where m.test_result in (0, 1)
