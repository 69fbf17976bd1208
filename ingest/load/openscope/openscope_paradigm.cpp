#include "ingest/load/openscope/openscope_paradigm.hpp"

#include "ingest/load/json_rows.hpp"
#include "ingest/load/openscope/openscope_arrays.hpp"
#include "ingest/load/statements.hpp"
#include "ingest/openscope/frame_map.hpp"
#include "src/base/uuid.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"
#include "trialbase/openscope_session.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>

#include <fmt/format.h>

namespace tb::load {
namespace {

using nlohmann::json;

constexpr int only_plane = 1;

std::size_t bytes_held_by(const LazyArray& array) {
    const std::size_t size = array.dtype == "float64" || array.dtype == "int64"   ? 8
                             : array.dtype == "float32" || array.dtype == "int32" ? 4
                             : array.dtype == "int16"                             ? 2
                                                                                  : 1;
    return std::accumulate(array.shape.begin(), array.shape.end(), size, std::multiplies<>());
}

struct OpenScopeRows {
    json sessions = json::array(), running = json::array(), pupils = json::array(),
         patches = json::array(), templates = json::array(), planes = json::array(),
         rois = json::array(), traces = json::array(), projections = json::array();
    std::vector<std::string> keys;
};

json mean_speed(const std::vector<double>& speeds) {
    double sum = 0.0;
    std::size_t n = 0;
    for (const double speed : speeds) {
        if (!std::isfinite(speed)) continue;
        sum += speed;
        ++n;
    }
    return n > 0 ? json(sum / static_cast<double>(n)) : json();
}

void add_session_rows(const OpenScopeSession& session, const std::string& key,
                      const OpenScopeArrays& arrays, OpenScopeRows& rows) {
    rows.sessions.push_back({{"session_id", key},
                             {"file_name", db::sanitize_text(session.file_name)},
                             {"start_text", json_text(session.start_text)},
                             {"n_segments", session.segments.count},
                             {"n_stim_frames", session.stim_frame_time_s.size()},
                             {"n_twop_frames", session.traces.shape[0]},
                             {"n_rois", session.n_rois},
                             {"stim_fps", json_number(session.stim_fps)},
                             {"twop_fps", json_number(session.twop_fps)}});
    if (arrays.stim_frame_times)
        rows.running.push_back({{"session_id", key},
                                {"n_samples", session.running_cm_s.size()},
                                {"start_s", json_number(session.stim_frame_time_s.front())},
                                {"end_s", json_number(session.stim_frame_time_s.back())},
                                {"mean_speed_cm_s", mean_speed(session.running_cm_s)},
                                {"is_sign_turned", false},
                                {"times_array_id", *arrays.stim_frame_times},
                                {"speed_array_id", json_optional(arrays.running)}});
    if (arrays.pupil_diameter && arrays.twop_frame_times)
        rows.pupils.push_back({{"session_id", key},
                               {"n_frames", session.pupil->diameter_mm.size()},
                               {"times_array_id", *arrays.twop_frame_times},
                               {"diameter_array_id", *arrays.pupil_diameter},
                               {"x_array_id", json_optional(arrays.pupil_x)},
                               {"y_array_id", json_optional(arrays.pupil_y)}});
    if (arrays.patch_x && arrays.patch_y && arrays.patch_size)
        rows.patches.push_back({{"session_id", key},
                                {"n_patches", arrays.n_patches},
                                {"x_array_id", *arrays.patch_x},
                                {"y_array_id", *arrays.patch_y},
                                {"size_array_id", *arrays.patch_size},
                                {"orientation_array_id", json_optional(arrays.patch_orientation)}});
    for (std::size_t i = 0; i < session.templates.size(); ++i)
        if (arrays.templates[i])
            rows.templates.push_back(
                {{"session_id", key},
                 {"template_name", db::sanitize_text(session.templates[i].name)},
                 {"n_frames", session.templates[i].frames.shape[0]},
                 {"frame_array_id", *arrays.templates[i]}});
}

void add_plane_rows(const OpenScopeSession& session, const std::string& key,
                    const OpenScopeArrays& arrays, OpenScopeRows& rows) {
    const auto* picture = session.max_projection ? &*session.max_projection
                          : session.roi_weights  ? &*session.roi_weights
                                                 : nullptr;
    const auto extent = [&](std::size_t from_end) {
        return picture == nullptr ? json() : json(picture->shape[picture->shape.size() - from_end]);
    };
    rows.planes.push_back({{"session_id", key},
                           {"plane", only_plane},
                           {"plane_name", json_text(session.plane_name)},
                           {"description", json_text(session.plane_description)},
                           {"targeted_structure", json_text(session.targeted_structure)},
                           {"frame_rate_hz", json_number(session.twop_fps)},
                           {"excitation_lambda_nm", json_number(session.excitation_lambda_nm)},
                           {"emission_lambda_nm", json_number(session.emission_lambda_nm)},
                           {"indicator", json_text(session.indicator)},
                           {"field_of_view_width", extent(1)},
                           {"field_of_view_height", extent(2)},
                           {"n_frames", session.traces.shape[0]},
                           {"n_rois", session.n_rois},
                           {"frame_times_array_id", json_optional(arrays.twop_frame_times)},
                           {"roi_mask_array_id", json_optional(arrays.masks)},
                           {"roi_weight_array_id", json_optional(arrays.weights)}});
    for (std::size_t i = 0; i < session.n_rois; ++i) {
        const auto& written = arrays.rois[i];
        const bool has_mask = arrays.masks && written.n_mask_pixels > 0;
        const auto boxed = [&](std::int64_t value) { return has_mask ? json(value) : json(); };
        rows.rois.push_back(
            {{"session_id", key},
             {"plane", only_plane},
             {"roi", i + 1},
             {"cell_roi_id", session.roi_id[i]},
             {"tracking_id", json_integer(session.tracking_id, i)},
             {"x", boxed(written.x)},
             {"y", boxed(written.y)},
             {"width", boxed(written.width)},
             {"height", boxed(written.height)},
             {"n_mask_pixels", arrays.masks ? json(written.n_mask_pixels) : json()},
             {"n_not_finite", arrays.traces ? json(written.n_not_finite) : json()}});
    }
    if (arrays.traces)
        rows.traces.push_back({{"session_id", key},
                               {"plane", only_plane},
                               {"kind", "dff"},
                               {"n_frames", session.traces.shape[0]},
                               {"unit", "dF/F"},
                               {"trace_array_id", *arrays.traces}});
    if (arrays.max_projection)
        rows.projections.push_back({{"session_id", key},
                                    {"plane", only_plane},
                                    {"kind", "max_projection"},
                                    {"image_array_id", *arrays.max_projection}});
}

void put_text(db::CopyIn& copy, const std::string& text) {
    if (text.empty()) {
        copy.put_null();
    } else {
        copy.put(db::sanitize_text(text));
    }
}

void copy_segments(db::CopyIn& copy, const OpenScopeSegments& segments, const std::string& key) {
    const auto finite = [](double value) { return std::isinf(value) ? nan : value; };
    for (std::size_t i = 0; i < segments.count; ++i) {
        copy.next_row();
        copy.put_binary(key);
        copy.put(static_cast<std::int64_t>(i));
        copy.put(segments.start_s[i]);
        copy.put(segments.stop_s[i]);
        copy.put(db::sanitize_text(segments.stimulus_type[i]));
        put_text(copy, segments.stimulus_template_name[i]);
        if (std::isnan(segments.unexpected[i])) {
            copy.put_null();
        } else {
            copy.put(segments.unexpected[i] != 0.0);
        }
        put_text(copy, segments.gabor_frame[i]);
        copy.put(finite(segments.gabor_kappa[i]));
        copy.put(finite(segments.gabor_mean_orientation_deg[i]));
        copy.put(finite(segments.gabor_number[i]));
        put_text(copy, segments.main_flow_direction[i]);
        copy.put(finite(segments.square_size[i]));
        copy.put(finite(segments.square_number[i]));
        copy.put(finite(segments.square_proportion_flipped[i]));
        copy.put(finite(segments.start_frame_stim_template[i]));
        for (const auto* column :
             {&segments.start_frame_stim, &segments.stop_frame_stim, &segments.num_frames_stim,
              &segments.start_frame_twop, &segments.stop_frame_twop, &segments.num_frames_twop})
            copy.put((*column)[i]);
    }
}

void copy_frames(db::CopyIn& copy, const std::string& key, const char* from_clock,
                 const std::vector<double>& frames) {
    constexpr std::size_t most = 1000;
    for (std::size_t first = 0; first < frames.size(); first += most) {
        copy.next_row();
        copy.put_binary(key);
        copy.put(from_clock);
        copy.put(static_cast<std::int64_t>(first));
        copy.put_array(std::span(frames).subspan(first, std::min(most, frames.size() - first)));
    }
}

class OpenScopeParadigm : public Paradigm {
  public:
    std::string_view name() const override { return "openscope"; }

