#include "ingest/load/ingest_metadata.hpp"

#include "ingest/load/metadata_values.hpp"
#include "src/base/uuid.hpp"
#include "tests/support/test_database.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tb::load {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(MetadataValue, TakesWhatItsTypeHolds) {
    const auto text = [](std::string_view field, MetadataType type, char delimiter = ',') {
        return metadata_value(field, type, delimiter).text.value_or("none");
    };
    using Type = MetadataType;
    EXPECT_EQ(text("", Type::date), "none");
    EXPECT_EQ(metadata_value("", Type::date, ',').fault, "");
    EXPECT_EQ(text("2019-02-28", Type::date), "2019-02-28");
    for (const auto* bad :
         {"2019-02-29", "28.02.2019", "02/28/2019", "2019-2-8", "20190228", "19-02-28"})
        EXPECT_EQ(text(bad, Type::date), "none") << bad;
    for (const auto* good : {"2019-05-04T09:30", "2019-05-04 09:30:12",
                             "2019-05-04T09:30:12.5+02:00", "2019-05-04T09:30Z"})
        EXPECT_EQ(text(good, Type::time), good);
    for (const auto* bad : {"2019-05-04", "09:30", "2019-05-04T25:00", "2019-05-04T09:30+99:00",
                            "2019-05-04T09:30 CET", "2019-05-04T9:30"})
        EXPECT_EQ(text(bad, Type::time), "none") << bad;
    EXPECT_EQ(text("23.4", Type::number), "23.4");
    EXPECT_EQ(text("23,4", Type::number), "none");
    EXPECT_EQ(text("23,4", Type::number, ';'), "23.4");
    for (const auto* bad : {"nan", "inf", "-1", "1e999", "23.4 g", "1,234,5"})
        EXPECT_EQ(text(bad, Type::number, ';'), "none") << bad;
    EXPECT_EQ(text("1.5", Type::fraction), "none");
    EXPECT_EQ(text("0.85", Type::fraction), "0.85");
    EXPECT_EQ(text("female", Type::sex), "F");
    EXPECT_EQ(text("m", Type::sex), "M");
    EXPECT_EQ(text("x", Type::sex), "none");
    EXPECT_EQ(text("Yes", Type::boolean), "true");
    EXPECT_EQ(text("maybe", Type::boolean), "none");
    EXPECT_EQ(text("3.0", Type::integer), "none");
    EXPECT_EQ(text("a\x01", Type::text), "none");
}

