#include "tests/vectors/alyx_tables.hpp"

#include "include/trialbase/error.hpp"

#include <map>
#include <string>

namespace tb::vectors {

std::string_view alyx_table_select(std::string_view table) {
    static const std::map<std::string_view, std::string_view> selects{
        {"lab",
         "select lab_id as lab_uuid, lab_name, institution, address, time_zone, "
         "reference_weight_fraction::float8 as reference_weight_pct, "
         "zscore_weight_fraction::float8 as zscore_weight_pct from core.lab"},
        {"lab_member",
         "select member_id as user_uuid, user_name, email, to_char(last_login at time "
         "zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as last_login, first_name, last_name, "
         "to_char(date_joined at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as "
         "date_joined, is_active, is_staff, is_superuser, is_stock_manager from "
         "core.member"},
        {"lab_membership",
         "select lab_name, user_name, membership_id as lab_membership_uuid, role, "
         "start_date as mem_start_date, end_date as mem_end_date from core.lab_membership"},
        {"lab_location",
         "select place_id as location_uuid, lab_name, place_name as location_name from "
         "core.place"},
        {"project",
         "select project_id as project_uuid, project_name, description as "
         "project_description from core.project"},
        {"project_lab_member", "select project_name, user_name from core.project_member"},
        {"species",
         "select species_name as binomial, species_id as species_uuid, nickname as "
         "species_nickname from core.species"},
        {"strain",
         "select strain_name, strain_id as strain_uuid, description as strain_description "
         "from core.strain"},
        {"source",
         "select source_name, source_id as source_uuid, description as source_description "
         "from core.subject_source"},
        {"sequence",
         "select sequence_name, sequence_id as sequence_uuid, base_pairs, description as "
         "sequence_description from core.genetic_sequence"},
        {"allele",
         "select allele_name, allele_id as allele_uuid, standard_name, source_name as "
         "allele_source_name, allele_source, source_identifier, source_url, "
         "expression_data_url from core.allele"},
        {"allele_sequence", "select allele_name, sequence_name from core.allele_sequence"},
        {"line",
         "select line_name, line_id as line_uuid, species_name as binomial, strain_name, "
         "description as line_description, target_phenotype, nickname as line_nickname, "
         "is_active from core.line"},
        {"line_allele", "select line_name, allele_name from core.line_allele"},
        {"subject",
         "select subject_id as subject_uuid, nickname as subject_nickname, sex, "
         "birth_date as subject_birth_date, ear_mark, strain_name as subject_strain, "
         "line_name as subject_line, source_name as subject_source, protocol_number, "
         "description as subject_description from core.subject"},
        {"subject_lab", "select subject_id as subject_uuid, lab_name from core.subject"},
        {"subject_user",
         "select subject_id as subject_uuid, responsible_user from core.subject where "
         "responsible_user is not null"},
        {"subject_project",
         "select subject_id as subject_uuid, project_name as subject_project from "
         "core.subject_project"},
        {"weaning",
         "select subject_id as subject_uuid, wean_date from core.subject where wean_date "
         "is not null"},
        {"death",
         "select subject_id as subject_uuid, death_date from core.subject where "
         "death_date is not null"},
        {"subject_cull_method",
         "select subject_id as subject_uuid, cull_method from core.subject where "
         "cull_method is not null"},
        {"caging",
         "select subject_id as subject_uuid, cage_name, to_char(caged_at at time zone "
         "'UTC', 'YYYY-MM-DD HH24:MI:SS') as caging_time from core.caging as held where "
         "caged_at is not null or not exists (select from core.caging as later where "
         "later.subject_id = held.subject_id and later.caged_at is not null)"},
        {"user_history",
         "select subject_id as subject_uuid, user_name, to_char(changed_at at time zone "
         "'UTC', 'YYYY-MM-DD HH24:MI:SS') as user_change_time from "
         "core.subject_user_history as held where changed_at is not null or not exists "
         "(select from core.subject_user_history as later where later.subject_id = "
         "held.subject_id and later.changed_at is not null)"},
        {"litter",
         "select litter_name, litter_id as litter_uuid, breeding_pair_name as bp_name, "
         "line_name, descriptive_name as litter_descriptive_name, description as "
         "litter_description, birth_date as litter_birth_date from core.litter"},
        {"litter_subject",
         "select subject_id as subject_uuid, litter_name from core.subject where "
         "litter_name is not null"},
        {"breeding_pair",
         "select breeding_pair_name as bp_name, line_name, breeding_pair_id as bp_uuid, "
         "description as bp_description, start_date as bp_start_date, end_date as "
         "bp_end_date, father_id as father, first_mother_id as mother1, second_mother_id "
         "as mother2 from core.breeding_pair"},
        {"genotype_test",
         "select subject_id as subject_uuid, sequence_name, genotype_test_id as "
         "genotype_test_uuid, test_result from core.genotype_test"},
        {"zygosity",
         "select subject_id as subject_uuid, allele_name, zygosity_id as zygosity_uuid, "
         "zygosity from core.zygosity"},
        {"implant",
         "select subject_id as subject_uuid, implant_weight_g::float8 as implant_weight, "
         "protocol_number, adverse_effects, actual_severity from core.subject where "
         "implant_weight_g is not null"},
        {"food",
         "select food_name, food_id as food_uuid, description as food_description from "
         "core.food"},
        {"cage_type",
         "select cage_type_name as cage_type, cage_type_id as cage_type_uuid, description "
         "as cage_type_description from core.cage_type"},
        {"enrichment",
         "select enrichment_name as enrichment, enrichment_id as enrichment_uuid, "
         "description as enrichment_description from core.enrichment"},
        {"housing",
         "select cage_name, food_name, cage_type_name as cage_type, enrichment_name as "
         "enrichment, cleaning_interval_days as cage_cleaning_frequency, light_cycle from "
         "core.housing"},
        {"subject_housing",
         "select subject_id as subject_uuid, housing.cage_name, to_char(start_time at "
         "time zone coalesce(lab.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS') as "
         "housing_start_time, to_char(end_time at time zone coalesce(lab.time_zone, "
         "'UTC'), 'YYYY-MM-DD HH24:MI:SS') as housing_end_time from core.subject_housing "
         "join core.housing using (housing_id) join core.subject as subject using "
         "(subject_id) join core.lab as lab on lab.lab_name = subject.lab_name"},
        {"procedure_type",
         "select procedure_name as procedure_type_name, procedure_id as "
         "procedure_type_uuid, description as procedure_type_description from "
         "core.procedure_type"},
        {"weighing",
         "select subject_id as subject_uuid, to_char(weighed_at at time zone "
         "coalesce(lab.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS') as weighing_time, "
         "weighing_id as weigh_uuid, weight_g::float8 as weight, user_name as "
         "weighing_user from core.weighing join core.subject as subject using "
         "(subject_id) join core.lab as lab on lab.lab_name = subject.lab_name"},
        {"water_type",
         "select water_type_name as watertype_name, water_type_id as watertype_uuid from "
         "core.water_type"},
        {"water_administration",
         "select subject_id as subject_uuid, to_char(administered_at at time zone "
         "coalesce(lab.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS') as "
         "administration_time, water_administration_id as wateradmin_uuid, "
         "volume_ml::float8 as water_administered, is_ad_libitum as adlib, "
         "water_type_name as watertype_name, user_name as administration_user from "
         "core.water_administration join core.subject as subject using (subject_id) join "
         "core.lab as lab on lab.lab_name = subject.lab_name"},
        {"water_administration_session",
         "select water_administration_id as wateradmin_uuid, session_id as session_uuid "
         "from core.water_administration where session_id is not null"},
        {"water_restriction",
         "select subject_id as subject_uuid, to_char(start_time at time zone "
         "coalesce(lab.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS') as "
         "restriction_start_time, water_restriction_id as restriction_uuid, "
         "to_char(end_time at time zone coalesce(lab.time_zone, 'UTC'), 'YYYY-MM-DD "
         "HH24:MI:SS') as restriction_end_time, reference_weight_g::float8 as "
         "reference_weight, narrative as restriction_narrative, held.lab_name as "
         "restriction_lab, place_name as restriction_location from core.water_restriction "
         "as held join core.subject as subject using (subject_id) join core.lab as lab on "
         "lab.lab_name = subject.lab_name"},
        {"water_restriction_user",
         "select water_restriction_id as restriction_uuid, user_name from "
         "core.water_restriction_member"},
        {"water_restriction_procedure",
         "select water_restriction_id as restriction_uuid, procedure_name as "
         "procedure_type_name from core.water_restriction_procedure"},
        {"surgery",
         "select subject_id as subject_uuid, to_char(start_time at time zone "
         "coalesce(lab.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS') as surgery_start_time, "
         "surgery_id as surgery_uuid, to_char(end_time at time zone "
         "coalesce(lab.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS') as surgery_end_time, "
         "held.lab_name as surgery_lab, place_name as surgery_location, outcome_type as "
         "surgery_outcome_type, narrative as surgery_narrative from core.surgery as held "
         "join core.subject as subject using (subject_id) join core.lab as lab on "
         "lab.lab_name = subject.lab_name"},
        {"surgery_user", "select surgery_id as surgery_uuid, user_name from core.surgery_member"},
        {"surgery_procedure",
         "select surgery_id as surgery_uuid, procedure_name as procedure_type_name from "
         "core.surgery_procedure"},
        {"other_action",
         "select subject_id as subject_uuid, to_char(start_time at time zone "
         "coalesce(lab.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS') as "
         "other_action_start_time, other_action_id as other_action_uuid, to_char(end_time "
         "at time zone coalesce(lab.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS') as "
         "other_action_end_time, held.description, held.lab_name as other_action_lab, "
         "place_name as other_action_location from core.other_action as held join "
         "core.subject as subject using (subject_id) join core.lab as lab on lab.lab_name "
         "= subject.lab_name"},
        {"other_action_user",
         "select other_action_id as other_action_uuid, user_name from "
         "core.other_action_member"},
        {"other_action_procedure",
         "select other_action_id as other_action_uuid, procedure_name as "
         "procedure_type_name from core.other_action_procedure"},
        {"cull_method",
         "select cull_method_name as cull_method, cull_method_id as cull_method_uuid, "
         "description as cull_method_description from core.cull_method"},
        {"cull_reason",
         "select cull_reason_name as cull_reason, cull_reason_id as cull_reason_uuid, "
         "description as cull_reason_description from core.cull_reason"},
        {"cull",
         "select subject_id as subject_uuid, cull_id as cull_uuid, cull_date, user_name "
         "as cull_user, cull_reason_name as cull_reason, cull_method_name as cull_method, "
         "description as cull_description from core.cull"},
        {"session",
         "select subject_id as subject_uuid, to_char(start_time at time zone "
         "coalesce(lab.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS') as session_start_time, "
         "session_id as session_uuid, session_number, to_char(end_time at time zone "
         "coalesce(lab.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS') as session_end_time, "
         "place_lab_name as session_lab, place_name as session_location, task_protocol, "
         "session_type, narrative as session_narrative from core.session join core.lab as "
         "lab using (lab_name)"},
        {"session_user", "select session_id as session_uuid, user_name from core.session_member"},
        {"session_procedure",
         "select session_id as session_uuid, procedure_name as procedure_type_name from "
         "core.session_procedure"},
        {"session_project",
         "select session_id as session_uuid, project_name as session_project from "
         "core.session_project"},
        {"child_session",
         "select session_id as session_uuid, parent_session_id as parent_session_uuid "
         "from core.session where parent_session_id is not null"},
        {"session_qc",
         "select session_id as session_uuid, qc as session_qc from core.session where qc "
         "> 0"},
        {"session_delay",
         "select session_id as session_uuid, start_delay_s::float8 as "
         "session_delay_in_secs, start_delay_s::float8 / 60 as session_delay_in_mins from "
         "core.session where start_delay_s is not null"},
        {"data_format",
         "select format_name, format_id as format_uuid, file_extension, matlab_loader as "
         "matlab_loader_function, python_loader as python_loader_function, description as "
         "format_description from store.data_format"},
        {"data_repository_type",
         "select repository_type as repotype_name, repository_type_id as repotype_uuid "
         "from store.data_repository_type"},
        {"data_repository",
         "select repository_name as repo_name, repository_type as repotype_name, "
         "repository_id as repo_uuid, time_zone as repo_timezone, host_name as "
         "repo_hostname, globus_endpoint_id, globus_path, data_url, is_personal as "
         "globus_is_personal from store.data_repository"},
        {"project_repository",
         "select project_name, repository_name as repo_name from store.project_repository"},
        {"data_set_type",
         "select dataset_type_name, dataset_type_id as dataset_type_uuid, created_by as "
         "dataset_type_created_by, filename_pattern, description as "
         "dataset_type_description from store.dataset_type"},
        {"data_set",
         "select session_id as session_uuid, dataset_name, dataset_id as dataset_uuid, "
         "created_by as dataset_created_by, dataset_type_name, format_name, "
         "to_char(created_at at time zone coalesce(lab.time_zone, 'UTC'), 'YYYY-MM-DD "
         "HH24:MI:SS') as created_datetime, generating_software, provenance_directory, "
         "md5::uuid as md5, size_bytes::float8 as file_size from store.dataset join "
         "core.session as session using (session_id) join core.lab as lab on lab.lab_name "
         "= session.lab_name"},
        {"file_record",
         "select dataset_id as dataset_uuid, repository_name as repo_name, file_record_id "
         "as record_uuid, is_present as exists, relative_path from store.file_record join "
         "store.dataset using (session_id, collection, dataset_name, revision) where "
         "is_present"},
        {"coordinate_system",
         "select coordinate_system_name, coordinate_system_id as coordinate_system_uuid, "
         "description as coordinate_system_description from core.coordinate_system"},
    };
    const auto found = selects.find(table);
    if (found == selects.end())
        throw Error(ErrorKind::data,
                    "no table " + std::string(table) + " of the reference is known");
    return found->second;
}

}  // namespace tb::vectors
