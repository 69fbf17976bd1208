// trialbase figure: specifications, captions, arrays taken apart, and the command as people call
// it.
#include "app/cli/figure.hpp"

#include "app/cli/figure_caption.hpp"
#include "app/cli/figure_draw.hpp"
#include "app/cli/figure_rows.hpp"
#include "src/base/uuid.hpp"
#include "src/store/array_rows.hpp"
#include "src/store/array_store.hpp"
#include "tests/app/cli/run_command.hpp"
#include "tests/support/test_database.hpp"
#include "trialbase/missing.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using testing_support::Ran;

template <class Call>
Error error_of(const Call& call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    return {ErrorKind::internal, "nothing was thrown"};
}

/// Calls `visit(key, value)` for every member of every object below.
template <class Visit>
void each_member(const json& part, const Visit& visit) {
    if (part.is_object()) {
        for (const auto& [key, value] : part.items()) visit(key, value);
    }
    if (part.is_structured()) {
        for (const auto& inner : part) each_member(inner, visit);
    }
}

TEST(NamedFigures, DrawColumnsThatTheirRowsHave) {
    ASSERT_GE(named_figures().size(), 9U);
    for (const auto& figure : named_figures()) {
        SCOPED_TRACE(figure.query.name);
        std::set<std::string> known;
        for (const auto& column : drawn_columns(figure)) known.insert(column.name);
        each_member(figure.specification, [&](const std::string& key, const json& value) {
            if (key == "as" && value.is_string()) known.insert(value.get<std::string>());
            if (key == "as" && value.is_array())  // of a fold: the key and the value
                for (const auto& name : value) known.insert(name.get<std::string>());
        });
        each_member(figure.specification, [&](const std::string& key, const json& value) {
            if (key == "field") {
                EXPECT_TRUE(known.contains(value.get<std::string>())) << value;
            }
            EXPECT_NE(key, "url");
        });
    }
}

TEST(NamedFigures, TellNAndWhatTheirErrorBarsAre) {
    for (const auto& figure : named_figures()) {
        SCOPED_TRACE(figure.query.name);
        const auto caption = json(figure.caption).dump();
        EXPECT_THAT(caption, HasSubstr("n\u00a0=\u00a0"));
        bool has_bars = false;
        each_member(figure.specification["usermeta"].is_null() ? json() : figure.specification,
                    [&](const std::string& key, const json& value) {
                        // A second edge that is a constant is a band of the background.
                        has_bars = has_bars || (key == "y2" && value.contains("field"));
                    });
        if (has_bars) {
            EXPECT_THAT(caption, AnyOf(HasSubstr("SEM"), HasSubstr("intervals")));
        }
        for (const auto& column : drawn_columns(figure)) {
            EXPECT_FALSE(column.about.empty()) << column.name;
        }
    }
}

TEST(FigureSpecification, SaysWhatIsWrongWithIt) {
    const auto parse = [](const std::string& text) {
        return error_of([&] {
            (void)parse_figure(
                parse_query("q", "-- What?\n-- :column ref text -- x\nselect 'a' as ref"), text,
                "q.vl.json");
        });
    };
    EXPECT_THAT(parse("{").what(), HasSubstr("q.vl.json: this is no JSON object"));
    EXPECT_THAT(parse("{}").what(), HasSubstr("no description"));
    EXPECT_THAT(parse(R"({"description": "d", "title": "t"})").what(), HasSubstr("no caption"));
    const std::string begin =
        R"({"description": "d", "title": "t", "usermeta": {"caption": ["c"], "arrays": )";
    EXPECT_THAT(parse(begin + R"({"ref": "other"}}})").what(),
                HasSubstr("ref names no column of the query"));
    EXPECT_THAT(parse(begin + R"({"ref": "ref"}}})").what(),
                HasSubstr("needs times_ref, or start_s and rate_hz"));
    EXPECT_EQ(parse("{").kind(), ErrorKind::data);
    EXPECT_THAT(error_of([] { (void)find_figure("learning_curv"); }).hint(),
                StartsWith("Did you mean learning_curve?"));
}

