#include "app/cli/print.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::app {
namespace {

using ::testing::ElementsAre;

TEST(TextTable, NumbersStandToTheRight) {
    EXPECT_EQ(text_table({"name", "n"}, {{"a", "1,000"}, {"bcdef", "2"}}),
              "name       n\n"
              "a      1,000\n"
              "bcdef      2\n");
}

TEST(TextTable, TheLastColumnIsCutToTheWidth) {
    EXPECT_EQ(text_table({"key", "error"}, {{"k1", "ValueError: this is a long message"}}, 32),
              "key  error\n"
              "k1   ValueError: this is a lo...\n");
}

TEST(TextTable, WhereTooLittleIsLeftRowsStandBelowEachOther) {
    EXPECT_EQ(text_table({"key", "where", "error"},
                         {{"session_id=1", "photometry.session_check", "ValueError: a message"},
                          {"session_id=2", "", "x"}},
                         40),
              "key    session_id=1\n"
              "where  photometry.session_check\n"
              "error  ValueError: a message\n"
              "\n"
              "key    session_id=2\n"
              "error  x\n");
    // Numbers are never worth it: their columns stand closer instead.
    EXPECT_EQ(text_table({"a long first column", "n"}, {{"x", "12345"}}, 20),
              "a long first column     n\n"
              "x                   12345\n");
}

TEST(Printable, ShowsWhatTerminalsWouldObey) {
    EXPECT_EQ(printable("plain text, äöü, 漢字 and 🐭"), "plain text, äöü, 漢字 and 🐭");
    EXPECT_EQ(printable("\x1b[2Jgone \a\x7f"), "\\x1b[2Jgone \\x07\\x7f");
    EXPECT_EQ(printable("a\xc2\x9b"
                        "2J"),
              "a\\xc2\\x9b2J");
    EXPECT_EQ(printable("\xe2\x80\xae"
                        "fdp.exe"),
              "\\xe2\\x80\\xae"
              "fdp.exe");
    EXPECT_EQ(printable(std::string_view("zero\0", 5)), "zero\\x00");
    EXPECT_EQ(printable("latin \xe4 and half \xe2\x82"), "latin \\xe4 and half \\xe2\\x82");
    EXPECT_EQ(printable("\xed\xa0\x80 \xc0\xaf"), "\\xed\\xa0\\x80 \\xc0\\xaf");
    EXPECT_EQ(printable("one\ntwo\tthree\r"), "one\\ntwo\\tthree\\r");
    EXPECT_EQ(printable("one\ntwo\tthree\r", true), "one\ntwo\tthree\\r");
    EXPECT_EQ(printable(printable("\x1b]0;title\a")), "\\x1b]0;title\\x07");
}

TEST(TextTable, CellsAreMadePrintable) {
    EXPECT_EQ(text_table({"name"}, {{"\x1b[31mred"}}),
              "name\n"
              "\\x1b[31mred\n");
}

TEST(Wrapped, BreaksAtBlanksAndWithinLongWords) {
    EXPECT_THAT(wrapped("", 10), ElementsAre(""));
    EXPECT_THAT(wrapped("one two three", 7), ElementsAre("one two", "three"));
    EXPECT_THAT(wrapped("one two three", 6), ElementsAre("one", "two", "three"));
    EXPECT_THAT(wrapped("abcdefghij kl", 4), ElementsAre("abcd", "efgh", "ij", "kl"));
    EXPECT_THAT(wrapped("äöü äöü", 4), ElementsAre("äöü", "äöü"));
    EXPECT_THAT(wrapped("one two three four", 5, 2), ElementsAre("one", "tw..."));
}

}  // namespace
}  // namespace tb::app
