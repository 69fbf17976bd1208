#include "ingest/load/alyx/ingest_alyx.hpp"

#include "ingest/load/alyx/fetch_alyx.hpp"
#include "src/base/uuid.hpp"
#include "tests/ingest/fetch/local_server.hpp"
#include "tests/support/test_database.hpp"

#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tb::load {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::TestDatabase;
using testing::value_of;

std::string uuid(int n) {
    return fmt::format("00000000-0000-4000-8000-{:012}", n);
}

class IngestAlyx : public ::testing::Test {
  protected:
    IngestAlyx() : session_(database_.session("trialbase_ingest")) {}

    /// A lab in London, a person, a subject and its weight.
    void SetUp() override {
        add("misc.lab", 1, {{"name", "alpha"}, {"timezone", "Europe/London"}, {"institution", ""}});
        add("misc.labmember", 2, {{"username", "ada"}, {"password", "secret"}});
        add("misc.labmember", 3, {{"username", "ben"}});
        add("subjects.subject", 10,
            {{"nickname", "A1"},
             {"lab", uuid(1)},
             {"sex", "F"},
             {"cage", "c2"},
             {"responsible_user", uuid(2)},
             {"protocol_number", "3"}});
        add("actions.session", 20,
            {{"subject", uuid(10)},
             {"start_time", "2019-07-01T10:30:00.25"},
             {"number", 1},
             {"users", {uuid(2), uuid(3)}},
             {"narrative", "calm"},
             {"extended_qc", {{"task", 40}, {"_task_iti", 0.5}, {"behavior", 0}}},
             {"json", R"({"SESSION_DELAY_START": 12})"},
             {"qc", 30},
             {"project", uuid(4)}});
        add("subjects.project", 4, {{"name", "main"}});
    }

    void add(const std::string& model, int key, json fields) { add(model, uuid(key), fields); }
    void add(const std::string& model, const std::string& key, json fields) {
        objects_.push_back({model, key, std::move(fields)});
    }
    json& fields_of(int key) {
        for (auto& object : objects_)
            if (object.pk == uuid(key)) return object.fields;
        throw std::runtime_error("no such object");
    }
    AlyxSummary load(AlyxOptions options = {}) {
        return load_alyx(
            session_,
            [this](const std::function<void(alyx::DumpObject)>& take) {
                for (const auto& object : objects_) take(object);
            },
            "/dumps/alyx.json", options);
    }
    std::string value(const std::string& sql) { return value_of(session_, sql); }
    static std::size_t changes(const AlyxSummary& summary) {
        std::size_t n = 0;
        for (const auto& table : summary.tables) n += table.added + table.updated + table.removed;
        return n;
    }

    TestDatabase database_;
    db::Session session_;
    std::vector<alyx::DumpObject> objects_;
};

TEST_F(IngestAlyx, LoadsObjectsInAnyOrderAndTheSameAgainChangesNothing) {
    std::ranges::reverse(objects_);
    auto summary = load();
    EXPECT_TRUE(summary.failures.empty());
    EXPECT_EQ(value("select lab_name || ' ' || coalesce(institution, 'none') from core.lab"),
              "alpha none");
    EXPECT_EQ(value("select nickname || sex || protocol_number || responsible_user from "
                    "core.subject where subject_id = '" +
                    uuid(10) + "'"),
              "A1F3ada");
    EXPECT_EQ(value("select start_time || ' ' || session_date || ' ' || narrative || ' ' || "
                    "start_delay_s || ' ' || qc from core.session"),
              "2019-07-01 09:30:00.25+00 2019-07-01 calm 12 30");
    EXPECT_EQ(
        value("select string_agg(user_name, ',' order by user_name) from core.session_member"),
        "ada,ben");
    EXPECT_EQ(value("select string_agg(concat_ws(' ', field_name, qc_type, qc, number), ',' order "
                    "by field_name) from core.session_qc_field"),
              "_task_iti task 0.5,task task 40");
    EXPECT_EQ(value("select cage_name || coalesce(caged_at::text, ' since ever') from core.caging"),
              "c2 since ever");
    EXPECT_EQ(value("select project_name from core.session_project"), "main");
    EXPECT_GT(changes(summary), 0u);
    summary = load();
    EXPECT_EQ(changes(summary), 0u);
    EXPECT_EQ(value("select count(*) from core.session"), "1");
}