TEST(FigureCaption, PlacesAreFilledFromRows) {
    const auto rows = json::parse(R"([
        {"lab": "a", "n": 1000, "x": 0.25, "t": null},
        {"lab": "b", "n": 234, "x": 0.75, "t": 3},
        {"lab": "b", "n": 1, "x": null, "t": 4}])");
    EXPECT_EQ(filled("{rows|row|rows}, {distinct lab|lab|labs}, {sum n|trial|trials}", rows),
              "3 rows, 2 labs, 1,235 trials");
    EXPECT_EQ(filled("{first t} {min x} {max x} {sum x} {first lab}", rows), "3 0.25 0.75 1 a");
    EXPECT_EQ(filled("{distinct lab, t}", rows), "2");  // null is no value
    EXPECT_EQ(filled("{distinct lab|lab|labs}", json::parse(R"([{"lab": "a"}])")), "1 lab");
    EXPECT_EQ(filled("{first nothing}, {", rows), "none, {");
    EXPECT_THAT(error_of([&] { (void)filled("{mean x}", rows); }).what(), HasSubstr("{mean x}"));
}

TEST(FigureCaption, TellsDefaultsAndWhatWasAskedFor) {
    const auto& figure = find_figure("learning_curve");
    const auto caption = [&](const ParameterValues& values) {
        std::string all;
        for (const auto& line : caption_lines(figure, values, json::array(), 2000)) all += line;
        return all;
    };
    EXPECT_THAT(caption({}), ::testing::EndsWith("Without excluded and simulated sessions."));
    EXPECT_THAT(
        caption({{"include_simulated", "true"}, {"lab", "x"}}),
        ::testing::EndsWith("Asked for: lab = x. Without excluded sessions, with simulated ones."));
    EXPECT_THAT(caption({{"include_simulated", "true"}, {"include_excluded", "true"}}),
                ::testing::EndsWith("With excluded and simulated sessions."));
    const auto simulated = json::parse(R"([{"source": "simulated"}])");
    EXPECT_THAT(caption_lines(find_figure("psychometric"), {}, simulated, 2000).back(),
                HasSubstr("SIMULATED data."));
}

/// Arrays by their reference.
struct Arrays : ArrayReader {
    std::map<std::string, Array, std::less<>> all;
    [[nodiscard]] Array read(std::string_view ref) const override { return all.find(ref)->second; }
    [[nodiscard]] Array read_rows(std::string_view ref, std::size_t begin,
                                  std::size_t end) const override {
        const auto numbers = read(ref).numbers();
        return Array::vector({numbers.begin() + static_cast<std::ptrdiff_t>(begin),
                              numbers.begin() + static_cast<std::ptrdiff_t>(end)});
    }
};

FigureArrays vectors() {
    FigureArrays arrays;
    arrays.ref = "ref";
    arrays.start_s = "start_s";
    arrays.rate_hz = "rate_hz";
    arrays.from_s = "from_s";
    arrays.to_s = "to_s";
    arrays.time_s = "time_s";
    arrays.value = "value";
    return arrays;
}

std::vector<double> column(const json& rows, const char* name) {
    std::vector<double> values;
    for (const auto& row : rows)
        values.push_back(row[name].is_null() ? nan : row[name].get<double>());
    return values;
}

TEST(ExpandArrays, GivesTheSamplesOfAWindowWithTheirTimes) {
    Arrays store;
    store.all.emplace("a", Array::vector({0, 1, 2, nan, 4, 5}));
    const auto rows = json::parse(
        R"([{"ref": "a", "start_s": 10, "rate_hz": 2, "from_s": 10.5, "to_s": 12, "fiber": 7}])");
    const auto samples = expand_arrays(vectors(), rows, store);
    ASSERT_EQ(samples.size(), 3U);
    EXPECT_THAT(column(samples, "time_s"), ElementsAre(10.5, 11.0, 11.5));
    EXPECT_EQ(samples[0]["value"], 1.0);
    EXPECT_TRUE(samples[2]["value"].is_null());
    EXPECT_EQ(samples[0]["fiber"], 7);
    EXPECT_FALSE(samples[0].contains("ref"));
    EXPECT_FALSE(samples[0].contains("from_s"));
}

