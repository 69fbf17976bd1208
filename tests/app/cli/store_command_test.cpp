// trialbase store and trialbase array, as a user calls them.
#include "src/base/uuid.hpp"
#include "src/store/array_rows.hpp"
#include "tests/app/cli/run_command.hpp"
#include "tests/support/test_database.hpp"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using testing_support::Ran;
using testing_support::run_command;

class StoreCommand : public ::testing::Test {
  protected:
    StoreCommand() {
        store::StoreOptions options;
        options.root = fs::path(folder_) / "store";
        options.durable = false;
        auto file = store::ArrayStore(options).begin_file("toy.total", "session_id=1",
                                                          new_run_id().to_string());
        std::vector<double> ramp(20'000);
        for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<double>(i) / 4;
        ramp[1] = std::nan("");
        signal_ = file.add(new_run_id().to_string(), "GCaMP/signal", Array::vector(ramp),
                           {.unit = "z", .sampling_rate_hz = 100, .about = "a ramp"});
        matrix_ = file.add(new_run_id().to_string(), "traces",
                           Array::matrix(2, 3, std::vector<std::int32_t>{1, 2, 3, 4, 5, 6}), {});
        file.publish();
        auto session = database_.session();
        store::insert_arrays(session, file.arrays());
    }
    ~StoreCommand() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    Ran run(std::vector<std::string> arguments, bool as_json = false) {
        Context context;
        context.dsn = database_.conninfo();
        context.store = root_;
        context.json = as_json;
        context.quiet = true;
        return run_command(context, {add_store_command, add_array_command}, std::move(arguments));
    }
    [[nodiscard]] std::string content(const std::string& name) const {
        std::stringstream text;
        text << std::ifstream(fs::path(folder_) / name, std::ios::binary).rdbuf();
        return text.str();
    }

    static std::string make_folder() {
        std::string name = "/tmp/trialbase-commands.XXXXXX";
        if (mkdtemp(name.data()) == nullptr)
            throw Error(ErrorKind::io, "cannot make a folder for a test");
        return name;
    }
    const std::string folder_ = make_folder();  ///< what the destructor removes
    std::string root_ = folder_ + "/store";
    testing::TestDatabase database_;
    store::StoredArray signal_, matrix_;
};

TEST_F(StoreCommand, ArrayShowTellsWhatItIs) {
    const auto shown = run({"array", "show", signal_.ref()});
    EXPECT_EQ(shown.status, 0) << shown.message;
    for (const char* part : {"20000, float64", "100 Hz", "unit      z", "a ramp", "shuffle+gzip",
                             "0, missing, 0.5, 0.75"})
        EXPECT_THAT(shown.out, HasSubstr(part));
    const auto facts = json::parse(run({"array", "show", matrix_.array_id}, true).out);
    EXPECT_EQ(facts["ref"], matrix_.ref());
    EXPECT_EQ(facts["shape"], json({2, 3}));
    EXPECT_EQ(facts["first"], json({1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(facts["sampling_rate_hz"], nullptr);
    const auto none = run({"array", "show", "toy/none.h5#x"});
    EXPECT_EQ(none.status, 3);
    EXPECT_THAT(none.hint, HasSubstr("array_id"));
    EXPECT_EQ(run({"array", "show", "00000000-0000-0000-0000-000000000000"}).status, 3);
    EXPECT_EQ(run({"array", "show"}).status, 2);
}

TEST_F(StoreCommand, ArraySliceTakesRowsOrSeconds) {
    EXPECT_EQ(run({"array", "slice", signal_.ref(), "--rows", "0:3"}).out, "signal\n0\n\n0.5\n");
    EXPECT_EQ(run({"array", "slice", signal_.ref(), "--rows", "-1:"}).out, "signal\n4999.75\n");
    EXPECT_EQ(run({"array", "slice", signal_.ref(), "--time", "1:1.02"}).out,
              "signal\n25\n25.25\n");
    EXPECT_EQ(run({"array", "slice", matrix_.ref(), "--rows", "1:9"}).out,
              "traces_0,traces_1,traces_2\n4,5,6\n");
    EXPECT_EQ(
        json::parse(run({"array", "slice", signal_.ref(), "--rows", "1:3"}, true).out)["values"],
        json({nullptr, 0.5}));
    EXPECT_EQ(run({"array", "slice", matrix_.ref(), "--time", "0:1"}).status, 2);
    for (const char* range : {"3", "a:b", "1.5:2", "1:2:3", "nan:4"})
        EXPECT_EQ(run({"array", "slice", signal_.ref(), "--rows", range}).status, 2) << range;
    EXPECT_EQ(run({"array", "slice", signal_.ref(), "--rows", "1:2", "--time", "1:2"}).status, 2);
}

TEST_F(StoreCommand, ArrayExportWritesNpyAndCsv) {
    EXPECT_EQ(run({"array", "export", signal_.ref(), "-o", folder_ + "/x.npy"}).status, 0);
    EXPECT_EQ(content("x.npy").size(), 128U + 20'000 * 8);
    EXPECT_THAT(content("x.npy"), HasSubstr("'shape': (20000,)"));
    EXPECT_EQ(run({"array", "export", matrix_.array_id, "--rows", "0:1", "-o", folder_ + "/x.csv"})
                  .status,
              0);
    EXPECT_EQ(content("x.csv"), "traces_0,traces_1,traces_2\n1,2,3\n");
    EXPECT_EQ(run({"array", "export", signal_.ref(), "-o", folder_ + "/x.mat"}).status, 2);
    EXPECT_EQ(run({"array", "export", signal_.ref(), "-o", folder_ + "/none/x.npy"}).status, 7);
}

TEST_F(StoreCommand, VerifyEndsWithEightWhenSomethingIsWrong) {
    const auto good = run({"store", "verify"});
    EXPECT_EQ(good.status, 0);
    EXPECT_THAT(good.out, HasSubstr("2 arrays (160.0 kB) in 1 files: all is well"));
    fs::remove(fs::path(root_) / signal_.file);
    const auto bad = run({"store", "verify"}, true);
    EXPECT_EQ(bad.status, 8);
    const auto found = json::parse(bad.out)["findings"];
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0]["fault"], "missing file");
    EXPECT_EQ(found[0]["what"], signal_.ref());
    EXPECT_THAT(run({"store", "verify", "--quick"}).out, HasSubstr("2 faults"));
    root_ = folder_ + "/elsewhere";
    EXPECT_EQ(run({"store", "verify"}).status, 3);
    root_.clear();  // another server than the private one, and no root named
    const auto none = run({"store", "verify"});
    EXPECT_EQ(none.status, 2);
    EXPECT_THAT(none.hint, HasSubstr("TRIALBASE_STORE"));
}

TEST_F(StoreCommand, GcShowsBeforeItRemoves) {
    std::ofstream(fs::path(root_) / (signal_.file + ".tmp")) << "half";
    EXPECT_THAT(run({"store", "gc"}).out,
                HasSubstr("removed 0 files (0 B), kept 1 that rows name and 1 younger than 24h"));
    const auto planned = run({"store", "gc", "--grace", "0s", "--dry-run"});
    EXPECT_THAT(planned.out, HasSubstr(signal_.file + ".tmp\nwould remove 1 files (4 B)"));
    EXPECT_TRUE(fs::exists(fs::path(root_) / (signal_.file + ".tmp")));
    const auto done = json::parse(run({"store", "gc", "--grace", "0s"}, true).out);
    EXPECT_EQ(done["removed"].size(), 1U);
    EXPECT_EQ(done["removed"][0]["unfinished"], true);
    EXPECT_FALSE(fs::exists(fs::path(root_) / (signal_.file + ".tmp")));
    EXPECT_TRUE(fs::exists(fs::path(root_) / signal_.file));
    auto session = database_.session();
    session.exec({"test", "delete from store.array"});
    EXPECT_EQ(run({"store", "gc", "--grace", "0s"}).status, 4);  // it names nothing here
    EXPECT_EQ(run({"store", "gc", "--grace", "0s", "--force"}).status, 0);
    EXPECT_FALSE(fs::exists(fs::path(root_) / signal_.file));
    for (const char* grace : {"24", "h", "-1h", "1w", ""})
        EXPECT_EQ(run({"store", "gc", std::string("--grace=") + grace}).status, 2) << grace;
}

TEST_F(StoreCommand, EveryCommandShowsAnExample) {
    CLI::App app;
    Context context;
    add_store_command(app, context);
    add_array_command(app, context);
    for (auto* group : app.get_subcommands({})) {
        for (auto* command : group->get_subcommands({}))
            EXPECT_THAT(command->help(), HasSubstr("Example")) << command->get_name();
    }
}

}  // namespace
}  // namespace tb::app
