// What shells are told of the words that may stand next, and the manual's pages.
#include "app/cli/completion.hpp"

#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/help.hpp"
#include "trialbase/error.hpp"

#include <functional>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>

namespace tb::app {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Completion : public ::testing::Test {
  protected:
    using Words = std::vector<std::string>;
    Completion() { add_every_command(program_, context_); }
    Words next(const Words& words) {
        return completions(program_, words,
                           [](std::string_view relation, std::string_view column) -> Words {
                               if (relation == "core.lab" && column == "lab_name")
                                   return {"mainenlab", "cortexlab", "odd\nlab"};
                               if (relation.empty()) return {"core.session", "core.subject"};
                               return {};
                           });
    }
    Context context_;
    CLI::App program_;
};

TEST_F(Completion, CommandsOptionsAndNames) {
    EXPECT_THAT(next({"po"}), ElementsAre("pool", "populate"));
    EXPECT_THAT(next({""}),
                AllOf(Contains("query"), Not(Contains("complete")), Not(Contains("man"))));
    EXPECT_THAT(next({"ingest", "al"}), ElementsAre("alf", "allen", "alyx"));
    EXPECT_THAT(next({"query", "sessions_per_l"}), ElementsAre("sessions_per_lab"));
    EXPECT_THAT(next({"figure", "learning"}), ElementsAre("learning_curve"));
    EXPECT_THAT(next({"populate", "task.psych"}), ElementsAre("task.psychometric_fit"));
    EXPECT_THAT(next({"populate", "task.reaction_time", "task.psych"}),
                ElementsAre("task.psychometric_fit"));
    EXPECT_THAT(next({"delete", "core.su"}), ElementsAre("core.subject"));
    EXPECT_THAT(next({"query", "--for"}), ElementsAre("--format"));
    EXPECT_THAT(next({"query", "--d"}), AllOf(Contains("--describe"), Contains("--dsn")));
}

TEST_F(Completion, ValuesOfOptionsAndParameters) {
    EXPECT_THAT(next({"query", "sessions", "--format", "c"}), ElementsAre("csv"));
    EXPECT_THAT(next({"query", "sessions", "--format=p"}), ElementsAre("--format=parquet"));
    EXPECT_THAT(next({"query", "learning_curve", "--param", "la"}), ElementsAre("lab="));
    EXPECT_THAT(next({"query", "learning_curve", "--param", "lab=ma"}),
                ElementsAre("lab=mainenlab"));
    EXPECT_THAT(next({"query", "learning_curve", "-p", "include_simulated="}),
                ElementsAre("include_simulated=false", "include_simulated=true"));
    EXPECT_THAT(next({"query", "no_such_query", "--param", ""}), IsEmpty());
    EXPECT_THAT(next({"ingest", "alf", "--lab", ""}), ElementsAre("cortexlab", "mainenlab"));
    EXPECT_THAT(next({"ingest", "alf", "/data/"}), IsEmpty());  // files
    EXPECT_THAT(next({"-q", "query", "sessions", "-o", "x"}), IsEmpty());
    EXPECT_THAT(next({"ingest", "alf", "--", "--la"}), IsEmpty());
}

TEST_F(Completion, ScriptsAreForTwoShells) {
    EXPECT_THAT(completion_script("bash"), HasSubstr("complete -o default -F _trialbase"));
    EXPECT_THAT(completion_script("zsh"), HasSubstr("#compdef trialbase"));
    EXPECT_THROW((void)completion_script("fish"), Error);
}

TEST_F(Completion, EveryCommandHasAPageOfTheManual) {
    std::size_t pages = 0;
    const std::function<void(const CLI::App&)> look = [&](const CLI::App& command) {
        const auto page = man_page(command, "1.2.3");
        SCOPED_TRACE(command.get_name());
        for (const char* section : {".TH \"TRIALBASE", ".SH NAME\n", ".SH SYNOPSIS\n",
                                    ".SH EXAMPLES\n", ".SH DESCRIPTION\n", ".SH EXIT STATUS\n"})
            EXPECT_THAT(page, HasSubstr(section));
        // No line of text is taken for a request.
        EXPECT_EQ(page.find("\n'"), page.npos);
        ++pages;
        for (const auto* one : command.get_subcommands({})) look(*one);
    };
    look(program_);
    EXPECT_GT(pages, 30U);
    const auto alf = man_page(*program_.get_subcommand("ingest")->get_subcommand("alf"), "1.2.3");
    EXPECT_THAT(alf, HasSubstr("trialbase\\-ingest\\-alf \\- "));
    EXPECT_THAT(alf, HasSubstr(".BR trialbase\\-ingest (1)"));
}

}  // namespace
}  // namespace tb::app
