-- What a paper published for set $1; $2 source, then bias, threshold, lapses, easy, zero contrast, reaction time.
insert into task.published_fit (
    pool_id, source, bias_percent, threshold_percent, lapse_low, lapse_high,
    fraction_correct_easy, fraction_right_zero, median_response_time_s)
values (
    $1, $2, $3::double precision, $4::double precision, $5::double precision, $6::double precision,
    $7::double precision, $8::double precision, $9::double precision)
on conflict (pool_id) do update set
    source = excluded.source,
    bias_percent = excluded.bias_percent,
    threshold_percent = excluded.threshold_percent,
    lapse_low = excluded.lapse_low,
    lapse_high = excluded.lapse_high,
    fraction_correct_easy = excluded.fraction_correct_easy,
    fraction_right_zero = excluded.fraction_right_zero,
    median_response_time_s = excluded.median_response_time_s
