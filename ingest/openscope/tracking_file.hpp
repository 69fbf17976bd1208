// ROIs found again in all sessions of a mouse: one file a session. Source: spec/openscope.md, 1.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tb::openscope {

/// Places a point of one session's image in another session's.
struct Registration {
    std::int64_t from_sess_n = 0;
    std::int64_t to_sess_n = 0;
    std::array<double, 9> matrix{};  ///< 3 x 3, row by row
};

struct TrackingFile {
    std::filesystem::path file;
    std::int64_t mouseid = 0, sessid = 0;  ///< as its name says
    std::int64_t sess_n = 0;               ///< number of the session among those of its mouse
    /// The tracked ROIs in tracking order. Indices count all ROIs, bad ones included, from 0.
    std::vector<std::int64_t> roi_id, roi_index;
    std::vector<std::int64_t> bad_roi_id, bad_roi_index;  ///< ROIs left out of all analyses
    std::string nway_info;
    double minimum_iou = 0.0;  ///< NaN: not told
    std::vector<std::int64_t> sess_ns, sess_ids;
    std::vector<Registration> registrations;
    std::string match_perm_examples;  ///< JSON as written; empty: the file has none

    /// Index of each tracked ROI among those that are not bad: n less the bad indices below n.
    [[nodiscard]] std::vector<std::int64_t> good_roi_index() const;
};

/// True for mouse_<id>__session_<id>__nway_matched_rois.json.
[[nodiscard]] bool is_tracking_file_name(const std::filesystem::path& file);

/// @throws tb::Error (data) of type TrackingMismatch when indices or ids are no whole numbers,
/// negative, not unique, not as many as each other, or bad and tracked at once; MissingDataset when
/// a part is not there; SessionMismatch when the file's lists do not have the session of its name;
/// (io) when it cannot be read
[[nodiscard]] TrackingFile read_tracking_file(const std::filesystem::path& file);
[[nodiscard]] TrackingFile parse_tracking_file(std::string_view text,
                                               const std::filesystem::path& name);

}  // namespace tb::openscope