TEST(ExpandArrays, TakesTimesOfTheirOwn) {
    Arrays store;
    store.all.emplace("a", Array::vector({5, 6, 7, 8}));
    store.all.emplace("t", Array::vector({0.0, 0.1, 5.0, 5.5}));
    auto arrays = vectors();
    arrays.start_s = arrays.rate_hz = "";
    arrays.times_ref = "times";
    const auto rows = json::parse(R"([{"ref": "a", "times": "t", "from_s": 0.1, "to_s": 5.5}])");
    const auto samples = expand_arrays(arrays, rows, store);
    EXPECT_THAT(column(samples, "time_s"), ElementsAre(0.1, 5.0));
    EXPECT_THAT(column(samples, "value"), ElementsAre(6, 7));
    store.all.find("t")->second = Array::vector({0.0, 2.0, 1.0, 5.5});
    EXPECT_THAT(error_of([&] { (void)expand_arrays(arrays, rows, store); }).what(),
                HasSubstr("not ascending"));
}

TEST(ExpandArrays, KeepsRowsWithoutAnArray) {
    const auto rows = json::parse(R"([{"ref": null, "event": "reward", "start_s": 1}])");
    const auto kept = expand_arrays(vectors(), rows, Arrays());
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0]["event"], "reward");
    EXPECT_TRUE(kept[0]["time_s"].is_null());
}

TEST(ExpandArrays, ThinsLongLinesToTheirExtremes) {
    std::vector<double> values(1000, 0.0);
    values[333] = 9;
    values[777] = -9;
    Arrays store;
    store.all.emplace("a", Array::vector(values));
    auto arrays = vectors();
    arrays.at_most = 20;
    const auto samples = expand_arrays(
        arrays, json::parse(R"([{"ref": "a", "start_s": 0, "rate_hz": 1, "from_s": null}])"),
        store);
    EXPECT_LE(samples.size(), 20U);
    EXPECT_THAT(column(samples, "value"), ::testing::Contains(9));
    EXPECT_THAT(column(samples, "value"), ::testing::Contains(-9));
    EXPECT_TRUE(std::ranges::is_sorted(column(samples, "time_s")));
}

TEST(ExpandArrays, AveragesRowsOfAMatrixAfterMaskAndBaseline) {
    // Two trials of one type, four samples from -1 s at 2 Hz. Baseline -1 to -0.5 s: the first
    // sample.
    //   1 3 5 7  ->  0 2 4 6, the last after 0.25 s: missing
    //   2 2 8 4  ->  0 0 6 2
    Arrays store;
    store.all.emplace("m",
                      Array::matrix(3, 4, std::vector<double>{1, 3, 5, 7, 9, 9, 9, 9, 2, 2, 8, 4}));
    auto arrays = vectors();
    arrays.from_s = arrays.to_s = "";
    arrays.row = "row";
    arrays.until_s = "until_s";
    arrays.baseline_from_s = "b0";
    arrays.baseline_to_s = "b1";
    arrays.mean_over = {"trial"};
    arrays.sem = "sem";
    arrays.n = "n";
    auto rows = json::parse(R"([
        {"ref": "m", "row": 0, "start_s": -1, "rate_hz": 2, "until_s": 0.25, "b0": -1, "b1": -0.5, "trial": 1, "type": "x"},
        {"ref": "m", "row": 2, "start_s": -1, "rate_hz": 2, "until_s": null, "b0": -1, "b1": -0.5, "trial": 3, "type": "x"}])");
    const auto means = expand_arrays(arrays, rows, store);
    EXPECT_THAT(column(means, "time_s"), ElementsAre(-1, -0.5, 0, 0.5));
    EXPECT_THAT(column(means, "value"), ElementsAre(0, 1, 5, 2));
    EXPECT_THAT(column(means, "n"), ElementsAre(2, 2, 2, 1));
    EXPECT_DOUBLE_EQ(means[1]["sem"], 1.0);  // of 2 and 0: sd sqrt(2), divided by sqrt(2)
    EXPECT_TRUE(means[3]["sem"].is_null());
    EXPECT_FALSE(means[0].contains("trial"));
    EXPECT_EQ(means[0]["type"], "x");
    rows[1]["row"] = 3;
    EXPECT_THAT(error_of([&] { (void)expand_arrays(arrays, rows, store); }).what(),
                HasSubstr("array m (3 x 4) has no row 3"));
}

