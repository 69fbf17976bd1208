// Golden vectors of raw photometry frames: ingest/photometry/frames.hpp,
// compute/photometry/raw_qc.hpp.
#include "compute/photometry/raw_qc.hpp"
#include "include/trialbase/error.hpp"
#include "ingest/formats/csv.hpp"
#include "ingest/photometry/frames.hpp"
#include "tests/vectors/runner.hpp"

#include <cmath>

namespace tb::vectors {
namespace {

namespace compute = tb::compute::photometry;

Json number_or_null(double value) {
    return std::isnan(value) ? Json() : Json(value);
}

void led_state_decode(const Case& input, Run& run) {
    Json out = Json::array();
    for (const double state : input.numbers("states")) {
        const auto led = photometry::decode_led_state(static_cast<std::int64_t>(state),
                                                      photometry::LedDecoding::reference);
        out.push_back({{"state", static_cast<std::int64_t>(state)},
                       {"name", led.name},
                       {"color", led.color},
                       {"wavelength", number_or_null(led.wavelength_nm)}});
    }
    run.give("expected", out);
}

void ingest(const Case& input, Run& run) {
    const auto frames =
        photometry::read_raw_frames(formats::read_csv(input.path_of("input.csv")),
                                    {.decoding = photometry::LedDecoding::reference});
    Json times = Json::array(), names = Json::array(), colors = Json::array();
    Json wavelengths = Json::array(), filled_colors = Json::array();
    Json counts = Json::object();
    std::int64_t gaps = 0;
    for (std::size_t i = 0; i < frames.times_s.size(); ++i) {
        const auto led = photometry::describe(frames.led[i]);
        times.push_back(frames.times_s[i]);
        names.push_back(led.name);
        colors.push_back(led.color);
        wavelengths.push_back(number_or_null(led.wavelength_nm));
        gaps += frames.led[i] == LedState::gap;
    }
    for (const auto& band : photometry::split_bands(frames))
        counts[band.band] = band.times_s.size();
    // The vectors hold the reference's own filling.
    const auto filled = compute::fill_gaps(frames.times_s, frames.led, compute::GapFill::reference);
    for (const auto state : filled) filled_colors.push_back(photometry::describe(state).color);
    run.give("frames",
             {{"times", times}, {"name", names}, {"color", colors}, {"wavelength", wavelengths}});
    run.give("filled_colors", {{"color", filled_colors}});
    run.give("n_rows", frames.times_s.size());
    run.give("n_gap_rows", gaps);
    run.give("n_early_samples", compute::count_early_samples(frames.times_s));
    run.give("n_band_inversions", compute::count_band_inversions(filled));
    run.give("channel_counts", counts);
    run.give("data_columns", frames.columns);
}

void raw_qc(const Case& input, Run& run) {
    const auto table = formats::read_csv(input.path_of("input.csv"), {.all_text = false});
    const auto times_s = table.find("times")->as_doubles();
    std::vector<LedState> led(times_s.size(), LedState::gap);
    const auto* colors = std::get_if<std::vector<std::string>>(&table.find("color")->values);
    if (colors == nullptr) throw Error(ErrorKind::data, "color is not text");
    for (std::size_t i = 0; i < led.size(); ++i) led[i] = photometry::led_of_color((*colors)[i]);
    const auto found = compute::raw_qc(times_s, led);
    const auto expects = [&](const char* name) { return run.expects(name); };
    if (expects("peer_result")) {
        run.judge("peer_result", !found.n_band_inversions_reference.has_value(),
                  "the reference's filling was to fail");
        run.give("corrected_n_band_inversions", found.n_band_inversions);
        return;
    }
    run.give("n_early_samples", found.n_early_samples);
    run.give("injected_early", found.n_early_samples);
    run.give("injected_inversions", found.n_band_inversions);
    run.give("n_band_inversions", found.n_band_inversions_reference.value_or(-1));
}

const Registration decode("photometry.neurophotometrics_led_state_decode", &led_state_decode);
const Registration frames("photometry.neurophotometrics_ingest", &ingest);
const Registration qc("photometry.raw_qc", &raw_qc);

}  // namespace
}  // namespace tb::vectors
