#include "ingest/formats/json_lines.hpp"

#include "tests/ingest/formats/format_checks.hpp"

#include <cmath>

namespace tb::formats {
namespace {

using nlohmann::json;

TEST(JsonLines, ReadsOneValuePerLine) {
    const auto values = parse_json_lines("{\"a\": 1}\r\n\n[1, 2]\n  \n\"x\"", "x.jsonable");
    ASSERT_EQ(values.size(), 3U);
    EXPECT_EQ(values[0], json({{"a", 1}}));
    EXPECT_EQ(values[1], json({1, 2}));
    EXPECT_EQ(values[2], "x");
    EXPECT_TRUE(parse_json_lines("", "x").empty());
    EXPECT_EQ(parse_json_lines("\xEF\xBB\xBF{}\n", "x")[0], json::object());
    std::vector<std::size_t> lines;
    for_each_json_line("1\n\n2\n", "x", [&](json&&, std::size_t line) { lines.push_back(line); });
    EXPECT_EQ(lines, (std::vector<std::size_t>{1, 3}));
    EXPECT_EQ(parse_json_lines("{\"a\": 1, \"a\": 2}", "x")[0].at("a"), 2);
    EXPECT_EQ(parse_json_lines("[18446744073709551615, -1, 0.5, true, null]", "x")[0],
              json({18446744073709551615ULL, -1, 0.5, true, nullptr}));
}

TEST(JsonLines, ReadsBareNotANumberOutsideTextOnly) {
    const auto value = parse_json_lines(
        R"({"NaN": [NaN, -Infinity, Infinity, "NaN \" NaN", -1], "Infinity": {"b": NaN}, "n": -0.0})",
        "x")[0];
    const json& list = value.at("NaN");
    EXPECT_TRUE(list[0].is_number_float());
    EXPECT_TRUE(std::isnan(list[0].get<double>()));
    EXPECT_EQ(list[1].get<double>(), -INFINITY);
    EXPECT_EQ(list[2].get<double>(), INFINITY);
    EXPECT_EQ(list[3], "NaN \" NaN");
    EXPECT_EQ(list[4], -1);
    EXPECT_TRUE(std::isnan(value.at("Infinity").at("b").get<double>()));
    EXPECT_EQ(value.at("n"), -0.0);
    EXPECT_TRUE(std::isnan(parse_json("NaN", "x").get<double>()));
}

TEST(JsonLines, ErrorsNameLineAndByte) {
    const struct {
        std::string text;
        const char* start;
    } cases[] = {
        {"{}\n{\"a\": }\n", "x: line 2, at byte 9: "},
        {"{}\n{\"a\": [NaN, Infinity, }]}\n", "x: line 2, at byte 25: "},
        {"1 2\n", "x: line 1, at byte 2: "},
        {"{}\n{\"a\": 1", "x: line 2, at byte 10: "},
        {"nan\n", "x: line 1, at byte 1: "},
        {"NaNNaN\n", "x: line 1, at byte "},
        {"[1e999]\n", "x: line 1, at byte "},
        {"\"\xFF\"\n", "x: line 1, at byte 1: "},
        {"[NaN, -0.0E-00007003]\n", "x: line 1, at byte 6: the number"},
        {"\n\n" + std::string(600, '['), "x: line 3, at byte "},
    };
    for (const auto& one : cases) {
        const std::string message = data_error_of([&] { (void)parse_json_lines(one.text, "x"); });
        EXPECT_EQ(message.find(one.start), 0U) << message << "\n expected " << one.start;
    }
    EXPECT_NE(data_error_of([] {
                  (void)parse_json_lines(std::string(600, '['), "x");
              }).find("deeper than 512"),
              std::string::npos);
    EXPECT_EQ(data_error_of([] {
                  (void)parse_json("{\n\"a\": 1,\n\"b\": x}", "x");
              }).find("x: line 3, at byte 15: "),
              0U);
    (void)data_error_of([] { (void)parse_json("", "x"); });
    // Deep, but allowed; and one line of 8 MB.
    EXPECT_EQ(parse_json_lines(std::string(512, '[') + std::string(512, ']'), "x").size(), 1U);
    std::string wide = "[0";
    for (int i = 0; i < 1'000'000; ++i) wide += ", NaN, 1";
    EXPECT_EQ(parse_json_lines(wide + "]", "x")[0].size(), 2'000'001U);
}

TEST(JsonLines, SurvivesTorture) {
    torture("{\"a\": [NaN, 1.5, \"x\\u00e9\"], \"b\": {\"c\": -Infinity}}\n{\"d\": null}\n", false,
            5000,
            [](std::span<const std::byte> bytes) { (void)parse_json_lines(as_text(bytes), "x"); });
}

TEST(JsonLinesRealFiles, OfTheRigAreRead) {
    TB_NEED_REAL_DATA(data);
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data / "ibl")) {
        if (entry.path().extension() != ".jsonable") continue;
        SCOPED_TRACE(entry.path().string());
        ++files;
        const auto values = read_json_lines(entry.path());
        EXPECT_FALSE(values.empty());
        const std::string name = entry.path().filename().string();
        if (name.find("taskData") == std::string::npos) continue;
        // Trials are counted from 1 before rig 8; states that were not visited are NaN.
        EXPECT_EQ(values.front().at("trial_num"), 1);
        const json& states = values.front().at("behavior_data").at("States timestamps");
        for (const auto& [state, visits] : states.items())
            for (const json& visit : visits)
                EXPECT_EQ(visit.get<std::vector<double>>().size(), 2U) << state;
    }
    EXPECT_GE(files, 5U);
    const json settings = read_json(
        data /
        "ibl/raw_sessions/session_training_ge5/raw_behavior_data/_iblrig_taskSettings.raw.json");
    EXPECT_TRUE(settings.contains("IBLRIG_VERSION_TAG"));
}

}  // namespace
}  // namespace tb::formats
