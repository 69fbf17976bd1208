-- Views that get columns between others, or whose function returns more: schema/objects makes them again. Without cascade: a view
-- of somebody else's that builds on one of these stops the migration and is named, instead of vanishing.

drop view if exists
    analysis.photometry_analysis_recording,
    analysis.photometry_analysis_session,
    analysis.photometry_gate,
    analysis.photometry_recording,
    analysis.photometry_qc,
    analysis.ibl_session_training_status,
    analysis.ibl_psych_results_block,
    analysis.ibl_psych_results,
    analysis.ibl_reaction_time,
    analysis.ibl_trial,
    analysis.ibl_trial_set,
    analysis.ibl_session_user,
    analysis.ibl_session,
    core.session_key;
drop function if exists core.session_keys();
