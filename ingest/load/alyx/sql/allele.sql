-- Alleles, known by their nicknames.
select distinct on (m.nickname)
    m.nickname as allele_name,
    m.pk as allele_id,
    m.name as standard_name,
    source.name as source_name,
    m.allele_source,
    m.source_identifier,
    m.source_url,
    m.expression_data_url
from alyx_allele as m
left join alyx_name as source on source.kind = 'source' and source.key = m.source
where m.nickname is not null
order by m.nickname, m.pk
