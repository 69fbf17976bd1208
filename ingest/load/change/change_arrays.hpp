// The arrays of a file of change detection, in one file of the array store.
#pragma once

#include "ingest/load/paradigm.hpp"
#include "trialbase/change_session.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tb::load {

/// Whether the session's behaviour is to be written: it is held from no other file.
[[nodiscard]] bool writes_behavior(const ChangeSession& session, const SessionState& state);

/// Keys of arrays; nothing where an array is not kept.
struct RunningArrays {
    std::optional<std::string> times, speed, speed_unfiltered, dx, signal_voltage, supply_voltage;
};
struct EllipseArrays {
    std::string tracked_object;
    std::optional<std::string> center, width, height, angle, area, area_raw;
};
struct EyeArrays {
    std::optional<std::string> times, blinks;
    std::array<EllipseArrays, 3> ellipses;
};
struct PlaneArrays {
    std::optional<std::string> frame_times, masks, motion_x, motion_y;
    std::vector<std::optional<std::string>> traces;  ///< as ImagingPlane::traces
    std::vector<std::optional<std::string>> images;  ///< as ImagingPlane::images
    std::vector<std::int64_t> mask_pixels;           ///< per ROI; empty without masks
};
/// A set of images: its key follows from its pixels and names.
struct TemplateArrays {
    std::string template_id;
    std::size_t n_rows = 0, n_columns = 0;
    bool is_known = false;  ///< another session has brought it: no arrays
    std::optional<std::string> warped, unwarped;
};

class ChangeArrays : public SessionArrays {
  public:
    /// Writes the file and makes it durable. Arrays of one file are read and written in pieces;
    /// those of a set of images that is known are not written.
    /// @throws tb::Error (usage, NoStore) without a store; (io) when it cannot be written
    /// @param n_bytes  of all arrays, about
    ChangeArrays(const store::StoreOptions& store, const ChangeSession& session,
                 const SessionState& state, std::size_t n_bytes, db::Session& database);

    [[nodiscard]] const std::optional<std::string>& frame_times() const { return frame_times_; }
    [[nodiscard]] const RunningArrays& running() const { return running_; }
    [[nodiscard]] const EyeArrays& eye() const { return eye_; }
    [[nodiscard]] const PlaneArrays& plane() const { return plane_; }
    /// As ChangeSession::templates; one without key could not be read.
    [[nodiscard]] const std::vector<TemplateArrays>& templates() const { return templates_; }

  private:
    std::optional<std::string> add_numbers(const std::string& name,
                                           const std::vector<double>& values,
                                           const std::string& unit, const std::string& about);
    void add_running(const RunningRecording& running);
    void add_eye(const EyeTrackingRecording& eye);
    void add_templates(const std::vector<StimulusTemplate>& sets, db::Session& database);
    void add_plane(const ImagingPlane& plane);

    std::optional<std::string> frame_times_;
    RunningArrays running_;
    EyeArrays eye_;
    PlaneArrays plane_;
    std::vector<TemplateArrays> templates_;
};

/// The arrays that were written for a session; null where there were none.
[[nodiscard]] const ChangeArrays* change_arrays_of(const SessionToWrite& one);

}  // namespace tb::load
