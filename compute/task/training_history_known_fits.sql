-- Functions fitted to a subject's counts before, by whatever rules, for task.training_history: found again by the hash of the counts, so
-- that they are right whatever has changed since. Not an input: they change no result, they spare its computing.
select distinct
    key.key_no,
    fitted.counts_hash,
    fitted.bias_percent,
    fitted.threshold_percent,
    fitted.lapse_low,
    fitted.lapse_high
from key
join task.training_status using (subject_id)
cross join lateral (
    values
        (counts_hash, training_status.bias_percent, training_status.threshold_percent, training_status.lapse_low, training_status.lapse_high),
        (counts_20_hash, bias_20_percent, threshold_20_percent, lapse_low_20, lapse_high_20),
        (counts_80_hash, bias_80_percent, threshold_80_percent, lapse_low_80, lapse_high_80)
) as fitted (counts_hash, bias_percent, threshold_percent, lapse_low, lapse_high)
where fitted.counts_hash is not null
order by key.key_no
