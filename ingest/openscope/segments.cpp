// The stimulus table of a session file.
#include "ingest/openscope/file_source.hpp"
#include "ingest/openscope/frame_map.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <fmt/format.h>

namespace tb::openscope {
namespace {

constexpr const char* table_path = "/intervals/trials";

class SegmentReader {
  public:
    explicit SegmentReader(const FileSource& source)
        : source_(source), file_(source.file()), table_(require_table()) {}

    void read() {
        auto& segments = source_.session().segments;
        segments.count = table_.rows;
        if (table_.rows == 0) source_.fail(table_path, "the table has no row", "MissingDataset");
        segments.start_s = numbers("start_time");
        segments.stop_s = numbers("stop_time");
        segments.stimulus_type = texts("stimulus_type");
        segments.stimulus_template_name = texts("stimulus_template_name");
        segments.unexpected = numbers("unexpected");
        segments.gabor_frame = texts("gabor_frame");
        segments.gabor_kappa = numbers("gabor_kappa");
        segments.gabor_mean_orientation_deg = numbers("gabor_mean_orientation");
        segments.gabor_number = numbers("gabor_number");
        segments.main_flow_direction = texts("main_flow_direction");
        segments.square_size = numbers("square_size");
        segments.square_number = numbers("square_number");
        segments.square_proportion_flipped = numbers("square_proportion_flipped");
        segments.start_frame_stim_template = table_.column("start_frame_stim_template")
                                                 ? numbers("start_frame_stim_template")
                                                 : std::vector<double>(table_.rows, nan);
        require_times();
        read_frames("stim", source_.session().stim_frame_time_s, segments.start_frame_stim,
                    segments.stop_frame_stim, segments.num_frames_stim);
        read_frames("twop", source_.session().twop_frame_time_s, segments.start_frame_twop,
                    segments.stop_frame_twop, segments.num_frames_twop);
        read_patches();
        require_one_value();
    }

  private:
    const nwb::Table& require_table() const {
        const auto* table = source_.file().table(table_path);
        if (table == nullptr) source_.fail(table_path, "no table lies there", "MissingDataset");
        return *table;
    }

    nwb::ColumnValues column(const std::string& name) const {
        if (table_.column(name) == nullptr)
            source_.fail(fmt::format("{}/{}", table_path, name), "the table has no such column",
                         "MissingDataset");
        return file_.column(table_, name);
    }

    nwb::ColumnValues plain_column(const std::string& name) const {
        auto values = column(name);
        if (values.width != 1 || !values.ends.empty() || values.n_elements != table_.rows)
            source_.fail(fmt::format("{}/{}", table_path, name), "expected one value a row",
                         "ColumnLength");
        return values;
    }

    std::vector<double> numbers(const std::string& name) const {
        return plain_column(name).numbers();
    }

    std::vector<std::string> texts(const std::string& name) const {
        const auto values = plain_column(name);
        if (values.texts() == nullptr)
            source_.fail(fmt::format("{}/{}", table_path, name), "holds no texts", "ValueType");
        return *values.texts();
    }

    void require_times() const {
        const auto& segments = source_.session().segments;
        for (std::size_t i = 0; i < segments.count; ++i) {
            const double start_s = segments.start_s[i], stop_s = segments.stop_s[i];
            if (!std::isfinite(start_s) || !std::isfinite(stop_s) || stop_s < start_s ||
                (i > 0 && start_s < segments.start_s[i - 1]))
                source_.fail(table_path,
                             fmt::format("row {} is from {} to {} s: rows are not in order of time",
                                         i, start_s, stop_s),
                             "TimeOrder");
        }
    }

    std::vector<std::int64_t> frames(const std::string& name) const {
        const auto values = numbers(name);
        std::vector<std::int64_t> whole;
        for (const double value : values) {
            constexpr double most = 9e15;
            if (!(value >= 0.0 && value < most) || value != std::floor(value))
                source_.fail(fmt::format("{}/{}", table_path, name),
                             fmt::format("row {} has frame {}", whole.size(), value), "ValueType");
            whole.push_back(static_cast<std::int64_t>(value));
        }
        return whole;
    }

