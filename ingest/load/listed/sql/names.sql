-- Projects, people, strains and lines that the rows name and the database does not know.
insert into core.project (project_name)
select distinct name from listed_link where kind = 'project' order by name
on conflict do nothing;
insert into core.member (user_name)
select distinct name from listed_link where kind = 'member' order by name
on conflict do nothing;
insert into core.strain (strain_name)
select distinct strain_name from listed_session where strain_name is not null order by strain_name
on conflict do nothing;
insert into core.line (line_name)
select distinct line_name from listed_session where line_name is not null order by line_name
on conflict do nothing;
