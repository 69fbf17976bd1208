#include "compute/imaging/openscope/selectivity_set.hpp"

#include "tests/compute/task/support.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <map>

#include <gtest/gtest.h>

namespace tb::compute::imaging::openscope {
namespace {

using task::testing::HandRows;
using task::testing::number;
using Texts = std::vector<std::optional<std::string>>;
using Counts = std::vector<std::optional<std::int64_t>>;

constexpr std::int64_t frames_of_segment = 9;  // 0.3 s at 30 Hz
constexpr std::size_t n_sequences = 24;        // every fourth one unexpected

class OneArray : public ArrayReader {
  public:
    explicit OneArray(Array values) : values_(std::move(values)) {}
    Array read(std::string_view) const override { return values_; }
    Array read_rows(std::string_view, std::size_t, std::size_t) const override { return values_; }

  private:
    Array values_;
};

bool is_unexpected(std::size_t sequence) {
    return sequence % 4 == 3;
}

/// Gabor sequences A B C D/U G, one after another, and three cells: one that answers to U, one that
/// answers to D, one that never changes.
class SelectivityTable : public ::testing::Test {
  protected:
    SelectivityTable() {
        Texts type, letter, direction;
        std::vector<double> kappa, orientation, none, start_s, stop_s;
        Counts unexpected, start_stim, stop_stim, start_twop, stop_twop;
        std::vector<float> traces;
        for (std::size_t sequence = 0; sequence < n_sequences; ++sequence) {
            for (std::size_t i = 0; i < 5; ++i) {
                const bool is_u = is_unexpected(sequence) && i == 3;
                const auto segment = static_cast<std::int64_t>(sequence * 5 + i);
                type.emplace_back("gabors");
                letter.emplace_back(std::string(1, is_u ? 'U' : "ABCDG"[i]));
                direction.emplace_back(std::nullopt);
                kappa.push_back(16.0);
                orientation.push_back(sequence % 2 == 0 ? 90.0 : 135.0);
                none.push_back(nan);
                unexpected.emplace_back(is_unexpected(sequence));
                start_s.push_back(0.3 * static_cast<double>(segment));
                stop_s.push_back(0.3 * static_cast<double>(segment + 1));
                start_stim.emplace_back(2 * frames_of_segment * segment);
                stop_stim.emplace_back(2 * frames_of_segment * (segment + 1));
                start_twop.emplace_back(frames_of_segment * segment);
                stop_twop.emplace_back(frames_of_segment * (segment + 1));
                for (std::int64_t frame = 0; frame < frames_of_segment; ++frame) {
                    const float noise = static_cast<float>(
                        std::sin(1.3 * static_cast<double>(segment * frames_of_segment + frame)));
                    traces.insert(traces.end(), {noise + (is_u ? 3.0F : 0.0F),
                                                 noise - (is_u ? 3.0F : 0.0F), 0.25F});
                }
            }
        }
        const std::size_t n_frames = traces.size() / 3;
        array_.emplace(Array::matrix(n_frames, 3, std::move(traces)));
        segments_.texts("stimulus_type", type)
            .integers("is_unexpected", unexpected)
            .texts("gabor_frame", letter)
            .numbers("gabor_kappa", kappa)
            .numbers("gabor_mean_orientation_deg", orientation)
            .texts("main_flow_direction", direction)
            .numbers("square_size_px", none)
            .numbers("square_number", none)
            .numbers("start_s", start_s)
            .numbers("stop_s", stop_s)
            .integers("start_frame_stim", start_stim)
            .integers("stop_frame_stim", stop_stim)
            .integers("start_frame_twop", start_twop)
            .integers("stop_frame_twop", stop_twop);
        rois_.integers("roi", {1, 2, 3})
            .integers("is_bad", {0, 0, 0})
            .numbers("median", {0.0, 0.0, 0.25})
            .numbers("percentile_range", {2.0, 2.0, 0.0});
        trace_.texts("trace_ref", {"a#b"});
    }

    Output run(const char* stimulus = "gabors") {
        HandRows set;
        set.integers("n_stim_frames", {100'000})
            .integers("n_twop_frames", {100'000})
            .texts("stimulus", {stimulus})
            .texts("split", {"by_exp"})
            .integers("gabor_frame", {3})
            .integers("has_common_orientations", {0})
            .numbers("gabor_kappa", {16.0})
            .numbers("square_size_px", {nan})
            .numbers("pre_s", {0.0})
            .numbers("post_s", {0.6})
            .integers("n_permutations", {200})
            .texts("random_stream", {"numpy_legacy"})
            .integers("seed", {905});
        Inputs inputs;
        inputs.key = "session_id=a,plane=1,selectivity_params_id=test";
        inputs.arrays = &*array_;
        inputs.fetched = {{"set", set.rows()},
                          {"segments", segments_.rows()},
                          {"rois", rois_.rows()},
                          {"trace", trace_.rows()}};
        Output output;
        selectivity_set_table().compute(inputs, output);
        return output;
    }

    std::optional<OneArray> array_;
    HandRows segments_, rois_, trace_;
};

TEST_F(SelectivityTable, TellsCellsThatPreferTheUnexpected) {
    const Output output = run();
    ASSERT_TRUE(output.master_row);
    // The last sequence's window needs 18 frames from the start of its fourth segment: all are
    // there.
    EXPECT_EQ(number(*output.master_row, "n_regular"), 18.0);
    EXPECT_EQ(number(*output.master_row, "n_unexpected"), 6.0);
    EXPECT_EQ(number(*output.master_row, "n_rois"), 2.0) << "one cell has no scale";
    EXPECT_EQ(number(*output.master_row, "n_above"), 1.0);
    EXPECT_EQ(number(*output.master_row, "n_below"), 1.0);
    EXPECT_EQ(number(*output.master_row, "n_positive"), 1.0);
    const auto& cells = output.part_rows.at("roi_selectivity");
    ASSERT_EQ(cells.size(), 2u);
    EXPECT_GT(number(cells[0], "usi"), 1.0);
    EXPECT_EQ(number(cells[0], "null_percentile"), 100.0);
    EXPECT_LT(number(cells[1], "usi"), -1.0);
    EXPECT_EQ(number(cells[1], "null_percentile"), 0.0);
    // Nine frames at 3 / 2 of the scale, 30 a second.
    EXPECT_NEAR(number(cells[0], "unexpected_mean") - number(cells[0], "regular_mean"),
                9.0 * 1.5 / 30.0, 0.05);
}

TEST_F(SelectivityTable, SaysWhatTheSessionDoesNotShow) {
    const Output output = run("visflow");
    EXPECT_EQ(output.settled_reason, "the session shows no visflow of these settings");
}

TEST_F(SelectivityTable, RefusesTracesOfOtherCells) {
    rois_ = HandRows();
    rois_.integers("roi", {1, 2})
        .integers("is_bad", {0, 0})
        .numbers("median", {0.0, 0.0})
        .numbers("percentile_range", {1.0, 1.0});
    try {
        (void)run();
        FAIL() << "two cells of three columns";
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "ColumnLength");
    }
}

}  // namespace
}  // namespace tb::compute::imaging::openscope
