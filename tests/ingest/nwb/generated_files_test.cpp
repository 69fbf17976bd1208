// Files of the shared tools make_change_detection_nwb.py and make_openscope_nwb.py, and a real one
// cut and twisted.
#include "tests/ingest/nwb/support.hpp"

#include <cmath>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

namespace tb::nwb {
namespace {

using test::error_of_call;
using test::Folder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Runs a tool of the shared folder. @return why it could not, empty when it did
std::string run_tool(const std::string& tool, const std::string& arguments) {
    const auto script = test::shared_folder() / "tools" / tool;
    if (!std::filesystem::exists(script))
        return "the shared data folder is absent: set TRIALBASE_SHARED";
    const auto python = test::python_with_h5py();
    if (python.empty()) return "no python3 here has h5py";
    const auto command = fmt::format("{} {} {} > /dev/null", python, script.string(), arguments);
    return std::system(command.c_str()) == 0 ? "" : tool + " failed";
}

TEST(GeneratedNwb, ChangeDetectionSessionWithImaging) {
    const Folder folder;
    const auto path = folder / "session.nwb";
    if (const auto why =
            run_tool("make_change_detection_nwb.py",
                     fmt::format("--out {} --seed 3 --trials 20 --ophys", path.string()));
        !why.empty())
        GTEST_SKIP() << why;
    const auto file = NwbFile::open(path);
    EXPECT_EQ(file.info().nwb_version, "2.7.0");
    EXPECT_THAT(file.problems(), IsEmpty());
    const auto& trials = file.require_table("/intervals/trials");
    EXPECT_EQ(trials.rows, 20U);
    EXPECT_EQ(file.column(trials, "lick_times").rows(), 20U);
    EXPECT_NE(file.column(trials, "go").booleans(), nullptr);
    EXPECT_NE(file.column(trials, "change_frame").integers(), nullptr);
    // Attributes of the extension's groups are at hand by name.
    EXPECT_TRUE(file.field("/general/metadata", "behavior_session_id")->integer().has_value());
    EXPECT_EQ(file.field("/general/task_parameters", "response_window_sec")->texts(),
              (std::vector<std::string>{"0.15", "0.75"}));
    EXPECT_EQ(file.subject()->age_days, days_of(file.subject()->age));
    const auto& running = file.require_series("/processing/running/speed");
    EXPECT_EQ(file.times(running).size(), running.samples());
    const auto& traces = file.require_series("/processing/ophys/dff/traces");
    const auto rows = file.region_rows(traces, traces.rois);
    EXPECT_EQ(rows.size(), traces.channels());
    const auto& cells =
        file.require_table("/processing/ophys/image_segmentation/cell_specimen_table");
    EXPECT_EQ(file.masks(cells, 0, cells.rows).size(), cells.rows);
    EXPECT_FALSE(file.images().empty());
    const auto& events = file.require_series("/processing/ophys/event_detection");
    EXPECT_EQ(events.neurodata_type, "OphysEventDetection");
}

TEST(GeneratedNwb, OpenScopeSession) {
    const Folder folder;
    const auto path = folder / "session.nwb";
    if (const auto why =
            run_tool("make_openscope_nwb.py", fmt::format("--out {} --seed 3", path.string()));
        !why.empty())
        GTEST_SKIP() << why;
    const auto file = NwbFile::open(path);
    EXPECT_FALSE(file.tables().empty());
    EXPECT_FALSE(file.series().empty());
    for (const auto& table : file.tables()) {
        for (const auto& column : table.columns) {
            if (column.type.kind == hdf5::ValueKind::compound) continue;
            EXPECT_EQ(file.column(table, column.name).rows(), table.rows) << column.path;
        }
    }
    for (const auto& series : file.series()) {
        if (!series.rois.path.empty()) {
            EXPECT_EQ(file.region_rows(series, series.rois).size(), series.channels());
        }
    }
}

TEST(GeneratedNwb, ARealFileCutAnywhereIsRefusedByName) {
    const auto real = test::shared_folder() / "data/dandi_000009_ogen_nwb/ogen.nwb";
    if (!std::filesystem::exists(real))
        GTEST_SKIP() << "the shared data folder is absent: set TRIALBASE_SHARED";
    std::ifstream in(real, std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const Folder folder;
    for (std::size_t n = 0; n < whole.size(); n += 1 + whole.size() / 25) {
        std::ofstream(folder / "cut.nwb", std::ios::binary) << whole.substr(0, n);
        const auto error = error_of_call([&] { return NwbFile::open(folder / "cut.nwb"); });
        EXPECT_EQ(error.kind(), ErrorKind::data) << n;
        EXPECT_EQ(error.type(), n < 96 ? "NotHdf5" : "TruncatedFile") << n << error.what();
        EXPECT_THAT(error.what(), HasSubstr("cut.nwb"));
    }
}

TEST(GeneratedNwb, ARealFileWithTwistedBytesNeverTakesThisProcessDown) {
    const auto real = test::shared_folder() / "data/nwb_explorer_pynwb_beta/test_TimeIntervals.nwb";
    if (!std::filesystem::exists(real))
        GTEST_SKIP() << "the shared data folder is absent: set TRIALBASE_SHARED";
    std::ifstream in(real, std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const Folder folder;
    int n_read = 0, n_refused = 0;
    for (std::size_t at = 8; at < whole.size(); at += 397) {
        auto bytes = whole;
        for (std::size_t i = at; i < std::min(at + 4, bytes.size()); ++i) bytes[i] = '\xFF';
        std::ofstream(folder / "bad.nwb", std::ios::binary) << bytes;
        try {
            const auto file = NwbFile::open(folder / "bad.nwb", {.cpu_s = 5});
            for (const auto& table : file.tables()) {
                for (const auto& column : table.columns) {
                    const auto error =
                        error_of_call([&] { return file.column(table, column.name); });
                    EXPECT_TRUE(error.kind() == ErrorKind::data || error.type().empty())
                        << at << error.what();
                }
            }
            ++n_read;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::data) << at << error.what();
            EXPECT_FALSE(error.type().empty()) << at << error.what();
            ++n_refused;
        }
    }
    EXPECT_GT(n_read, 0);
    EXPECT_GT(n_refused, 0);
}

}  // namespace
}  // namespace tb::nwb
