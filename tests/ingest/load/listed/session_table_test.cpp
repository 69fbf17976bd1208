// The photometry pipeline's table of sessions through the loader.
#include "ingest/tables/session_table.hpp"

#include "tests/ingest/load/listed/tables_world.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace tb::load {
namespace {

using ::testing::HasSubstr;

std::string table_eid(int n) {
    return fmt::format("00000000-0000-4000-8000-{:012}", n);
}

class IngestSessionsTable : public TablesWorld {
  protected:
    TablesSummary load(const std::filesystem::path& file) {
        return load_tables(
            session_, [&](tables::ListedTables& out) { tables::read_session_table(file, "", out); },
            "sessions-table", {});
    }
    static formats::Column lists(const std::string& name, std::vector<formats::TextList> values) {
        return {name, std::move(values), {}, "LIST"};
    }
    /// As CSV, with lists as pandas prints them.
    std::filesystem::path write_csv(const std::string& rows) {
        return write_text(
            "metadata/sessions.csv",
            ",eid,subject,lab,start_time,end_time,number,task_protocol,projects,users,strain,"
            "line,NM,brain_region,hemisphere,target_NM,session_type,session_length,day_n,"
            "session_n,datasets,genotype\n" +
                rows);
    }
};

const char* const table_row =
    "0,00000000-0000-4000-8000-000000000001,P1,wittenlab,2023-05-18T10:00:00.5,2023-05-18T11:00:00."
    "5,1,"
    "_iblrig_tasks_biasedChoiceWorld7.1.2,['ibl_fibrephotometry'],\"['ada', "
    "'ben']\",C57BL/6J,DAT-cre,DA,"
    "\"['VTA', 'SNc']\",\"['l', 'r']\",\"['VTA-DA', 'SNc-DA']\",biased,3600.0,0,1.0,"
    "\"['alf/photometry/photometry.signal.pqt', "
    "'alf/#2023-06-01#/_ibl_trials.table.pqt']\",['Dat']\n";

TEST_F(IngestSessionsTable, FactsAreLoadedAndWhatIsComputedIsKeptBesideThem) {
    const auto file = write_csv(table_row);
    const auto summary = load(file);
    EXPECT_TRUE(summary.failures.empty());
    EXPECT_EQ(value("select concat_ws(' ', lab_name, session_date, session_number, start_time, "
                    "end_time - start_time, task_protocol) from core.session"),
              "wittenlab 2023-05-18 1 2023-05-18 10:00:00.5+00 01:00:00 "
              "_iblrig_tasks_biasedChoiceWorld7.1.2");
    EXPECT_EQ(value("select nickname || strain_name || line_name from core.subject"),
              "P1C57BL/6JDAT-cre");
    EXPECT_EQ(
        value("select string_agg(user_name, ',' order by user_name) from core.session_member"),
        "ada,ben");
    EXPECT_EQ(value("select project_name from core.session_project"), "ibl_fibrephotometry");
    EXPECT_EQ(value("select string_agg(brain_region, ',' order by position) from "
                    "photometry.listed_region"),
              "VTA-l,SNc-r");
    EXPECT_EQ(
        value("select string_agg(collection || ' ' || revision || ' ' || dataset_name, ',' order "
              "by dataset_name) from store.dataset"),
        "alf 2023-06-01 _ibl_trials.table.pqt,alf/photometry  photometry.signal.pqt");
    EXPECT_EQ(value("select count(*) from store.file_record"), "0");
    EXPECT_EQ(value("select details -> 'sessions_table' ->> 'target_NM' from core.session"),
              R"(["VTA-DA", "SNc-DA"])");
    EXPECT_EQ(value("select concat_ws(' ', list_name, listed_session_type, listed_day_n, "
                    "listed_hemisphere, is_computed) from analysis.photometry_listed_session"),
              "metadata biased 0 {l,r} f");
    EXPECT_EQ(changes(load(file)), 0u);
    // A table that was mended tells fewer regions.
    auto mended = std::string(table_row);
    const auto replace = [&](std::string_view old, std::string_view text) {
        mended.replace(mended.find(old), old.size(), text);
    };
    replace("\"['VTA', 'SNc']\",\"['l', 'r']\"", "['DMS'],['r']");
    (void)load(write_csv(mended));
    EXPECT_EQ(value("select string_agg(brain_region, ',') from photometry.listed_region"), "DMS-r");
}

TEST_F(IngestSessionsTable, ParquetWithListsIsRead) {
    const auto file = write("m/sessions.pqt",
                            {texts("eid", {table_eid(1), table_eid(2)}),
                             texts("subject", {"P1", "P1"}), texts("lab", {"a", "a"}),
                             texts("start_time", {"2023-05-18T10:00:00", "2023-05-19T10:00:00"}),
                             texts("brain_region", {"VTA-l", ""})});
    EXPECT_TRUE(load(file).failures.empty());
    EXPECT_EQ(value("select count(*) from core.session"), "2");
    EXPECT_EQ(value("select string_agg(brain_region, ',') from photometry.listed_region"), "VTA-l");
}

TEST_F(IngestSessionsTable, BadRowsCostThemselves) {
    const auto summary = load(write_csv(
        std::string(table_row) +
        "1,00000000-0000-4000-8000-000000000002,,wittenlab,2023-05-18T10:00:00,,,,,,,,,,,,,,,,,\n"
        "2,00000000-0000-4000-8000-000000000003,P3,wittenlab,,,,,,,,,,,,,,,,,,\n"
        "3,x,P3,wittenlab,2023-05-18T10:00:00,,,,,,,,,,,,,,,,,\n"
        "4,00000000-0000-4000-8000-000000000004,P4,wittenlab,2023-05-18T10:00:00,2023-05-18T09:00:"
        "00,1,,,,,,,"
        "\"['VTA', 'SNc']\",['l'],,,,,,,\n"));
    EXPECT_EQ(
        summary.issues,
        (std::map<std::string, std::size_t>{
            {"BadValue", 1}, {"LengthMismatch", 1}, {"MissingDate", 1}, {"MissingSubject", 1}}));
    // An end before the start is none.
    EXPECT_EQ(value("select count(*) from core.session where end_time is null"), "1");
    EXPECT_EQ(value("select count(*) from photometry.listed_region"), "2");
}

TEST_F(IngestSessionsTable, ATableWithoutItsColumnsIsRefused) {
    try {
        (void)load(
            write("t/sessions.pqt", {texts("eid", {table_eid(1)}), texts("subject", {"P1"})}));
        FAIL() << "loaded";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("no column start_time; it has eid, subject"));
        EXPECT_THAT(error.hint(), HasSubstr("one row per session"));
    }
}