    void require_loadable(const SessionRecord& record) const override {
        const auto& session = session_as<OpenScopeSession>(record);
        if (session.segments.count == 0)
            throw Error(ErrorKind::data,
                        fmt::format("session {} has no stimulus segment", session.identifier()), {},
                        "MissingDataset");
    }

    /// Issues of the tables stay.
    std::string issue_prefix(const SessionRecord&) const override { return "nwb:"; }

    std::int64_t count_trials(const SessionRecord& record) const override {
        return static_cast<std::int64_t>(session_as<OpenScopeSession>(record).segments.count);
    }

    std::vector<HeldRows> held(db::Session& database, std::span<const std::string> session_ids,
                               std::span<const SessionRecord* const>) const override {
        const auto rows = database.exec_prepared(statement("openscope/held"),
                                                 db::Params().text_array(session_ids));
        std::vector<HeldRows> held;
        for (std::size_t i = 0; i < rows.rows(); ++i)
            held.push_back({rows.get<bool>(i, "is_loaded"), false, {}});
        return held;
    }

    bool has_arrays(const SessionRecord&) const override { return true; }

    std::size_t array_bytes(const SessionRecord& record) const override {
        const auto& session = session_as<OpenScopeSession>(record);
        std::size_t bytes =
            sizeof(double) *
            (2 * session.stim_frame_time_s.size() + 4 * session.twop_frame_time_s.size() +
             4 * session.patches.x.size() + 32 * session.segments.count);
        bytes += bytes_held_by(session.traces);
        if (session.roi_weights) bytes += bytes_held_by(*session.roi_weights);
        for (const auto& one : session.templates) bytes += bytes_held_by(one.frames);
        return bytes;
    }

