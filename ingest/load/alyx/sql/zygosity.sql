-- Alleles of subjects.
select distinct on (s.subject_id, allele.name)
    s.subject_id,
    allele.name as allele_name,
    m.pk as zygosity_id,
    (array['Absent', 'Heterozygous', 'Homozygous', 'Present'])[m.zygosity + 1] as zygosity
from alyx_zygosity as m
join alyx_subject_key as s on s.key = m.subject
join alyx_name as allele on allele.kind = 'allele' and allele.key = m.allele
where m.zygosity between 0 and 3
order by s.subject_id, allele.name, m.pk