TEST_F(IngestAlyx, AChangedObjectUpdatesItsRowAndTheMembersOfItsLists) {
    (void)load();
    fields_of(2)["username"] = "ada.l";
    fields_of(10)["nickname"] = "A1b";
    fields_of(10)["sex"] = "M";
    fields_of(20)["users"] = {uuid(2)};
    fields_of(20)["narrative"] = "";
    const auto summary = load();
    EXPECT_EQ(value("select string_agg(user_name, ',') from core.session_member"), "ada.l");
    EXPECT_EQ(value("select nickname || sex || responsible_user from core.subject"), "A1bMada.l");
    EXPECT_EQ(value("select narrative from core.session"), "null");
    EXPECT_EQ(value("select count(*) from core.member where user_name = 'ada'"), "0");
    std::size_t removed = 0;
    for (const auto& table : summary.tables) removed += table.removed;
    EXPECT_EQ(removed, 1u);
}

TEST_F(IngestAlyx, ASessionThatMovesHasADayToBeSummarised) {
    (void)load();
    database_.session().exec_script(
        {"its trials",
         "insert into task.choice_session (session_id, n_trials) select session_id, 0 from "
         "core.session"});
    (void)load();
    EXPECT_EQ(value("select string_agg(date::text, ' ' order by date) from task.training_day"),
              "2019-07-01");
    fields_of(20)["start_time"] = "2019-07-03T10:30:00";
    (void)load();
    EXPECT_EQ(value("select string_agg(date::text, ' ' order by date) from task.training_day"),
              "2019-07-01 2019-07-03");
}

TEST_F(IngestAlyx, ANameThatATableOfSomebodysOwnHoldsStaysBesideTheNewOne) {
    (void)load();
    database_.session().exec_script(
        {"own",
         "create table public.pay (user_name text references core.member); "
         "insert into public.pay values ('ada')"});
    fields_of(2)["username"] = "ada.l";
    const auto summary = load();
    EXPECT_EQ(summary.issues.at("RenameRefused"), 1u);
    EXPECT_EQ(value("select string_agg(user_name, ',' order by user_name) from core.member"),
              "ada,ada.l,ben");
    EXPECT_EQ(value("select responsible_user from core.subject"), "ada.l");
    EXPECT_EQ(changes(load()), 0u);
}

TEST_F(IngestAlyx, WalksHistoriesBackwards) {
    fields_of(10)["json"] = {
        {"history",
         {{"cage",
           {{{"date_time", "2019-05-01T10:00:00+00:00"}, {"value", "c0"}},
            {{"date_time", "2019-06-01T10:00:00+00:00"}, {"value", "c1"}}}},
          {"responsible_user", {{{"date_time", "2019-06-01T12:00:00+02:00"}, {"value", "ben"}}}}}}};
    (void)load();
    EXPECT_EQ(value("select string_agg(cage_name || coalesce(caged_at::date::text, ''), ',' order "
                    "by cage_name) from core.caging"),
              "c0,c12019-05-01,c22019-06-01");
    EXPECT_EQ(value("select string_agg(user_name || coalesce(changed_at::text, ''), ',' order by "
                    "user_name) from core.subject_user_history"),
              "ada2019-06-01 10:00:00+00,ben");
    EXPECT_EQ(changes(load()), 0u);
}

TEST_F(IngestAlyx, SessionsOfOneSecondAreAllKept) {
    for (int n = 21; n < 24; ++n)
        add("actions.session", n,
            {{"subject", uuid(10)}, {"start_time", "2019-07-01T10:30:00.25"}, {"number", nullptr}});
    add("actions.session", 24,
        {{"subject", uuid(10)},
         {"start_time", "2019-07-01T10:30:00.25"},
         {"number", 1},
         {"parent_session", uuid(20)}});
    (void)load();
    EXPECT_EQ(value("select count(*) from core.session"), "5");
    EXPECT_EQ(
        value("select parent_session_id from core.session where session_id = '" + uuid(24) + "'"),
        uuid(20));
}

