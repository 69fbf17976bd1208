#include "ingest/allen/release.hpp"

#include "include/trialbase/error.hpp"
#include "ingest/fetch/download_record.hpp"
#include "src/base/blake2b.hpp"
#include "tests/ingest/fetch/local_server.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tb::allen {
namespace {

namespace fs = std::filesystem;
using fetch::DownloadState;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::LocalServer;
using testing::ServedAnswer;
using testing::ServedRequest;

/// A bucket with two releases: 1.1.0 has another table of cells and the same session files.
class Release : public ::testing::Test {
  protected:
    Release() : server_([this](const ServedRequest& request) { return serve(request); }) {
        auto name = (fs::temp_directory_path() / "release_XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        request_.bucket_url = server_.url();
        request_.project = "p";
        options_.first_wait = std::chrono::milliseconds(1);
        options_.longest_wait = std::chrono::milliseconds(2);
        const std::string sessions =
            "behavior_session_id,mouse_id,date_of_acquisition,file_id,ophys_experiment_id\n"
            "1,445002,2019-06-20 11:18:15,11,\n"
            "2,445002,2019-06-21 11:18:15,-999,\"[20, 21]\"\n"
            "3,445002,2019-06-22 11:18:15,,\n";
        const std::string experiments =
            "ophys_experiment_id,behavior_session_id,mouse_id,date_of_acquisition,file_id\n"
            "20,2,445002,2019-06-21 11:18:15,12\n";
        put("project_metadata/behavior_session_table.csv", sessions);
        put("project_metadata/ophys_session_table.csv",
            "ophys_session_id,behavior_session_id,mouse_id,date_of_acquisition\n");
        put("project_metadata/ophys_experiment_table.csv", experiments);
        put("project_metadata/ophys_cells_table.csv", "cell_roi_id,ophys_experiment_id\n");
        put("behavior_sessions/behavior_session_1.nwb", "session one");
        put("behavior_ophys_experiments/behavior_ophys_experiment_20.nwb", "experiment twenty");
        publish("1.0.9");
        publish("1.0.10");
    }
    ~Release() override { fs::remove_all(folder_); }

    void put(const std::string& path, const std::string& content) {
        objects_["p/" + path] = content;
    }
    json file(const std::string& path) const {
        return {{"url", server_.url() + "/p/" + path},
                {"version_id", "v/1"},
                {"file_hash", blake2b_hex(objects_.at("p/" + path))}};
    }
    void publish(const std::string& version) {
        json manifest{
            {"project_name", "p"},
            {"manifest_version", version},
            {"metadata_file_id_column_name", "file_id"},
            {"data_files",
             {{"11", file("behavior_sessions/behavior_session_1.nwb")},
              {"12", file("behavior_ophys_experiments/behavior_ophys_experiment_20.nwb")}}}};
        for (const auto* table : {"behavior_session_table", "ophys_session_table",
                                  "ophys_experiment_table", "ophys_cells_table"})
            manifest["metadata_files"][table] = file(fmt::format("project_metadata/{}.csv", table));
        objects_[fmt::format("p/manifests/p_project_manifest_v{}.json", version)] = manifest.dump();
    }
    ServedAnswer serve(const ServedRequest& request) const {
        ServedAnswer answer;
        if (request.target.starts_with("/?")) {
            for (const auto& [key, content] : objects_) {
                if (key.starts_with("p/manifests/"))
                    answer.body += "<Contents><Key>" + key + "</Key></Contents>";
            }
            answer.body = "<ListBucketResult>" + answer.body +
                          "<IsTruncated>false</IsTruncated></ListBucketResult>";
            return answer;
        }
        const auto found = objects_.find(request.target.substr(1, request.target.find('?') - 1));
        if (found == objects_.end()) return {404, {}, "", {}, false, {}};
        return LocalServer::file(request, found->second, "\"e\"");
    }
    FetchedRelease get() { return fetch_release(folder_, request_, options_); }
    std::string text_of(const fs::path& below) const {
        std::stringstream text;
        text << std::ifstream(folder_ / below, std::ios::binary).rdbuf();
        return text.str();
    }

    std::map<std::string, std::string> objects_;
    LocalServer server_;
    fs::path folder_;
    ReleaseRequest request_;
    fetch::DownloadOptions options_;
};

TEST_F(Release, BringsTheNewestManifestAndItsTablesWhereTheCacheHasThem) {
    const auto release = get();
    EXPECT_EQ(release.version, "1.0.10");
    EXPECT_EQ(release.files.size(), 4U);
    for (const auto& one : release.files)
        EXPECT_EQ(one.outcome.state, DownloadState::downloaded) << one.name;
    EXPECT_EQ(text_of("_manifest_last_used.txt"), "p_project_manifest_v1.0.10.json");
    const auto cache = open_cache(folder_);
    EXPECT_EQ(cache.tables.size(), 4U);
    EXPECT_EQ(fetch::DownloadRecord(folder_).entries().size(), 4U);
    // The version of the object is asked for.
    bool has_version = false;
    for (const auto& request : server_.requests())
        has_version = has_version || request.target.ends_with(".csv?versionId=v%2F1");
    EXPECT_TRUE(has_version);
    for (const auto& one : get().files) EXPECT_EQ(one.outcome.state, DownloadState::present);
}

TEST_F(Release, FindsTheFileOfASessionByItsRowOrItsFirstExperiment) {
    request_.behavior_session_ids = {1, 2};
    const auto release = get();
    ASSERT_EQ(release.files.size(), 6U);
    EXPECT_EQ(text_of("p-1.0.10/behavior_sessions/behavior_session_1.nwb"), "session one");
    EXPECT_EQ(text_of("p-1.0.10/behavior_ophys_experiments/behavior_ophys_experiment_20.nwb"),
              "experiment twenty");
    const auto type = [&](std::int64_t id) {
        request_.behavior_session_ids = {id};
        try {
            (void)get();
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr(std::to_string(id)));
            return error.type();
        }
        return std::string("taken");
    };
    EXPECT_EQ(type(3), "UnknownFile");
    EXPECT_EQ(type(4), "UnknownSession");
}

TEST_F(Release, LinksWhatAnotherReleaseBroughtAlready) {
    request_.all_session_files = true;
    request_.version = "1.0.9";
    const auto old = get();
    EXPECT_THAT(old.notes, ElementsAre(HasSubstr("older")));
    put("project_metadata/ophys_cells_table.csv", "cell_roi_id,ophys_experiment_id\n5,20\n");
    publish("1.1.0");
    request_.version.clear();
    // The manifest used last is used again while the bucket has it.
    const auto again = get();
    EXPECT_EQ(again.version, "1.0.9");
    EXPECT_THAT(again.notes, ElementsAre(HasSubstr("1.1.0")));
    request_.version = "1.1.0";
    std::map<DownloadState, int> states;
    for (const auto& one : get().files) ++states[one.outcome.state];
    EXPECT_EQ(states[DownloadState::linked], 5);
    EXPECT_EQ(states[DownloadState::downloaded], 1);
    EXPECT_EQ(text_of("p-1.1.0/behavior_sessions/behavior_session_1.nwb"), "session one");
}

TEST_F(Release, SaysThatTheRecordIsMissingAndRebuildsIt) {
    request_.all_session_files = true;
    request_.version = "1.0.9";
    EXPECT_THAT(get().notes, ElementsAre(HasSubstr("older")));
    fs::remove(folder_ / "_downloaded_data.json");
    EXPECT_THAT(get().notes, ElementsAre(HasSubstr("older"), HasSubstr("--rebuild-record")));

    request_.rebuild_record = true;
    const auto rebuilt = get();
    EXPECT_EQ(rebuilt.recorded, 6U);
    EXPECT_THAT(rebuilt.notes, ElementsAre(HasSubstr("older")));
    EXPECT_EQ(fetch::DownloadRecord(folder_).entries().size(), 6U);
    EXPECT_EQ(get().recorded, 0U);
    // The other release costs nothing again.
    request_.version = "1.0.10";
    for (const auto& one : get().files)
        EXPECT_EQ(one.outcome.state, DownloadState::linked) << one.name;
}

TEST_F(Release, AFileThatIsGoneStopsNoOther) {
    objects_.erase("p/behavior_sessions/behavior_session_1.nwb");
    request_.all_session_files = true;
    int failed = 0;
    for (const auto& one : get().files) {
        if (one.outcome.state != DownloadState::failed) continue;
        ++failed;
        EXPECT_EQ(one.outcome.error->type(), "UnknownFile");
    }
    EXPECT_EQ(failed, 1);
}

TEST_F(Release, RefusesAVersionThatTheBucketLacks) {
    request_.version = "1.2.0";
    try {
        (void)get();
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::not_found);
        EXPECT_THAT(error.hint(), HasSubstr("1.0.10"));
    }
    request_.project = "q";
    EXPECT_THROW((void)get(), Error);
}

}  // namespace
}  // namespace tb::allen
