#include "ingest/openscope/session_file.hpp"

#include "ingest/openscope/file_source.hpp"
#include "ingest/openscope/find_files.hpp"
#include "ingest/openscope/roi_mask.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

namespace tb::openscope {
namespace {

constexpr const char* running_path = "/processing/behavior/BehavioralTimeSeries/running_velocity";
constexpr const char* pupil_path = "/processing/behavior/PupilTracking";
constexpr const char* roi_series_path = "/processing/ophys/DfOverF/RoiResponseSeries";
constexpr const char* template_folder = "/stimulus/templates/";

/// Appends the numbers of some bytes as double.
template <class Number>
void append_numbers(std::span<const std::byte> bytes, std::vector<double>& out) {
    for (std::size_t i = 0; i < bytes.size() / sizeof(Number); ++i) {
        Number value{};
        std::memcpy(&value, bytes.data() + i * sizeof(Number), sizeof(Number));
        out.push_back(static_cast<double>(value));
    }
}

class SessionReader {
  public:
    SessionReader(std::shared_ptr<const nwb::NwbFile> file, const std::string& file_name)
        : source_(std::move(file), session_) {
        session_.file_name = file_name;
        session_.origin = source_.file().hdf5().name();
    }

    OpenScopeSession read(const Expectation& expected, bool wants_templates) {
        read_identity(expected);
        read_running();
        read_twop_times();
        read_segments(source_);
        read_rates();
        read_plane(source_);
        if (wants_templates) find_templates();
        return std::move(session_);
    }

  private:
    std::int64_t id_of(const std::string& text, const char* path) const {
        std::int64_t id = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
        if (error != std::errc() || end != text.data() + text.size())
            source_.fail(path, fmt::format("'{}' is no number", text), "SessionMismatch");
        return id;
    }

    void read_identity(const Expectation& expected) {
        const auto& file = source_.file();
        const auto& subject = file.subject();
        session_.sessid = id_of(file.info().session_id, "/general/session_id");
        session_.mouseid =
            id_of(subject ? subject->subject_id : std::string(), "/general/subject/subject_id");
        const auto require = [&](std::int64_t found, std::optional<std::int64_t> wanted,
                                 const char* path, const char* what) {
            if (!wanted || *wanted == found) return;
            source_.fail(path,
                         fmt::format("the file is of {} {}, expected {}", what, found, *wanted),
                         "SessionMismatch");
        };
        require(session_.sessid, expected.sessid, "/general/session_id", "session");
        require(session_.mouseid, expected.mouseid, "/general/subject/subject_id", "mouse");
        session_.source = "allen";
        session_.own_identifier = std::to_string(session_.sessid);
        session_.subject = session_.own_subject_identifier = std::to_string(session_.mouseid);
        const auto& start = file.info().session_start_time;
        session_.start_text = start.text;
        session_.date = start.local_date;
        if (!start.moment.empty()) session_.start_time = start.moment;
        if (!subject) return;
        const auto kept = [](const std::string& text) {
            return text.empty() ? std::nullopt : std::optional(text);
        };
        if (subject->sex == "M" || subject->sex == "F") session_.subject_facts.sex = subject->sex;
        session_.subject_facts.species = kept(subject->species);
        session_.subject_facts.line = kept(subject->genotype);
    }

    void read_running() {
        const auto& series = source_.file().require_series(running_path);
        session_.running_cm_s = source_.file().values(series, 0, series.samples());
        session_.stim_frame_time_s = source_.times_of(series);
        if (session_.running_cm_s.size() != session_.stim_frame_time_s.size())
            source_.fail(running_path,
                         fmt::format("{} values, but {} times", session_.running_cm_s.size(),
                                     session_.stim_frame_time_s.size()),
                         "ColumnLength");
    }

