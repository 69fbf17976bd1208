-- Fibres of a subject in the order of their table, for photometry.subject_catalog.
select
    key.key_no,
    fiber.fiber,
    fiber.targeted_region,
    fiber.x_ml_um
from key
join photometry.fiber using (subject_id)
order by key.key_no, fiber.fiber
