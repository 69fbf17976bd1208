#include "tests/vectors/openscope_across.hpp"

namespace tb::vectors {

namespace numerics = openscope_numerics;

std::vector<double> openscope_responses(const OpenScopeCaseSession& session,
                                        const std::vector<std::size_t>& rois,
                                        numerics::SegmentCriteria criteria, bool is_unexpected,
                                        double post_s) {
    criteria.unexpected = is_unexpected;
    const auto list = numerics::windows_at(
        session.table, numerics::require_segments(session.table, criteria), {0.0, post_s},
        numerics::FrameClock::two_photon, session.rates, session.recorded);
    return numerics::integrated_responses(session.dff(), rois, list.references, list.frames,
                                          session.rates.twop_hz, numerics::MissingValues::stay);
}

void give_openscope_across(std::span<const OpenScopeCaseSession> sessions, std::uint32_t seed,
                           Run& run) {
    (void)sessions;
    (void)seed;
    (void)run;
}

}  // namespace tb::vectors
