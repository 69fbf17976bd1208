// Readers of photometry files: only tb::Error may come out. The first byte chooses the reader.
#include "ingest/formats/bytes.hpp"
#include "ingest/formats/csv.hpp"
#include "ingest/photometry/clock_alignment.hpp"
#include "ingest/photometry/description.hpp"
#include "ingest/photometry/digital_inputs.hpp"
#include "ingest/photometry/frames.hpp"
#include "ingest/photometry/ppd.hpp"
#include "ingest/photometry/session_photometry.hpp"
#include "trialbase/error.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace tb;

void read(unsigned reader, std::span<const std::byte> bytes) {
    const auto text = formats::as_text(bytes);
    if (reader == 0) {
        const auto session = photometry::session_of(photometry::parse_ppd(bytes, "fuzz.ppd"));
        for (const auto& band : session.bands) {
            if (band.signals.at(0).size() != band.times_s.size()) std::abort();
        }
    } else if (reader == 1) {
        (void)photometry::described_tasks(text);
        (void)photometry::fiber_locations(text);
    } else if (reader == 2) {
        const auto frames = photometry::read_raw_frames(formats::parse_csv(text, "fuzz.csv"));
        for (const auto& values : frames.values) {
            if (values.size() != frames.times_s.size()) std::abort();
        }
        (void)photometry::split_bands(frames);
    } else if (reader == 3) {
        const auto table = formats::parse_csv(text, "fuzz.csv");
        (void)photometry::split_bands(photometry::read_extracted_frames(table));
        (void)photometry::read_digital_inputs(table);
    } else {
        // A whole session: parts are separated by a byte that is in no text.
        constexpr std::array<const char*, 5> paths{
            "alf/photometry/photometry.signal.csv", "alf/photometry/photometryROI.locations.csv",
            "_ibl_experiment.description.yaml",
            "raw_photometry_data/_neurophotometrics_fpData.raw.csv",
            "raw_photometry_data/_neurophotometrics_fpData.digitalInputs.csv"};
        std::vector<photometry::PhotometryFile> files;
        auto rest = text;
        for (const char* path : paths) {
            const auto end = rest.find('\x01');
            const auto part = rest.substr(0, end);
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
            if (part.empty()) continue;
            files.push_back({photometry::role_of(path), path, std::as_bytes(std::span(part))});
        }
        photometry::ControllerTimes controller;
        for (int i = 0; i < 30; ++i) controller.trial_start_s.push_back(i * 3.7 + (i % 5) * 0.4);
        const auto reading = photometry::read_session_photometry(files, &controller);
        if (!reading.session) return;
        for (const auto& band : reading.session->bands) {
            if (band.signals.size() != reading.session->recordings.size()) std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    try {
        read(data[0] % 5U, std::as_bytes(std::span(data + 1, size - 1)));
    } catch (const tb::Error&) {
    }
    return 0;
}
