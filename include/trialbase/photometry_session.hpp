// A fibre-photometry recording as readers give it and loaders write it: plain values, no files, no
// database. Source: spec/photometry.md, section 4.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tb {

/// LEDs that were on while a frame was taken; as photometry.photometry_session.frame_led_array_id
/// stores them.
enum class LedState : std::uint8_t {
    none = 0,
    isosbestic = 1,  ///< 415 nm, violet
    gcamp = 2,       ///< 470 nm, blue
    rcamp = 3,       ///< 560 nm, green
    isosbestic_gcamp = 4,
    isosbestic_rcamp = 5,
    gcamp_rcamp = 6,
    all = 7,
    gap = 255  ///< could not be decoded
};

/// The frames taken under one LED.
struct PhotometryBand {
    std::string band;  ///< GCaMP, Isosbestic, RCaMP
    std::optional<int> wavelength_nm;
    std::vector<double> times_s;
    /// Per recording, as long as times_s; empty for a recording that has none in this band.
    std::vector<std::vector<double>> signals;
};

/// One fibre of the session.
struct PhotometryRecording {
    std::string column;        ///< column of the source (G0, Region1G)
    std::string brain_region;  ///< VTA-l, or the column where nothing names a region
};

/// A change at a digital input of the acquisition.
struct DigitalEvent {
    int channel = 0;
    double time_s = 0.0;
    bool is_rising = false;
};

struct PhotometrySession {
    std::string rig = "neurophotometrics";    ///< or pyphotometry
    std::optional<std::string> file_version;  ///< version_1, version_2, version_5 of raw frames
    bool is_on_session_clock = true;          ///< false: times are the acquisition's own
    std::optional<double> clock_drift_ppm;    ///< where clocks were aligned by the reader
    std::vector<double> frame_times_s;        ///< all frames in file order; may be empty
    std::vector<LedState> frame_led;          ///< as long as frame_times_s
    std::size_t n_frames = 0;
    std::optional<std::int64_t> n_skipped_frames;  ///< that the rig's counter passed over
    std::vector<PhotometryBand> bands;
    std::vector<PhotometryRecording> recordings;
    std::vector<DigitalEvent> digital_events;  ///< in order of time
    std::vector<std::string> listed_regions;   ///< as the description or the locations table lists
};

}  // namespace tb