    std::vector<std::string> array_files(db::Session& database,
                                         const std::string& session_id) const override {
        const auto rows = database.exec_prepared(statement("openscope/array_files"),
                                                 db::Params().text(session_id));
        std::vector<std::string> files;
        for (std::size_t i = 0; i < rows.rows(); ++i) files.push_back(rows.get<std::string>(i, 0));
        return files;
    }

    std::unique_ptr<SessionArrays> write_arrays(const store::StoreOptions& store,
                                                const SessionRecord& record,
                                                const SessionState& state,
                                                db::Session&) const override {
        return std::make_unique<OpenScopeArrays>(store, session_as<OpenScopeSession>(record),
                                                 state.session_id, array_bytes(record));
    }

    void add_rows(std::span<const SessionToWrite> sessions,
                  std::vector<db::Session::Step>& steps) const override {
        OpenScopeRows rows;
        for (const auto& one : sessions) {
            const auto* arrays = openscope_arrays_of(one);
            if (arrays == nullptr) continue;
            const auto& session = session_as<OpenScopeSession>(*one.record);
            rows.keys.push_back(one.state->session_id);
            add_session_rows(session, one.state->session_id, *arrays, rows);
            add_plane_rows(session, one.state->session_id, *arrays, rows);
        }
        if (rows.keys.empty()) return;
        for (const auto* table :
             {"task.stimulus_segment", "task.frame_map", "task.gabor_patch",
              "task.openscope_template", "task.pupil_recording", "task.running_recording",
              "imaging.roi", "imaging.trace", "imaging.projection"})
            steps.push_back(delete_step(table, rows.keys));
        add_json_step(steps, "openscope/sessions", rows.sessions);
        add_json_step(steps, "change/running", rows.running);
        add_json_step(steps, "openscope/pupils", rows.pupils);
        add_json_step(steps, "openscope/patches", rows.patches);
        add_json_step(steps, "openscope/templates", rows.templates);
        add_json_step(steps, "openscope/planes", rows.planes);
        add_json_step(steps, "openscope/rois", rows.rois);
        add_json_step(steps, "change/traces", rows.traces);
        add_json_step(steps, "change/projections", rows.projections);
    }

    void copy_rows(db::Session& database, std::span<const SessionToWrite> sessions,
                   TableColumns&) const override {
        const auto key_of = [](const SessionToWrite& one) {
            std::string key;
            const auto uuid = Uuid::parse(one.state->session_id).value();
            for (const auto byte : uuid.bytes) key.push_back(static_cast<char>(byte));
            return key;
        };
        db::CopyIn segments(database, "task.stimulus_segment",
                            {"session_id",
                             "segment",
                             "start_s",
                             "stop_s",
                             "stimulus_type",
                             "stimulus_template_name",
                             "is_unexpected",
                             "gabor_frame",
                             "gabor_kappa",
                             "gabor_mean_orientation_deg",
                             "gabor_number",
                             "main_flow_direction",
                             "square_size_px",
                             "square_number",
                             "square_proportion_flipped",
                             "start_frame_stim_template",
                             "start_frame_stim",
                             "stop_frame_stim",
                             "num_frames_stim",
                             "start_frame_twop",
                             "stop_frame_twop",
                             "num_frames_twop"});
        for (const auto& one : sessions)
            copy_segments(segments, session_as<OpenScopeSession>(*one.record).segments,
                          key_of(one));
        segments.finish();
        db::CopyIn frames(database, "task.frame_map",
                          {"session_id", "from_clock", "first_frame", "frames"});
        for (const auto& one : sessions) {
            const auto& session = session_as<OpenScopeSession>(*one.record);
            const auto maps =
                openscope::frame_maps(session.stim_frame_time_s, session.twop_frame_time_s);
            copy_frames(frames, key_of(one), "stim", maps.stim_to_twop);
            copy_frames(frames, key_of(one), "twop", maps.twop_to_stim);
        }
        frames.finish();
    }
};

}  // namespace

const Paradigm& openscope_paradigm() {
    static const OpenScopeParadigm paradigm;
    return paradigm;
}

}  // namespace tb::load
