#include "app/cli/child_process.hpp"

#include <array>
#include <chrono>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

namespace tb::app {
namespace {

using std::chrono::milliseconds;

ChildEnded run(const std::string& script, std::span<const std::string_view> input = {},
               milliseconds at_most = milliseconds(20000)) {
    return run_child({"sh", "-c", script}, input, at_most);
}

TEST(RunChild, GivesAllPiecesAndKeepsWhatComesBack) {
    // More than any pipe holds, both ways at once.
    const std::string large(3'000'000, 'x');
    const std::array<std::string_view, 3> input{"begin ", large, " end"};
    const auto ended = run("cat; echo told >&2; exit 7", input);
    EXPECT_EQ(ended.output, "begin " + large + " end");
    EXPECT_EQ(ended.messages, "told\n");
    EXPECT_EQ(ended.status, 7);
    EXPECT_TRUE(ended.was_found);
    EXPECT_FALSE(ended.was_late);
}

TEST(RunChild, OutlivesOneThatReadsNothing) {
    const std::string large(3'000'000, 'x');
    const std::array<std::string_view, 1> input{large};
    const auto ended = run("echo done", input);
    EXPECT_EQ(ended.output, "done\n");
    EXPECT_EQ(ended.status, 0);
}

TEST(RunChild, EndsOneWhoseTimeIsUp) {
    EXPECT_TRUE(run("exec sleep 600", {}, milliseconds(50)).was_late);
    // One that has closed its output and goes on.
    EXPECT_TRUE(run("exec >&- 2>&- sleep 600", {}, milliseconds(50)).was_late);
}

TEST(RunChild, TellsWhatIsNotThereAndWhatASignalEnded) {
    EXPECT_FALSE(run_child({"no-such-program-of-ours"}, {}, milliseconds(1000)).was_found);
    EXPECT_EQ(run("kill -9 $$").status, 128 + 9);
}

TEST(RunChild, KeepsVariablesThatLoadCodeIntoNodeAway) {
    ::setenv("NODE_OPTIONS", "--require /nowhere.js", 1);
    ::setenv("FIGURES_TEST", "kept", 1);
    const auto ended = run("echo \"$NODE_OPTIONS|$FIGURES_TEST\"");
    ::unsetenv("NODE_OPTIONS");
    ::unsetenv("FIGURES_TEST");
    EXPECT_EQ(ended.output, "|kept\n");
}

TEST(RunChild, KeepsTheFirstMessagesOfOneThatSaysTooMuch) {
    const auto ended = run("head -c 1000000 /dev/zero | tr '\\0' e >&2");
    EXPECT_EQ(ended.messages.size(), 65536U);
    EXPECT_EQ(ended.status, 0);
}

}  // namespace
}  // namespace tb::app
