// Sessions of OpenScope cases: their files read, and what the operations need of them.
#pragma once

#include "compute/imaging/openscope/segments.hpp"
#include "compute/imaging/openscope/selectivity.hpp"
#include "compute/imaging/openscope/splits.hpp"
#include "compute/imaging/openscope/window_values.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/openscope_session.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tb::vectors {

namespace openscope_numerics = compute::imaging::openscope;

/// One session in memory.
struct OpenScopeCaseSession {
    // of mouse_df.csv
    std::string sessid;
    std::int64_t sess_n = 0;
    std::int64_t mouse_n = 0;
    std::string line, plane;

    OpenScopeSession file;
    openscope_numerics::SegmentTable table;
    openscope_numerics::SessionRates rates;
    openscope_numerics::RecordedFrames recorded;
    std::vector<float> traces;               ///< (frame, ROI)
    std::vector<std::size_t> rois;           ///< all of them
    std::vector<std::size_t> tracked;        ///< in tracking order
    openscope_numerics::RoiScaling scaling;  ///< of the whole recording

    [[nodiscard]] openscope_numerics::Traces<float> dff() const { return {traces, rois.size()}; }
    [[nodiscard]] std::array<openscope_numerics::WindowList, 2> split(
        const openscope_numerics::SegmentCriteria& criteria, openscope_numerics::Split split,
        openscope_numerics::Window window,
        openscope_numerics::FrameClock clock = openscope_numerics::FrameClock::two_photon) const;
};

/// Sessions of the case's mouse_df.csv, ascending by sessid, each from its file beside it.
/// @throws tb::Error as the readers, (data, SessionFile) without a file
[[nodiscard]] std::vector<OpenScopeCaseSession> openscope_sessions(const Case& input);

/// What all panels ask for: kappa 16, frame D/U; squares of 128 pixels.
[[nodiscard]] openscope_numerics::SegmentCriteria gabor_criteria(int frame = 3);
[[nodiscard]] openscope_numerics::SegmentCriteria visflow_criteria();

/// Scaled integrals of some cells in the two lists of a split.
struct OpenScopeIntegrals {
    std::vector<double> regular;     ///< (ROI, sequence)
    std::vector<double> unexpected;  ///< (ROI, sequence)
    std::size_t n_rois = 0;

    [[nodiscard]] openscope_numerics::SequenceResponses responses() const {
        return {n_rois, regular, unexpected};
    }
};
[[nodiscard]] OpenScopeIntegrals gabor_integrals(const OpenScopeCaseSession& session,
                                                 const std::vector<std::size_t>& rois,
                                                 const std::vector<double>& orientations = {},
                                                 openscope_numerics::Window window = {0.0, 0.6});
[[nodiscard]] OpenScopeIntegrals visflow_integrals(const OpenScopeCaseSession& session,
                                                   const std::vector<std::size_t>& rois);

}  // namespace tb::vectors
