#include "compute/change_detection/change_eye.hpp"

#include "compute/change_detection/eye_tracking.hpp"
#include "compute/change_detection/known_values.hpp"
#include "trialbase/error.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tb::compute::change_detection {

namespace {

/// Half axes and angle; nothing here needs the centres, which count as not known.
EllipseFits fits_of(const Inputs& inputs, const std::string& object) {
    EllipseFits fits;
    fits.width = inputs.array("ellipses", object + "_width_ref").numbers();
    fits.height = inputs.array("ellipses", object + "_height_ref").numbers();
    fits.phi = inputs.array("ellipses", object + "_angle_ref").numbers();
    fits.center_x.assign(fits.width.size(), std::nan(""));
    fits.center_y = fits.center_x;
    return fits;
}

/// Raw areas of an object as the source gives them; empty where it gives none.
std::vector<double> raw_areas(const Inputs& inputs, const std::string& object) {
    const std::string column = object + "_area_raw_ref";
    if (inputs["ellipses"].is_null(column, 0)) return {};
    return inputs.array("ellipses", column).numbers();
}

std::size_t runs_of(const std::vector<double>& flags) {
    std::size_t runs = 0;
    for (std::size_t i = 0; i < flags.size(); ++i) {
        if (flags[i] == 1.0 && (i == 0 || flags[i - 1] != 1.0)) ++runs;
    }
    return runs;
}

Value blink_differences(const std::vector<double>& blinks, const std::vector<double>& published) {
    if (blinks.size() != published.size()) return {};
    std::int64_t n = 0;
    for (std::size_t i = 0; i < blinks.size(); ++i) n += blinks[i] == published[i] ? 0 : 1;
    return n;
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& set = inputs["params"];
    const FetchedRows& ellipses = inputs["ellipses"];
    if (set.empty()) throw Error(ErrorKind::data, "no parameter row for " + inputs.key);
    if (ellipses.empty()) {
        return output.nothing_to_compute(
            "the recording lacks ellipses of eye, pupil or corneal reflection");
    }
    EyeTrackingRecording recording;
    recording.eye = fits_of(inputs, "eye");
    recording.pupil = fits_of(inputs, "pupil");
    recording.corneal_reflection = fits_of(inputs, "reflection");
    recording.eye_area_raw = raw_areas(inputs, "eye");
    recording.pupil_area_raw = raw_areas(inputs, "pupil");
    recording.corneal_reflection_area_raw = raw_areas(inputs, "reflection");
    const std::size_t n_frames = recording.eye.width.size();
    if (n_frames == 0) return output.nothing_to_compute("the recording has no frames");
    recording.time_s.assign(n_frames, 0.0);  // areas do not ask for times
    fill_eye_areas(recording, {.largest_z = set.numbers("largest_z")[0],
                               .dilation_frames =
                                   static_cast<std::size_t>(set.integers("dilation_frames")[0])});

    std::size_t n_blink_frames = 0;
    std::size_t n_untracked = 0;
    std::vector<std::uint8_t> blinks(n_frames);
    for (std::size_t i = 0; i < n_frames; ++i) {
        blinks[i] = recording.is_likely_blink[i] == 1.0 ? 1 : 0;
        n_blink_frames += blinks[i];
        if (std::isnan(recording.eye_area_raw[i]) || std::isnan(recording.pupil_area_raw[i]))
            ++n_untracked;
    }
    const auto share = [&](std::size_t n) {
        return static_cast<double>(n) / static_cast<double>(n_frames);
    };
    Row& row = output.master();
    row.set("n_frames", n_frames)
        .set("n_blink_frames", n_blink_frames)
        .set("n_blinks", runs_of(recording.is_likely_blink))
        .set("n_untracked_frames", n_untracked)
        .set("blink_fraction", share(n_blink_frames))
        .set("untracked_fraction", share(n_untracked))
        .set("mean_eye_area_px2", known_moments(recording.eye_area).mean)
        .set("mean_pupil_area_px2", known_moments(recording.pupil_area).mean)
        .set("n_blink_differences",
             ellipses.is_null("file_blink_ref", 0)
                 ? Value()
                 : blink_differences(recording.is_likely_blink,
                                     inputs.array("ellipses", "file_blink_ref").numbers()));
    const auto keep = [&](const std::string& name, std::vector<double>& values) {
        row.set(name + "_array_id",
                Value(output.array(name, Array::vector(std::move(values)),
                                   {.unit = "px2", .about = name + ": " + inputs.key})));
    };
    keep("eye_area", recording.eye_area);
    keep("pupil_area", recording.pupil_area);
    keep("corneal_reflection_area", recording.corneal_reflection_area);
    keep("eye_area_raw", recording.eye_area_raw);
    keep("pupil_area_raw", recording.pupil_area_raw);
    keep("corneal_reflection_area_raw", recording.corneal_reflection_area_raw);
    row.set("likely_blink_array_id",
            Value(output.array("likely_blink", Array{{n_frames}, std::move(blinks)},
                               {.unit = {}, .about = "likely blinks: " + inputs.key})));
}

}  // namespace

ComputedTable change_eye_table() {
    ComputedTable table;
    table.name = "task.change_eye";
    table.code_version = 2;
    table.fetches = {{"ellipses", compute_sql_text("change_detection/change_eye.sql")},
                     {"params", compute_sql_text("change_detection/change_eye_params.sql")}};
    table.compute = compute;
    table.keys_per_transaction = 10;
    return table;
}

}  // namespace tb::compute::change_detection
