// Release and quality tables of the brain-wide map through the loader.
#include "ingest/tables/release_tables.hpp"

#include "ingest/load/alyx/ingest_alyx.hpp"
#include "ingest/tables/one_cache.hpp"
#include "tests/ingest/load/listed/tables_world.hpp"

#include <gmock/gmock.h>

namespace tb::load {
namespace {

using ::testing::HasSubstr;

const std::string release_eid = "6713a4a7-faed-4df2-acab-ee4e63326f8d";

class IngestReleaseTables : public TablesWorld {
  protected:
    TablesSummary load(const std::vector<std::filesystem::path>& paths) {
        const auto files = tables::release_files(paths);
        return load_tables(
            session_, [&](tables::ListedTables& out) { tables::read_release_tables(files, out); },
            "release-tables", {});
    }
};

TEST_F(IngestReleaseTables, RealTablesHaveTheNumbersThatTheirOriginTells) {
    TB_NEED_TABLES(folder, "ibl_bwm_tables");
    auto summary = load({folder});
    EXPECT_TRUE(summary.failures.empty());
    const std::string of_release = " where list_name = '2022_10_bwm_release'";
    EXPECT_EQ(value("select count(*) from core.session_list_insertion" + of_release), "547");
    EXPECT_EQ(value("select count(*) from core.session_list_member" + of_release), "354");
    EXPECT_EQ(value("select count(distinct subject_id) || ' ' || count(distinct lab_name) from "
                    "core.session_list_member join core.session using (session_id)" +
                    of_release),
              "115 12");
    EXPECT_EQ(value("select count(*) from core.session_list_insertion where list_name = "
                    "'2022_10_initial'"),
              "552");
    EXPECT_EQ(value("select count(*) from core.session_list_member where list_name = "
                    "'imposter_behavior_sessions'"),
              "8155");
    EXPECT_EQ(value("select string_agg(outcome || ' ' || n, ', ' order by n desc, outcome) from ("
                    "select coalesce(label, text_value) as outcome, count(*) as n from "
                    "core.session_qc_field left join core.qc_outcome using (qc) where told_by = "
                    "'qc_behaviour_data' and field_name = 'leftVideo' group by 1) as counted"),
              "WARNING 236, FAIL 43, PASS 43, MISSING 32");
    EXPECT_EQ(value("select count(*) filter (where is_true) || ' of ' || count(*) from "
                    "core.session_qc_field where told_by = 'qc_trials_data' and field_name = "
                    "'bwm_include'"),
              "345 of 354");
    EXPECT_EQ(value("select count(*) from core.session where start_time is not null"), "0");
    EXPECT_EQ(
        value("select lab_name || ' ' || nickname || ' ' || session_date || ' ' || "
              "session_number from core.session join core.subject using (subject_id, lab_name) "
              "where session_id = '" +
              release_eid + "'"),
        "angelakilab NYU-11 2020-02-18 1");
    summary = load({folder});
    EXPECT_EQ(changes(summary), 0u);
    EXPECT_EQ(summary.new_sessions, 0u);
}

TEST_F(IngestReleaseTables, ASetOfUuidsWaitsForASourceThatTellsMore) {
    const auto set = write("sets/some.pqt", {texts("eid", {release_eid})});
    auto summary = load({set});
    EXPECT_TRUE(summary.failures.empty());
    EXPECT_EQ(summary.nameless, 1u);
    EXPECT_EQ(value("select count(*) from core.session"), "0");
    const auto cache =
        write("cache/sessions.pqt",
              {texts("id", {release_eid}), texts("lab", {"alpha"}), texts("subject", {"A1"}),
               dates("date", {18000}), integers("number", {1})});
    (void)load_tables(session_,
                      [&](tables::ListedTables& out) {
                          tables::read_one_cache(tables::one_cache_files(cache), "", out);
                      },
                      "one-cache", {});
    EXPECT_EQ(value("select session_id from core.session_list_member where list_name = 'some'"),
              release_eid);
    EXPECT_EQ(changes(load({set})), 0u);
}

TEST_F(IngestReleaseTables, AlyxTellsSuchASetsSessionsAndLeavesOtherTellersFields) {
    (void)load({write("sets/some.pqt", {texts("eid", {release_eid})})});
    const auto alyx = [&] {
        return load_alyx(
            session_,
            [](const std::function<void(alyx::DumpObject)>& take) {
                take({"misc.lab", "00000000-0000-4000-8000-000000000001", {{"name", "alpha"}}});
                take({"subjects.subject",
                      "00000000-0000-4000-8000-000000000002",
                      {{"nickname", "A1"}, {"lab", "00000000-0000-4000-8000-000000000001"}}});
                take({"actions.session",
                      release_eid,
                      {{"subject", "00000000-0000-4000-8000-000000000002"},
                       {"start_time", "2020-02-18T10:00:00"},
                       {"number", 1},
                       {"extended_qc", {{"task", "PASS"}, {"exists", "by Alyx"}}}}});
            },
            "/dumps/alyx.json", {});
    };
    EXPECT_TRUE(alyx().failures.empty());
    EXPECT_EQ(value("select session_id from core.session_list_member"), release_eid);
    const auto quality = write_text("q/qc_trials_data.csv",
                                    ",eid,exists,task\n0," + release_eid + ",True,MISSING\n");
    EXPECT_TRUE(load({quality}).failures.empty());
    EXPECT_TRUE(alyx().failures.empty());
    EXPECT_EQ(
        value("select string_agg(concat_ws(' ', told_by, field_name, qc, is_true, text_value), "
              "', ' order by told_by, field_name) from core.session_qc_field"),
        "alyx exists by Alyx, alyx task 10, qc_trials_data exists t, qc_trials_data task "
        "MISSING");
    // A field that is no longer told goes.
    (void)write_text("q/qc_trials_data.csv", ",eid,exists\n0," + release_eid + ",False\n");
    (void)load({quality});
    EXPECT_EQ(
        value("select string_agg(field_name || is_true, ',') from core.session_qc_field where "
              "told_by = 'qc_trials_data'"),
        "existsfalse");
}

TEST_F(IngestReleaseTables, BadRowsAndUnknownSessionsAreTold) {
    const auto release = write_text(
        "r/release.csv",
        ",pid,eid,probe_name,session_number,date,subject,lab\n"
        "0,56f2a378-78d2-4132-b3c8-8c1ba82be598," +
            release_eid +
            ",probe00,1,2020-02-18,NYU-11,alab\n"
            "1,56f2a378-78d2-4132-b3c8-8c1ba82be598," +
            release_eid +
            ",probe01,1,2020-02-18,NYU-11,alab\n"
            "2,47be9ae4-290f-46ab-b047-952bc3a1a509," +
            release_eid +
            ",probe01,1,2020-02-19,NYU-11,alab\n"
            "3,6be21156-33b0-4f70-9a0f-65b3e3cd6d4a,56956777-dca5-468c-87cb-78150432cc57,probe00,1,"
            "2020-02-30,NYU-11,alab\n"
            "4,not a pid,56956777-dca5-468c-87cb-78150432cc57,probe00,1,2020-02-20,,alab\n");
    const auto quality =
        write_text("r/quality.csv", "eid,fine\n56956777-dca5-468c-87cb-78150432cc57,PASS\n");
    const auto other = write_text("r/other.csv", "a,b\n1,2\n");
    auto summary = load({top_ / "r"});
    EXPECT_EQ(summary.issues, (std::map<std::string, std::size_t>{{"BadValue", 1},
                                                                  {"Contradiction", 1},
                                                                  {"DuplicateId", 1},
                                                                  {"MissingColumn", 1},
                                                                  {"MissingSubject", 1},
                                                                  {"UnknownSession", 1}}));
    EXPECT_EQ(value("select string_agg(insertion_name, ',' order by insertion_name) from "
                    "core.probe_insertion"),
              "probe00,probe01");
    EXPECT_EQ(value("select session_date from core.session"), "2020-02-18");
    EXPECT_EQ(changes(load({top_ / "r"})), 0u);
    try {
        (void)load({other});
        FAIL() << "loaded";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("no column eid; it has a, b"));
    }
    (void)release;
    (void)quality;
}

TEST_F(IngestReleaseTables, AnInsertionOfAnotherSessionStaysWhereItIs) {
    const std::string row = "56f2a378-78d2-4132-b3c8-8c1ba82be598,";
    const std::string header = "pid,eid,probe_name,session_number,date,subject,lab\n";
    (void)load(
        {write_text("a/one.csv", header + row + release_eid + ",probe00,1,2020-02-18,S,alab\n")});
    const auto summary = load({write_text(
        "b/two.csv",
        header + row + "56956777-dca5-468c-87cb-78150432cc57,probe00,1,2020-02-19,S,alab\n")});
    EXPECT_EQ(summary.issues, (std::map<std::string, std::size_t>{{"Contradiction", 1}}));
    EXPECT_EQ(value("select session_id from core.probe_insertion"), release_eid);
    EXPECT_EQ(value("select count(*) from core.session_list_insertion"), "2");
}

}  // namespace
}  // namespace tb::load
