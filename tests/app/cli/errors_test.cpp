#include "app/cli/errors.hpp"

#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"

#include <filesystem>
#include <new>
#include <stdexcept>
#include <system_error>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// What the program says about arguments that it does not understand.
Error refusal(std::vector<std::string> words) {
    Context context;
    CLI::App program;
    add_every_command(program, context);
    auto reversed = words;
    std::reverse(reversed.begin(), reversed.end());
    try {
        program.parse(reversed);
    } catch (const CLI::ParseError& error) {
        return usage_error(program, words, error);
    }
    ADD_FAILURE() << "the arguments were understood";
    return {ErrorKind::internal, ""};
}

TEST(UsageError, NamesTheUnknownCommandAndTheNearest) {
    const auto error = refusal({"qurey", "sessions"});
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_STREQ(error.what(), "trialbase has no command 'qurey'");
    EXPECT_THAT(error.hint(), StartsWith("Did you mean query? Commands: "));
    EXPECT_THAT(error.hint(), HasSubstr(", populate, "));
    EXPECT_STREQ(refusal({"store", "verfy"}).what(), "trialbase store has no command 'verfy'");
    EXPECT_THAT(refusal({"store", "verfy"}).hint(), StartsWith("Did you mean verify? "));
    EXPECT_STREQ(refusal({"ingest"}).what(), "trialbase ingest needs a command");
    EXPECT_STREQ(refusal({}).what(), "trialbase needs a command");
    EXPECT_STREQ(refusal({"--dsn", "query", "qurey"}).what(), "trialbase has no command 'qurey'");
}

TEST(UsageError, NamesTheUnknownOptionAndTheNearest) {
    const auto error = refusal({"query", "sessions", "--fromat", "csv"});
    EXPECT_STREQ(error.what(), "trialbase query has no option --fromat");
    EXPECT_THAT(error.hint(), StartsWith("Did you mean --format? "));
    EXPECT_STREQ(refusal({"query", "--limt=3"}).what(), "trialbase query has no option --limt");
    EXPECT_THAT(refusal({"query", "--jsno"}).hint(), StartsWith("Did you mean --json? "));
    EXPECT_STREQ(refusal({"query", "sessions", "-x"}).what(), "trialbase query has no option -x");
    // Values of options are no words of their own, and negative numbers no options.
    EXPECT_STREQ(refusal({"query", "--sql", "--odd", "-y"}).what(),
                 "trialbase query has no option -y");
}

TEST(UsageError, NamesTheUnknownWordOfAChoice) {
    const auto error = refusal({"query", "sessions", "--format", "tabel"});
    EXPECT_THAT(error.what(), HasSubstr("--format: 'tabel' is none of table, csv, json, ndjson"));
    EXPECT_THAT(error.what(), HasSubstr("did you mean table?"));
}

TEST(UsageError, NamesAnArgumentTooMany) {
    const auto error = refusal({"workers", "someone"});
    EXPECT_STREQ(error.what(), "trialbase workers takes no argument 'someone'");
    EXPECT_STREQ(refusal({"query", "sessions", "more"}).what(),
                 "trialbase query takes no further argument 'more'");
}

TEST(UsageError, NamesTheLeastNumber) {
    const auto error = refusal({"populate", "--limit", "-1"});
    EXPECT_STREQ(error.what(), "trialbase populate: --limit: -1 is less than 0");
    EXPECT_THAT(refusal({"populate", "--limit", "many"}).what(), HasSubstr("many"));
    const auto task = refusal({"simulate", "x", "--task", "change"});
    EXPECT_THAT(task.what(), HasSubstr("did you mean change-detection?"));
}

TEST(ErrorText, IsOneShapeInJson) {
    const Error full(ErrorKind::data, "a\nb", "Do this.", "InsufficientTrials");
    const auto facts = nlohmann::json::parse(error_text(full, true));
    ASSERT_EQ(facts.size(), 1U);
    const auto& error = facts["error"];
    EXPECT_EQ(error["kind"], "data");
    EXPECT_EQ(error["status"], 6);
    EXPECT_EQ(error["message"], "a\nb");
    EXPECT_EQ(error["hint"], "Do this.");
    EXPECT_EQ(error["type"], "InsufficientTrials");
    EXPECT_EQ(std::ranges::count(error_text(full, true), '\n'), 1);  // one line
    const auto bare = nlohmann::json::parse(error_text(Error(ErrorKind::usage, "x"), true));
    EXPECT_TRUE(bare["error"]["hint"].is_null());
    EXPECT_TRUE(bare["error"]["type"].is_null());
    EXPECT_EQ(error_text(full, false), "trialbase: a\nb\nhint: Do this.\n");
}

TEST(ErrorText, ShowsControlCharactersAndBytesThatAreNotText) {
    EXPECT_EQ(error_text(Error(ErrorKind::data, "file \x1b[31mred\x7f"), false),
              "trialbase: file \\x1b[31mred\\x7f\n");
    EXPECT_EQ(error_text(Error(ErrorKind::data, "caf\xe9"), false), "trialbase: caf\\xe9\n");
    EXPECT_TRUE(nlohmann::json::accept(error_text(Error(ErrorKind::data, "\xe9"), true)));
}

TEST(AsksForJson, LooksAtOptionsAlone) {
    using Words = std::vector<std::string>;
    EXPECT_TRUE(asks_for_json(Words{"qurey", "--json"}));
    EXPECT_FALSE(asks_for_json(Words{"query"}));
    EXPECT_FALSE(asks_for_json(Words{"query", "--", "--json"}));
}

TEST(RunReported, SeventyMeansADefectAndNothingElse) {
    const auto status_of = [](const auto& thrown) {
        ::testing::internal::CaptureStderr();
        const auto status = run_reported([&]() -> int { throw thrown; }, true);
        const auto told = nlohmann::json::parse(::testing::internal::GetCapturedStderr());
        EXPECT_EQ(told["error"]["status"], status);
        return status;
    };
    EXPECT_EQ(status_of(std::bad_alloc()), 7);
    EXPECT_EQ(status_of(std::system_error(
                  std::make_error_code(std::errc::resource_unavailable_try_again), "no thread")),
              7);
    EXPECT_EQ(status_of(std::filesystem::filesystem_error(
                  "no folder", std::make_error_code(std::errc::not_a_directory))),
              7);
    EXPECT_EQ(status_of(Error(ErrorKind::conflict, "taken")), 4);
    EXPECT_EQ(status_of(std::out_of_range("vector")), 70);
    EXPECT_EQ(run_reported([] { return 8; }, false), 8);
    EXPECT_EQ(run_reported({}, false), 0);
}

}  // namespace
}  // namespace tb::app
