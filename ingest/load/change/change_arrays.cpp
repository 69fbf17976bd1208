#include "ingest/load/change/change_arrays.hpp"

#include "ingest/load/statements.hpp"
#include "src/base/sha256.hpp"
#include "src/base/uuid.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tb::load {
namespace {

/// Mean samples per second; NaN for fewer than two.
double rate_hz(const std::vector<double>& time_s) {
    if (time_s.size() < 2) return NAN;
    const double span = time_s.back() - time_s.front();
    return span > 0.0 ? static_cast<double>(time_s.size() - 1) / span : NAN;
}

/// UUIDv5 of names and pixels.
std::string template_id_of(const StimulusTemplate& set) {
    Sha256 digest;
    digest.add(set.name);
    for (const auto& name : set.image_names) digest.add("\n" + name);
    for (const auto* array : {&set.warped, &set.unwarped}) {
        digest.add(std::string_view("\n--\n"));
        if (!*array) continue;
        digest.add(fmt::format("{} {}\n", (*array)->dtype, fmt::join((*array)->shape, "x")));
        (*array)->read([&](std::span<const std::byte> bytes) { digest.add(bytes); });
    }
    return source_uuid("stimulus_template", digest.hex()).to_string();
}

}  // namespace

bool writes_behavior(const ChangeSession& session, const SessionState& state) {
    return state.held.note.empty() || state.held.note == session.behavior_file;
}

ChangeArrays::ChangeArrays(const store::StoreOptions& store, const ChangeSession& session,
                           const SessionState& state, std::size_t n_bytes, db::Session& database) {
    const bool has_behavior = writes_behavior(session, state);
    begin(store, has_behavior ? "task.change_session" : "imaging.plane", state.session_id, n_bytes);
    const auto& recording = session.recording;
    if (has_behavior) {
        frame_times_ = add_numbers("stimulus/frame_times", recording.stimulus_frame_time_s, "s",
                                   "Times of the stimulus frames, without the monitor's delay");
        if (recording.running) add_running(*recording.running);
        if (recording.eye_tracking) add_eye(*recording.eye_tracking);
        add_templates(session.templates, database);
    }
    if (session.plane) add_plane(*session.plane);
    publish();
}

std::optional<std::string> ChangeArrays::add_numbers(const std::string& name,
                                                     const std::vector<double>& values,
                                                     const std::string& unit,
                                                     const std::string& about) {
    if (values.empty()) return std::nullopt;
    const LazyArray array{{values.size()}, "float64", [&values](const LazyArray::Take& take) {
                              take(std::as_bytes(std::span(values)));
                          }};
    return add(name, array, {.unit = unit, .about = about});
}

void ChangeArrays::add_running(const RunningRecording& running) {
    running_.times = add_numbers("running/times", running.time_s, "s", "Times of the samples");
    running_.speed = add_numbers("running/speed", running.speed_cm_s, "cm/s",
                                 "Running speed, low-pass filtered, forward positive");
    running_.speed_unfiltered =
        add_numbers("running/speed_unfiltered", running.speed_unfiltered_cm_s, "cm/s",
                    "Running speed before the filter");
    running_.dx =
        add_numbers("running/dx", running.dx, "cm", "Change since the sample before, as logged");
    running_.signal_voltage =
        add_numbers("running/v_sig", running.v_sig, "V", "Signal of the wheel's encoder");
    running_.supply_voltage =
        add_numbers("running/v_in", running.v_in, "V", "Supply of the wheel's encoder");
}

void ChangeArrays::add_eye(const EyeTrackingRecording& eye) {
    eye_.times = add_numbers("eye/times", eye.time_s, "s", "Times of the eye camera's frames");
    if (!eye.is_likely_blink.empty()) {
        std::vector<std::uint8_t> blinks;
        for (const double blink : eye.is_likely_blink) blinks.push_back(blink == 1.0 ? 1 : 0);
        const std::size_t n = blinks.size();
        eye_.blinks = SessionArrays::add("eye/blinks", Array{{n}, std::move(blinks)},
                                         {.unit = "", .about = "Blinks as the file has them"});
    }
    const auto ellipse = [&](std::size_t place, const char* name, const EllipseFits& fits,
                             const std::vector<double>& area, const std::vector<double>& area_raw) {
        auto& keys = eye_.ellipses[place];
        keys.tracked_object = name;
        const auto path = [&](const char* what) { return fmt::format("eye/{}/{}", name, what); };
        std::vector<double> centers;
        centers.reserve(2 * fits.center_x.size());
        for (std::size_t i = 0; i < fits.center_x.size(); ++i) {
            centers.push_back(fits.center_x[i]);
            centers.push_back(fits.center_y[i]);
        }
        keys.center = SessionArrays::add(
            path("center"), Array::matrix(fits.center_x.size(), 2, std::move(centers)),
            {.unit = "pixel", .about = "Centre of the ellipse, x and y"});
        keys.width = add_numbers(path("width"), fits.width, "pixel", "Half axis");
        keys.height = add_numbers(path("height"), fits.height, "pixel", "Other half axis");
        keys.angle = add_numbers(path("angle"), fits.phi, "rad", "Angle of the ellipse");
        keys.area = add_numbers(path("area"), area, "pixel^2", "Area, blinks blanked");
        keys.area_raw = add_numbers(path("area_raw"), area_raw, "pixel^2", "Area");
    };
    ellipse(0, "eye", eye.eye, eye.eye_area, eye.eye_area_raw);
    ellipse(1, "pupil", eye.pupil, eye.pupil_area, eye.pupil_area_raw);
    ellipse(2, "corneal_reflection", eye.corneal_reflection, eye.corneal_reflection_area,
            eye.corneal_reflection_area_raw);
}

