#include "ingest/allen/manifest.hpp"

#include "include/trialbase/error.hpp"
#include "ingest/allen/cache.hpp"
#include "src/base/blake2b.hpp"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tb::allen {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* bucket = "https://visual-behavior-ophys-data.s3.us-west-2.amazonaws.com/";

json file(const std::string& key, char hash = 'a') {
    return {{"url", bucket + key}, {"version_id", "v1"}, {"file_hash", std::string(128, hash)}};
}

json manifest(const std::string& version = "1.1.0") {
    json out{{"project_name", "visual-behavior-ophys"},
             {"manifest_version", version},
             {"metadata_file_id_column_name", "file_id"},
             {"metadata_files", json::object()},
             {"data_files", json::object()}};
    for (const auto* table : {"behavior_session_table", "ophys_session_table",
                              "ophys_experiment_table", "ophys_cells_table"})
        out["metadata_files"][table] =
            file(fmt::format("visual-behavior-ophys/project_metadata/{}.csv", table));
    out["data_files"]["7"] =
        file("visual-behavior-ophys/behavior_sessions/behavior_session_7.nwb", 'b');
    return out;
}

std::string refusal(const json& of) {
    try {
        (void)parse_manifest(of.dump(), "m.json");
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("m.json"));
        return error.type();
    }
    return "taken";
}

TEST(Manifest, NamesFilesBelowTheCache) {
    const auto read = parse_manifest(manifest().dump(), "m.json");
    EXPECT_EQ(read.local_path(read.data_file("7")),
              "visual-behavior-ophys-1.1.0/behavior_sessions/behavior_session_7.nwb");
    EXPECT_EQ(read.static_path(read.data_file("7")),
              "visual-behavior-ophys/behavior_sessions/behavior_session_7.nwb");
    try {
        (void)read.data_file("8");
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "UnknownFile");
        EXPECT_THAT(error.what(), HasSubstr("8"));
    }
}

TEST(Manifest, TakesReleasesWithoutCells) {
    auto three = manifest();
    three["metadata_files"].erase("ophys_cells_table");
    EXPECT_EQ(refusal(three), "taken");
}

TEST(Manifest, IsRefusedByTheNameOfItsFault) {
    for (const auto* version : {"0.9.9", "2.0.0", "1.0", "1.0.0.0", "newest", ""})
        EXPECT_EQ(refusal(manifest(version)), "ManifestVersion") << version;
    auto more = manifest();
    more["metadata_files"]["weather_table"] = file("p/x.csv");
    EXPECT_EQ(refusal(more), "ManifestTables");
    auto fewer = manifest();
    fewer["metadata_files"].erase("ophys_session_table");
    EXPECT_EQ(refusal(fewer), "ManifestTables");
    for (const auto* key :
         {"project_name", "manifest_version", "metadata_file_id_column_name", "data_files"}) {
        auto without = manifest();
        without.erase(key);
        EXPECT_EQ(refusal(without), "ManifestSyntax") << key;
    }
    auto short_hash = manifest();
    short_hash["data_files"]["7"]["file_hash"] = "abc";
    EXPECT_EQ(refusal(short_hash), "ManifestSyntax");
    for (const auto* key : {"p/../../etc/passwd", "p/./x", "p//etc/passwd", ""}) {
        auto outside = manifest();
        outside["data_files"]["7"] = file(key);
        EXPECT_EQ(refusal(outside), "ManifestSyntax") << key;
    }
    auto project = manifest();
    project["project_name"] = "../up";
    EXPECT_EQ(refusal(project), "ManifestSyntax");
    EXPECT_THROW((void)parse_manifest("{", "m.json"), Error);
    EXPECT_THROW((void)parse_manifest("[]", "m.json"), Error);
}

TEST(Manifest, TheNewestIsTheLargestVersion) {
    EXPECT_EQ(newest(std::vector<std::string>{"p_manifest_v1.0.9.json", "p_manifest_v1.0.10.json",
                                              "p_manifest_v0.3.0.json"}),
              "p_manifest_v1.0.10.json");
    EXPECT_EQ(newest(std::vector<std::string>{}), "");
}

TEST(Manifest, TellsWhatChanged) {
    auto from = manifest(), to = manifest();
    EXPECT_EQ(compare(parse_manifest(from.dump(), "a"), parse_manifest(to.dump(), "b")).text,
              "a and b are equivalent");
    from["data_files"]["1"] = file("p/gone.nwb", 'c');
    from["data_files"]["2"] = file("p/old_name.nwb", 'd');
    to["data_files"]["2"] = file("p/new_name.nwb", 'd');
    to["data_files"]["3"] = file("p/made.nwb", 'e');
    to["metadata_files"]["ophys_cells_table"]["file_hash"] = std::string(128, 'f');
    const auto found = compare(parse_manifest(from.dump(), "a"), parse_manifest(to.dump(), "b"));
    EXPECT_EQ(found.text,
              "Changes going from\na\nto\nb\n\nproject_metadata/ophys_cells_table.csv changed\n"
              "gone.nwb deleted\nmade.nwb created\nold_name.nwb renamed new_name.nwb\n");
}

