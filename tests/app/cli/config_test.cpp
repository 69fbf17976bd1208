// Settings from files: which wins, what is refused, and what config show says.
#include "app/cli/config.hpp"

#include "src/base/environment.hpp"
#include "tests/app/cli/run_command.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tb::app {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Config : public ::testing::Test {
  protected:
    Config() {
        folder_ = fs::temp_directory_path() / ("trialbase config " + std::to_string(::getpid()));
        fs::create_directories(folder_ / "trialbase");
        for (const char* name :
             {"TRIALBASE_DSN", "TB_DSN", "TRIALBASE_STORE", "TRIALBASE_STORE_CODEC", "PGHOST",
              "PGHOSTADDR", "PGPORT", "PGSERVICE", "PGDATABASE", "XDG_CONFIG_HOME"}) {
            if (const char* value = std::getenv(name)) kept_[name] = value;
            ::unsetenv(name);
        }
        ::setenv("XDG_CONFIG_HOME", folder_.c_str(), 1);
    }
    ~Config() override {
        for (const char* name : {"TRIALBASE_DSN", "TRIALBASE_STORE", "TRIALBASE_STORE_CODEC",
                                 "PGSERVICE", "XDG_CONFIG_HOME"})
            ::unsetenv(name);
        for (const auto& [name, value] : kept_) ::setenv(name.c_str(), value.c_str(), 1);
        fs::remove_all(folder_);
    }
    fs::path file(const std::string& text, const char* name = "trialbase/config.toml") {
        const auto path = folder_ / name;
        std::ofstream(path) << text;
        return path;
    }
    Error refused(const std::string& text) {
        const std::vector files{file(text)};
        try {
            (void)read_config(files);
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "was read: " << text;
        return {ErrorKind::internal, ""};
    }
    fs::path folder_;
    std::map<std::string, std::string> kept_;
};

TEST_F(Config, FilesAreTheUsersThenTheMachines) {
    EXPECT_THAT(config_files(), ElementsAre(folder_ / "trialbase" / "config.toml",
                                            fs::path("/etc/trialbase/config.toml")));
    ::setenv("XDG_CONFIG_HOME", "relative", 1);
    ::setenv("HOME", "/home/kim", 1);
    EXPECT_EQ(config_files().front(), fs::path("/home/kim/.config/trialbase/config.toml"));
}

TEST_F(Config, TheFirstFileWinsAndTheEnvironmentWinsOverBoth) {
    const std::vector files{
        file("store = \"/data/mine\"  # a comment\n"),
        file("dsn = \"service=lab\"\nstore = \"/data/all\"\nstore_codec = 'none'\n", "all.toml"),
        folder_ / "not there.toml"};
    const auto values = read_config(files);
    ASSERT_EQ(values.size(), 3U);
    EXPECT_EQ(values[0].value, "/data/mine");
    EXPECT_EQ(values[0].line, 1U);
    EXPECT_EQ(values[1].value, "service=lab");
    EXPECT_EQ(values[2].line, 3U);
    ::setenv("TRIALBASE_STORE_CODEC", "gzip", 1);
    apply_config(values);
    EXPECT_EQ(variable("STORE"), "/data/mine");
    EXPECT_EQ(variable("DSN"), "service=lab");
    EXPECT_EQ(variable("STORE_CODEC"), "gzip");
    const auto in_use = settings_in_use(values);
    EXPECT_EQ(in_use[0].from, files[1].string() + ", line 1");
    EXPECT_EQ(in_use[1].from, files[0].string() + ", line 1");
    EXPECT_EQ(in_use[2].from, "TRIALBASE_STORE_CODEC");
}

TEST_F(Config, ADatabaseOfTheEnvironmentWinsOverOneOfAFile) {
    ::setenv("PGSERVICE", "rig", 1);
    const std::vector files{file("dsn = \"service=lab\"\n")};
    apply_config(read_config(files));
    EXPECT_EQ(variable("DSN"), std::nullopt);
    EXPECT_EQ(settings_in_use(read_config(files))[0].from, "PGHOST, PGSERVICE and their like");
}

TEST_F(Config, WhatIsWrongIsToldWithFileAndLine) {
    EXPECT_THAT(refused("store = \"/x\"\nstor_codec = \"gzip\"\n").what(),
                HasSubstr("config.toml, line 2: there is no setting stor_codec"));
    EXPECT_THAT(refused("stor_codec = \"gzip\"\n").hint(), HasSubstr("Did you mean store_codec?"));
    EXPECT_THAT(refused("\nstore = 3\n").what(), HasSubstr("line 2: store is no text"));
    EXPECT_THAT(refused("store = \"/x\n").what(), HasSubstr("config.toml, line 1: "));
    EXPECT_EQ(refused("[store]\n").kind(), ErrorKind::usage);
    const auto open = refused("dsn = \"host=db password=secret\"\n");
    EXPECT_THAT(open.what(), HasSubstr("line 1: dsn holds a password"));
    EXPECT_THAT(open.hint(), HasSubstr("chmod 600"));
    fs::permissions(folder_ / "trialbase/config.toml", fs::perms::owner_read);
    const std::vector files{folder_ / "trialbase/config.toml"};
    EXPECT_EQ(read_config(files).size(), 1U);
}

TEST_F(Config, ShowTellsValuesAndSourcesButNoPassword) {
    fs::permissions(file("dsn = \"host=db password=secret\"\nstore = \"/data/all\"\n"),
                    fs::perms::owner_read);
    apply_config(read_config(config_files()));
    Context context;
    context.dsn = "host=db password=secret";
    context.store = "/elsewhere";
    const auto ran =
        testing_support::run_command(context, {add_config_command}, {"config", "show"});
    EXPECT_EQ(ran.status, 0) << ran.message;
    EXPECT_THAT(ran.out, HasSubstr("password=***"));
    EXPECT_EQ(ran.out.find("secret"), ran.out.npos);
    EXPECT_THAT(ran.out, HasSubstr("config.toml, line 1"));
    EXPECT_THAT(ran.out, ::testing::ContainsRegex("store +/elsewhere +option"));
    context.json = true;
    const auto json = nlohmann::json::parse(
        testing_support::run_command(context, {add_config_command}, {"config", "show"}).out);
    EXPECT_EQ(json.size(), settings().size());
    EXPECT_EQ(json[2]["value"], "gzip");
    EXPECT_EQ(json[2]["from"], "default");
}

}  // namespace
}  // namespace tb::app