TEST_F(IngestAlyx, WhatIsUnknownOrBadIsSkippedAndTold) {
    add("actions.weighing", 30,
        {{"subject", uuid(99)}, {"date_time", "2019-07-01T08:00:00"}, {"weight", 20}});
    add("actions.weighing", 31,
        {{"subject", uuid(10)}, {"date_time", "2019-07-01T08:00:00"}, {"weight", "heavy"}});
    add("actions.weighing", 32,
        {{"subject", uuid(10)}, {"date_time", "2019-13-01T08:00:00"}, {"weight", 20}});
    add("actions.weighing", 33,
        {{"subject", uuid(10)},
         {"date_time", "2019-07-01T08:00:00"},
         {"weight", "20.5"},
         {"user", uuid(98)}});
    add("actions.weighing", "7", {{"subject", uuid(10)}});
    add("actions.wateradministration", 34,
        {{"subject", uuid(10)},
         {"date_time", "2019-07-01T08:00:00Z"},
         {"water_administered", -1},
         {"session", uuid(97)},
         {"adlib", "perhaps"}});
    add("data.dataset", 35, {{"session", uuid(97)}, {"name", "a.npy"}});
    add("misc.labmember", 5, {{"username", ""}});
    add("subjects.subject", 11, {{"nickname", "A1"}, {"lab", uuid(1)}});
    add("subjects.subject", 12, {{"nickname", json::array({1})}, {"lab", uuid(1)}});
    add("zoo.keeper", 36, json::object());
    add("auth.group", "1", json::object());
    fields_of(20)["json"] = "no json";
    fields_of(20)["users"] = {uuid(2), nullptr, 5, "nobody"};
    fields_of(20)["number"] = 1e300;
    fields_of(20)["end_time"] = "2019-07-01T09:00:00";
    const auto summary = load();
    EXPECT_EQ(value("select string_agg(weight_g::text, ',') from core.weighing"), "20.5");
    EXPECT_EQ(value("select administered_at || coalesce(volume_ml::text, ' none') from "
                    "core.water_administration"),
              "2019-07-01 08:00:00+00 none");
    EXPECT_EQ(value("select count(*) from core.subject"), "1");
    EXPECT_EQ(value("select details ->> 'alyx_json' from core.session"), "no json");
    EXPECT_EQ(value("select coalesce(end_time::text, 'none') from core.session"), "none");
    EXPECT_EQ(summary.without_uuid, 1u);
    EXPECT_EQ(summary.left_out, 1u);
    EXPECT_EQ(summary.unknown_models.at("zoo.keeper"), 1u);
    EXPECT_EQ(summary.issues.at("DuplicateNickname"), 1u);
    EXPECT_EQ(summary.issues.at("OddJson"), 1u);
    EXPECT_EQ(summary.issues.at("NotUuid"), 1u);
    EXPECT_EQ(summary.issues.at("MissingValue"), 1u);
    EXPECT_GE(summary.issues.at("UnknownReference"), 6u);
    EXPECT_EQ(value("select message from core.session_error where identifier like "
                    "'actions.weighing.subject/%'"),
              "1 object of actions.weighing (the first is " + uuid(30) + ") names subject " +
                  uuid(99) + ", which neither the dump nor the database has: skipped");
    // Errors go when they are mended.
    EXPECT_NE(value("select count(*) from core.session_error where resolved_at is null"), "0");
    objects_.resize(6);
    fields_of(20)["json"] = nullptr;
    fields_of(20)["users"] = json::array();
    fields_of(20)["number"] = 1;
    fields_of(20)["end_time"] = nullptr;
    EXPECT_TRUE(load().failures.empty());
    EXPECT_EQ(value("select count(*) from core.session_error where resolved_at is null"), "0");
}

