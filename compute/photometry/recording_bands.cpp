#include "compute/photometry/recording_bands.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace tb::compute::photometry {

std::vector<RecordingBand> recording_bands(const Inputs& inputs, double before_s, double after_s,
                                           std::span<const std::string> wanted,
                                           std::optional<std::string>& reason) {
    const FetchedRows& session = inputs["session"];
    const double start_s = session.empty() ? std::nan("") : session.numbers("trials_start_s")[0];
    const double end_s = session.empty() ? std::nan("") : session.numbers("trials_end_s")[0];
    if (std::isnan(start_s) || std::isnan(end_s)) {
        reason = "the trials have no start and end times";
        return {};
    }
    const FetchedRows& rows = inputs["bands"];
    std::vector<std::vector<double>> times;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        times.push_back(inputs.array("bands", "times_ref", row).numbers());
    }
    const std::vector<std::span<const double>> views(times.begin(), times.end());
    const std::vector<Crop> crops = restrict_to_session(views, start_s, end_s, before_s, after_s);
    std::vector<RecordingBand> bands;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const std::string& name = rows.texts("band")[row];
        if (rows.is_null("signal_ref", row)) continue;
        if (!wanted.empty() && std::ranges::find(wanted, name) == wanted.end()) continue;
        RecordingBand band{name, std::move(times[row]), {}, crops[row]};
        band.all_values = inputs.array("bands", "signal_ref", row).numbers();
        if (band.all_values.size() != band.all_times.size()) {
            throw Error(ErrorKind::data,
                        fmt::format("{}: band {} has {} times but {} samples", inputs.key, name,
                                    band.all_times.size(), band.all_values.size()),
                        {}, "ValueError");
        }
        bands.push_back(std::move(band));
    }
    if (bands.empty()) {
        reason = "the recording has no such band";
    } else if (bands.front().crop.count == 0) {
        reason = "no sample of every band lies within the session's trials";
        bands.clear();
    }
    return bands;
}

}  // namespace tb::compute::photometry