    /// Two-photon frame times are the pupil's; the ROI series' where there is no pupil.
    void read_twop_times() {
        const auto& file = source_.file();
        const auto& traces = file.require_series(roi_series_path);
        const auto n_frames = traces.samples();
        const auto path = fmt::format("{}/pupil_diameter", pupil_path);
        const auto* diameter = file.series(path);
        if (diameter == nullptr) {
            source_.issue("MissingDataset", path, "the file has no pupil");
            session_.twop_frame_time_s = source_.times_of(traces);
            if (session_.twop_frame_time_s.size() != n_frames)
                source_.fail(roi_series_path,
                             fmt::format("{} frames, but {} times", n_frames,
                                         session_.twop_frame_time_s.size()),
                             "ColumnLength");
            return;
        }
        OpenScopePupil pupil;
        pupil.diameter_mm = file.values(*diameter, 0, diameter->samples());
        session_.twop_frame_time_s = source_.times_of(*diameter);
        const auto n = pupil.diameter_mm.size();
        if (session_.twop_frame_time_s.size() != n)
            source_.fail(
                path, fmt::format("{} values, but {} times", n, session_.twop_frame_time_s.size()),
                "ColumnLength");
        if (n < n_frames)
            source_.fail(path,
                         fmt::format("the pupil has {} frames, the ROI series {}", n, n_frames),
                         "FrameCount");
        for (const auto& [name, values] : {std::pair{"pupil_position_x", &pupil.x_mm},
                                           std::pair{"pupil_position_y", &pupil.y_mm}}) {
            const auto place = fmt::format("{}/{}", pupil_path, name);
            const auto* series = file.series(place);
            if (series == nullptr) continue;
            source_.attempt("This coordinate is left out.", [&, values = values] {
                auto read = file.values(*series, 0, series->samples());
                if (read.size() != n)
                    source_.fail(place, fmt::format("{} values for {} diameters", read.size(), n),
                                 "ColumnLength");
                read.resize(n_frames);
                *values = std::move(read);
            });
        }
        if (n > n_frames) {
            source_.issue(
                "LengthMismatch", path,
                fmt::format("the pupil has {} frames, the ROI series {}: the rest is left out", n,
                            n_frames));
            pupil.diameter_mm.resize(n_frames);
            session_.twop_frame_time_s.resize(n_frames);
        }
        session_.pupil = std::move(pupil);
    }

    void read_rates() {
        const auto& segments = session_.segments;
        const double span_s = segments.stop_s.back() - segments.start_s.front();
        const auto rate = [&](std::int64_t start, std::int64_t stop) {
            return span_s > 0.0 ? static_cast<double>(stop - start) / span_s : nan;
        };
        session_.stim_fps =
            rate(segments.start_frame_stim.front(), segments.stop_frame_stim.back());
        session_.twop_fps =
            rate(segments.start_frame_twop.front(), segments.stop_frame_twop.back());
        const auto flag = [&](double fps, double low, double high, const char* column,
                              const char* what) {
            if (fps >= low && fps <= high) return;
            source_.issue(
                "FrameRate", fmt::format("/intervals/trials/{}", column),
                fmt::format("{:.4f} {} frames a second, expected {} to {}", fps, what, low, high));
        };
        flag(session_.stim_fps, 55.0, 65.0, "start_frame_stim", "stimulus");
        flag(session_.twop_fps, 25.0, 35.0, "start_frame_twop", "two-photon");
    }

    void find_templates() {
        const auto& segments = session_.segments;
        for (const auto& series : source_.file().series()) {
            if (!series.path.starts_with(template_folder) || series.data_path.empty()) continue;
            source_.attempt("These stimulus frames are left out.", [&] {
                if (series.shape.size() < 3 || series.shape.size() > 4 || !series.type.is_number())
                    source_.fail(series.path, "holds no pictures", "ValueType");
                session_.templates.push_back(
                    {series.name, source_.lazy(series.data_path, series.shape, series.type)});
                double last = -1.0;
                for (std::size_t i = 0; i < segments.count; ++i)
                    if (segments.stimulus_template_name[i] == series.name &&
                        segments.start_frame_stim_template[i] > last)
                        last = segments.start_frame_stim_template[i];
                if (last >= static_cast<double>(series.shape[0]))
                    source_.issue("TemplateFrames", series.path,
                                  fmt::format("the table names frame {}, the template has {}", last,
                                              series.shape[0]));
            });
        }
    }