TEST_F(IngestAlyx, InsertionsHaveTheirModelAndQuality) {
    add("experiments.probemodel", 40,
        {{"name", "Neuropixel 3B2"}, {"probe_model", "3B2"}, {"probe_manufacturer", "Imec"}});
    add("experiments.probeinsertion", 41,
        {{"session", uuid(20)},
         {"name", "probe00"},
         {"model", uuid(40)},
         {"serial", "18194814141"},
         {"json",
          {{"qc", "CRITICAL"},
           {"extended_qc", {{"tracing_exists", true}, {"alignment_resolved", "PASS"}}}}}});
    (void)load();
    EXPECT_EQ(value("select insertion_name || ' ' || probe_model_name || ' ' || serial_number || "
                    "' ' || qc from core.probe_insertion"),
              "probe00 Neuropixel 3B2 18194814141 50");
    EXPECT_EQ(value("select string_agg(concat_ws(' ', field_name, qc_type, qc, is_true), ',' order "
                    "by field_name) from core.probe_insertion_qc_field"),
              "alignment_resolved alignment_resolved 10,tracing_exists tracing_exists t");
    EXPECT_EQ(changes(load()), 0u);
}

TEST_F(IngestAlyx, WaterThatFilesToldGivesWayToThatOfTheColonyDatabase) {
    (void)load();
    // As `ingest alf` writes the water of a session without trials.
    const auto of_files = uuid5(source_uuid("ibl", "alpha/A1/2019-07-01/001"), "water").to_string();
    session_.exec({"water",
                   "insert into core.water_administration (water_administration_id, "
                   "subject_id, administered_at, volume_ml, session_id) values ('" +
                       of_files + "', '" + uuid(10) + "', now(), 1, '" + uuid(20) + "')"});
    add("actions.wateradministration", 50,
        {{"subject", uuid(10)},
         {"date_time", "2019-07-01T11:00:00"},
         {"session", uuid(20)},
         {"water_administered", 1.25},
         {"adlib", false}});
    (void)load();
    EXPECT_EQ(value("select string_agg(volume_ml::text, ',') from core.water_administration"),
              "1.25");
}

TEST_F(IngestAlyx, ADryRunWritesNothing) {
    AlyxOptions options;
    options.dry_run = true;
    EXPECT_GT(changes(load(options)), 0u);
    EXPECT_EQ(value("select count(*) from core.subject"), "0");
    EXPECT_EQ(value("select count(*) from core.session_error"), "0");
}

TEST_F(IngestAlyx, MeetsSubjectsAndSessionsOfSessionTrees) {
    database_.session().exec_script(
        {"tree",
         "insert into core.lab (lab_name) values ('alpha');"
         "insert into core.subject (subject_id, lab_name, nickname, birth_date) values ('" +
             uuid(70) + "', 'alpha', 'A1', '2019-01-01');" +
             "insert into core.subject_alias values ('ibl', 'alpha/A1', '" + uuid(70) + "');" +
             "insert into core.session (session_id, subject_id, lab_name, session_date, "
             "session_number, source, task_protocol) values ('" +
             uuid(71) + "', '" + uuid(70) + "', 'alpha', '2019-07-01', 1, 'ibl', 'training');" +
             "insert into core.session_alias values ('ibl', 'alpha/A1/2019-07-01/001', '" +
             uuid(71) + "');"});
    const auto summary = load();
    EXPECT_TRUE(summary.failures.empty());
    EXPECT_EQ(value("select string_agg(session_id::text, ',') from core.session"), uuid(71));
    EXPECT_EQ(value("select task_protocol || ' ' || narrative from core.session"), "training calm");
    EXPECT_EQ(value("select sex || birth_date from core.subject"), "F2019-01-01");
    EXPECT_EQ(value("select session_id from core.session_alias where source = 'alyx' and "
                    "identifier = '" +
                    uuid(20) + "'"),
              uuid(71));
    EXPECT_EQ(changes(load()), 0u);
}

