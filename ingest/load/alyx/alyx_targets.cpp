#include "ingest/load/alyx/alyx_targets.hpp"

#include <array>

namespace tb::load {

std::span<const NamedTarget> named_targets() {
    static constexpr std::array targets{
        NamedTarget{"member", "member", "core.member", "user_name", "member_id", "alyx_labmember",
                    "username"},
        NamedTarget{"lab", "lab", "core.lab", "lab_name", "lab_id", "alyx_lab"},
        NamedTarget{"project", "project", "core.project", "project_name", "project_id",
                    "alyx_project"},
        NamedTarget{"species", "species", "core.species", "species_name", "species_id",
                    "alyx_species"},
        NamedTarget{"strain", "strain", "core.strain", "strain_name", "strain_id", "alyx_strain"},
        NamedTarget{"source", "subject_source", "core.subject_source", "source_name", "source_id",
                    "alyx_source"},
        NamedTarget{"sequence", "genetic_sequence", "core.genetic_sequence", "sequence_name",
                    "sequence_id", "alyx_sequence"},
        NamedTarget{"allele", "allele", "core.allele", "allele_name", "allele_id", "alyx_allele",
                    "nickname"},
        NamedTarget{"line", "line", "core.line", "line_name", "line_id", "alyx_line"},
        NamedTarget{"breeding_pair", "breeding_pair", "core.breeding_pair", "breeding_pair_name",
                    "breeding_pair_id", "alyx_breedingpair"},
        NamedTarget{"litter", "litter", "core.litter", "litter_name", "litter_id", "alyx_litter"},
        NamedTarget{"food", "food", "core.food", "food_name", "food_id", "alyx_food", "name",
                    false},
        NamedTarget{"cage_type", "cage_type", "core.cage_type", "cage_type_name", "cage_type_id",
                    "alyx_cagetype", "name", false},
        NamedTarget{"enrichment", "enrichment", "core.enrichment", "enrichment_name",
                    "enrichment_id", "alyx_enrichment", "name", false},
        NamedTarget{"procedure", "procedure_type", "core.procedure_type", "procedure_name",
                    "procedure_id", "alyx_proceduretype", "name", false},
        NamedTarget{"water_type", "water_type", "core.water_type", "water_type_name",
                    "water_type_id", "alyx_watertype", "name", false},
        NamedTarget{"cull_method", "cull_method", "core.cull_method", "cull_method_name",
                    "cull_method_id", "alyx_cullmethod", "name", false},
        NamedTarget{"cull_reason", "cull_reason", "core.cull_reason", "cull_reason_name",
                    "cull_reason_id", "alyx_cullreason", "name", false},
        NamedTarget{"repository_type", "data_repository_type", "store.data_repository_type",
                    "repository_type", "repository_type_id", "alyx_datarepositorytype", "name",
                    false},
        NamedTarget{"repository", "data_repository", "store.data_repository", "repository_name",
                    "repository_id", "alyx_datarepository"},
        NamedTarget{"data_format", "data_format", "store.data_format", "format_name", "format_id",
                    "alyx_dataformat", "name", false},
        NamedTarget{"dataset_type", "dataset_type", "store.dataset_type", "dataset_type_name",
                    "dataset_type_id", "alyx_datasettype", "name", false},
        NamedTarget{"probe_model", "probe_model", "core.probe_model", "probe_model_name",
                    "probe_model_id", "alyx_probemodel", "name", false},
        NamedTarget{"coordinate_system", "coordinate_system", "core.coordinate_system",
                    "coordinate_system_name", "coordinate_system_id", "alyx_coordinatesystem",
                    "name", false}};
    return targets;
}

std::span<const RowTarget> subject_targets() {
    static constexpr std::string_view with_user =
        "select k.subject_id from alyx_history as h join alyx_subject_key as k "
        "on k.place = h.place where h.kind = 'responsible_user'";
    static constexpr std::string_view with_cage =
        "select k.subject_id from alyx_history as h join alyx_subject_key as k "
        "on k.place = h.place where h.kind = 'cage'";
    static constexpr std::array targets{
        RowTarget{"breeding_pair_parents", "core.breeding_pair", "breeding_pair_name", "", "", "",
                  "alyx_breedingpair", true},
        RowTarget{"subject_user_history", "core.subject_user_history",
                  "subject_id, user_name, changed_at", "", "subject_id", with_user, "alyx_subject"},
        RowTarget{"caging", "core.caging", "subject_id, cage_name, caged_at", "", "subject_id",
                  with_cage, "alyx_subject"},
        RowTarget{"housing", "core.housing", "housing_id", "alyx_housing"},
        RowTarget{"subject_housing", "core.subject_housing", "subject_housing_id",
                  "alyx_housingsubject"},
        RowTarget{"zygosity", "core.zygosity", "subject_id, allele_name", "alyx_zygosity"},
        RowTarget{"genotype_test", "core.genotype_test", "genotype_test_id", "alyx_genotypetest"},
        RowTarget{"weighing", "core.weighing", "weighing_id", "alyx_weighing"},
        RowTarget{"water_restriction", "core.water_restriction", "water_restriction_id",
                  "alyx_waterrestriction"},
        RowTarget{"surgery", "core.surgery", "surgery_id", "alyx_surgery"},
        RowTarget{"implant", "core.implant", "subject_id, implanted_on", "", "", "",
                  "alyx_surgery"},
        RowTarget{"other_action", "core.other_action", "other_action_id", "alyx_otheraction"},
        RowTarget{"virus_injection", "core.virus_injection", "virus_injection_id",
                  "alyx_virusinjection"},
        RowTarget{"cull", "core.cull", "subject_id", "alyx_cull"}};
    return targets;
}

std::span<const RowTarget> session_targets() {
    static constexpr std::array targets{
        RowTarget{"session_qc_field", "core.session_qc_field", "session_id, told_by, field_name",
                  "", "session_id",
                  "select k.session_id from alyx_session as m join alyx_session_key as k "
                  "on k.pk = m.pk where m.extended_qc is not null",
                  "alyx_session", false, "held.told_by = 'alyx'"},
        RowTarget{"probe_insertion", "core.probe_insertion", "probe_insertion_id",
                  "alyx_probeinsertion"},
        RowTarget{"probe_insertion_qc_field", "core.probe_insertion_qc_field",
                  "probe_insertion_id, field_name", "", "probe_insertion_id",
                  "select m.pk from alyx_probeinsertion as m where m.json ? 'extended_qc'",
                  "alyx_probeinsertion"},
        RowTarget{"water_administration", "core.water_administration", "water_administration_id",
                  "alyx_wateradministration"},
        RowTarget{"dataset", "store.dataset", "session_id, collection, dataset_name, revision",
                  "alyx_dataset"},
        RowTarget{"file_record", "store.file_record",
                  "session_id, collection, dataset_name, revision, repository_name", "", "", "",
                  "alyx_filerecord"}};
    return targets;
}

std::span<const LinkTarget> link_targets() {
    static constexpr std::string_view of_subject = "join alyx_subject_key as k on k.pk = m.pk";
    static constexpr std::string_view of_session = "join alyx_session_key as k on k.pk = m.pk";
    static constexpr std::string_view of_surgery = "join core.surgery as k on k.surgery_id = m.pk";
    static constexpr std::string_view of_restriction =
        "join core.water_restriction as k on k.water_restriction_id = m.pk";
    static constexpr std::string_view of_action =
        "join core.other_action as k on k.other_action_id = m.pk";
    static constexpr std::string_view of_project =
        "join alyx_name as k on k.kind = 'project' and k.key = coalesce(m.pk::text, m.name)";
    static constexpr std::array targets{
        LinkTarget{"core.project_member", "project_name", "user_name", "alyx_project", "users",
                   "member", "k.name", of_project},
        LinkTarget{"store.project_repository", "project_name", "repository_name", "alyx_project",
                   "repositories", "repository", "k.name", of_project},
        LinkTarget{
            "core.allele_sequence", "allele_name", "sequence_name", "alyx_allele", "sequences",
            "sequence", "k.name",
            "join alyx_name as k on k.kind = 'allele' and k.key = coalesce(m.pk::text, m.name)"},
        LinkTarget{
            "core.line_allele", "line_name", "allele_name", "alyx_line", "alleles", "allele",
            "k.name",
            "join alyx_name as k on k.kind = 'line' and k.key = coalesce(m.pk::text, m.name)"},
        LinkTarget{"core.subject_project", "subject_id", "project_name", "alyx_subject", "projects",
                   "project", "k.subject_id", of_subject},
        LinkTarget{"core.water_restriction_member", "water_restriction_id", "user_name",
                   "alyx_waterrestriction", "users", "member", "k.water_restriction_id",
                   of_restriction},
        LinkTarget{"core.water_restriction_procedure", "water_restriction_id", "procedure_name",
                   "alyx_waterrestriction", "procedures", "procedure", "k.water_restriction_id",
                   of_restriction},
        LinkTarget{"core.surgery_member", "surgery_id", "user_name", "alyx_surgery", "users",
                   "member", "k.surgery_id", of_surgery},
        LinkTarget{"core.surgery_procedure", "surgery_id", "procedure_name", "alyx_surgery",
                   "procedures", "procedure", "k.surgery_id", of_surgery},
        LinkTarget{"core.other_action_member", "other_action_id", "user_name", "alyx_otheraction",
                   "users", "member", "k.other_action_id", of_action},
        LinkTarget{"core.other_action_procedure", "other_action_id", "procedure_name",
                   "alyx_otheraction", "procedures", "procedure", "k.other_action_id", of_action},
        LinkTarget{"core.session_member", "session_id", "user_name", "alyx_session", "users",
                   "member", "k.session_id", of_session},
        LinkTarget{"core.session_procedure", "session_id", "procedure_name", "alyx_session",
                   "procedures", "procedure", "k.session_id", of_session},
        LinkTarget{"core.session_project", "session_id", "project_name", "alyx_session", "projects",
                   "project", "k.session_id", of_session}};
    return targets;
}

}  // namespace tb::load
