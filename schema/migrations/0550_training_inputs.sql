-- The rules of the IBL's database ask for the trials as the source counts them (TrialSet.n_trials), not for those that are stored.
-- Source: spec/ibl_behavior.md, 1.6 and 3.1.

select engine.register_computed(
    'task.training_history',
    about => 'Training status of every session of a subject, all sessions folded in order.',
    parts => array['task.training_status', 'task.training_criterion'],
    inputs => array[
        engine.input('core.session', owner => 'subject_id', columns => array[
            'subject_id', 'session_date', 'start_time', 'session_number', 'task_protocol', 'is_protocol_inferred', 'rig', 'start_delay_s']),
        engine.input('task.choice_session', owner => 'subject_id', columns => array['session_id', 'n_trials'], via => 'core.session'),
        engine.input('task.choice_trial', owner => 'subject_id', columns => array[
            'trial', 'contrast_left', 'contrast_right', 'choice', 'feedback_type', 'probability_left', 'stim_on_s', 'response_s'],
            via => 'core.session'),
        engine.input('task.criteria_set', owner => 'criteria_set', columns => array['criteria_set'])
    ]);
