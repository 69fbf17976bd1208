// The reference's lists of names (spec/photometry.md, 2), for programs without a database. The
// lookup tables' contents (schema/contents/photometry.*.csv) are the ones that the warehouse uses;
// a test keeps both equal.
#include "compute/photometry/catalog.hpp"
#include "compute/photometry/metadata.hpp"

namespace tb::compute::photometry {

const MetadataRules& reference_rules() {
    static const MetadataRules rules = {
        .excluded_subjects = {"SP076", "SP075", "SP074", "SP073", "SP072", "SP066", "VIV-47627",
                              "VIV-47615", "VIV-45598", "VIV-45585", "photometry_test_subject_A",
                              "photometry_test_subject_B", "test_mouse"},
        .valid_strains = {"B6.Cg", "B6.129S2", "B6J.Cg-Gt", "B6.Cg-Igs7", "C57BL/6J",
                          "B6.129(Cg)-Slc6a4", "B6.SJL-Slc6a3t", "B6;129S6-Chat", "B6.Cg-Dbh"},
        .valid_lines = {"Ai148xSert", "Ai148xDat", "Ai148xDbh", "Ai148xTh", "Ai148xChat",
                        "Ai148cdhxChat"},
        .neuromodulators = {"DA", "5HT", "NE", "ACh"},
        .strain_neuromodulator = {{"Ai148xSERTCre", "5HT"},
                                  {"Ai148xDATCre", "DA"},
                                  {"Ai148xDbhCre", "NE"},
                                  {"Ai148xDbh-Cre", "NE"},
                                  {"Ai148xTHCre", "NE"},
                                  {"Ai148xChATCre", "ACh"},
                                  {"Ai95xSERTCre", "5HT"}},
        .line_neuromodulator = {{"Ai148xSert", "5HT"},
                                {"Ai148xDat", "DA"},
                                {"Ai148xDbh", "NE"},
                                {"Ai148xTh", "NE"},
                                {"Ai148xChat", "ACh"},
                                {"Ai148-G6f-cdh x Chat-cre", "ACh"}},
        .target_neuromodulator = {{"VTA", "DA"},
                                  {"SNc", "DA"},
                                  {"DR", "5HT"},
                                  {"MR", "5HT"},
                                  {"LC", "NE"},
                                  {"NBM", "ACh"},
                                  {"SI", "ACh"},
                                  {"PPT", "ACh"}},
        .region_renames = {{"DRN", "DR"}, {"SNC", "SNc"}},
        .session_types = {{"habituation", "habituationChoiceWorld"},
                          {"training", "trainingChoiceWorld"},
                          {"advanced", "advancedChoiceWorld"},
                          {"neuromodulator", "neuromodulatorChoiceWorld"},
                          {"biased", "biasedChoiceWorld"},
                          {"ephys", "ephysChoiceWorld"},
                          {"passive", "passiveChoiceWorld"},
                          {"histology", "Histology"}},
        .protocol_red_flags = {"RPE", "DELAY", "delay"},
        .dataset_categories = {
            {"raw_task",
             {"raw_behavior_data/_iblrig_taskData.raw.jsonable",
              "raw_task_data_00/_iblrig_taskData.raw.jsonable"}},
            {"raw_video", {"raw_video_data/_iblrig_leftCamera.raw.mp4"}},
            {"raw_photometry_channels",
             {"raw_photometry_data/_neurophotometrics_fpData.channels.csv"}},
            {"raw_photometry_signals", {"raw_photometry_data/_neurophotometrics_fpData.raw.pqt"}},
            {"extracted_task", {"alf/_ibl_trials.table.pqt", "alf/task_00/_ibl_trials.table.pqt"}},
            {"extracted_wheel",
             {"alf/_ibl_wheel.position.npy", "alf/task_00/_ibl_wheel.position.npy"}},
            {"extracted_photometry_signal", {"alf/photometry/photometry.signal.pqt"}},
            {"extracted_photometry_locations", {"alf/photometry/photometryROI.locations.pqt"}}}};
    return rules;
}

const SessionFilter& reference_filter() {
    static const SessionFilter filter = {
        .session_types = std::vector<std::string>{"training", "biased", "ephys"},
        .exclude_subjects = reference_rules().excluded_subjects,
        .exclude_sessions = std::vector<std::string>{"cd9d071e-c798-4900-891f-b65640ec22b1",
                                                     "16aa7570-578f-4daa-8244-844716fb1320",
                                                     "f4f1d7fe-d7c8-442b-a7d6-e214223febaf",
                                                     "a60531cd-e1e8-4b3b-b4d9-94b76ccc69c2",
                                                     "1c09046e-48d8-47f3-9d07-2241e3f3a136"},
        .qc_blockers = std::vector<std::string>{"MissingExtractedData", "MissingRawData",
                                                "InsufficientTrials", "IncompleteEventTimes",
                                                "TrialsNotInPhotometryTime", "QCValidationError",
                                                "AmbiguousRegionMapping", "MissingBlockInfo"},
        .targets = std::vector<std::string>{"VTA-DA", "SNc-DA", "DR-5HT", "LC-NE", "NBM-ACh"},
        .min_performance = MinPerformance{.overall = std::nullopt, .by_type = {{"training", 0.70}}},
        .required_contrasts = std::set<double>{0.0, 6.25, 12.5, 25.0, 100.0},
        .lab = std::nullopt,
        .first_session_from = std::nullopt};
    return filter;
}

const std::vector<std::string>& duplicate_disqualifiers() {
    static const std::vector<std::string> types = {"MissingRawData", "InsufficientTrials",
                                                   "TrialsNotInPhotometryTime"};
    return types;
}

}  // namespace tb::compute::photometry
