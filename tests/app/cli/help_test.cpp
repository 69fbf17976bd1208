#include "app/cli/help.hpp"

#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"

#include <functional>
#include <sstream>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

namespace tb::app {
namespace {

std::size_t columns_of(const std::string& line) {
    std::size_t n = 0;
    for (const char c : line) n += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
    return n;
}

TEST(Help, OfEveryCommandBeginsWithAnExampleAndFitsEightyColumns) {
    Context context;
    CLI::App program;
    add_every_command(program, context);
    std::size_t seen = 0;
    const std::function<void(const CLI::App&, const std::string&)> look =
        [&](const CLI::App& command, const std::string& path) {
            ++seen;
            std::istringstream lines(command.help());
            std::string line;
            std::getline(lines, line);
            EXPECT_TRUE(line == "Example:" || line == "Examples:") << path << ": " << line;
            std::getline(lines, line);
            // An example calls the command that it explains (the program's own: any).
            EXPECT_TRUE(line.starts_with("  " + path)) << path << ": " << line;
            for (std::istringstream again(command.help()); std::getline(again, line);)
                EXPECT_LE(columns_of(line), help_width) << path << ": " << line;
            for (const auto* one : command.get_subcommands({}))
                look(*one, path + " " + one->get_name());
        };
    look(program, "trialbase");
    EXPECT_GT(seen, 30U);
}

TEST(Help, ContinuesLongExamplesOutsideQuotes) {
    EXPECT_EQ(continued("trialbase status", 80), "  trialbase status\n");
    const auto text = continued(
        "trialbase delete core.session --where \"session_date < '2019-01-01' and lab_name = 'a'\" "
        "--dry-run",
        80);
    EXPECT_EQ(text,
              "  trialbase delete core.session \\\n"
              "      --where \"session_date < '2019-01-01' and lab_name = 'a'\" --dry-run\n");
}

TEST(Help, NamesEnvironmentDefaultsAndWhatIsRequired) {
    Context context;
    CLI::App program;
    add_every_command(program, context);
    const auto text = program.help();
    EXPECT_NE(text.find("$TRIALBASE_DSN"), text.npos);
    EXPECT_NE(text.find("default: gzip"), text.npos);
    EXPECT_NE(program.get_subcommand("delete")->help().find("[required]"), text.npos);
    // What a command's group says is not said again by its commands.
    EXPECT_EQ(program.get_subcommand("ingest")->get_subcommand("alf")->help().find(
                  "trialbase populate --workers 2"),
              text.npos);
}

}  // namespace
}  // namespace tb::app