TEST(DrawnSpecification, NamesOnlyColoursThatOccur) {
    const auto rows = json::parse(
        R"([{"fiber_name": "f", "event": "reward", "event_s": 1, "time_s": null},
            {"fiber_name": "f", "event": null, "event_s": null, "time_s": 1, "signal_z": 0}])");
    const auto drawn = drawn_specification(find_figure("photometry_traces"), {}, rows);
    json domain, range;
    each_member(drawn, [&](const std::string& key, const json& value) {
        if (key == "scale" && value.contains("range"))
            domain = value["domain"], range = value["range"];
    });
    EXPECT_EQ(domain, json::array({"reward"}));
    EXPECT_EQ(range, json::array({"#009e73"}));
    EXPECT_EQ(drawn["data"]["values"].size(), 2U);
    EXPECT_TRUE(drawn["config"].contains("axis"));
}

/// The hand-made rows of tests/sql/fixture, and files for the arrays that they name: the signal's
/// samples are their own numbers; traces of trial k are k before the event and k + 10 after it.
class FigureCommand : public ::testing::Test {
  protected:
    void SetUp() override {
        fs::path fixture = fs::path(__FILE__).parent_path() / "../../sql/fixture";
        for (auto above = fs::current_path(); !fs::exists(fixture) && above != above.root_path();
             above = above.parent_path()) {
            fixture = above / "tests/sql/fixture";
        }
        ASSERT_TRUE(fs::exists(fixture)) << "tests/sql/fixture is not found";
        auto session = database_.session();
        for (const char* name : {"small.sql", "computed.sql", "photometry.sql"}) {
            std::stringstream text;
            text << std::ifstream(fixture / name).rdbuf();
            session.exec_script({name, text.str()});
        }
    }
    ~FigureCommand() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    void store_arrays() {
        store::StoreOptions options;
        options.root = folder_ / "store";
        options.durable = false;
        auto file = store::ArrayStore(options).begin_file(
            "photometry.response_set", "session_id=12", new_run_id().to_string());
        std::vector<double> signal(1800), traces(6 * 60);
        for (std::size_t i = 0; i < signal.size(); ++i) signal[i] = static_cast<double>(i);
        for (std::size_t i = 0; i < traces.size(); ++i) {
            traces[i] = static_cast<double>(i / 60 + 1) + (i % 60 >= 30 ? 10.0 : 0.0);
        }
        const auto signal_id = file.add(new_run_id().to_string(), "signal", Array::vector(signal),
                                        {.unit = "z", .sampling_rate_hz = 30, .about = ""});
        const auto traces_id =
            file.add(new_run_id().to_string(), "stimOn", Array::matrix(6, 60, traces), {});
        file.publish();
        auto session = database_.session();
        store::insert_arrays(session, file.arrays());
        session.exec({"signal", "update photometry.preprocessed set signal_array_id = $1::uuid"},
                     db::Params().text(signal_id.array_id));
        session.exec({"traces", "update photometry.response set traces_array_id = $1::uuid"},
                     db::Params().text(traces_id.array_id));
    }
    Ran run(std::vector<std::string> arguments) {
        Context context;
        context.dsn = database_.conninfo();
        context.store = folder_ / "store";
        arguments.insert(arguments.begin(), "figure");
        return testing_support::run_command(context, {add_figure_command, add_query_command},
                                            std::move(arguments));
    }
    std::string written(const std::string& name) const {
        std::stringstream text;
        text << std::ifstream(folder_ / name, std::ios::binary).rdbuf();
        return text.str();
    }
    std::string file(const std::string& name) const { return (folder_ / name).string(); }

    static fs::path make_folder() {
        auto name = (fs::temp_directory_path() / "figures_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        return name;
    }
    static constexpr auto session_12_ = "session=00000000-0000-0000-0000-000000000012";
    fs::path folder_ = make_folder();
    testing::TestDatabase database_;
};

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t n = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
    return n;
}

TEST_F(FigureCommand, DrawsSvgPngAndHtml) {
    const auto svg = run({"learning_curve", "-o", file("a.svg")});
    ASSERT_EQ(svg.status, 0) << svg.message;
    EXPECT_EQ(svg.err, "2 rows drawn in " + file("a.svg") + "\n");  // and no warning of Vega's
    EXPECT_THAT(written("a.svg"), StartsWith("<svg"));
    EXPECT_EQ(count(written("a.svg"), "aria-roledescription=\"point\""),
              1U);  // the other has no easy trial
    EXPECT_THAT(written("a.svg"), HasSubstr("Without excluded and simulated sessions."));
    const auto png = run({"learning_curve", "-o", file("a.png")});
    ASSERT_EQ(png.status, 0) << png.message;
    EXPECT_THAT(written("a.png"), StartsWith("\x89PNG"));
    const auto html = run({"learning_curve", "-o", file("a.html")});
    ASSERT_EQ(html.status, 0) << html.message;
    EXPECT_THAT(written("a.html"), StartsWith("<!DOCTYPE html>"));
    EXPECT_THAT(written("a.html"), HasSubstr("0.5714285714285714"));
    EXPECT_THAT(written("a.html"), HasSubstr("University of Washington"));  // the licence
    EXPECT_THAT(run({"learning_curve", "--format", "svg"}).out, StartsWith("<svg"));
}

