// The arrays of a session file of OpenScope, in one file of the array store.
#pragma once

#include "ingest/load/paradigm.hpp"
#include "trialbase/openscope_session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tb::load {

/// What passes by while masks and traces are written.
struct WrittenRoi {
    std::int64_t n_mask_pixels = 0;
    std::int64_t x = 0, y = 0, width = 0,
                 height = 0;        ///< of the mask's box; an empty mask has none
    std::int64_t n_not_finite = 0;  ///< frames of its trace
};

class OpenScopeArrays : public SessionArrays {
  public:
    /// Writes the file and makes it durable. Traces, weights and pictures are read once, in pieces;
    /// masks are kept as one bit a pixel until they are written.
    /// @throws tb::Error (usage, NoStore) without a store; (io) when it cannot be written
    /// @param n_bytes  of all arrays, about
    OpenScopeArrays(const store::StoreOptions& store, const OpenScopeSession& session,
                    const std::string& session_id, std::size_t n_bytes);

    // Keys of arrays; nothing where an array is not kept.
    std::optional<std::string> stim_frame_times, running, twop_frame_times;
    std::optional<std::string> pupil_diameter, pupil_x, pupil_y;
    std::optional<std::string> patch_x, patch_y, patch_size, patch_orientation;
    std::optional<std::string> traces, weights, masks, max_projection;
    std::vector<std::optional<std::string>> templates;  ///< as OpenScopeSession::templates
    std::size_t n_patches = 0;                          ///< columns of the arrays of patches
    std::vector<WrittenRoi> rois;

  private:
    std::optional<std::string> add_numbers(const std::string& name,
                                           const std::vector<double>& values, const char* unit,
                                           double rate_hz, const std::string& about);
    std::optional<std::string> add_patches(const char* name, const OpenScopePatches& patches,
                                           const std::vector<double>& column, const char* unit,
                                           const std::string& about);
    void add_plane(const OpenScopeSession& session);
    void add_masks(const OpenScopeSession& session);
};

/// The arrays that were written for a session; null where there were none.
[[nodiscard]] const OpenScopeArrays* openscope_arrays_of(const SessionToWrite& one);

}  // namespace tb::load