TEST_F(IngestAlyx, TellsSessionTreesWhatTheyAreCalled) {
    (void)load();
    EXPECT_EQ(value("select session_id from core.session_alias where source = 'ibl' and identifier "
                    "= 'alpha/A1/2019-07-01/001'"),
              uuid(20));
}

TEST_F(IngestAlyx, TheLastOfSeveralObjectsWithOneKeyCounts) {
    add("subjects.subject", 10, {{"nickname", "A1"}, {"lab", uuid(1)}, {"sex", "M"}});
    EXPECT_EQ(load().repeated, 1u);
    EXPECT_EQ(value("select sex from core.subject"), "M");
}

TEST(IngestAlyxDump, TheRealDumpKeepsItsSessionsMembersAndNarratives) {
    const char* shared = std::getenv("TRIALBASE_SHARED");
    const auto file = std::filesystem::path(shared != nullptr ? shared : "../shared") /
                      "data/ibl/alyx_dump/all_dumped_anon.json";
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
    TestDatabase database;
    auto session = database.session("trialbase_ingest");
    (void)ingest_alyx(session, std::vector{file}, {});
    // Spec, section 15: D1, D2, D3.
    EXPECT_EQ(value_of(session, "select count(*) from core.session"), "337");
    EXPECT_EQ(value_of(session, "select count(*) from core.surgery_member"), "140");
    EXPECT_EQ(value_of(session, "select count(*) from core.session_procedure"), "28");
    EXPECT_EQ(value_of(session, "select count(*) from core.line_allele"), "48");
    EXPECT_NE(value_of(session, "select count(*) from core.surgery where narrative is not null"),
              "0");
}

TEST(IngestAlyxDump, AFileThatIsNoDumpIsRefused) {
    TestDatabase database;
    auto session = database.session("trialbase_ingest");
    try {
        (void)ingest_alyx(session, std::vector{std::filesystem::path("/proc/self/status")}, {});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "InvalidDump");
    }
    EXPECT_EQ(value_of(session, "select count(*) from core.session_error"), "1");
}

TEST(IngestAlyxDump, OneOfSeveralThatIsBadCostsItself) {
    TestDatabase database;
    auto session = database.session("trialbase_ingest");
    auto name = (std::filesystem::temp_directory_path() / "alyx_XXXXXX").string();
    const std::filesystem::path folder = ::mkdtemp(name.data());
    std::ofstream(folder / "labs.json")
        << R"([{"model": "misc.lab", "pk": ")" << uuid(1) << R"(", "fields": {"name": "alpha"}}])";
    std::ofstream(folder / "cut.json")
        << R"([{"model": "subjects.subject", "pk": ")" << uuid(2)
        << R"(", "fields": {"nickname": "A1", "lab": ")" << uuid(1) << R"("}}, {"mod)";
    const auto summary = ingest_alyx(
        session, std::vector{folder / "cut.json", folder / "nowhere.json", folder / "labs.json"},
        {});
    EXPECT_EQ(value_of(session, "select lab_name || nickname from core.subject"), "alphaA1");
    EXPECT_EQ(summary.issues.at("InvalidDump"), 1u);
    EXPECT_EQ(summary.issues.at("MissingFile"), 1u);
    std::filesystem::remove_all(folder);
}