TEST_F(IngestSessionsTable, AListOfAnotherKindKeepsItsName) {
    session_.exec({"list",
                   "insert into core.session_list (list_name, kind, file_name) values ('metadata', "
                   "'one-cache', '/cache/sessions.pqt')"});
    try {
        (void)load(write_csv(table_row));
        FAIL() << "loaded";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(),
                    HasSubstr("a list called metadata is there already, a one-cache of "
                              "/cache/sessions.pqt"));
    }
    EXPECT_EQ(value("select count(*) from core.session"), "0");
}

TEST_F(IngestSessionsTable, WhatTheSubjectIsKnownAsStays) {
    database_.session().exec_script(
        {"known",
         "insert into core.strain (strain_name) values ('other');"
         "insert into core.lab (lab_name) values ('wittenlab');"
         "insert into core.subject (subject_id, lab_name, nickname, strain_name) values "
         "(gen_random_uuid(), 'wittenlab', 'P1', 'other');"});
    const auto summary = load(write_csv(table_row));
    EXPECT_EQ(summary.issues, (std::map<std::string, std::size_t>{{"Contradiction", 1}}));
    EXPECT_EQ(value("select strain_name || ' ' || line_name from core.subject"), "other DAT-cre");
}

}  // namespace
}  // namespace tb::load
