-- Fibres of a lab's subjects, in place of those that the subjects have. $1 lab, $2 rows as a JSON list of objects.
-- Columns: fibers (rows that are there now), changed (new, changed or gone), missing (subjects that the lab has not).
with given as (
    select *
    from jsonb_to_recordset($2::jsonb) as r (
        subject text, fiber integer, targeted_region text, neuromodulator text, x_ml_um double precision,
        y_ap_um double precision, z_dv_um double precision, depth_um double precision, theta_deg double precision,
        phi_deg double precision, roll_deg double precision, expression text, diameter_um double precision,
        length_mm double precision, numerical_aperture double precision, fiber_tip text, surgery_date date, details jsonb
    )
),
found as (
    select s.subject_id, g.*
    from given as g
    join core.subject as s on s.lab_name = $1 and s.nickname = g.subject
),
gone as (
    delete from photometry.fiber as f
    where f.subject_id in (select subject_id from found)
      and not exists (select from found where found.subject_id = f.subject_id and found.fiber = f.fiber)
    returning f.fiber
),
written as (
    insert into photometry.fiber as f (
        subject_id, fiber, targeted_region, neuromodulator, x_ml_um, y_ap_um, z_dv_um, depth_um, theta_deg, phi_deg,
        roll_deg, expression, diameter_um, length_mm, numerical_aperture, fiber_tip, surgery_date, details
    )
    select
        subject_id, fiber, targeted_region, neuromodulator, x_ml_um, y_ap_um, z_dv_um, depth_um, theta_deg, phi_deg,
        roll_deg, expression, diameter_um, length_mm, numerical_aperture, fiber_tip, surgery_date, details
    from found
    on conflict (subject_id, fiber) do update
    set
        targeted_region = excluded.targeted_region,
        neuromodulator = excluded.neuromodulator,
        x_ml_um = excluded.x_ml_um,
        y_ap_um = excluded.y_ap_um,
        z_dv_um = excluded.z_dv_um,
        depth_um = excluded.depth_um,
        theta_deg = excluded.theta_deg,
        phi_deg = excluded.phi_deg,
        roll_deg = excluded.roll_deg,
        expression = excluded.expression,
        diameter_um = excluded.diameter_um,
        length_mm = excluded.length_mm,
        numerical_aperture = excluded.numerical_aperture,
        fiber_tip = excluded.fiber_tip,
        surgery_date = excluded.surgery_date,
        details = excluded.details
    where row(f.*) is distinct from row(excluded.*)
    returning f.fiber
)
select
    (select count(*) from found) as fibers,
    (select count(*) from written) + (select count(*) from gone) as changed,
    (
        select coalesce(jsonb_agg(distinct g.subject), '[]')
        from given as g
        where not exists (select from core.subject as s where s.lab_name = $1 and s.nickname = g.subject)
    )::text as missing
