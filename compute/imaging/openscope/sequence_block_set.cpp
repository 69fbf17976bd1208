#include "compute/imaging/openscope/sequence_block_set.hpp"

#include "compute/imaging/openscope/block_data.hpp"
#include "compute/imaging/openscope/clean_running.hpp"
#include "compute/imaging/openscope/fetched_segments.hpp"
#include "compute/imaging/openscope/segments.hpp"
#include "compute/imaging/openscope/splits.hpp"
#include "trialbase/error.hpp"

#include <optional>

namespace tb::compute::imaging::openscope {

namespace {

void add_blocks(Output& output, const char* measure, const BlockData& data) {
    for (std::size_t block = 0; block < data.regular.size(); ++block) {
        output.part("sequence_block")
            .set("measure", measure)
            .set("block", block + 1)
            .set("regular_mean", data.regular[block])
            .set("unexpected_mean", data.unexpected[block])
            .set("difference", data.unexpected[block] - data.regular[block]);
    }
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& set = inputs["set"];
    if (set.empty()) throw Error(ErrorKind::data, "no parameter row for " + inputs.key);
    if (set.is_null("running_ref", 0))
        return output.nothing_to_compute("the session's running is not loaded");
    const SegmentTable table = segment_table_of(inputs["segments"]);
    SegmentCriteria criteria;
    criteria.gabor_frames = gabor_frame_letters(static_cast<int>(set.integers("gabor_frame")[0]));
    if (!set.is_null("gabor_kappa", 0)) criteria.gabor_kappas = {set.numbers("gabor_kappa")[0]};
    if (segments_that_meet(table, criteria).empty())
        return output.nothing_to_compute("the session shows no Gabors of these settings");

    const SessionRates rates = session_rates(table);
    const RecordedFrames recorded{.stim = set.integers("n_stim_frames")[0],
                                  .twop = set.integers("n_twop_frames")[0],
                                  .pupil = std::nullopt};
    const auto blocks_of = [&](std::span<const double> series, FrameClock clock) {
        return block_data(series, split_windows(table, criteria, Split::by_exp,
                                                {set.numbers("pre_s")[0], set.numbers("post_s")[0]},
                                                clock, rates, recorded));
    };
    const std::vector<double> running = clean_running(inputs.array("set", "running_ref").numbers());
    const BlockData of_running = blocks_of(running, FrameClock::stimulus);
    add_blocks(output, "running", of_running);
    const bool has_pupil = !set.is_null("pupil_ref", 0);
    if (has_pupil) {
        add_blocks(output, "pupil",
                   blocks_of(inputs.array("set", "pupil_ref").numbers(), FrameClock::two_photon));
    }
    output.master()
        .set("n_blocks", of_running.regular.size())
        .set("has_pupil", has_pupil)
        .set("running_missing_fraction", missing_share(running));
}

}  // namespace

ComputedTable sequence_block_set_table() {
    return {.name = "task.sequence_block_set",
            .code_version = 1,
            .fetches = {{"set", compute_sql_text("imaging/openscope/sequence_block_set.sql")},
                        {"segments", compute_sql_text("imaging/openscope/segments.sql")}},
            .compute = compute};
}

}  // namespace tb::compute::imaging::openscope