class IngestMetadata : public ::testing::Test {
  protected:
    IngestMetadata() : session_(database_.session()) {
        auto name = (std::filesystem::temp_directory_path() / "metadata_XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        load("labs", "lab,time_zone\nalpha,Europe/London\nbeta,\n");
    }
    ~IngestMetadata() override { std::filesystem::remove_all(folder_); }

    MetadataSummary load(const std::string& kind, const std::string& text,
                         const MetadataOptions& options = {}) {
        const auto file = folder_ / (kind + ".csv");
        std::ofstream(file, std::ios::binary) << text;
        return ingest_metadata(session_, metadata_kind(kind), file, options);
    }
    Error refusal(const std::string& kind, const std::string& text) {
        try {
            load(kind, text);
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "it was loaded";
        return {ErrorKind::internal, ""};
    }
    std::string value(const std::string& sql) { return testing::value_of(session_, sql); }

    testing::TestDatabase database_;
    db::Session session_;
    std::filesystem::path folder_;
};

TEST_F(IngestMetadata, MakesAndUpdatesSubjectsByLabAndName) {
    auto summary = load("subjects",
                        "lab,subject,sex,birth_date,strain,line,responsible_user,project\n"
                        "alpha,a1,F,2019-01-02,C57BL/6J,Dat-Cre,ines,maps\n"
                        "alpha,a2,male,,C57BL/6J,,,\n");
    EXPECT_THAT(summary.issues, IsEmpty());
    EXPECT_EQ(summary.added, 2U);
    EXPECT_THAT(summary.new_names,
                ElementsAre("strain C57BL/6J", "line Dat-Cre", "project maps", "person ines"));
    EXPECT_EQ(value("select sex || birth_date || strain_name || line_name || responsible_user from "
                    "core.subject "
                    "where nickname = 'a1'"),
              "F2019-01-02C57BL/6JDat-Creines");
    EXPECT_EQ(value("select project_name from core.subject_project"), "maps");
    // Nothing changes; an empty field leaves what is known; a value replaces.
    summary = load("subjects",
                   "lab,subject,sex,birth_date\nalpha,a1,F,2019-01-02\nalpha,a2,,2019-03-04\n");
    EXPECT_EQ(summary.unchanged, 1U);
    EXPECT_EQ(summary.updated, 1U);
    EXPECT_EQ(
        value("select sex || birth_date || strain_name from core.subject where nickname = 'a2'"),
        "M2019-03-04C57BL/6J");
    EXPECT_EQ(value("select count(*) from core.subject"), "2");
    // As the key that a session tree of this subject would give.
    EXPECT_EQ(value("select subject_id::text from core.subject where nickname = 'a1'"),
              source_uuid("ibl", "alpha/a1").to_string());
}

TEST_F(IngestMetadata, ABadValueCostsItselfAndABadKeyItsRow) {
    const auto summary = load("subjects",
                              "lab,subject,sex,birth_date,death_date\n"
                              "alpha,a1,X,2019-01-02,\n"
                              "alpha,,F,2019-01-02,\n"
                              "alpah,a3,F,2019-01-02,\n"
                              "alpha,a4,F,02.01.2019,2018-01-01\n"
                              "alpha,a5,F,2019-01-02,2018-01-01\n"
                              "alpha,a1,F,,\n"
                              "alpha,a6,F,,,surplus\n");
    EXPECT_EQ(summary.rows, 7U);
    EXPECT_EQ(summary.added, 3U);
    EXPECT_EQ(summary.refused, 4U);
    std::vector<std::string> told;
    for (const auto& issue : summary.issues)
        told.push_back(std::to_string(issue.line) + " " + issue.column + " " + issue.type +
                       (issue.is_row_lost ? " row" : ""));
    EXPECT_THAT(told, ElementsAre("2 sex BadValue", "3 subject BadKey row", "4 lab UnknownName row",
                                  "5 birth_date BadValue", "6 death_date BadValue",
                                  "7  DuplicateRow row", "8  ExtraFields row"));
    EXPECT_THAT(summary.issues[0].message, HasSubstr("'X': expected M, F or U"));
    EXPECT_THAT(summary.issues[2].message, HasSubstr("did you mean alpha?"));
    EXPECT_EQ(value("select sex || birth_date from core.subject where nickname = 'a1'"),
              "U2019-01-02");
    EXPECT_EQ(value("select sex from core.subject where nickname = 'a4'"), "F");
    EXPECT_EQ(value("select birth_date || coalesce(death_date::text, '-') from core.subject where "
                    "nickname = 'a5'"),
              "2019-01-02-");
    // They stand in the one list of errors until the file is loaded without them.
    EXPECT_EQ(value("select count(*) from analysis.error where origin = 'ingest' and key_text like "
                    "'%subjects.csv:%'"),
              "7");
    EXPECT_THAT(load("subjects", "lab,subject,sex\nalpha,a1,F\n").issues, IsEmpty());
    EXPECT_EQ(value("select count(*) from analysis.error where origin = 'ingest'"), "0");
}

TEST_F(IngestMetadata, RefusesUnknownColumnsWithTheNearest) {
    const auto unknown = refusal("subjects", "lab,subject,birthdate\nalpha,a1,2019-01-02\n");
    EXPECT_EQ(unknown.kind(), ErrorKind::data);
    EXPECT_THAT(unknown.what(), HasSubstr("subjects.csv: line 1: unknown column 'birthdate'"));
    EXPECT_THAT(unknown.hint(), ::testing::StartsWith("Did you mean birth_date? "));
    EXPECT_THAT(refusal("subjects", "lab,sex\nalpha,F\n").what(),
                HasSubstr("there is no column subject"));
    EXPECT_THAT(refusal("subjects", "lab,lab_name,subject\na,b,c\n").what(),
                HasSubstr("two columns are lab"));
    EXPECT_THAT(refusal("subjects", "").what(), HasSubstr("the file is empty"));
    EXPECT_THAT(refusal("subjects", "lab,subject,description\nalpha,a1,caf\xe9\n").what(),
                HasSubstr("line 2, column 13"));
    EXPECT_EQ(value("select count(*) from core.subject"), "0");
}

TEST_F(IngestMetadata, ADryRunFindsTheSameAndWritesNothing) {
    const std::string text = "lab,subject,sex,strain\nalpha,a1,X,new strain\nalpha,a2,F,\n";
    MetadataOptions options;
    options.dry_run = true;
    const auto dry = load("subjects", text, options);
    EXPECT_EQ(value("select count(*) from core.subject"), "0");
    EXPECT_EQ(value("select count(*) from core.strain"), "0");
    EXPECT_EQ(value("select count(*) from core.session_error"), "0");
    const auto real = load("subjects", text);
    EXPECT_EQ(dry.added, real.added);
    EXPECT_EQ(dry.new_names, real.new_names);
    ASSERT_EQ(dry.issues.size(), real.issues.size());
    EXPECT_EQ(dry.issues[0].message, real.issues[0].message);
}

TEST_F(IngestMetadata, WeighingsAndWaterAreOfASubjectAndAMoment) {
    load("subjects", "lab,subject\nalpha,a1\n");
    auto summary = load("weighings",
                        "lab;subject;weighed_at;weight_g;user_name\n"
                        "alpha;a1;2019-07-01T09:30;23,4;ines\n"
                        "alpha;a1;2019-07-02T09:30+00:00;22.9;\n"
                        "alpha;a1;2019-07-03T09:30;heavy;\n"
                        "alpha;a9;2019-07-03T09:30;20;\n");
    EXPECT_EQ(summary.added, 2U);
    EXPECT_EQ(summary.refused, 2U);
    // The first on the lab's clock, in summer an hour before UTC.
    EXPECT_EQ(value("select to_char(weighed_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' ' || "
                    "weight_g || user_name "
                    "from core.weighing order by weighed_at limit 1"),
              "2019-07-01 08:30 23.4ines");
    summary =
        load("weighings", "lab,subject,weighed_at,weight_g\nalpha,a1,2019-07-01T08:30Z,23.5\n");
    EXPECT_EQ(summary.updated, 1U) << "the same moment, told in UTC";
    EXPECT_EQ(value("select count(*) from core.weighing"), "2");
    summary = load("water",
                   "lab,subject,administered_at,volume_ml,is_ad_libitum,water_type\n"
                   "alpha,a1,2019-07-01T17:00,1.2,no,Water\n"
                   "alpha,a1,2019-07-02T17:00,1.2,no,Watr\n");
    EXPECT_EQ(summary.added, 2U);
    ASSERT_EQ(summary.issues.size(), 1U);
    EXPECT_THAT(summary.issues[0].message, HasSubstr("did you mean Water?"));
    EXPECT_EQ(
        value("select count(*) from core.water_administration where water_type_name = 'Water'"),
        "1");
    EXPECT_EQ(
        load("water", "lab,subject,administered_at,volume_ml\nalpha,a1,2019-07-01T17:00,1.2\n")
            .unchanged,
        1U);
}

TEST_F(IngestMetadata, LabsAndMembers) {
    EXPECT_EQ(value("select time_zone from core.lab where lab_name = 'alpha'"), "Europe/London");
    auto summary = load("labs", "lab,time_zone,institution_short\nalpha,Europe/Londn,UCL\n");
    ASSERT_EQ(summary.issues.size(), 1U);
    EXPECT_EQ(summary.issues[0].column, "time_zone");
    EXPECT_EQ(value("select time_zone || institution_short from core.lab where lab_name = 'alpha'"),
              "Europe/LondonUCL");
    summary = load("members",
                   "user_name,first_name,lab,role,start_date,end_date\n"
                   "ines,Ines,alpha,postdoc,2019-01-15,2018-01-01\n"
                   "ines,Ines,beta,guest,,\n"
                   "ana,Ana,gamma,,,\n");
    EXPECT_EQ(summary.added, 3U);
    EXPECT_EQ(summary.issues.size(), 2U);
    EXPECT_EQ(value("select string_agg(lab_name || ':' || role, ',' order by lab_name) from "
                    "core.lab_membership"),
              "alpha:postdoc,beta:guest");
    EXPECT_EQ(value("select count(*) from core.member"), "2");
    EXPECT_EQ(load("members", "user_name,lab\nines,alpha\n").unchanged, 1U);
}

TEST_F(IngestMetadata, TheLabMayBeNamedBesideTheFile) {
    MetadataOptions options;
    options.lab = "alpha";
    const auto summary = load("subjects", "subject,sex\na1,F\n", options);
    EXPECT_THAT(summary.issues, IsEmpty());
    EXPECT_EQ(value("select lab_name from core.subject"), "alpha");
}

TEST_F(IngestMetadata, TemplatesLoad) {
    for (const auto* kind : {"labs", "members", "subjects", "weighings", "water"}) {
        const auto summary = load(kind, metadata_template(metadata_kind(kind)));
        EXPECT_THAT(summary.issues, IsEmpty())
            << kind << ": " << (summary.issues.empty() ? "" : summary.issues[0].message);
        EXPECT_EQ(summary.added, 1U) << kind;
        EXPECT_EQ(load(kind, metadata_template(metadata_kind(kind))).unchanged, 1U) << kind;
    }
    try {
        (void)metadata_kind("subject");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.hint(), ::testing::StartsWith("Did you mean subjects? "));
    }
}

TEST_F(IngestMetadata, KeepsWhyAWholeFileWasRefusedUntilItIsLoaded) {
    const std::string good = "lab,subject\nalpha,a1\n";
    const auto open_errors = [&] {
        return value(
            "select coalesce(string_agg(error_type || ' ' || message, '; ' order by "
            "message), 'none') from core.session_error where resolved_at is null and "
            "source = 'csv' and identifier = '" +
            (folder_ / "subjects.csv").string() + "' and file_path = identifier");
    };
    for (const auto& [text, message] :
         {std::pair<std::string, const char*>{"lab,subject,colour\n", "unknown column 'colour'"},
          {"", "the file is empty"},
          {"lab,subject\nalpha,M\xFCller\n", "UTF-8"}}) {
        (void)refusal("subjects", text);
        EXPECT_THAT(open_errors(), HasSubstr(message));
        EXPECT_THAT(open_errors(), HasSubstr("InvalidData"));
        MetadataOptions dry;
        dry.dry_run = true;
        load("subjects", good, dry);
        EXPECT_NE(open_errors(), "none");
        load("subjects", good);
        EXPECT_EQ(open_errors(), "none");
    }
}

}  // namespace
}  // namespace tb::load
