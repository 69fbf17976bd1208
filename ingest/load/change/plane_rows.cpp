#include "ingest/load/change/plane_rows.hpp"

#include "ingest/load/change/change_arrays.hpp"
#include "ingest/load/json_rows.hpp"
#include "ingest/load/statements.hpp"

#include <string>

namespace tb::load {
namespace {

using nlohmann::json;
using Step = db::Session::Step;

struct PlaneRows {
    json planes = json::array(), rois = json::array(), traces = json::array(),
         images = json::array();
};

json plane_row(const ImagingPlane& plane, const std::string& session_id,
               const PlaneArrays& arrays) {
    return {{"session_id", session_id},
            {"plane", plane.number},
            {"ophys_session_id", json_optional(plane.ophys_session_id)},
            {"ophys_container_id", json_optional(plane.ophys_container_id)},
            {"plane_name", json_text(plane.name)},
            {"description", json_text(plane.description)},
            {"targeted_structure", json_text(plane.targeted_structure)},
            {"imaging_depth_um", json_number(plane.imaging_depth_um)},
            {"targeted_imaging_depth_um", json_number(plane.targeted_imaging_depth_um)},
            {"frame_rate_hz", json_number(plane.frame_rate_hz)},
            {"excitation_lambda_nm", json_number(plane.excitation_lambda_nm)},
            {"emission_lambda_nm", json_number(plane.emission_lambda_nm)},
            {"indicator", json_text(plane.indicator)},
            {"field_of_view_width", json_optional(plane.field_of_view_width)},
            {"field_of_view_height", json_optional(plane.field_of_view_height)},
            {"imaging_plane_group", json_optional(plane.group)},
            {"imaging_plane_group_count", plane.group_count > 0 ? json(plane.group_count) : json()},
            {"n_frames", plane.frame_time_s.size()},
            {"n_rois", plane.rois.count},
            {"frame_times_array_id", json_optional(arrays.frame_times)},
            {"roi_mask_array_id", json_optional(arrays.masks)},
            {"motion_x_array_id", json_optional(arrays.motion_x)},
            {"motion_y_array_id", json_optional(arrays.motion_y)}};
}

void add_roi_rows(const ImagingPlane& plane, const std::string& session_id,
                  const PlaneArrays& arrays, json& rows) {
    const auto& rois = plane.rois;
    for (std::size_t i = 0; i < rois.count; ++i) {
        const bool is_told = i < rois.is_valid.size();
        const bool has_extra = i < rois.extra.size() && !rois.extra[i].empty();
        rows.push_back({{"session_id", session_id},
                        {"plane", plane.number},
                        {"roi", i + 1},
                        {"cell_roi_id", rois.cell_roi_id[i]},
                        {"tracking_id", json_integer(rois.cell_specimen_id, i)},
                        {"x", json_integer(rois.x, i)},
                        {"y", json_integer(rois.y, i)},
                        {"width", json_integer(rois.width, i)},
                        {"height", json_integer(rois.height, i)},
                        {"n_mask_pixels",
                         i < arrays.mask_pixels.size() ? json(arrays.mask_pixels[i]) : json()},
                        {"mask_image_plane", json_integer(rois.mask_image_plane, i)},
                        {"max_correction_up", json_number(rois.max_correction_up, i)},
                        {"max_correction_down", json_number(rois.max_correction_down, i)},
                        {"max_correction_left", json_number(rois.max_correction_left, i)},
                        {"max_correction_right", json_number(rois.max_correction_right, i)},
                        {"is_valid", is_told ? json(rois.is_valid[i] != 0.0) : json()},
                        {"neuropil_r", json_number(rois.neuropil_r, i)},
                        {"neuropil_rmse", json_number(rois.neuropil_rmse, i)},
                        {"event_lambda", json_number(rois.event_lambda, i)},
                        {"event_noise_std", json_number(rois.event_noise_std, i)},
                        {"extra", has_extra ? json::parse(rois.extra[i]) : json()}});
    }
}

}  // namespace

void add_plane_steps(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    PlaneRows rows;
    for (const auto& one : sessions) {
        const auto& session = session_as<ChangeSession>(*one.record);
        const auto* written = change_arrays_of(one);
        if (!session.plane || written == nullptr) continue;
        const auto& plane = *session.plane;
        const auto& arrays = written->plane();
        const auto& key = one.state->session_id;
        rows.planes.push_back(plane_row(plane, key, arrays));
        add_roi_rows(plane, key, arrays, rows.rois);
        for (std::size_t i = 0; i < plane.traces.size(); ++i) {
            if (!arrays.traces[i]) continue;
            rows.traces.push_back({{"session_id", key},
                                   {"plane", plane.number},
                                   {"kind", plane.traces[i].kind},
                                   {"n_frames", plane.traces[i].values.shape[0]},
                                   {"unit", json_text(plane.traces[i].unit)},
                                   {"trace_array_id", *arrays.traces[i]}});
        }
        for (std::size_t i = 0; i < plane.images.size(); ++i) {
            if (!arrays.images[i]) continue;
            rows.images.push_back({{"session_id", key},
                                   {"plane", plane.number},
                                   {"kind", plane.images[i].kind},
                                   {"pixel_size_um", json_number(plane.images[i].pixel_size_um)},
                                   {"image_array_id", *arrays.images[i]}});
        }
        for (const auto* name : {"change/plane_rois_gone", "change/plane_traces_gone",
                                 "change/plane_projections_gone"})
            steps.push_back(step(name, db::Params().text(key).integer(plane.number)));
    }
    add_json_step(steps, "change/planes", rows.planes);
    add_json_step(steps, "change/rois", rows.rois);
    add_json_step(steps, "change/traces", rows.traces);
    add_json_step(steps, "change/projections", rows.images);
}

}  // namespace tb::load
