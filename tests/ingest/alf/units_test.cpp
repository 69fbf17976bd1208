// Units, signs and shapes at the reader's edge: what is not what the tables hold is converted or
// refused with the reason, never stored as it is.
#include "ingest/alf/session_reader.hpp"
#include "ingest/alf/wheel_reader.hpp"
#include "ingest/formats/npy.hpp"
#include "ingest/formats/parquet.hpp"
#include "tests/ingest/alf/support.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <gtest/gtest.h>

namespace tb::alf {
namespace {

using testing::Entries;

constexpr std::size_t trials = 40;

/// An .npy of any type: `type` as numpy writes it, elements as their bytes.
template <class T>
std::string npy(const std::string& type, const std::vector<T>& values, std::string shape = {}) {
    if (shape.empty()) shape = "(" + std::to_string(values.size()) + ",)";
    std::string header =
        "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
    while ((10 + header.size() + 1) % 64 != 0) header += ' ';
    header += '\n';
    std::string bytes("\x93NUMPY\x01\x00", 8);
    bytes += static_cast<char>(header.size() & 0xffU);
    bytes += static_cast<char>(header.size() >> 8U);
    bytes += header;
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    return bytes;
}

/// A good session with some files in place of, or beside, its own.
ChoiceSession session_with(const Entries& others) {
    auto files = testing::session_files(trials);
    for (const auto& [name, content] : others) {
        std::erase_if(files, [&](const auto& file) { return file.first == name; });
        files.emplace_back(name, content);
    }
    SessionSource source;
    source.lab = "lab1";
    source.subject = "m";
    source.date = "2020-01-02";
    source.number = "1";
    source.origin = "test";
    for (const auto& [name, content] : files) {
        SessionMember member;
        member.path = name;
        const auto bytes = std::as_bytes(std::span(content));
        member.bytes.assign(bytes.begin(), bytes.end());
        member.size_bytes = bytes.size();
        member.is_in_memory = true;
        source.members.push_back(std::move(member));
    }
    ReadOptions options;
    options.keep_every_wheel = true;
    return read_session(source, options);
}

std::size_t count_issues(const ChoiceSession& session, std::string_view type,
                         std::string_view in_message = "") {
    return static_cast<std::size_t>(std::ranges::count_if(session.issues, [&](const auto& issue) {
        return issue.type == type && issue.message.find(in_message) != std::string::npos;
    }));
}

std::string issues_of(const ChoiceSession& session) {
    std::string all;
    for (const auto& issue : session.issues)
        all += issue.type + " " + issue.dataset + ": " + issue.message + "\n";
    return all;
}

/// Stimulus onsets of session_files(), in a unit of so many per second.
template <class T = std::int64_t>
std::vector<T> stim_on(double per_second) {
    std::vector<T> values;
    for (std::size_t i = 0; i < trials; ++i)
        values.push_back(static_cast<T>((10.0 * static_cast<double>(i) + 1.0) * per_second));
    return values;
}

const std::string at = "alf/_ibl_trials.";

TEST(TimeTypes, OfNumpyBecomeSeconds) {
    for (const auto& [type, per_second] :
         {std::pair{"<m8[ns]", 1e9}, std::pair{"<m8[us]", 1e6}, std::pair{"<m8[ms]", 1e3},
          std::pair{"<m8[s]", 1.0}, std::pair{"<M8[ms]", 1e3}, std::pair{"<m8[25us]", 4e4}}) {
        auto values = stim_on(per_second);
        values[3] = std::numeric_limits<std::int64_t>::min();  // not a time
        const auto session = session_with({{at + "stimOn_times.npy", npy(type, values)}});
        ASSERT_EQ(session.trials.stim_on_s.size(), trials) << type << issues_of(session);
        EXPECT_DOUBLE_EQ(session.trials.stim_on_s[2], 21.0) << type;
        EXPECT_TRUE(std::isnan(session.trials.stim_on_s[3])) << type;
    }
}

TEST(TimeTypes, ThatAreNoTimesOfTheSessionAreRefusedByName) {
    auto moments = stim_on(1e6);
    for (auto& value : moments) value += 1'700'000'000'000'000;
    for (const auto& [type, name] :
         {std::pair{"<M8[us]", "datetime64[us]"}, std::pair{"<m8[M]", "timedelta64[M]"},
          std::pair{"<m8", "timedelta64[generic]"}}) {
        const auto session = session_with({{at + "stimOn_times.npy", npy(type, moments)}});
        EXPECT_TRUE(session.trials.stim_on_s.empty()) << type;
        EXPECT_EQ(count_issues(session, "UnreadableDataset", name), 1U) << issues_of(session);
    }
    // Times where no times belong.
    const auto session = session_with(
        {{at + "rewardVolume.npy", npy("<m8[ns]", std::vector<std::int64_t>(trials, 3))}});
    EXPECT_TRUE(session.trials.reward_volume_ul.empty());
    EXPECT_EQ(count_issues(session, "UnreadableDataset", "timedelta64[ns]"), 1U);
}

TEST(TimeTypes, OfPandasAreKnownByItsMetadata) {
    // pandas writes timedelta64 as plain INT64 and says so in the metadata alone.
    formats::Table table;
    table.rows = trials;
    formats::Column column;
    column.name = "goCue_times";
    column.values = stim_on(1e9);
    table.columns.push_back(column);
    formats::ParquetOptions options;
    options.metadata["pandas"] =
        R"({"columns": [{"name": "goCue_times", "numpy_type": "timedelta64[ns]"}]})";
    const auto session = session_with({{at + "table.pqt", formats::parquet_bytes(table, options)}});
    ASSERT_EQ(session.trials.go_cue_s.size(), trials) << issues_of(session);
    EXPECT_DOUBLE_EQ(session.trials.go_cue_s[2], 21.0);
    EXPECT_EQ(count_issues(session, "UnitConverted"), 0U) << issues_of(session);
}

TEST(Units, OfTimesAreToldByTheirSize) {
    for (const auto& [per_second, name] :
         {std::pair{1e3, "milliseconds"}, std::pair{1e6, "microseconds"}}) {
        const auto session =
            session_with({{at + "stimOn_times.npy", npy("<f8", stim_on<double>(per_second))}});
        EXPECT_DOUBLE_EQ(session.trials.stim_on_s[2], 21.0);
        EXPECT_EQ(count_issues(session, "UnitConverted", name), 1U) << issues_of(session);
    }
    const auto session = session_with(
        {{at + "itiDuration.npy", npy("<f8", std::vector<double>(trials, 1500.0))},
         {at + "quiescencePeriod.npy", npy("<f8", std::vector<double>(trials, 400.0))}});
    EXPECT_EQ(session.trials.iti_s[0], 1.5);
    EXPECT_EQ(session.trials.quiescence_s[0], 0.4);
    EXPECT_EQ(count_issues(session, "UnitConverted"), 2U) << issues_of(session);
}

TEST(Units, OfContrastsAndRewardsAreToldByTheirSize) {
    std::vector<double> left(trials, nan);
    for (std::size_t i = 0; i < trials; i += 2) left[i] = i % 4 == 0 ? 25.0 : 6.25;
    const auto session =
        session_with({{at + "contrastLeft.npy", npy("<f8", left)},
                      {at + "probabilityLeft.npy", npy("<f8", std::vector<double>(trials, 80.0))},
                      {at + "rewardVolume.npy", npy("<f8", std::vector<double>(trials, 0.003))}});
    EXPECT_EQ(session.trials.contrast_left[0], 0.25);
    EXPECT_EQ(session.trials.contrast_left[2], 0.0625);
    EXPECT_EQ(session.trials.probability_left[0], 0.8);
    EXPECT_EQ(session.trials.reward_volume_ul[0], 3.0);
    EXPECT_EQ(count_issues(session, "UnitConverted"), 3U) << issues_of(session);
}

TEST(Signs, OfUnsignedAnswersAreRestored) {
    std::vector<std::uint16_t> wide(trials, 1);
    std::vector<std::uint8_t> narrow(trials, 1);
    wide[1] = 65535;
    narrow[1] = 255;
    const auto session = session_with(
        {{at + "choice.npy", npy("<u2", wide)}, {at + "feedbackType.npy", npy("|u1", narrow)}});
    EXPECT_EQ(session.trials.choice[1], -1.0);
    EXPECT_EQ(session.trials.feedback_type[1], -1.0);
    EXPECT_EQ(count_issues(session, "SignConvention"), 2U) << issues_of(session);
    // 255 of a signed type is no answer.
    std::vector<std::int64_t> signed_values(trials, 1);
    signed_values[1] = 255;
    const auto odd = session_with({{at + "choice.npy", npy("<i8", signed_values)}});
    EXPECT_TRUE(std::isnan(odd.trials.choice[1]));
}

TEST(Signs, OfContrastsThatAreMixedAreNotGuessed) {
    std::vector<double> left(trials, nan);
    for (std::size_t i = 0; i < trials; i += 2) left[i] = i % 8 == 0 ? -0.25 : 0.25;
    const auto session = session_with({{at + "contrastLeft.npy", npy("<f8", left)}});
    EXPECT_TRUE(std::isnan(session.trials.contrast_left[0]));
    EXPECT_EQ(session.trials.contrast_left[2], 0.25);
    EXPECT_EQ(count_issues(session, "OutOfRange"), 1U) << issues_of(session);
}

TEST(Columns, ThatMostlyFailTheirRangeAreRefusedWhole) {
    std::vector<double> probability(trials, 7.0);
    probability[0] = 0.5;
    const auto session = session_with({{at + "probabilityLeft.npy", npy("<f8", probability)}});
    EXPECT_TRUE(session.trials.probability_left.empty());
    EXPECT_EQ(count_issues(session, "OutOfRange", "left out"), 1U) << issues_of(session);
}

TEST(Columns, OfAnswersAreNeverChosenByTheAnswer) {
    // 2 for right: two fifths of the trials would go, all of them rightward.
    std::vector<std::int64_t> choice(trials, 1);
    for (std::size_t i = 0; i < trials; i += 5) choice[i] = choice[i + 1] = 2;
    try {
        (void)session_with({{at + "choice.npy", npy("<i8", choice)}});
        FAIL() << "half of a session was read";
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "MissingExtractedData");
        EXPECT_NE(std::string(error.what()).find("16 of 40"), std::string::npos) << error.what();
    }
    EXPECT_THROW(
        (void)session_with({{at + "choice.npy", npy("|b1", std::vector<std::uint8_t>(trials, 1))}}),
        Error);
}

TEST(Shapes, OfRowsAreVectors) {
    const auto row = "(1, " + std::to_string(trials) + ")";
    std::vector<double> both;
    for (std::size_t i = 0; i < trials; ++i) both.push_back(10.0 * static_cast<double>(i));
    for (std::size_t i = 0; i < trials; ++i) both.push_back(10.0 * static_cast<double>(i) + 9.0);
    const auto session = session_with(
        {{at + "stimOn_times.npy", npy("<f8", stim_on<double>(1.0), row)},
         {at + "intervals.npy", npy("<f8", both, "(2, " + std::to_string(trials) + ")")}});
    EXPECT_EQ(session.trials.stim_on_s.size(), trials);
    EXPECT_EQ(session.trials.start_s[3], 30.0);
    EXPECT_EQ(session.trials.end_s[3], 39.0);
    const auto square =
        session_with({{at + "stimOn_times.npy", npy("<f8", stim_on<double>(1.0), "(4, 10)")}});
    EXPECT_TRUE(square.trials.stim_on_s.empty());
    EXPECT_EQ(count_issues(square, "UnreadableDataset", "another shape (4, 10)"), 1U);
}

TEST(Bounds, OfTrialsAndFilesAreRefusedUnread) {
    try {
        (void)session_with({{at + "choice.npy", npy("|u1", std::vector<std::uint8_t>(50'000, 0))}});
        FAIL() << "more trials than a session can have";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("50000"), std::string::npos) << error.what();
    }
    formats::Table table;
    table.rows = 20'001;
    formats::Column column;
    column.name = "goCue_times";
    column.values = std::vector<double>(20'001, 1.0);
    table.columns.push_back(column);
    const auto session = session_with({{at + "table.pqt", formats::parquet_bytes(table)}});
    EXPECT_TRUE(session.trials.go_cue_s.empty());
    EXPECT_EQ(count_issues(session, "UnreadableDataset", "20001 rows"), 1U) << issues_of(session);
}

/// Positions of an encoder of so many steps a turn, in a unit with so many a turn.
std::vector<double> turning(double per_turn, int resolution, std::size_t samples) {
    std::vector<double> position;
    int count = 0;
    for (std::size_t i = 0; i < samples; ++i) {
        count += i % 7 < 4 ? 1 : -2;
        position.push_back(count * per_turn / resolution);
    }
    return position;
}

TEST(UnitOfPositions, IsToldByTheEncodersSteps) {
    const double radians = 2.0 * std::numbers::pi;
    for (const int resolution : {1024, 2048, 4096}) {
        EXPECT_STREQ(unit_of_positions(turning(radians, resolution, 500)).name, "rad");
        EXPECT_STREQ(unit_of_positions(turning(6.2 * std::numbers::pi, resolution, 500)).name,
                     "cm");
        EXPECT_STREQ(unit_of_positions(turning(360.0, resolution, 500)).name, "degrees");
    }
    // Steps of no encoder are taken as the radians that they should be.
    EXPECT_STREQ(unit_of_positions(turning(10.24, 1024, 500)).name, "rad");
}

// known_troubles.md, section 2, row 11.
TEST(UnitOfPositions, IsUnknownBelowTenSteps) {
    const double cm = 6.2 * std::numbers::pi;
    EXPECT_TRUE(unit_of_positions(turning(cm, 1024, 11)).is_known);
    EXPECT_STREQ(unit_of_positions(turning(cm, 1024, 11)).name, "cm");
    EXPECT_FALSE(unit_of_positions(turning(cm, 1024, 10)).is_known);
    // Samples without a step do not count.
    auto resting = turning(cm, 1024, 10);
    resting.resize(500, resting.back());
    EXPECT_FALSE(unit_of_positions(resting).is_known);
    EXPECT_EQ(unit_of_positions(resting).n_steps, 9U);
    EXPECT_FALSE(unit_of_positions({}).is_known);
}

TEST(Wheel, OfAnUnknownUnitIsKeptWithAFlag) {
    const auto session = session_with(
        {{"alf/_ibl_wheel.position.npy", npy("<f8", turning(6.2 * std::numbers::pi, 1024, 5))},
         {"alf/_ibl_wheel.timestamps.npy", npy("<f8", std::vector<double>{0, 1, 2, 3, 4})}});
    ASSERT_TRUE(session.wheel) << issues_of(session);
    EXPECT_EQ(session.wheel->samples, 5);
    EXPECT_EQ(count_issues(session, "UnitUnknown", "4 of 5 positions"), 1U) << issues_of(session);
    EXPECT_EQ(count_issues(session, "UnitConverted"), 0U) << issues_of(session);
}

TEST(Wheel, InOtherUnitsIsConverted) {
    const std::size_t n = 4000;
    std::vector<double> times;
    for (std::size_t i = 0; i < n; ++i) times.push_back(100.0 * static_cast<double>(i));  // ms
    const auto degrees = turning(360.0, 1024, n);
    const auto session = session_with({{"alf/_ibl_wheel.position.npy", npy("<f8", degrees)},
                                       {"alf/_ibl_wheel.timestamps.npy", npy("<f8", times)}});
    ASSERT_TRUE(session.wheel) << issues_of(session);
    EXPECT_NEAR(session.wheel->last_s, 0.1 * static_cast<double>(n - 1), 1e-9);
    EXPECT_NEAR(session.wheel->last_position, degrees.back() * std::numbers::pi / 180.0, 1e-12);
    EXPECT_EQ(count_issues(session, "UnitConverted"), 2U) << issues_of(session);
    // Counts of an encoder are no angle.
    const auto counts =
        session_with({{"alf/_ibl_wheel.position.npy", npy("<i8", std::vector<std::int64_t>(n, 1))},
                      {"alf/_ibl_wheel.timestamps.npy", npy("<f8", times)}});
    EXPECT_FALSE(counts.wheel);
    EXPECT_EQ(count_issues(counts, "UnreadableDataset", "counts of an encoder"), 1U);
}

}  // namespace
}  // namespace tb::alf