void ChangeArrays::add_templates(const std::vector<StimulusTemplate>& sets, db::Session& database) {
    std::vector<std::string> ids;
    for (const auto& set : sets) {
        TemplateArrays keys;
        try {
            keys.template_id = template_id_of(set);
            ids.push_back(keys.template_id);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::data) throw;
            leave_out({error.type(), error.what(), "This set of images is left out.", {}});
        }
        const auto& shape = set.warped ? set.warped->shape : set.unwarped->shape;
        keys.n_rows = shape[1];
        keys.n_columns = shape[2];
        templates_.push_back(std::move(keys));
    }
    if (ids.empty()) return;
    const auto rows =
        database.exec_prepared(statement("change/known_templates"), db::Params().text_array(ids));
    std::set<std::string> known;
    for (std::size_t i = 0; i < rows.rows(); ++i) known.insert(rows.get<std::string>(i, 0));
    for (std::size_t i = 0; i < sets.size(); ++i) {
        auto& keys = templates_[i];
        keys.is_known = keys.template_id.empty() || !known.insert(keys.template_id).second;
        if (keys.is_known) continue;
        const auto path = fmt::format("templates/{}", i);
        if (sets[i].warped)
            keys.warped = add(path + "/warped", *sets[i].warped,
                              {.unit = "", .about = sets[i].name + ", warped for the monitor"});
        if (sets[i].unwarped)
            keys.unwarped = add(path + "/unwarped", *sets[i].unwarped,
                                {.unit = "", .about = sets[i].name + ", as the mouse saw it"});
    }
}

void ChangeArrays::add_plane(const ImagingPlane& plane) {
    const double rate = rate_hz(plane.frame_time_s);
    plane_.frame_times =
        add_numbers("plane/frame_times", plane.frame_time_s, "s", "Times of the imaging frames");
    if (plane.masks) {
        const auto& shape = plane.masks->shape;
        const std::size_t pixels = shape[1] * shape[2];
        plane_.mask_pixels.assign(plane.rois.count, 0);
        std::size_t at = 0;
        plane_.masks = add("plane/masks", *plane.masks, {.unit = "", .about = "Masks of the ROIs"},
                           false, [&](std::span<const std::byte> bytes) {
                               for (const auto byte : bytes) {
                                   const std::size_t roi = at++ / std::max<std::size_t>(pixels, 1);
                                   if (byte != std::byte{0} && roi < plane_.mask_pixels.size())
                                       ++plane_.mask_pixels[roi];
                               }
                           });
        if (!plane_.masks) plane_.mask_pixels.clear();
    }
    for (const auto& traces : plane.traces)
        plane_.traces.push_back(add("plane/" + traces.kind, traces.values,
                                    {.unit = traces.unit,
                                     .sampling_rate_hz = rate,
                                     .about = traces.kind + " of all ROIs, (frame, ROI)"},
                                    true));
    const auto motion = [&](const std::optional<LazyArray>& array, const char* axis) {
        if (!array) return std::optional<std::string>();
        return add(fmt::format("plane/motion_{}", axis), *array,
                   {.unit = "pixel",
                    .sampling_rate_hz = rate,
                    .about = fmt::format("Motion correction in {}", axis)});
    };
    plane_.motion_x = motion(plane.motion_x, "x");
    plane_.motion_y = motion(plane.motion_y, "y");
    for (const auto& image : plane.images)
        plane_.images.push_back(add("plane/" + image.kind, image.pixels,
                                    {.unit = "", .about = image.kind + " (row, column)"}));
}

const ChangeArrays* change_arrays_of(const SessionToWrite& one) {
    return dynamic_cast<const ChangeArrays*>(one.arrays);
}

}  // namespace tb::load
