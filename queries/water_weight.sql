-- How did each subject's weight and water go, day by day, and what should they have been?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param subject text default '%' of core.subject.nickname -- pattern of the subject's name
-- :param since date default '-infinity' -- first date
-- :param until date default 'infinity' -- last date
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column care_date date -- the date, by the lab's clock; the row is its end
-- :column is_water_restricted boolean -- whether water was restricted
-- :column weight_g double precision -- last weight by then, implant included [g]
-- :column weighing_g double precision -- the same if it was weighed that very day [g]
-- :column expected_weight_g double precision -- weight that the lab expects, implant included [g]; empty without restriction
-- :column min_weight_g double precision -- least weight that the lab allows, implant included [g]
-- :column weight_percent double precision -- weight, of the expected weight, both without implant [%]
-- :column weight_status text -- good; close: less than 2 % above the least; below: less than it
-- :column implant_weight_g double precision -- weight of the implant [g]
-- :column reward_ml double precision -- water earned in sessions that day [mL]
-- :column supplement_ml double precision -- other water given that day [mL]
-- :column given_water_ml double precision -- sum of both [mL]
-- :column expected_water_ml double precision -- water that it should have [mL]
-- :column excess_water_ml double precision -- given less expected water [mL]
-- :column source text -- source of the subject's sessions; simulated when it is made up
\if :{?lab} \else \set lab '%' \endif
\if :{?subject} \else \set subject '%' \endif
\if :{?since} \else \set since '-infinity' \endif
\if :{?until} \else \set until 'infinity' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    subject.lab_name,
    subject.subject_nickname,
    day.date as care_date,
    day.is_water_restricted,
    day.weight_g::double precision as weight_g,
    day.weighing_g::double precision as weighing_g,
    day.expected_weight_g::double precision as expected_weight_g,
    day.min_weight_g::double precision as min_weight_g,
    day.weight_percent::double precision as weight_percent,
    day.weight_status,
    day.implant_weight_g::double precision as implant_weight_g,
    day.reward_ml::double precision as reward_ml,
    day.supplement_ml::double precision as supplement_ml,
    day.given_water_ml::double precision as given_water_ml,
    day.expected_water_ml::double precision as expected_water_ml,
    day.excess_water_ml::double precision as excess_water_ml,
    subject.source
from task.water_control_day as day
join analysis.subject using (subject_id)
where subject.lab_name like :'lab'
    and subject.subject_nickname like :'subject'
    and day.date between :'since'::date and :'until'::date
    and (not subject.is_excluded or :'include_excluded'::boolean)
    and (subject.source is distinct from 'simulated' or :'include_simulated'::boolean)
order by subject.lab_name, subject.subject_nickname, day.date;