TEST_F(FigureCommand, PagesDoNotRunWhatNamesHold) {
    auto session = database_.session();
    session.exec_script(
        {"name", "update core.subject set nickname = '</script><b>@vega@' where nickname = 'a1'"});
    ASSERT_EQ(run({"learning_curve", "-o", file("a.html")}).status, 0);
    EXPECT_THAT(written("a.html"), Not(HasSubstr("</script><b>")));
    EXPECT_THAT(written("a.html"), HasSubstr("\\u003c/script>\\u003cb>@vega@"));
    ASSERT_EQ(run({"learning_curve", "-o", file("a.svg")}).status, 0);
    EXPECT_THAT(written("a.svg"), HasSubstr("&lt;/script&gt;&lt;b&gt;@vega@"));
}

TEST_F(FigureCommand, ItsRowsAreThoseOfTheQuery) {
    const auto rows = run({"learning_curve", "--data", "--format", "csv"});
    ASSERT_EQ(rows.status, 0) << rows.message;
    Context context;
    context.dsn = database_.conninfo();
    const auto query = testing_support::run_command(context, {add_query_command},
                                                    {"query", "learning_curve", "--format", "csv"});
    EXPECT_EQ(rows.out, query.out);
    EXPECT_EQ(count(rows.out, "\n"), 3U);
}

TEST_F(FigureCommand, ItsRowsOfArraysAreSamplesAndMeans) {
    store_arrays();
    const auto traces = run({"photometry_traces", "--data", "--param", session_12_, "--param",
                             "from_s=1", "--param", "duration_s=0.1", "--format", "csv"});
    ASSERT_EQ(traces.status, 0) << traces.message;
    // Samples 30, 31 and 32 are at 1, 1.033 and 1.067 s; the stimulus of trial 1 is at 1 s.
    EXPECT_THAT(traces.out, HasSubstr(",,,,1,30\n"));
    EXPECT_THAT(traces.out, HasSubstr(",1.066666667,32\n"));
    EXPECT_THAT(traces.out, HasSubstr(",stimulus,1,1,,\n"));
    EXPECT_EQ(count(traces.out, "\n"), 5U);
    // Trial 1 was rewarded, trial 2 not: 10 more after the event than before it, whatever the
    // trial.
    const auto psth = json::parse(
        run({"photometry_psth", "--data", "--param", session_12_, "--format", "json"}).out);
    ASSERT_EQ(psth.size(), 120U);
    for (const auto& row : psth) {
        EXPECT_EQ(row["n_response"], 1);
        EXPECT_TRUE(row["sem_response_z"].is_null());
        EXPECT_NEAR(row["response_z"].get<double>(), row["time_s"].get<double>() < -1e-6 ? 0 : 10,
                    1e-12);
    }
    EXPECT_EQ(psth.front()["trial_type"], "reward");
    EXPECT_EQ(psth.back()["trial_type"], "error");
    EXPECT_EQ(run({"photometry_traces", "--data", "--param", session_12_, "-o", file("t.parquet")})
                  .status,
              0);
    EXPECT_THAT(written("t.parquet"), StartsWith("PAR1"));
    EXPECT_EQ(run({"photometry_traces", "--param", session_12_, "-o", file("t.svg")}).status, 0);
    EXPECT_GT(count(written("t.svg"), "aria-roledescription=\"rule mark\""), 10U);
}

TEST_F(FigureCommand, WithoutRowsItSaysSoAndWhy) {
    const auto ran = run({"learning_curve", "--param", "lab=alhpa", "-o", file("a.svg")});
    EXPECT_EQ(ran.status, 0);
    EXPECT_THAT(ran.err, HasSubstr("no row: no lab is like 'alhpa' (did you mean alpha?)"));
    EXPECT_THAT(written("a.svg"), HasSubstr("There is nothing to draw: no row."));
}