    void read_frames(const char* clock, const std::vector<double>& time_s,
                     std::vector<std::int64_t>& start, std::vector<std::int64_t>& stop,
                     std::vector<std::int64_t>& count) const {
        const auto name = [&](const char* what) { return fmt::format("{}_{}", what, clock); };
        const auto& segments = source_.session().segments;
        if (table_.column(name("start_frame")) && table_.column(name("stop_frame")) &&
            table_.column(name("num_frames"))) {
            start = frames(name("start_frame"));
            stop = frames(name("stop_frame"));
            count = frames(name("num_frames"));
        } else {
            for (const double at_s : segments.start_s) start.push_back(nearest_frame(time_s, at_s));
            stop.assign(start.begin() + 1, start.end());
            stop.push_back(nearest_frame(time_s, segments.stop_s.back()));
            for (std::size_t i = 0; i < start.size(); ++i) count.push_back(stop[i] - start[i]);
            source_.issue(
                "FramesComputed", fmt::format("{}/{}", table_path, name("start_frame")),
                fmt::format("the table lacks frame numbers ({}): told from the times", clock));
        }
        const auto last = std::ranges::max(stop);
        if (last > static_cast<std::int64_t>(time_s.size()))
            source_.fail(
                fmt::format("{}/{}", table_path, name("stop_frame")),
                fmt::format("the table's last frame is {}, the {} series has {} frames", last,
                            clock == std::string_view("stim") ? "running" : "ROI", time_s.size()),
                "FrameCount");
    }

    void read_patches() const {
        auto& patches = source_.session().patches;
        const std::array columns{std::pair{"gabor_locations_x", &patches.x},
                                 std::pair{"gabor_locations_y", &patches.y},
                                 std::pair{"gabor_sizes", &patches.size},
                                 std::pair{"gabor_orientations", &patches.orientation}};
        for (const auto& [name, values] : columns) {
            // Orientations belong to the full table, which is not everybody's.
            if (values == &patches.orientation && table_.column(name) == nullptr) continue;
            const auto read = column(name);
            const auto path = fmt::format("{}/{}", table_path, name);
            std::vector<std::size_t> end;
            for (std::size_t row = 0; row < table_.rows; ++row)
                end.push_back(read.elements_of(row).second);
            if (read.width != 1 || read.ends.size() > 1)
                source_.fail(path, "expected a list of numbers a row", "ColumnLength");
            if (patches.end.empty()) patches.end = end;
            if (end != patches.end)
                source_.fail(path, "its lists are not as long as those of gabor_locations_x",
                             "ColumnLength");
            *values = read.numbers();
        }
    }

    void require_one_value() const {
        const auto& segments = source_.session().segments;
        std::set<double> counts, shares;
        for (std::size_t i = 0; i < segments.count; ++i) {
            if (segments.stimulus_type[i] == "gabors" && segments.gabor_frame[i] != "G" &&
                !std::isnan(segments.gabor_number[i]))
                counts.insert(segments.gabor_number[i]);
            if (segments.stimulus_type[i] == "visflow" && segments.unexpected[i] == 1.0 &&
                !std::isnan(segments.square_proportion_flipped[i]))
                shares.insert(segments.square_proportion_flipped[i]);
        }
        const auto require = [&](const std::set<double>& values, const char* name,
                                 const char* rows) {
            if (values.size() < 2) return;
            source_.fail(fmt::format("{}/{}", table_path, name),
                         fmt::format("{} different values in {}, among them {} and {}",
                                     values.size(), rows, *values.begin(), *values.rbegin()),
                         "StimulusParameter");
        };
        require(counts, "gabor_number", "the Gabor rows without G");
        require(shares, "square_proportion_flipped", "the unexpected rows");
    }

    const FileSource& source_;
    const nwb::NwbFile& file_;
    const nwb::Table& table_;
};

}  // namespace

void read_segments(const FileSource& source) {
    SegmentReader(source).read();
}

}  // namespace tb::openscope