/// A colony database of two pages of subjects that may fail where it is asked to.
class FetchAlyx : public ::testing::Test {
  protected:
    testing::ServedAnswer answer(const testing::ServedRequest& request) {
        testing::ServedAnswer given;
        const auto path = request.target.substr(0, request.target.find('?'));
        if (path == "/auth-token") {
            given.body = R"({"token": "t"})";
        } else if (path == "/labs") {
            given.body = R"([{"name": "alpha", "timezone": "Europe/London", "json": "{}"}])";
        } else if (path == "/subjects") {
            const bool is_second = request.target.find("offset=1") != std::string::npos;
            if (is_second && fails) given.status = 500;
            const json subject = {{"nickname", is_second ? "A2" : "A1"},
                                  {"id", uuid(is_second ? 11 : 10)},
                                  {"lab", "alpha"},
                                  {"strain", "B6"},
                                  {"responsible_user", "ada"},
                                  {"projects", {"main"}}};
            given.body = json{
                {"count", 2},
                {"next", is_second ? json() : json("http://proxy/subjects?limit=1&offset=1")},
                {"results",
                 {subject}}}.dump();
        } else if (path == "/sessions") {
            given.body = json{{"count", 1},
                              {"next", nullptr},
                              {"results",
                               {{{"id", uuid(20)},
                                 {"subject", "A1"},
                                 {"lab", "alpha"},
                                 {"start_time", "2019-07-01T10:30:00"},
                                 {"number", 1}}}}}
                             .dump();
        } else if (path == "/sessions/" + uuid(20)) {
            given.body = json{{"id", uuid(20)},
                              {"subject", "A1"},
                              {"start_time", "2019-07-01T10:30:00"},
                              {"users", {"ada"}},
                              {"location", "rig 1"},
                              {"qc", "FAIL"},
                              {"data_dataset_session_related",
                               {{{"id", uuid(30)},
                                 {"name", "a.npy"},
                                 {"collection", "alf"},
                                 {"dataset_type", "trials.choice"},
                                 {"file_size", 5},
                                 {"hash", "3bc0be50415804d65dd3547eaedc2ce6"}}}}}
                             .dump();
        } else {
            given.status = 404;
        }
        return given;
    }
    AlyxSummary fetch() {
        AlyxFetchOptions options;
        options.rest.url = server_.url();
        options.rest.user = "ada";
        options.rest.password = [] { return std::string("p"); };
        options.rest.page_size = 1;
        options.rest.max_attempts = 2;
        options.rest.first_wait = std::chrono::milliseconds(1);
        return fetch_alyx(session_, options);
    }

    TestDatabase database_;
    db::Session session_{database_.session("trialbase_ingest")};
    std::atomic<bool> fails{false};
    testing::LocalServer server_{[this](const auto& request) { return answer(request); }};
};

TEST_F(FetchAlyx, LoadsWhatListsTellByName) {
    (void)fetch();
    EXPECT_EQ(value_of(session_,
                       "select string_agg(nickname || strain_name || responsible_user, "
                       "',' order by nickname) from core.subject"),
              "A1B6ada,A2B6ada");
    EXPECT_EQ(
        value_of(session_, "select session_id || place_name || start_time || qc from core.session"),
        uuid(20) + "rig 12019-07-01 09:30:00+0040");
    EXPECT_EQ(value_of(session_, "select dataset_id || collection || md5 from store.dataset"),
              uuid(30) + "alf3bc0be50415804d65dd3547eaedc2ce6");
    EXPECT_EQ(value_of(session_, "select lab_id from core.lab"), "null");
    const auto before = server_.requests().size();
    const auto again = fetch();
    for (const auto& table : again.tables)
        EXPECT_EQ(table.added + table.updated, 0u) << table.table;
    bool asks_what_changed = false;
    const auto requests = server_.requests();
    for (auto i = before; i < requests.size(); ++i)
        asks_what_changed =
            asks_what_changed ||
            requests[i].target.find("django=auto_datetime__gte,") != std::string::npos;
    EXPECT_TRUE(asks_what_changed);
}

TEST_F(FetchAlyx, GoesOnWhereItStopped) {
    fails = true;
    EXPECT_THROW((void)fetch(), Error);
    EXPECT_EQ(value_of(session_, "select count(*) from core.subject"), "1");
    EXPECT_EQ(
        value_of(session_, "select next_page from core.alyx_fetch where endpoint = 'subjects'"),
        "/subjects?limit=1&offset=1");
    fails = false;
    const auto before = server_.requests().size();
    (void)fetch();
    EXPECT_EQ(value_of(session_, "select count(*) from core.subject"), "2");
    const auto requests = server_.requests();
    for (auto i = before; i < requests.size(); ++i)
        EXPECT_NE(requests[i].target, "/subjects?limit=1&offset=0");
}

}  // namespace
}  // namespace tb::load
