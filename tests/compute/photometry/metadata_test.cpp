#include "compute/photometry/metadata.hpp"

#include "compute/photometry/catalog.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace tb::compute::photometry {
namespace {

/// A session without a fault.
SessionMetadata good_session() {
    SessionMetadata session{.subject = "M1",
                            .strain = "B6.Cg",
                            .line = "Ai148xDat",
                            .neuromodulator = "DA",
                            .brain_region = {"VTA-l"},
                            .hemisphere = {"l"},
                            .start_s = 1704448800.0,
                            .end_s = 1704448800.0 + 4200.0,
                            .task_protocol = "_iblrig_tasks_biasedChoiceWorld6.4.2",
                            .datasets = {}};
    for (const DatasetCategory& category : reference_rules().dataset_categories) {
        session.datasets.push_back(category.paths.back());
    }
    return session;
}

const FiberSides sides = {{{"M1", "VTA"}, "l"}, {{"M1", "SNc"}, "r"}, {{"M1", "DR"}, ""}};

std::vector<std::string> findings(const SessionMetadata& session) {
    std::vector<std::string> types;
    for (const auto& error : validate_metadata(session, sides, reference_rules()).errors) {
        types.push_back(error.type);
        EXPECT_FALSE(error.message.empty());
    }
    return types;
}
using Types = std::vector<std::string>;

TEST(PhotometryMetadata, AGoodSessionHasNoFindings) {
    const auto derived = validate_metadata(good_session(), sides, reference_rules());
    EXPECT_TRUE(derived.errors.empty());
    EXPECT_EQ(derived.session_type, "biased");
    EXPECT_EQ(derived.target_nm.at(0), "VTA-DA");
    EXPECT_EQ(derived.session_length_s, 4200.0);
}

TEST(PhotometryMetadata, EachNameIsCheckedInItsPlace) {
    SessionMetadata session = good_session();
    session.subject = "SP076";  // excluded, and without fibre
    session.strain.reset();
    session.line = "unheard of";
    session.neuromodulator = "GABA";
    EXPECT_EQ(findings(session),
              (Types{"InvalidSubject", "InvalidStrain", "InvalidLine", "InvalidNeuromodulator",
                     "MissingInsertion", "InvalidTargetNM"}));
}

TEST(PhotometryMetadata, SidesAreComparedWithTheFibresAndTheFirstFaultEndsIt) {
    SessionMetadata session = good_session();
    session.brain_region = {"VTA-l", "SNc-l", "DR"};
    session.hemisphere = {"l", "l", ""};
    EXPECT_EQ(findings(session), (Types{"HemisphereMismatch", "InvalidTargetNM"}));  // DR-DA
    session.brain_region = {"DR"};
    session.hemisphere = {""};
    EXPECT_EQ(findings(session), (Types{"MissingInsertion", "InvalidTargetNM"}));
    session.brain_region = {"VTA"};
    EXPECT_EQ(findings(session), (Types{"MissingHemiSuffix"}));
    session.brain_region = {};
    session.hemisphere = {};
    EXPECT_EQ(findings(session), (Types{"MissingBrainRegion", "MissingHemisphere"}));
    session.brain_region = {"CA1-l"};
    session.hemisphere = {"l"};
    EXPECT_EQ(findings(session),
              (Types{"InvalidBrainRegion", "MissingInsertion", "InvalidTargetNM"}));
}

TEST(PhotometryMetadata, DatasetsTypesAndLengthsThatAreMissingAreFound) {
    SessionMetadata session = good_session();
    session.datasets.pop_back();
    session.task_protocol = "trainingPhaseChoiceWorld";
    session.end_s.reset();
    const auto derived = validate_metadata(session, sides, reference_rules());
    EXPECT_EQ(findings(session),
              (Types{"DataNotListed", "InvalidSessionType", "InvalidSessionLength"}));
    EXPECT_NE(derived.errors[0].message.find("extracted_photometry_locations"), std::string::npos);
    EXPECT_FALSE(derived.session_type);
    EXPECT_FALSE(derived.session_length_s);
    session = good_session();
    session.end_s = *session.start_s + 86400.0;  // the next day at the same hour
    EXPECT_EQ(findings(session), (Types{"InvalidSessionLength"}));
}

TEST(PhotometryMetadata, SessionTypesNeedOneNameAndNoRedFlag) {
    const auto type = [](const char* protocol) {
        return session_type_of(protocol, reference_rules()).type;
    };
    EXPECT_EQ(type("biasedChoiceWorld_ephyssessions"), "biased");
    EXPECT_EQ(type("samuel_Histology"), "histology");
    EXPECT_FALSE(type("histologyChoiceWorld"));  // case counts
    EXPECT_FALSE(type("passiveMockChoiceWorld"));
    EXPECT_FALSE(type("ephysChoiceWorld_delay"));
    EXPECT_FALSE(type("passiveChoiceWorld/biasedChoiceWorld"));
    // A red flag is reported before there being several types.
    const auto both =
        session_type_of("passiveChoiceWorld/biasedChoiceWorld_RPE", reference_rules());
    EXPECT_NE(both.error->message.find("contains RPE"), std::string::npos);
}

TEST(PhotometryMetadata, RegionsLoseOnlyASide) {
    EXPECT_EQ(bare_region("VTA-l"), "VTA");
    EXPECT_EQ(bare_region("VTA-x"), "VTA-x");
    EXPECT_EQ(bare_region("-r"), "");
    EXPECT_EQ(region_side("LC-r"), "r");
    EXPECT_EQ(region_side("LC"), "");
}

TEST(PhotometryMetadata, TheStrainTellsTheNeuromodulatorBeforeTheLine) {
    EXPECT_EQ(neuromodulator_of("Ai148xDATCre", "Ai148xSert", reference_rules()), "DA");
    EXPECT_EQ(neuromodulator_of("B6.Cg", "Ai148xSert", reference_rules()), "5HT");
    EXPECT_FALSE(neuromodulator_of(std::nullopt, "Ai148cdhxChat", reference_rules()));
}

TEST(PhotometryMetadata, FibresAgreeOnASideOrHaveNone) {
    const std::vector<Fiber> fibers = {{"A", "VTA", 500.0}, {"A", "VTA", 450.0}, {"A", "LC", -1.0},
                                       {"A", "LC", 0.0},    {"B", "DR", 0.0},    {"B", "NBM", 1.0},
                                       {"B", "NBM", -1.0}};
    const FiberSides got = fiber_sides(fibers);
    EXPECT_EQ(got.at({"A", "VTA"}), "l");
    EXPECT_EQ(got.at({"A", "LC"}), "");  // the midline disagrees too
    EXPECT_EQ(got.at({"B", "DR"}), "");
    EXPECT_EQ(got.at({"B", "NBM"}), "");
}

TEST(PhotometryMetadata, TheTipLiesDepthFromTheEntry) {
    const Position straight = fiber_tip({10.0, 20.0, 30.0}, 100.0, 0.0, 90.0);
    EXPECT_DOUBLE_EQ(straight.x, 10.0);
    EXPECT_DOUBLE_EQ(straight.z, -70.0);
    const Position flat = fiber_tip({0.0, 0.0, 0.0}, 100.0, 90.0, 90.0);
    EXPECT_NEAR(flat.x, 0.0, 1e-12);
    EXPECT_NEAR(flat.y, -100.0, 1e-12);
    EXPECT_NEAR(flat.z, 0.0, 1e-12);
}

TEST(PhotometryMetadata, ExtendedQcNamesOutcomesAndKeepsTheRest) {
    const auto scalar = [](QcScalar value) {
        return QcValue{.scalar = std::move(value), .is_list = false, .list = {}};
    };
    const QcEntries rows = normalise_extended_qc(
        std::string("PASS"),
        {{"video_qc", scalar(std::int64_t{50})},
         {"_ratio", scalar(0.5)},
         {"count", scalar(std::int64_t{7})},
         {"pins", {.scalar = {}, .is_list = true, .list = {false, std::int64_t{3}}}}});
    ASSERT_EQ(rows.size(), 6u);
    EXPECT_EQ(rows[0].first, "qc_session");
    EXPECT_EQ(rows[1].first, "qc_video");
    EXPECT_EQ(std::get<std::string>(rows[1].second.scalar), "CRITICAL");
    EXPECT_EQ(std::get<double>(rows[2].second.scalar), 0.5);
    EXPECT_EQ(std::get<std::int64_t>(rows[3].second.scalar), 7);
    EXPECT_EQ(rows[4].first, "pins");
    EXPECT_EQ(std::get<std::int64_t>(rows[4].second.list.at(0)), 3);
    EXPECT_EQ(std::get<std::string>(rows[5].second.scalar), "FAIL");
    EXPECT_THROW((void)normalise_extended_qc({}, {{"pins", {{}, true, {}}}}), Error);
}

// --- the shipped lookups are the reference's lists

using CsvRow = std::map<std::string, std::string>;

/// Rows of a contents file; fields in quotes may hold commas.
std::vector<CsvRow> read_contents(const std::filesystem::path& file) {
    const auto fields = [](const std::string& line) {
        std::vector<std::string> out(1);
        bool is_quoted = false;
        for (const char c : line) {
            if (c == '"') {
                is_quoted = !is_quoted;
            } else if (c == ',' && !is_quoted) {
                out.emplace_back();
            } else {
                out.back() += c;
            }
        }
        return out;
    };
    std::ifstream in(file);
    EXPECT_TRUE(in.good()) << file;
    std::string line;
    std::getline(in, line);
    const auto names = fields(line);
    std::vector<CsvRow> rows;
    while (std::getline(in, line)) {
        const auto cells = fields(line);
        EXPECT_EQ(cells.size(), names.size()) << file << ": " << line;
        CsvRow row;
        for (std::size_t i = 0; i < std::min(names.size(), cells.size()); ++i)
            row[names[i]] = cells[i];
        rows.push_back(row);
    }
    return rows;
}

std::vector<std::string> column(const std::vector<CsvRow>& rows, const std::string& name,
                                const auto& keep) {
    std::vector<std::string> out;
    for (const CsvRow& row : rows) {
        if (keep(row)) out.push_back(row.at(name));
    }
    return out;
}

TEST(PhotometryMetadata, TheShippedLookupsAreTheReferencesLists) {
    std::filesystem::path folder = std::filesystem::current_path();
    while (!std::filesystem::exists(folder / "schema/contents") && folder.has_relative_path())
        folder = folder.parent_path();
    if (!std::filesystem::exists(folder / "schema/contents"))
        GTEST_SKIP() << "run from within the source tree: schema/contents is not above";
    const auto contents = [&](const std::string& name) {
        return read_contents(folder / "schema/contents" / ("photometry." + name + ".csv"));
    };
    const auto all = [](const CsvRow&) { return true; };
    const auto is = [](const char* name) {
        return [name](const CsvRow& row) { return row.at(name) == "true"; };
    };
    const auto as_map = [&](const std::string& table, const char* key, const char* value) {
        std::map<std::string, std::string, std::less<>> out;
        for (const CsvRow& row : contents(table)) {
            if (!row.at(value).empty()) out[row.at(key)] = row.at(value);
        }
        return out;
    };
    const MetadataRules& rules = reference_rules();
    EXPECT_EQ(column(contents("excluded_subject"), "nickname", all), rules.excluded_subjects);
    EXPECT_EQ(column(contents("strain_rule"), "strain", is("is_valid")), rules.valid_strains);
    EXPECT_EQ(column(contents("line_rule"), "line", is("is_valid")), rules.valid_lines);
    EXPECT_EQ(column(contents("neuromodulator"), "neuromodulator", all), rules.neuromodulators);
    EXPECT_EQ(column(contents("protocol_red_flag"), "flag", all), rules.protocol_red_flags);
    EXPECT_EQ(as_map("strain_rule", "strain", "neuromodulator"), rules.strain_neuromodulator);
    EXPECT_EQ(as_map("line_rule", "line", "neuromodulator"), rules.line_neuromodulator);
    EXPECT_EQ(as_map("target", "target", "neuromodulator"), rules.target_neuromodulator);
    EXPECT_EQ(as_map("region_rename", "wrong_name", "brain_region"), rules.region_renames);
    std::vector<std::pair<std::string, std::string>> types;
    for (const auto& rule : rules.session_types)
        types.emplace_back(rule.session_type, rule.protocol_text);
    std::vector<std::pair<std::string, std::string>> shipped_types;
    for (const CsvRow& row : contents("session_type"))
        shipped_types.emplace_back(row.at("session_type"), row.at("protocol_text"));
    EXPECT_EQ(shipped_types, types);
    std::vector<std::pair<std::string, std::string>> paths;
    for (const auto& category : rules.dataset_categories) {
        for (const auto& path : category.paths) paths.emplace_back(category.category, path);
    }
    std::vector<std::pair<std::string, std::string>> shipped_paths;
    for (const CsvRow& row : contents("dataset_path"))
        shipped_paths.emplace_back(row.at("category"), row.at("path"));
    EXPECT_EQ(shipped_paths, paths);

    const SessionFilter& filter = reference_filter();
    EXPECT_EQ(column(contents("session_type"), "session_type", is("is_analysed")),
              filter.session_types);
    EXPECT_EQ(column(contents("excluded_session"), "session_id", all), filter.exclude_sessions);
    const auto sorted = [](std::vector<std::string> list) {
        std::ranges::sort(list);
        return list;
    };
    EXPECT_EQ(sorted(column(contents("error_type"), "error_type", is("is_blocker"))),
              sorted(*filter.qc_blockers));
    EXPECT_EQ(sorted(column(contents("error_type"), "error_type", is("spoils_duplicate"))),
              sorted(duplicate_disqualifiers()));
    std::vector<std::string> targets;
    for (const CsvRow& row : contents("target")) {
        if (row.at("is_analysed") == "true")
            targets.push_back(row.at("target") + "-" + row.at("neuromodulator"));
    }
    EXPECT_EQ(targets, filter.targets);
    std::set<double> contrasts;
    for (const CsvRow& row : contents("required_contrast"))
        contrasts.insert(std::stod(row.at("contrast_percent")));
    EXPECT_EQ(contrasts, filter.required_contrasts);
    std::map<std::string, double, std::less<>> least;
    for (const CsvRow& row : contents("session_type")) {
        const std::string& text = row.at("min_fraction_correct");
        if (!text.empty()) least[row.at("session_type")] = std::stod(text);
    }
    EXPECT_EQ(least, filter.min_performance->by_type);
}

}  // namespace
}  // namespace tb::compute::photometry
