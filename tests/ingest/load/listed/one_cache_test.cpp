// Caches of ONE through the loader: the real one of ONE's own tests, and made ones of other
// layouts.
#include "ingest/tables/one_cache.hpp"

#include "ingest/load/alyx/ingest_alyx.hpp"
#include "ingest/load/ingest_alf.hpp"
#include "src/base/uuid.hpp"
#include "tests/ingest/load/listed/tables_world.hpp"

#include <cmath>
#include <cstring>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace tb::load {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr std::int64_t cache_day = 18000;  // 2019-04-14

std::string cache_uuid(int n) {
    return fmt::format("00000000-0000-4000-8000-{:012}", n);
}

/// Of the 16 bytes as two numbers of this machine, which is little-endian.
std::string uuid_of_halves(std::int64_t first, std::int64_t second) {
    Uuid made;
    std::memcpy(made.bytes.data(), &first, sizeof first);
    std::memcpy(made.bytes.data() + sizeof first, &second, sizeof second);
    return made.to_string();
}

class IngestOneCache : public TablesWorld {
  protected:
    TablesSummary load(const fs::path& path, const TablesOptions& options = {},
                       const std::string& name = {}) {
        return load_tables(
            session_,
            [&](tables::ListedTables& out) {
                tables::read_one_cache(tables::one_cache_files(path), name, out);
            },
            "one-cache", options);
    }
    /// A cache of two sessions and three datasets, of the layout of today.
    fs::path write_cache() {
        write("cache/sessions.pqt",
              {texts("id", {cache_uuid(1), cache_uuid(2)}), texts("lab", {"alpha", "alpha"}),
               texts("subject", {"A1", "A2"}), dates("date", {cache_day, cache_day + 1}),
               integers("number", {1, 2}, "INT32 UINT_16"),
               texts("task_protocol", {"_iblrig_tasks_trainingChoiceWorld6.4.2", ""}),
               texts("projects", {"main,second", "main"})},
              {{"one_metadata",
                R"({"date_created": "2021-09-28 15:48", "origin": ["https://alyx.example"]})"}});
        write("cache/datasets.pqt",
              {texts("eid", {cache_uuid(1), cache_uuid(1), cache_uuid(2)}),
               texts("id", {cache_uuid(11), cache_uuid(12), cache_uuid(13)}),
               texts("rel_path",
                     {"alf/_ibl_trials.choice.npy", "alf/#2022-02-28#/_ibl_trials.choice.npy",
                      "raw_behavior_data/_iblrig_taskData.raw.jsonable"}),
               integers("file_size", {100, 200, 300}),
               texts("hash", {"5583d864-56a1-c3f1-0dfb-fa3fe6ba8d7a", "", ""}),
               {"exists", std::vector<bool>{true, true, false}, {}, "BOOLEAN"},
               texts("qc", {"PASS", "WARNING", "NOT_SET"}),
               {"default_revision", std::vector<bool>{false, true, true}, {}, "BOOLEAN"}});
        return top_ / "cache";
    }
    AlyxSummary load_alyx_session() {
        const auto fields = [](nlohmann::json value) { return value; };
        return load_alyx(session_,
                         [&](const std::function<void(alyx::DumpObject)>& take) {
                             take({"misc.lab", cache_uuid(91),
                                   fields({{"name", "alpha"}, {"timezone", "Europe/London"}})});
                             take({"subjects.subject", cache_uuid(92),
                                   fields({{"nickname", "A1"}, {"lab", cache_uuid(91)}})});
                             take({"actions.session", cache_uuid(1),
                                   fields({{"subject", cache_uuid(92)},
                                           {"start_time", "2019-04-14T10:30:00"},
                                           {"number", 1},
                                           {"narrative", "calm"},
                                           {"task_protocol", "of Alyx"},
                                           {"extended_qc", {{"task", "PASS"}}}})});
                         },
                         "/dumps/alyx.json", {});
    }
    /// Trials of session A1/2019-04-14/001 as a tree.
    IngestSummary load_tree() {
        const auto alf = top_ / "tree/alpha/Subjects/A1/2019-04-14/001/alf";
        fs::create_directories(alf);
        formats::Table trials;
        trials.rows = 2;
        const auto column = [](const std::string& name, std::vector<double> values) {
            return formats::Column{name, std::move(values), {}, "DOUBLE"};
        };
        trials.columns = {column("intervals_0", {0, 10}),
                          column("intervals_1", {9, 19}),
                          column("choice", {1, -1}),
                          column("contrastLeft", {0.5, 0.5}),
                          column("contrastRight", {NAN, NAN}),
                          column("feedbackType", {1, -1}),
                          column("probabilityLeft", {0.5, 0.5})};
        std::ofstream(alf / "_ibl_trials.table.pqt", std::ios::binary)
            << formats::parquet_bytes(trials);
        IngestOptions options;
        options.connect = [this] { return database_.session("trialbase_ingest"); };
        options.jobs = 1;
        return ingest_alf(std::vector<fs::path>{top_ / "tree"}, options);
    }
};

TEST_F(IngestOneCache, RealTablesHaveTheSessionsAndDatasetsThatOthersRead) {
    TB_NEED_TABLES(folder, "ibl_one_cache");
    auto summary = load(folder);
    EXPECT_EQ(summary.sessions, 26u);
    EXPECT_EQ(summary.new_sessions, 26u);
    EXPECT_EQ(value("select count(*) from core.session where start_time is null"), "26");
    EXPECT_EQ(value("select count(*) from core.subject"), "8");
    EXPECT_EQ(value("select count(*) from store.dataset"), "693");
    EXPECT_EQ(value("select sum(size_bytes) from store.dataset"), "72187241517");
    EXPECT_EQ(value("select count(md5) from store.dataset"), "100");
    EXPECT_EQ(value("select count(*) from store.file_record where is_present"), "693");
    EXPECT_EQ(value("select count(*) from store.dataset where sha256 is not null"), "0");
    // One id is that of two datasets.
    EXPECT_TRUE(summary.failures.empty());
    ASSERT_EQ(summary.notes.size(), 1u);
    EXPECT_THAT(summary.notes.front(), HasSubstr("af5a5b6f-4774-43e5-98eb-132d76e69fb9"));
    // The text None is none, and the empty protocol no protocol.
    EXPECT_EQ(value("select count(*) from core.session_project"), "25");
    EXPECT_EQ(value("select count(*) from core.session where task_protocol is null"), "4");
    std::ifstream lines(folder / "expected" / "sessions.pqt.jsonl");
    std::size_t compared = 0;
    for (std::string line; std::getline(lines, line); ++compared) {
        const auto row = nlohmann::json::parse(line);
        const auto identifier = fmt::format(
            "{}/{}/{}/{:03}", row["lab"].get<std::string>(), row["subject"].get<std::string>(),
            row["date"].get<std::string>(), row["number"].get<int>());
        EXPECT_EQ(
            value("select session_id::text || coalesce(task_protocol, '') from core.session join "
                  "core.session_alias using (session_id) where session_alias.source = 'ibl' "
                  "and identifier = '" +
                  identifier + "'"),
            uuid_of_halves(row["id_0"].get<std::int64_t>(), row["id_1"].get<std::int64_t>()) +
                row["task_protocol"].get<std::string>())
            << identifier;
    }
    EXPECT_EQ(compared, 26u);
    EXPECT_EQ(value("select list_name || ' ' || made_at from core.session_list"),
              "ibl_test 2021-05-13 20:38:00+00");
    // A folder of another lab and number than the session's own lead to it, too.
    EXPECT_EQ(value("select lab_name from core.session join core.session_alias using (session_id) "
                    "where identifier = 'mainenlab/flowers/2018-07-13/001'"),
              "zadorlab");
    EXPECT_EQ(value("select relative_path from store.file_record join store.dataset using "
                    "(session_id, collection, dataset_name, revision) where dataset_id = "
                    "'af5a5b6f-4774-43e5-98eb-132d76e69fb9' and collection = 'alf/ks2'"),
              "mainenlab/Subjects/ZM_1150/2019-05-07/001/alf/ks2/spikes.clusters.npy");
    summary = load(folder);
    EXPECT_EQ(changes(summary), 0u);
    EXPECT_EQ(summary.known_sessions, 26u);
}

TEST_F(IngestOneCache, LayoutOfTodayIsReadWithRevisionsAndQuality) {
    const auto summary = load(write_cache());
    EXPECT_TRUE(summary.failures.empty());
    EXPECT_EQ(value("select string_agg(project_name, ',' order by project_name) from "
                    "core.session_project where session_id = '" +
                    cache_uuid(1) + "'"),
              "main,second");
    EXPECT_EQ(
        value("select string_agg(concat_ws(' ', collection, revision, dataset_name, "
              "dataset_type_name, format_name, size_bytes, qc, is_default_revision, md5), ',' "
              "order by dataset_id) from store.dataset"),
        "alf  _ibl_trials.choice.npy trials.choice npy 100 10 f "
        "5583d86456a1c3f10dfbfa3fe6ba8d7a,"
        "alf 2022-02-28 _ibl_trials.choice.npy trials.choice npy 200 30 t,"
        "raw_behavior_data  _iblrig_taskData.raw.jsonable taskData.raw jsonable 300 0 t");
    EXPECT_EQ(
        value("select string_agg(repository_name || ' ' || relative_path || ' ' || is_present, "
              "',' order by relative_path) from store.file_record"),
        "https://alyx.example alpha/Subjects/A1/2019-04-14/001/alf/#2022-02-28#/"
        "_ibl_trials.choice.npy true,"
        "https://alyx.example alpha/Subjects/A1/2019-04-14/001/alf/_ibl_trials.choice.npy true,"
        "https://alyx.example alpha/Subjects/A2/2019-04-15/002/raw_behavior_data/"
        "_iblrig_taskData.raw.jsonable false");
    EXPECT_EQ(
        value("select concat_ws(' ', list_name, kind, origin, made_at) from core.session_list"),
        "https://alyx.example one-cache https://alyx.example 2021-09-28 15:48:00+00");
    EXPECT_EQ(changes(load(top_ / "cache")), 0u);
}

TEST_F(IngestOneCache, AlyxBeforeAndAfterIsTheSameSession) {
    (void)load_alyx_session();
    auto summary = load(write_cache());
    EXPECT_TRUE(summary.failures.empty());
    EXPECT_EQ(summary.known_sessions, 1u);
    EXPECT_EQ(value("select count(*) from core.session"), "2");
    EXPECT_EQ(value("select count(*) from core.subject where nickname = 'A1'"), "1");
    EXPECT_EQ(
        value("select task_protocol || ' ' || start_time from core.session where session_id = '" +
              cache_uuid(1) + "'"),
        "of Alyx 2019-04-14 09:30:00+00");
    EXPECT_EQ(changes(load(top_ / "cache")), 0u);
    EXPECT_TRUE(load_alyx_session().failures.empty());
    EXPECT_EQ(
        value("select count(*) from store.dataset where session_id = '" + cache_uuid(1) + "'"),
        "2");
}

TEST_F(IngestOneCache, AlyxAfterwardsTellsTheTimeOfDay) {
    (void)load(write_cache());
    EXPECT_TRUE(load_alyx_session().failures.empty());
    EXPECT_EQ(value("select count(*) from core.session"), "2");
    EXPECT_EQ(value("select count(*) from core.subject where nickname = 'A1'"), "1");
    EXPECT_EQ(value("select narrative || ' ' || start_time from core.session where session_id = '" +
                    cache_uuid(1) + "'"),
              "calm 2019-04-14 09:30:00+00");
    EXPECT_EQ(value("select identifier from core.subject_alias where source = 'alyx'"),
              cache_uuid(92));
    const auto summary = load(top_ / "cache");
    EXPECT_TRUE(summary.failures.empty());
    EXPECT_EQ(
        value("select task_protocol from core.session where session_id = '" + cache_uuid(1) + "'"),
        "of Alyx");
}

TEST_F(IngestOneCache, FoldersBeforeAreMetByTheirName) {
    EXPECT_EQ(load_tree().added, 1u);
    const auto key = value("select session_id from core.session");
    const auto summary = load(write_cache());
    EXPECT_TRUE(summary.failures.empty());
    EXPECT_EQ(summary.known_sessions, 1u);
    EXPECT_EQ(value("select count(*) from core.session"), "2");
    EXPECT_EQ(
        value("select session_id from core.session_alias where source = 'alyx' and identifier "
              "= '" +
              cache_uuid(1) + "'"),
        key);
    EXPECT_EQ(
        value("select count(*) from core.session_list_member where session_id = '" + key + "'"),
        "1");
    // Listed files that the folder lacks are no files of it, and stay listed.
    auto again = load_tree();
    EXPECT_EQ(again.unchanged, 1u);
    EXPECT_EQ(value("select count(*) from store.dataset where session_id = '" + key + "'"), "3");
    EXPECT_EQ(changes(load(top_ / "cache")), 0u);
}

TEST_F(IngestOneCache, FoldersAfterwardsAreTheListedSession) {
    (void)load(write_cache());
    EXPECT_EQ(load_tree().failures.size(), 0u);
    EXPECT_EQ(value("select count(*) from core.session"), "2");
    EXPECT_EQ(value("select session_id from task.choice_session"), cache_uuid(1));
    EXPECT_EQ(
        value("select task_protocol from core.session where session_id = '" + cache_uuid(1) + "'"),
        "_iblrig_tasks_trainingChoiceWorld6.4.2");
    EXPECT_EQ(changes(load(top_ / "cache")), 0u);
}

TEST_F(IngestOneCache, AFolderThatDatasetsLieInIsMet) {
    EXPECT_EQ(load_tree().added, 1u);
    write("odd/sessions.pqt",
          {texts("id", {cache_uuid(5)}), texts("lab", {"beta"}), texts("subject", {"A1"}),
           dates("date", {cache_day}), integers("number", {1})});
    write("odd/datasets.pqt", {texts("eid", {cache_uuid(5)}), texts("id", {cache_uuid(15)}),
                               texts("rel_path", {"alf/a.b.npy"}),
                               texts("session_path", {"alpha/Subjects/A1/2019-04-14/1"})});
    EXPECT_EQ(load(top_ / "odd").known_sessions, 1u);
    EXPECT_EQ(value("select count(*) from core.session"), "1");
}

TEST_F(IngestOneCache, LocalCachesCallSessionsByTheirFolder) {
    EXPECT_EQ(load_tree().added, 1u);
    write(
        "local/sessions.pqt",
        {texts("id",
               {"A1/2019-04-14/1", "A2/2019-04-15/001", "A3/2019-04-16/99999999999999999999"}),
         texts("lab", {"alpha", "", "alpha"}), texts("subject", {"A1", "", "A3"}),
         dates("date", {cache_day, cache_day + 1, cache_day + 2}), integers("number", {1, 1, 1})});
    write("local/datasets.pqt", {texts("eid", {"A1/2019-04-14/001"}), integers("id", {7}),
                                 texts("rel_path", {"alf/_ibl_wheel.position.npy"})});
    auto summary = load(top_ / "local");
    EXPECT_EQ(summary.issues,
              (std::map<std::string, std::size_t>{{"BadId", 1}, {"MissingLab", 1}}));
    EXPECT_EQ(summary.known_sessions, 1u);
    EXPECT_EQ(value("select count(*) from core.session"), "1");
    EXPECT_EQ(
        value("select count(*) from store.dataset where dataset_name = '_ibl_wheel.position.npy'"),
        "1");
    EXPECT_EQ(value("select list_name from core.session_list"), "local");
    TablesOptions options;
    options.lab = "beta";
    summary = load(top_ / "local", options);
    EXPECT_EQ(summary.new_sessions, 1u);
    EXPECT_EQ(value("select identifier from core.session_alias where identifier like 'beta%'"),
              "beta/A2/2019-04-15/001");
    EXPECT_EQ(changes(load(top_ / "local", options)), 0u);
    // What `ingest alf` would make of such a folder.
    EXPECT_EQ(value("select session_id from core.session where lab_name = 'beta'"),
              source_uuid("ibl", "beta/A2/2019-04-15/001").to_string());
}

TEST_F(IngestOneCache, AListThatChangesIsFollowed) {
    (void)load(write_cache());
    write("cache/sessions.pqt",
          {texts("id", {cache_uuid(1), cache_uuid(3)}), texts("lab", {"alpha", "alpha"}),
           texts("subject", {"A1", "A2"}), dates("date", {cache_day, cache_day + 1}),
           integers("number", {1, 3}), texts("task_protocol", {"corrected", "new"}),
           texts("projects", {"main", "main"})},
          {{"one_metadata",
            R"({"date_created": "2022-01-01 10:00", "origin": "https://alyx.example"})"}});
    const auto summary = load(top_ / "cache");
    EXPECT_EQ(
        value("select task_protocol from core.session where session_id = '" + cache_uuid(1) + "'"),
        "corrected");
    EXPECT_EQ(value("select string_agg(identifier, ',' order by identifier) from "
                    "core.session_list_member"),
              cache_uuid(1) + "," + cache_uuid(3));
    // Its session is no longer listed, and stays.
    EXPECT_EQ(value("select count(*) from core.session"), "3");
    EXPECT_EQ(value("select made_at from core.session_list"), "2022-01-01 10:00:00+00");
}

TEST_F(IngestOneCache, RowsThatCannotBeUsedCostThemselvesAndAreTold) {
    write(
        "bad/sessions.pqt",
        {texts("id", {cache_uuid(1), cache_uuid(1), cache_uuid(2), cache_uuid(3), "no id",
                      cache_uuid(4), ""}),
         texts("lab", {"alpha", "alpha", "alpha", "alpha", "alpha", "alpha", "alpha"}),
         texts("subject", {"A1", "A1", "", "A3", "A4", "A5", "A6"}),
         dates("date", {cache_day, cache_day, cache_day, 200000, cache_day, cache_day, cache_day}),
         integers("number", {1, 1, 1, 1, 1, -1, 1})});
    write("bad/datasets.pqt",
          {texts("eid", {cache_uuid(1), cache_uuid(1), cache_uuid(77), cache_uuid(1)}),
           texts("id", {cache_uuid(11), cache_uuid(12), cache_uuid(13), "x"}),
           texts("rel_path", {"alf/a.b.npy", "../../etc/passwd", "alf/a.b.npy", "alf//x.npy"})});
    auto summary = load(top_ / "bad");
    EXPECT_EQ(summary.issues, (std::map<std::string, std::size_t>{{"BadId", 1},
                                                                  {"BadPath", 2},
                                                                  {"BadValue", 2},
                                                                  {"DuplicateId", 1},
                                                                  {"MissingId", 1},
                                                                  {"MissingSubject", 1},
                                                                  {"UnknownSession", 1}}));
    EXPECT_EQ(value("select string_agg(nickname, ',') from core.subject"), "A1");
    EXPECT_EQ(value("select count(*) from store.dataset"), "1");
    EXPECT_EQ(value("select message from core.session_error where error_type = 'MissingSubject'"),
              "row 3: it has no subject");
    EXPECT_EQ(value("select count(*) from core.session_error where resolved_at is null"), "9");
    // Errors go when they are mended.
    write_cache();
    fs::rename(top_ / "cache/sessions.pqt", top_ / "bad/sessions.pqt");
    fs::rename(top_ / "cache/datasets.pqt", top_ / "bad/datasets.pqt");
    EXPECT_TRUE(load(top_ / "bad").failures.empty());
    EXPECT_EQ(value("select count(*) from core.session_error where resolved_at is null"), "0");
}

TEST_F(IngestOneCache, WhatContradictsAKnownSessionChangesNothing) {
    (void)load(write_cache());
    write("other/sessions.pqt",
          {texts("id", {cache_uuid(1)}), texts("lab", {"alpha"}), texts("subject", {"B9"}),
           dates("date", {cache_day}), integers("number", {1}), texts("task_protocol", {"wrong"})});
    const auto summary = load(top_ / "other");
    ASSERT_EQ(summary.issues, (std::map<std::string, std::size_t>{{"Contradiction", 1}}));
    EXPECT_EQ(summary.failures.front().message,
              "its subject is B9, that of the session that is known (" + cache_uuid(1) +
                  ") A1: left as it is known");
    EXPECT_EQ(value("select count(*) from core.subject where nickname = 'B9'"), "0");
    EXPECT_EQ(value("select count(*) from core.session where task_protocol = 'wrong'"), "0");
}

TEST_F(IngestOneCache, FilesThatAreNoSuchTablesAreRefusedWithWhatIsWrong) {
    const auto message = [&](const fs::path& path) {
        try {
            (void)load(path);
        } catch (const Error& error) {
            return std::string(error.what()) + " | " + error.hint();
        }
        return std::string("loaded");
    };
    EXPECT_THAT(message(write_text("text/sessions.pqt", "id,lab\n")), HasSubstr("sessions.pqt"));
    EXPECT_THAT(message(top_), HasSubstr("no sessions.pqt in this folder"));
    EXPECT_THAT(message(top_ / "none.pqt"),
                HasSubstr("there is no such file | Name a table that is there"));
    fs::create_directories(top_ / "folder.pqt/sessions.pqt");
    EXPECT_THAT(message(top_ / "folder.pqt"),
                HasSubstr("a folder where a table is expected | Name the table itself"));
    EXPECT_THAT(
        message(write("no_id/sessions.pqt", {texts("lab", {"a"}), texts("subject", {"s"})})),
        HasSubstr("no column id; it has lab, subject | A ONE cache has sessions.pqt with id"));
    EXPECT_THAT(
        message(write("half/sessions.pqt", {integers("id_0", {1}), texts("subject", {"s"})})),
        HasSubstr("no column id"));
    EXPECT_THAT(message(write("d/datasets.pqt",
                              {texts("eid", {cache_uuid(1)}), texts("rel_path", {"a.b.npy"})})),
                HasSubstr("a table of datasets where that of sessions is expected"));
    EXPECT_THAT(
        message(write("number/sessions.pqt", {texts("id", {cache_uuid(1)}), texts("subject", {"s"}),
                                              integers("day", {1})})),
        HasSubstr("no column date"));
}

TEST_F(IngestOneCache, HalvesThatMakeNoUuidAreTold) {
    write("halves/sessions.pqt",
          {integers("id_0", {1, 740139712957772202, 0}),
           integers("id_1", {2, -5934240221110616694, 0}), texts("lab", {"a", "a", "a"}),
           texts("subject", {"s", "t", "u"}), dates("date", {cache_day, cache_day, cache_day}),
           integers("number", {1, 1, 1}), texts("project", {"p", "None", "p"})});
    const auto summary = load(top_ / "halves");
    EXPECT_EQ(summary.issues,
              (std::map<std::string, std::size_t>{{"BadValue", 1}, {"MissingId", 1}}));
    EXPECT_THAT(summary.failures.front().message, HasSubstr("id_0, id_1: 1 and 2 make no UUID"));
    EXPECT_EQ(value("select session_id::text from core.session"),
              "aaf101c3-2581-450a-8abd-ddb8f557a5ad");
}

TEST_F(IngestOneCache, AFileOfAnotherSizeThanListedIsRemarkedUpon) {
    EXPECT_EQ(load_tree().added, 1u);
    write_cache();
    write("cache/datasets.pqt",
          {texts("eid", {cache_uuid(1)}), texts("id", {cache_uuid(11)}),
           texts("rel_path", {"alf/_ibl_trials.table.pqt"}), integers("file_size", {1})});
    (void)load(top_ / "cache");
    EXPECT_THAT(value("select message from core.session_issue where issue_type = 'HashMismatch'"),
                HasSubstr("dataset " + cache_uuid(11) + " is listed with 1 bytes: fetch it again"));
    EXPECT_NE(value("select size_bytes from store.dataset where dataset_name = "
                    "'_ibl_trials.table.pqt'"),
              "1");
}

// known_troubles.md, section 2, row 2.
TEST_F(IngestOneCache, AFileOfAnotherHashThanListedIsToldAndLoadedAgainWhenTheListChanges) {
    write_cache();
    const auto list = [&](const std::string& hash) {
        write("cache/datasets.pqt",
              {texts("eid", {cache_uuid(1), cache_uuid(1), cache_uuid(1)}),
               texts("id", {cache_uuid(11), cache_uuid(12), cache_uuid(13)}),
               texts("rel_path", {"alf/_ibl_trials.table.pqt", "alf/_ibl_trials.goCue_times.npy",
                                  "alf/spikes.times.npy"}),
               texts("hash", {hash, "", ""})});
        (void)load(top_ / "cache");
    };
    const auto issues = [&] {
        return value(
            "select coalesce(string_agg(issue_type || ' ' || dataset || ': ' || message, E'\\n' "
            "order by 1), '') "
            "from core.session_issue where issue_type in ('HashMismatch', 'UnknownFile')");
    };
    const std::string wrong(32, 'a');
    list(wrong);
    EXPECT_EQ(issues(), "");
    EXPECT_TRUE(load_tree().failures.empty());
    EXPECT_THAT(issues(), HasSubstr("HashMismatch alf/_ibl_trials.table.pqt: "));
    EXPECT_THAT(issues(), HasSubstr("dataset " + cache_uuid(11) + " is listed with MD5 " + wrong));
    EXPECT_THAT(issues(), HasSubstr("UnknownFile alf/_ibl_trials.goCue_times.npy: dataset " +
                                    cache_uuid(12) + " is listed"));
    EXPECT_THAT(issues(), ::testing::Not(HasSubstr("spikes"))) << "nothing of it was loaded";
    EXPECT_EQ(load_tree().unchanged, 1u);

    list(std::string(32, 'b'));
    EXPECT_THAT(issues(), HasSubstr("MD5 " + std::string(32, 'b')));
    EXPECT_THAT(issues(), ::testing::Not(HasSubstr(wrong)));
    EXPECT_EQ(load_tree().updated, 1u) << "another hash is listed: load it again";
    EXPECT_EQ(load_tree().unchanged, 1u);

    list(value("select file_md5 from store.dataset where file_md5 is not null"));
    EXPECT_THAT(issues(), ::testing::Not(HasSubstr("HashMismatch")));
    EXPECT_EQ(load_tree().unchanged, 1u) << "what is here is what is listed";
}

// known_troubles.md, section 2, row 2.
TEST_F(IngestOneCache, TheColonyDatabaseTellsOfAnotherHashAsWell) {
    (void)load(write_cache());
    EXPECT_TRUE(load_tree().failures.empty());
    const auto tell = [&](const std::string& hash) {
        const auto summary = load_alyx(session_,
                                       [&](const std::function<void(alyx::DumpObject)>& take) {
                                           take({"data.dataset",
                                                 cache_uuid(21),
                                                 {{"name", "_ibl_trials.table.pqt"},
                                                  {"collection", "alf"},
                                                  {"session", cache_uuid(1)},
                                                  {"hash", hash}}});
                                       },
                                       "/dumps/alyx.json", {});
        EXPECT_TRUE(summary.failures.empty());
        return value(
            "select count(*) from core.session_issue where issue_type = 'HashMismatch' "
            "and message like '%dataset " +
            cache_uuid(21) + " is listed with MD5 " + hash + "%'");
    };
    EXPECT_EQ(tell(std::string(32, 'a')), "1");
    EXPECT_EQ(load_tree().updated, 1u);
    EXPECT_EQ(tell(value("select file_md5 from store.dataset where file_md5 is not null")), "0");
    EXPECT_EQ(value("select count(*) from core.session_issue where issue_type = 'HashMismatch'"),
              "0");
}

TEST_F(IngestOneCache, SessionsWithoutNumberAreKept) {
    write("bare/sessions.pqt", {texts("id", {cache_uuid(1), cache_uuid(2)}),
                                texts("lab", {"alpha", "alpha"}), texts("subject", {"A1", "A1"}),
                                dates("date", {cache_day, cache_day}), texts("number", {"", ""})});
    write("bare/datasets.pqt", {texts("eid", {cache_uuid(1)}), texts("id", {cache_uuid(11)}),
                                texts("rel_path", {"alf/a.b.npy"})});
    EXPECT_TRUE(load(top_ / "bare").failures.empty());
    EXPECT_EQ(value("select count(*) from core.session where session_number is null"), "2");
    EXPECT_EQ(value("select count(*) from core.session_alias where source = 'ibl'"), "0");
    EXPECT_EQ(changes(load(top_ / "bare")), 0u);
}

TEST_F(IngestOneCache, ADryRunWritesNothing) {
    TablesOptions options;
    options.dry_run = true;
    EXPECT_GT(changes(load(write_cache(), options)), 0u);
    EXPECT_EQ(value("select count(*) from core.subject"), "0");
    EXPECT_EQ(value("select count(*) from core.session_list"), "0");
}

}  // namespace
}  // namespace tb::load
