#include "ingest/formats/csv.hpp"

#include "tests/ingest/formats/format_checks.hpp"

#include <cmath>
#include <numeric>

namespace tb::formats {
namespace {

Table parse(std::string_view text, const CsvOptions& options = {}) {
    return parse_csv(text, "x.csv", options);
}
using Texts = std::vector<std::string>;
using Integers = std::vector<std::int64_t>;

TEST(Csv, GuessesTypesPerColumn) {
    const Table table =
        parse("i,d,b,t,empty,mixed\n1,1.5,True,a,,1\n-2,nan,false,b c,,\n+3,inf,TRUE,1,,x\n");
    EXPECT_EQ(table.rows, 3U);
    EXPECT_EQ(std::get<Integers>(table.find("i")->values), (Integers{1, -2, 3}));
    const auto reals = std::get<std::vector<double>>(table.find("d")->values);
    EXPECT_EQ(reals[0], 1.5);
    EXPECT_TRUE(std::isnan(reals[1]));
    EXPECT_EQ(reals[2], INFINITY);
    EXPECT_EQ(std::get<std::vector<bool>>(table.find("b")->values),
              (std::vector<bool>{true, false, true}));
    EXPECT_EQ(std::get<Texts>(table.find("t")->values), (Texts{"a", "b c", "1"}));
    EXPECT_TRUE(std::isnan(std::get<std::vector<double>>(table.find("empty")->values)[2]));
    EXPECT_EQ(std::get<Texts>(table.find("mixed")->values), (Texts{"1", "", "x"}));
    EXPECT_EQ(table.find("mixed")->missing, (std::vector<bool>{false, true, false}));
    EXPECT_TRUE(table.find("t")->missing.empty());
}

TEST(Csv, MissingIntegersStayIntegers) {
    const Table table = parse("a,b\n1,x\n,y\n3,z");
    EXPECT_EQ(std::get<Integers>(table.columns[0].values), (Integers{1, 0, 3}));
    EXPECT_TRUE(table.columns[0].is_missing(1));
    EXPECT_TRUE(std::isnan(table.columns[0].as_doubles()[1]));
    EXPECT_EQ(std::get<std::vector<double>>(parse("a\n1e400\n-1e400\n1e-400\n").columns[0].values),
              (std::vector<double>{INFINITY, -INFINITY, 0.0}));
    EXPECT_EQ(std::get<std::vector<double>>(parse("a\n9223372036854775808\n").columns[0].values)[0],
              9223372036854775808.0);
    EXPECT_EQ(std::get<Texts>(parse("a\nnan(x)\n").columns[0].values)[0], "nan(x)");
    EXPECT_EQ(std::get<Texts>(parse("a\n1 \n").columns[0].values)[0], "1 ");
    EXPECT_EQ(std::get<Texts>(parse("a\n+-1\n").columns[0].values)[0], "+-1");
    (void)data_error_of([] { (void)parse("a\nx\n").columns[0].as_doubles(); });
}

TEST(Csv, ReadsQuotesAndLineEnds) {
    const Table table = parse(
        "\xEF\xBB\xBF\"a\",\"b\"\"c\"\r\n\"x,y\",\"say "
        "\"\"hi\"\"\"\r\n\r\n\"two\nlines\",\"\"\r\nlast,z");
    EXPECT_EQ(table.columns[0].name, "a");
    EXPECT_EQ(table.columns[1].name, "b\"c");
    EXPECT_EQ(std::get<Texts>(table.columns[0].values), (Texts{"x,y", "two\nlines", "last"}));
    EXPECT_EQ(std::get<Texts>(table.columns[1].values), (Texts{"say \"hi\"", "", "z"}));
    EXPECT_TRUE(table.columns[1].is_missing(1));
}

TEST(Csv, HasItsOptions) {
    CsvOptions tabs;
    tabs.delimiter = '\t';
    tabs.all_text = true;
    EXPECT_EQ(std::get<Texts>(parse("a\tb\n1\t\n", tabs).columns[1].values), Texts{""});
    EXPECT_EQ(std::get<Texts>(parse("a\tb\n1\t\n", tabs).columns[0].values), Texts{"1"});
    CsvOptions spaces;
    spaces.delimiter = ' ';
    spaces.has_header = false;
    spaces.merge_delimiters = true;
    // Rotary-encoder positions of the rig have a space at the end of each line.
    const Table table = parse("1500 -3 \n2500  4 \n", spaces);
    ASSERT_EQ(table.columns.size(), 2U);
    EXPECT_EQ(table.columns[1].name, "1");
    EXPECT_EQ(std::get<Integers>(table.columns[1].values), (Integers{-3, 4}));
}

TEST(Csv, OfNothingIsEmpty) {
    EXPECT_TRUE(parse("").columns.empty());
    EXPECT_TRUE(parse("\n\r\n").columns.empty());
    const Table header_only = parse("a,b\n");
    EXPECT_EQ(header_only.columns.size(), 2U);
    EXPECT_EQ(header_only.rows, 0U);
}

TEST(Csv, RefusesRaggedRowsAndBadQuotesByLine) {
    const struct {
        const char* text;
        const char* why;
    } cases[] = {
        {"a,b\n1,2\n1,2,3\n", "x.csv: line 3: 3 fields, expected 2"},
        {"a,b\n1,2\n1\n", "x.csv: line 3: 1 fields, expected 2"},
        {"a,b\n\"1\n\n\",2\n3\n", "x.csv: line 5: 1 fields, expected 2"},
        {"a,b\n1,\"2\n", "x.csv: line 2: a quote is not closed"},
        {"a,b\n1,\"2\"3\n", "x.csv: line 2: text behind a closing quote"},
    };
    for (const auto& one : cases) EXPECT_EQ(data_error_of([&] { (void)parse(one.text); }), one.why);
}

TEST(Csv, SurvivesTorture) {
    torture("a,b\n1,\"x\"\"y\"\n2.5,z\n", false, 3000,
            [](std::span<const std::byte> bytes) { (void)parse_csv(as_text(bytes), "x.csv"); });
}

TEST(CsvRealFiles, HoldTheirKnownNumbers) {
    TB_NEED_REAL_DATA(data);
    // data/SOURCES.md: 500 trials, mean of `correct` 0.83.
    const Table trials = read_csv(data / "ibl_raw_sessions/trials_df_test.csv");
    EXPECT_EQ(trials.rows, 500U);
    const auto correct = trials.find("correct")->as_doubles();
    EXPECT_DOUBLE_EQ(std::accumulate(correct.begin(), correct.end(), 0.0) / 500.0, 0.83);
    // 6149 trials; monkey 1: 2615, correct 0.798470.
    const Table monkeys = read_csv(data / "roitman_shadlen_rdm/roitman_rts.csv");
    EXPECT_EQ(monkeys.rows, 6149U);
    const auto monkey = monkeys.find("monkey")->as_doubles();
    const auto right = monkeys.find("correct")->as_doubles();
    double trials_of_one = 0;
    double correct_of_one = 0;
    for (std::size_t i = 0; i < monkey.size(); ++i) {
        if (monkey[i] != 1.0) continue;
        ++trials_of_one;
        correct_of_one += right[i];
    }
    EXPECT_EQ(trials_of_one, 2615.0);
    EXPECT_NEAR(correct_of_one / trials_of_one, 0.798470, 5e-7);
    // JSON lists in cells, with commas and quotes: 1149 trials.
    EXPECT_EQ(read_csv(data / "allen_change_detection/full_screen__expected.csv").rows, 1149U);
}

}  // namespace
}  // namespace tb::formats