TEST_F(FigureCommand, ArgumentsAreCheckedBeforeAnythingIsWritten) {
    const auto refused = run({"learning_curve", "-o", file("a.svgg")});
    EXPECT_EQ(refused.status, 2);
    EXPECT_THAT(refused.hint, StartsWith("Did you mean .svg? Extensions: .svg, .png, .html."));
    EXPECT_EQ(run({"learning_curve"}).status, 2);
    EXPECT_EQ(run({"learning_curve", "--format", "csv", "-o", file("a.csv")}).status, 2);
    EXPECT_EQ(run({"learning_curv", "-o", file("a.svg")}).status, 3);
    EXPECT_EQ(run({"psychometric", "-o", file("a.svg")}).status, 2);
    EXPECT_EQ(run({"learning_curve", "--param", "lba=x", "-o", file("a.svg")}).status, 2);
    EXPECT_EQ(run({"psychometric", "--param", "session=abc", "-o", file("a.svg")}).status, 3);
    EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(FigureCommand, WithoutNodeTheErrorSaysWhatToInstallAndHtmlWorks) {
    const std::string path = std::getenv("PATH");
    ::setenv("PATH", folder_.c_str(), 1);
    const auto svg = run({"learning_curve", "-o", file("a.svg")});
    const auto html = run({"learning_curve", "-o", file("a.html")});
    // A program of that name that fails, and one that never ends would: what it says is told.
    std::ofstream(folder_ / "node") << "#!/bin/sh\necho out of order >&2\nexit 3\n";
    fs::permissions(folder_ / "node", fs::perms::owner_all);
    const auto failed = run({"learning_curve", "-o", file("b.svg")});
    ::setenv("PATH", path.c_str(), 1);
    EXPECT_EQ(svg.status, 5);
    EXPECT_THAT(svg.hint, HasSubstr("Install Debian's package nodejs, or write FILE.html"));
    EXPECT_FALSE(fs::exists(folder_ / "a.svg"));
    EXPECT_EQ(html.status, 0) << html.message;
    EXPECT_EQ(failed.status, 6);
    EXPECT_THAT(failed.message, HasSubstr("status 3: out of order"));
}

TEST_F(FigureCommand, DrawsFilesOfTheUser) {
    std::ofstream(folder_ / "mine.sql")
        << "-- What?\n-- :column x integer -- a number\nselect 7 as x";
    const auto missing = run({"--sql", file("mine.sql"), "-o", file("m.svg")});
    EXPECT_EQ(missing.status, 3);
    EXPECT_THAT(missing.message, HasSubstr("mine.vl.json"));
    const std::string begin =
        R"({"description": "d", "title": "Number {first x}", "usermeta": {"caption": ["n = {rows}."]}, "mark": "point", )";
    std::ofstream(folder_ / "mine.vl.json")
        << begin << R"("encoding": {"x": {"field": "x", "type": "quantitative"}}})";
    ASSERT_EQ(run({"--sql", file("mine.sql"), "-o", file("m.svg")}).status, 0);
    EXPECT_THAT(written("m.svg"), HasSubstr("Number 7"));
    // What would be fetched is refused.
    std::ofstream(folder_ / "mine.vl.json")
        << begin
        << R"("transform": [{"lookup": "x", "from": {"data": {"url": "/etc/hostname", "format": {"type": "csv"}}, "key": "x", "fields": ["y"]}}]})";
    const auto fetched = run({"--sql", file("mine.sql"), "-o", file("n.svg")});
    EXPECT_EQ(fetched.status, 6) << fetched.err;
    EXPECT_FALSE(fs::exists(folder_ / "n.svg"));
}

TEST_F(FigureCommand, ListsAndDescribes) {
    EXPECT_THAT(run({"--list"}).out, HasSubstr("\nphotometry_psth"));
    EXPECT_EQ(json::parse(run({"--list", "--format", "json"}).out).size(), named_figures().size());
    const auto described = run({"photometry_psth", "--describe"});
    EXPECT_THAT(described.out, HasSubstr("sem_response_z double precision"));
    EXPECT_THAT(described.out, Not(HasSubstr("traces_ref")));
}

}  // namespace
}  // namespace tb::app