TEST(ObjectAddress, IsTakenFromTheHostAndThePath) {
    const auto west = object_address(std::string(bucket) + "a/b.nwb?versionId=x");
    EXPECT_EQ(west.bucket, "visual-behavior-ophys-data");
    EXPECT_EQ(west.key, "a/b.nwb");
    EXPECT_EQ(object_address("https://data.s3.amazonaws.com/k").bucket, "data");
    EXPECT_THROW((void)object_address("a/b.nwb"), Error);
}

class CacheFolder : public ::testing::Test {
  protected:
    CacheFolder() {
        auto name = (fs::temp_directory_path() / "cache_XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~CacheFolder() override { fs::remove_all(folder_); }
    void write(const fs::path& below, const std::string& text) const {
        fs::create_directories((folder_ / below).parent_path());
        std::ofstream(folder_ / below) << text;
    }
    fs::path folder_;
};

TEST_F(CacheFolder, UsesTheManifestUsedLastAndSaysThatANewerOneIsThere) {
    write("p_manifest_v1.0.9.json", manifest("1.0.9").dump());
    write("p_manifest_v1.0.10.json", manifest("1.0.10").dump());
    EXPECT_EQ(open_cache(folder_).manifest->version, "1.0.10");
    write("_manifest_last_used.txt", "p_manifest_v1.0.9.json");
    const auto cache = open_cache(folder_);
    EXPECT_EQ(cache.manifest->version, "1.0.9");
    EXPECT_THAT(cache.notes, ElementsAre(HasSubstr("1.0.10")));
    EXPECT_EQ(open_cache(folder_, "1.0.10").manifest->version, "1.0.10");
    EXPECT_THROW((void)open_cache(folder_, "1.0.11"), Error);
    write("_manifest_last_used.txt", "p_manifest_v1.0.8.json");
    EXPECT_EQ(open_cache(folder_).manifest->version, "1.0.10");
}

TEST_F(CacheFolder, FindsTablesAndSessionFilesInEitherLayout) {
    write("p_manifest_v1.1.0.json", manifest().dump());
    const std::string root = "visual-behavior-ophys-1.1.0/";
    write(root + "project_metadata/behavior_session_table.csv", "x");
    write(root + "behavior_sessions/behavior_session_7.nwb", "x");
    const auto cache = open_cache(folder_);
    EXPECT_EQ(cache.tables.size(), 1U);
    EXPECT_THAT(cache.missing_tables,
                ElementsAre("ophys_cells_table", "ophys_experiment_table", "ophys_session_table"));
    EXPECT_EQ(cache.session_files.size(), 1U);
    fs::remove(folder_ / "p_manifest_v1.1.0.json");
    write("visual-behavior-ophys/manifests/p_manifest_v1.1.0.json", manifest().dump());
    write("visual-behavior-ophys/project_metadata/ophys_cells_table.csv", "x");
    const auto copy = open_cache(folder_);
    EXPECT_EQ(copy.layout, CacheLayout::bucket);
    EXPECT_TRUE(copy.tables.contains("ophys_cells_table"));
    EXPECT_THAT(copy.session_files, IsEmpty());
}

TEST_F(CacheFolder, TellsAFileThatWasCutOff) {
    auto described = manifest();
    described["data_files"]["7"]["file_hash"] = blake2b_hex("whole");
    write("p_manifest_v1.1.0.json", described.dump());
    const std::string place =
        "visual-behavior-ophys-1.1.0/behavior_sessions/behavior_session_7.nwb";
    write(place, "whole");
    EXPECT_NO_THROW(open_cache(folder_).check(folder_ / place));
    write(place, "who");
    try {
        open_cache(folder_).check(folder_ / place);
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "HashMismatch");
        EXPECT_THAT(error.what(), HasSubstr("behavior_session_7.nwb"));
    }
}

TEST_F(CacheFolder, RefusesWhatStandsInAFilesPlace) {
    write("p_manifest_v1.1.0.json", manifest().dump());
    const std::string place = "visual-behavior-ophys-1.1.0/project_metadata/ophys_cells_table.csv";
    fs::create_directories(folder_ / place);
    const auto type = [&] {
        try {
            (void)open_cache(folder_);
        } catch (const Error& error) {
            return error.type();
        }
        return std::string("taken");
    };
    EXPECT_EQ(type(), "CachePath");
    fs::remove(folder_ / place);
    fs::create_symlink("/nowhere/at/all", folder_ / place);
    EXPECT_EQ(type(), "CachePath");
}

TEST_F(CacheFolder, TakesAFolderOfTablesWithoutManifest) {
    EXPECT_THROW((void)open_cache(folder_), Error);
    write("ophys_session_table.csv", "x");
    const auto cache = open_cache(folder_);
    EXPECT_EQ(cache.layout, CacheLayout::plain);
    EXPECT_EQ(cache.tables.size(), 1U);
    EXPECT_THROW((void)open_cache(folder_, "1.0.0"), Error);
    EXPECT_THROW((void)open_cache(folder_ / "absent"), Error);
}

}  // namespace
}  // namespace tb::allen
