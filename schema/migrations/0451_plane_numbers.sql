-- Numbers that the file of an imaging plane tells besides its own, so that a plane is known without the project's tables.

alter table imaging.plane add column ophys_session_id bigint;
alter table imaging.plane add column ophys_container_id bigint;
create index plane_ophys_container_idx on imaging.plane (ophys_container_id) where ophys_container_id is not null;
comment on column imaging.plane.ophys_session_id is
    'Number of the imaging session at the Allen Institute, as the file tells it; null when it does not.';
comment on column imaging.plane.ophys_container_id is
    'Container of the plane, as the file tells it; null when it does not. No foreign key: imaging.container has those of the project''s '
    'tables.';
