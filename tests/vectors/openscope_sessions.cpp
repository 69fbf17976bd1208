#include "tests/vectors/openscope_sessions.hpp"

#include "compute/imaging/openscope/roi_masks.hpp"
#include "compute/imaging/openscope/roi_scaling.hpp"
#include "ingest/openscope/session_file.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include <fmt/format.h>

namespace tb::vectors {

namespace numerics = openscope_numerics;

namespace {

numerics::SegmentTable table_of(const OpenScopeSegments& segments) {
    numerics::SegmentTable table;
    table.stimulus_type = segments.stimulus_type;
    table.unexpected = segments.unexpected;
    table.gabor_frame = segments.gabor_frame;
    table.gabor_kappa = segments.gabor_kappa;
    table.gabor_mean_orientation = segments.gabor_mean_orientation_deg;
    table.main_flow_direction = segments.main_flow_direction;
    table.square_size = segments.square_size;
    table.square_number = segments.square_number;
    table.start_s = segments.start_s;
    table.stop_s = segments.stop_s;
    table.start_frame_stim = segments.start_frame_stim;
    table.stop_frame_stim = segments.stop_frame_stim;
    table.start_frame_twop = segments.start_frame_twop;
    table.stop_frame_twop = segments.stop_frame_twop;
    return table;
}

std::filesystem::path file_of(const std::filesystem::path& folder, const std::string& sessid,
                              const std::string& mouseid) {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const auto name = entry.path().filename().string();
        if (name.starts_with("sub-" + mouseid + "_") &&
            name.find("ses-" + sessid) != std::string::npos && name.ends_with(".nwb"))
            found.push_back(entry.path());
    }
    if (found.empty()) {
        throw Error(ErrorKind::data, fmt::format("session {}: no file beside the case", sessid), {},
                    "SessionFile");
    }
    return *std::ranges::min_element(found);
}

OpenScopeIntegrals integrals_of(const OpenScopeCaseSession& session,
                                const std::vector<std::size_t>& rois,
                                const std::array<numerics::WindowList, 2>& lists) {
    const auto of = [&](const numerics::WindowList& list) {
        return numerics::window_integrals(session.dff(), rois, list.references, list.frames,
                                          session.rates.twop_hz, numerics::MissingValues::stay,
                                          session.scaling);
    };
    return {of(lists[0]), of(lists[1]), rois.size()};
}

}  // namespace

std::array<numerics::WindowList, 2> OpenScopeCaseSession::split(
    const numerics::SegmentCriteria& criteria, numerics::Split split, numerics::Window window,
    numerics::FrameClock clock) const {
    return numerics::split_windows(table, criteria, split, window, clock, rates, recorded);
}

numerics::SegmentCriteria gabor_criteria(int frame) {
    numerics::SegmentCriteria criteria;
    criteria.gabor_frames = numerics::gabor_frame_letters(frame);
    criteria.gabor_kappas = {16.0};
    return criteria;
}

numerics::SegmentCriteria visflow_criteria() {
    numerics::SegmentCriteria criteria;
    criteria.stimulus = numerics::Stimulus::visflow;
    criteria.square_sizes = {128.0};
    return criteria;
}

OpenScopeIntegrals gabor_integrals(const OpenScopeCaseSession& session,
                                   const std::vector<std::size_t>& rois,
                                   const std::vector<double>& orientations,
                                   numerics::Window window) {
    auto criteria = gabor_criteria();
    criteria.gabor_mean_orientations = orientations;
    return integrals_of(session, rois, session.split(criteria, numerics::Split::by_exp, window));
}

OpenScopeIntegrals visflow_integrals(const OpenScopeCaseSession& session,
                                     const std::vector<std::size_t>& rois) {
    return integrals_of(session, rois,
                        session.split(visflow_criteria(), numerics::Split::unexp_lock, {2.0, 2.0}));
}

std::vector<OpenScopeCaseSession> openscope_sessions(const Case& input) {
    const CsvText mice = read_csv_text(input.folder() / "mouse_df.csv");
    std::vector<OpenScopeCaseSession> sessions;
    for (std::size_t row = 0; row < mice.rows; ++row) {
        OpenScopeCaseSession session;
        session.sessid = mice.texts("sessid")[row];
        session.sess_n = std::stoll(mice.texts("sess_n")[row]);
        session.mouse_n = std::stoll(mice.texts("mouse_n")[row]);
        session.line = mice.texts("line")[row];
        session.plane = mice.texts("plane")[row];
        const auto& mouseid = mice.texts("mouseid")[row];
        session.file = openscope::read_session(
            file_of(input.folder(), session.sessid, mouseid),
            {.sessid = std::stoll(session.sessid), .mouseid = std::stoll(mouseid)});
        session.table = table_of(session.file.segments);
        session.rates = numerics::session_rates(session.table);
        session.traces = openscope::traces_in_memory(session.file);
        session.rois.resize(session.file.n_rois);
        std::iota(session.rois.begin(), session.rois.end(), std::size_t{0});
        session.tracked = numerics::tracked_rois(session.file.tracking_id);
        session.recorded = {
            static_cast<std::int64_t>(session.file.running_cm_s.size()),
            static_cast<std::int64_t>(session.dff().n_frames()),
            session.file.pupil
                ? std::optional(static_cast<std::int64_t>(session.file.pupil->diameter_mm.size()))
                : std::nullopt};
        numerics::require_frames(session.table, session.recorded);
        session.scaling = numerics::roi_scaling(session.dff());
        sessions.push_back(std::move(session));
    }
    std::ranges::sort(sessions, {}, [](const auto& one) { return std::stoll(one.sessid); });
    return sessions;
}

}  // namespace tb::vectors
