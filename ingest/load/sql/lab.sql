-- The lab, when it is new. $1 lab.
insert into core.lab (lab_name) values ($1) on conflict do nothing