    OpenScopeSession session_;
    FileSource source_;
};

}  // namespace

void FileSource::fail(std::string_view path, const std::string& message, const char* type) const {
    throw Error(ErrorKind::data, fmt::format("{}: {}: {}", file_->hdf5().name(), path, message), {},
                type);
}

void FileSource::issue(const char* type, std::string_view path, const std::string& message) const {
    session_.issues.push_back({type, fmt::format("nwb:{}:{}", session_.file_name, path), message});
}

void FileSource::attempt(const char* hint, const std::function<void()>& part) const {
    try {
        part();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::data) throw;
        session_.part_errors.push_back({error.type().empty() ? "DamagedFile" : error.type(),
                                        error.what(), hint, session_.origin});
    }
}

std::vector<double> FileSource::times_of(const nwb::Series& series) const {
    auto times = file_->times(series);
    for (std::size_t i = 0; i < times.size(); ++i)
        if (!std::isfinite(times[i]) || (i > 0 && times[i] < times[i - 1]))
            fail(series.path, fmt::format("time {} is {} s, before the one before it", i, times[i]),
                 "TimeOrder");
    return times;
}

LazyArray FileSource::lazy(const std::string& path, const std::vector<std::size_t>& shape,
                           const hdf5::ValueType& type) const {
    LazyArray array{shape, std::string(hdf5::array_dtype(type)), {}};
    array.read = [file = file_, path, dtype = array.dtype](const LazyArray::Take& give) {
        file->hdf5().read_blocks(path, dtype, {},
                                 [&](const hdf5::Block& block) { give(block.bytes); });
    };
    return array;
}

OpenScopeSession read_session(std::shared_ptr<const nwb::NwbFile> file,
                              const std::string& file_name, const Expectation& expected,
                              bool wants_templates) {
    return SessionReader(std::move(file), file_name).read(expected, wants_templates);
}

OpenScopeSession read_session(const std::filesystem::path& file, const Expectation& expected,
                              bool wants_templates) {
    auto wanted = expected;
    if (const auto name = session_file_name(file)) {
        if (!wanted.sessid) wanted.sessid = name->sessid;
        if (!wanted.mouseid) wanted.mouseid = name->mouseid;
    }
    return read_session(std::make_shared<const nwb::NwbFile>(nwb::NwbFile::open(file)),
                        file.filename().string(), wanted, wants_templates);
}

std::vector<double> numbers_of(const LazyArray& array) {
    std::vector<double> out;
    array.read([&](std::span<const std::byte> bytes) {
        if (array.dtype == "float64")
            append_numbers<double>(bytes, out);
        else if (array.dtype == "float32")
            append_numbers<float>(bytes, out);
        else if (array.dtype == "int64")
            append_numbers<std::int64_t>(bytes, out);
        else if (array.dtype == "int32")
            append_numbers<std::int32_t>(bytes, out);
        else if (array.dtype == "int16")
            append_numbers<std::int16_t>(bytes, out);
        else
            append_numbers<std::uint8_t>(bytes, out);
    });
    return out;
}

std::vector<float> traces_in_memory(const OpenScopeSession& session) {
    const auto values = numbers_of(session.traces);
    return {values.begin(), values.end()};
}

std::vector<std::uint8_t> masks_in_memory(const OpenScopeSession& session) {
    if (!session.roi_weights)
        throw Error(ErrorKind::data, fmt::format("{}: the file has no masks", session.origin), {},
                    "MissingDataset");
    const auto weights = numbers_of(*session.roi_weights);
    const auto pixels = session.roi_weights->shape[1] * session.roi_weights->shape[2];
    std::vector<std::uint8_t> masks;
    for (std::size_t roi = 0; roi < session.n_rois; ++roi) {
        const auto one = roi_mask(std::span(weights).subspan(roi * pixels, pixels));
        masks.insert(masks.end(), one.begin(), one.end());
    }
    return masks;
}

std::vector<std::size_t> tracked_rois(const OpenScopeSession& session) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < session.tracking_id.size(); ++i)
        if (!std::isnan(session.tracking_id[i])) places.push_back(i);
    if (places.empty())
        throw Error(
            ErrorKind::data,
            fmt::format("{}: session {} has no tracked ROI", session.origin, session.sessid), {},
            "NoTracking");
    std::ranges::sort(places, {}, [&](std::size_t i) { return session.tracking_id[i]; });
    return places;
}

}  // namespace tb::openscope
