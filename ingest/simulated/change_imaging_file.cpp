// What imaging adds to a session's file. Source: spec/change_detection.md, 5.2.
#include "ingest/allen/mouse.hpp"
#include "ingest/simulated/change_file.hpp"
#include "ingest/simulated/nwb_parts.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>

namespace tb::simulated {
namespace {

constexpr const char* plane_path = "/general/optophysiology/imaging_plane_1";
constexpr const char* segmentation = "/processing/ophys/image_segmentation/cell_specimen_table";
constexpr const char* first_rois = "/processing/ophys/dff/traces/rois";
constexpr const char* events_extension = "ndx-aibs-ophys-event-detection";

void write_plane(NwbWriter& file, const ImagingExperiment& experiment,
                 const ChangeRecording& recording) {
    const auto& plane = experiment.plane;
    const std::string at = plane_path;
    file.object(at, "ImagingPlane");
    file.object(at + "/channel_1", "OpticalChannel");
    file.text(at + "/channel_1/description", "2P Optical Channel");
    file.real(at + "/channel_1/emission_lambda", 520.0);
    file.text(at + "/description",
              fmt::format("({}, {}) field of view in {} at depth {} um", field_of_view,
                          field_of_view, plane.targeted_structure, plane.imaging_depth_um));
    file.real(at + "/excitation_lambda", 910.0);
    file.real(at + "/imaging_rate", plane.frame_hz);
    file.text(at + "/indicator",
              allen::indicator(recording.metadata.reporter_line.value()).value_or("unknown"));
    file.text(at + "/location", plane.targeted_structure);
    file.link(at + "/device", "/general/devices/" + recording.metadata.equipment_name.value());
}

/// Masks over the whole field of view, shape (ROIs, height, width).
std::vector<std::uint8_t> masks(const ImagingExperiment& experiment) {
    std::vector<std::uint8_t> made(experiment.cell_roi_id.size() * field_of_view * field_of_view);
    for (std::size_t i = 0; i < experiment.cell_roi_id.size(); ++i) {
        for (std::size_t row = 0; row < roi_pixels; ++row) {
            for (std::size_t column = 0; column < roi_pixels; ++column) {
                const auto y = static_cast<std::size_t>(experiment.y[i]) + row;
                const auto x = static_cast<std::size_t>(experiment.x[i]) + column;
                made[(i * field_of_view + y) * field_of_view + x] = 1;
            }
        }
    }
    return made;
}

void write_rois(NwbWriter& file, const ImagingExperiment& experiment,
                const std::vector<std::uint8_t>& image_masks) {
    const auto n = experiment.cell_roi_id.size();
    const std::string at = segmentation;
    file.object("/processing/ophys/image_segmentation", "ImageSegmentation");
    file.object(at, "PlaneSegmentation");
    file.attribute(at, "description", "Segmented rois");
    file.integers(at + "/id", experiment.cell_roi_id);
    file.type(at + "/id", "ElementIdentifiers");
    std::vector<std::string> names;
    const auto add = [&](const char* name, const NwbValues& values, const Shape& shape = {}) {
        const auto column = at + "/" + name;
        write_values(file, column, values, shape);
        file.type(column, "VectorData");
        file.attribute(column, "description", name);
        names.emplace_back(name);
    };
    const std::vector<std::int64_t> side(n, static_cast<std::int64_t>(roi_pixels));
    add("cell_specimen_id", experiment.cell_specimen_id);
    add("height", side);
    add("mask_image_plane", std::vector<std::int64_t>(n, 0));
    add("max_correction_down", std::vector<double>(n, 10.0));
    add("max_correction_left", std::vector<double>(n, 0.0));
    add("max_correction_right", std::vector<double>(n, 10.0));
    add("max_correction_up", std::vector<double>(n, 20.0));
    add("valid_roi", experiment.is_valid);
    add("width", side);
    add("x", experiment.x);
    add("y", experiment.y);
    add("image_mask", image_masks, {n, field_of_view, field_of_view});
    file.attribute(at, "colnames", names);
    file.group(at + "/reference_images");
    file.link(at + "/imaging_plane", plane_path);
}

void write_region(NwbWriter& file, const std::string& path, std::size_t n,
                  const char* description) {
    std::vector<std::int64_t> rows(n);
    for (std::size_t i = 0; i < n; ++i) rows[i] = static_cast<std::int64_t>(i);
    file.integers(path, rows);
    file.type(path, "DynamicTableRegion");
    file.attribute(path, "description", description);
    file.reference(path, "table", segmentation);
}

void write_traces(NwbWriter& file, const ImagingExperiment& experiment) {
    const auto n = experiment.cell_roi_id.size();
    const auto& time = experiment.time_s;
    const SeriesKind kind{"NA", "RoiResponseSeries"};
    const auto add = [&](const std::string& name, const char* container,
                         const std::vector<double>& trace) {
        const auto at = "/processing/ophys/" + name;
        file.object(at, container);
        write_series(file, at + "/traces", kind, trace, time, {time.size(), n});
        if (name == "dff") {
            write_region(file, first_rois, n, "segmented cells labeled by cell_specimen_id");
        } else {
            file.link(at + "/traces/rois", first_rois);
        }
    };
    add("dff", "DfOverF", experiment.dff);
    add("demixed_trace", "Fluorescence", experiment.demixed);
    add("neuropil_trace", "Fluorescence", experiment.neuropil);
    add("corrected_fluorescence", "Fluorescence", experiment.corrected);
    std::vector<double> number(n);
    for (std::size_t i = 0; i < n; ++i) number[i] = static_cast<double>(i);
    for (const auto& [name, values] : {std::pair("r", &experiment.r), {"RMSE", &experiment.rmse}}) {
        const auto at = std::string("/processing/ophys/corrected_fluorescence/") + name;
        write_series(file, at, kind, *values, number);
        file.link(at + "/rois", first_rois);
    }
    const std::string events = "/processing/ophys/event_detection";
    write_series(file, events, {"N/A", "OphysEventDetection", events_extension}, experiment.events,
                 time, {time.size(), n});
    file.reals(events + "/lambdas", experiment.lambda);
    file.reals(events + "/noise_stds", experiment.noise_std);
    write_region(file, events + "/rois", n, "Cells with detected events");
    write_series(file, "/processing/ophys/ophys_motion_correction_x", {"pixels"},
                 experiment.motion_x, time);
    write_series(file, "/processing/ophys/ophys_motion_correction_y", {"pixels"},
                 experiment.motion_y, time);
}

/// Pictures of the plane: its ROIs, brighter than what surrounds them.
void write_images(NwbWriter& file, const std::vector<std::uint8_t>& image_masks) {
    constexpr auto pixels = field_of_view * field_of_view;
    std::vector<std::int64_t> covered(pixels);
    for (std::size_t i = 0; i < image_masks.size(); ++i) covered[i % pixels] += image_masks[i];
    std::vector<double> average(pixels), brightest(pixels);
    for (std::size_t i = 0; i < pixels; ++i) {
        average[i] = 0.1 + 0.2 * static_cast<double>(covered[i] > 0);
        brightest[i] = 0.2 + 0.7 * static_cast<double>(covered[i] > 0);
    }
    for (auto& value : covered) value = value > 0 ? 1 : 0;
    file.object("/processing/ophys/images", "Images");
    file.attribute("/processing/ophys/images", "description", "no description");
    const auto add = [&](const std::string& name, const NwbValues& values) {
        const auto at = "/processing/ophys/images/" + name;
        write_values(file, at, values, {field_of_view, field_of_view});
        file.type(at, "GrayscaleImage", "core");
        file.attribute(at, "description", name + " image at pixels/cm resolution");
        file.attribute(at, "resolution", microns_per_pixel / 1000.0 / 10.0);  // sic: mm / 10
    };
    add("max_projection", brightest);
    add("average_image", average);
    add("segmentation_mask_image", covered);
}

}  // namespace

void write_imaging(NwbWriter& file, const ImagingExperiment& experiment,
                   const ChangeRecording& recording) {
    write_plane(file, experiment, recording);
    file.object("/processing/ophys", "ProcessingModule");
    file.attribute("/processing/ophys", "description", "Ophys processing module");
    const auto image_masks = masks(experiment);
    write_rois(file, experiment, image_masks);
    write_traces(file, experiment);
    write_images(file, image_masks);
}

}  // namespace tb::simulated
