#include "ingest/allen/raw_presentations.hpp"

#include "ingest/allen/presentation_steps.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <string>

#include <fmt/format.h>

namespace tb::allen {

namespace {

constexpr double omission_s = 0.25;
constexpr std::int64_t nearest_frames = 3;  // an omission that near is the same, or was drawn
constexpr double initial_grey_s = 285.0;    // a first flash later than this follows a grey screen

/// One row of the table before its columns are made.
struct Row {
    double start_frame = nan;
    double end_frame = nan;
    double start_s = nan;
    double stop_s = nan;
    double duration_s = nan;
    double block = 0.0;
    std::string stimulus_name;
    std::string image_name;
    std::string image_set;
    double is_omitted = nan;  // NaN: no flash
    double orientation_deg = nan;
    double movie_frame_index = nan;
    double movie_repeat = nan;
};

/// Name of a set's file without its last ending.
std::string image_set_of(const StimulusLog& stimulus) {
    if (stimulus.image_set_file.empty()) return stimulus.kind;
    const auto slash = stimulus.image_set_file.find_last_of("/\\");
    std::string file = slash == std::string::npos ? stimulus.image_set_file
                                                  : stimulus.image_set_file.substr(slash + 1);
    if (file.ends_with(".pkl")) file.resize(file.size() - 4);
    return file;
}

/// A movie whose first frame lies behind the grey period that its frame list begins with.
struct Movie {
    struct Frame {
        std::int64_t start_frame = 0;
        std::int64_t end_frame = 0;
    };
    std::vector<Frame> frames;  // repeat after repeat
    std::size_t length = 0;     // frames of one repeat
};

std::optional<LogNode> movie_node(const LogNode& behavior) {
    const auto items = behavior.find("items");
    if (!items) return std::nullopt;
    const auto movie = items->find("fingerprint");
    if (!movie || !movie->find("static_stimulus")) return std::nullopt;
    return movie;
}

Movie read_movie(const LogNode& movie, const FrameTimes& times) {
    const LogNode stimulus = movie.at("static_stimulus");
    const std::vector<std::int64_t> session_frames = movie.at("frame_indices").integers();
    const std::vector<std::int64_t> frame_list = stimulus.at("frame_list").integers();
    const auto n_grey = std::ranges::count(frame_list, -1);
    const LogNode sweeps = stimulus.at("sweep_frames");
    const std::int64_t runs = stimulus.at("runs").integer();
    if (runs < 1) stimulus.at("runs").fail("ValueError", fmt::format("is {}", runs));
    Movie result;
    result.length = sweeps.size() / static_cast<std::size_t>(runs);
    const std::size_t n = result.length * static_cast<std::size_t>(runs);
    for (std::size_t i = 0; i < n; ++i) {
        const LogNode sweep = sweeps.at(i);
        const auto session_frame = [&](std::size_t side) {
            const std::int64_t movie_frame = sweep.at(side).integer();
            const auto n_session = static_cast<std::int64_t>(session_frames.size());
            if (movie_frame < 0 || movie_frame >= n_session - n_grey) {
                sweep.fail("MissingDataset", fmt::format("names frame {} of a movie of {}",
                                                         movie_frame, n_session - n_grey));
            }
            const std::int64_t at = movie_frame + n_grey;
            const std::int64_t frame = session_frames[static_cast<std::size_t>(at)];
            (void)times.of(frame, sweep);
            return frame;
        };
        result.frames.push_back({session_frame(0), session_frame(1)});
    }
    return result;
}

class PresentationsReader {
  public:
    PresentationsReader(const PresentationSources& sources, std::vector<SessionIssue>& issues,
                        std::vector<SessionPartError>& part_errors)
        : sources_(sources), times_(sources.times), issues_(issues), part_errors_(part_errors) {}

    [[nodiscard]] ChangePresentations read() {
        for (const StimulusLog& stimulus : sources_.stimuli) add_flashes(stimulus);
        if (std::ranges::none_of(rows_, [](const Row& row) { return !row.image_name.empty(); })) {
            sources_.behavior.at("stimuli").fail("PresentationNames",
                                                 "no flash of an image or grating was drawn");
        }
        add_omissions();
        sort();
        drop_leading_omission();
        // As the file has them: of the task's own rows, before grey periods come between.
        ChangePresentations table = columns();
        table.is_change = change_flags(table);
        table.flashes_since_change = flashes_since_change(table.is_omitted, table.is_change);
        if (add_movie()) {
            add_grey_periods();
            sort();
            table = with_rows_between(table);
        }
        table.is_active = active_flags(table, sources_.trials);
        table.trials_id = trial_ids(table, sources_.trials, table.is_active);
        table.is_sham_change = sham_change_flags(table, sources_.trials, table.is_active);
        return table;
    }

  private:
    [[nodiscard]] double shown_s(std::int64_t frame) const {
        return times_[frame] + sources_.monitor_delay_s;
    }

    void add_flashes(const StimulusLog& stimulus) {
        const auto n_frames =
            static_cast<std::int64_t>(std::min(stimulus.draw_log.size(), times_.size()));
        const auto is_drawn = [&](std::int64_t frame) {
            return stimulus.draw_log[static_cast<std::size_t>(frame)] == 1.0;
        };
        for (std::size_t i = 0; i < stimulus.set_log.size(); ++i) {
            const SetEntry& entry = stimulus.set_log[i];
            const std::int64_t end = i + 1 < stimulus.set_log.size()
                                         ? std::min(stimulus.set_log[i + 1].frame, n_frames)
                                         : n_frames;
            std::int64_t frame = std::max<std::int64_t>(entry.frame, 0);
            while (frame < end) {
                if (!is_drawn(frame)) {
                    ++frame;
                    continue;
                }
                const std::int64_t start = frame;
                while (frame < end && is_drawn(frame)) ++frame;
                add_flash(stimulus, entry, start, frame);
            }
        }
    }

    void add_flash(const StimulusLog& stimulus, const SetEntry& entry, std::int64_t start,
                   std::int64_t end) {
        Row row;
        row.start_frame = static_cast<double>(start);
        row.end_frame = static_cast<double>(end);
        row.start_s = shown_s(start);
        if (times_.has(end)) {
            row.stop_s = shown_s(end);
            row.duration_s = times_[end] - times_[start];
        } else {
            issues_.push_back({"CutFlash", "stimuli." + stimulus.kind + ".draw_log",
                               fmt::format("the flash from frame {} is still drawn at the last "
                                           "frame: its stop is not known",
                                           start)});
        }
        row.stimulus_name = stimulus_set_name(stimulus);
        row.image_set = image_set_of(stimulus);
        row.image_name = entry.name;
        row.is_omitted = 0.0;
        row.orientation_deg = entry.orientation_deg;
        rows_.push_back(row);
    }

    /// Frames of the log of omitted flashes, ascending, each once.
    [[nodiscard]] std::set<std::int64_t> omitted_frames() {
        std::set<std::int64_t> frames;
        const auto log = sources_.behavior.find("omitted_flash_frame_log");
        if (!log || !log->value().is_object()) return frames;
        for (const auto& [name, value] : log->value().items()) {
            const auto list = log->find(name);
            if (!list) continue;
            for (const std::int64_t frame : list->integers()) {
                if (times_.has(frame)) {
                    frames.insert(frame);
                } else {
                    issues_.push_back({"OutOfRange", list->path(),
                                       fmt::format("omitted flash at frame {} of {}: left out",
                                                   frame, times_.size())});
                }
            }
        }
        return frames;
    }

    void add_omissions() {
        std::vector<double> starts;
        std::vector<double> lengths;
        for (const Row& row : rows_) {
            starts.push_back(row.start_frame);
            lengths.push_back(row.end_frame - row.start_frame);
        }
        std::ranges::sort(starts);
        std::ranges::sort(lengths);
        const std::size_t n = lengths.size();
        const double length = std::trunc((lengths[(n - 1) / 2] + lengths[n / 2]) / 2.0);
        const StimulusLog& task = task_stimulus(sources_.stimuli);
        std::optional<std::int64_t> before;
        for (const std::int64_t frame : omitted_frames()) {
            const auto near =
                std::ranges::lower_bound(starts, static_cast<double>(frame - nearest_frames));
            if (near != starts.end() && *near <= static_cast<double>(frame + nearest_frames))
                continue;  // it was drawn
            if (before && frame - *before <= nearest_frames) {
                issues_.push_back({"RepeatedOmission", "omitted_flash_frame_log",
                                   fmt::format("omitted flashes at frames {} and {} count once",
                                               *before, frame)});
                continue;
            }
            before = frame;
            Row row;
            row.start_frame = static_cast<double>(frame);
            row.end_frame = row.start_frame + length;
            row.start_s = shown_s(frame);
            row.stop_s = row.start_s + omission_s;
            row.duration_s = omission_s;
            row.stimulus_name = stimulus_set_name(task);
            row.image_name = "omitted";
            row.image_set = "omitted";
            row.is_omitted = 1.0;
            rows_.push_back(row);
        }
    }

    void sort() { std::ranges::stable_sort(rows_, {}, &Row::start_frame); }

    void drop_leading_omission() {
        if (rows_.front().is_omitted != 1.0) return;
        issues_.push_back({"LeadingOmission", "omitted_flash_frame_log",
                           fmt::format("omitted flash at frame {} before any drawn one: left out",
                                       rows_.front().start_frame)});
        rows_.erase(rows_.begin());
    }

    /// False when the log has no movie, or none that can be read.
    bool add_movie() {
        const auto node = movie_node(sources_.behavior);
        if (!node) return false;
        Movie movie;
        try {
            movie = read_movie(*node, times_);
        } catch (const Error& error) {
            part_errors_.push_back({error.type(), error.what(),
                                    "The movie and the grey periods around it are left out.",
                                    node->log()});
            return false;
        }
        if (movie.frames.empty()) return false;
        const auto last_frame = static_cast<std::int64_t>(times_.size()) - 1;
        for (std::size_t i = 0; i < movie.frames.size(); ++i) {
            const auto [start, end] = movie.frames[i];
            Row row;
            row.start_frame = static_cast<double>(start);
            row.end_frame = static_cast<double>(end);
            row.start_s = shown_s(start);
            row.stop_s = shown_s(std::min(end + 1, last_frame));
            row.duration_s = row.stop_s - row.start_s;
            row.block = 2.0;
            row.stimulus_name = "natural_movie_one";
            row.movie_frame_index = static_cast<double>(i % movie.length);
            row.movie_repeat = static_cast<double>(i / movie.length);
            rows_.push_back(row);
        }
        return true;
    }

    void add_grey_periods() {
        const auto first = std::ranges::min_element(rows_, {}, &Row::start_s);
        if (first->start_s > initial_grey_s) {
            const double stop_s = first->start_s;
            const double end_frame = first->start_frame;
            for (Row& row : rows_) row.block += 1.0;
            add_grey(0.0, 0.0, stop_s, 0.0, end_frame);
        }
        std::vector<double> blocks;
        for (const Row& row : rows_) blocks.push_back(row.block);
        for (const std::int64_t block : spontaneous_blocks(blocks, sources_.behavior.log())) {
            double start_s = -std::numeric_limits<double>::infinity();
            double stop_s = std::numeric_limits<double>::infinity();
            double start_frame = start_s;
            double end_frame = stop_s;
            for (const Row& row : rows_) {
                if (row.block == static_cast<double>(block - 1)) {
                    if (row.stop_s > start_s) start_s = row.stop_s;
                    start_frame = std::max(start_frame, row.end_frame);
                } else if (row.block == static_cast<double>(block + 1)) {
                    stop_s = std::min(stop_s, row.start_s);
                    end_frame = std::min(end_frame, row.start_frame);
                }
            }
            add_grey(static_cast<double>(block), start_s, stop_s, start_frame, end_frame);
        }
    }

    void add_grey(double block, double start_s, double stop_s, double start_frame,
                  double end_frame) {
        Row row;
        row.block = block;
        row.start_s = start_s;
        row.stop_s = stop_s;
        row.duration_s = stop_s - start_s;
        row.start_frame = start_frame;
        row.end_frame = end_frame;
        row.stimulus_name = "spontaneous";
        rows_.push_back(row);
    }

    [[nodiscard]] ChangePresentations columns() const {
        ChangePresentations table;
        table.count = rows_.size();
        std::set<double> blocks;
        for (const Row& row : rows_) blocks.insert(row.block);
        for (const Row& row : rows_) {
            table.start_s.push_back(row.start_s);
            table.stop_s.push_back(row.stop_s);
            table.duration_s.push_back(row.duration_s);
            table.start_frame.push_back(row.start_frame);
            table.end_frame.push_back(row.end_frame);
            table.stimulus_block.push_back(row.block);
            table.stimulus_block_name.push_back(stimulus_block_name(
                static_cast<std::int64_t>(row.block), blocks.size() == 1, sources_.is_passive));
            table.stimulus_name.push_back(row.stimulus_name);
            table.image_name.push_back(row.image_name);
            table.image_set.push_back(row.image_set);
            table.is_omitted.push_back(row.is_omitted);
            table.movie_frame_index.push_back(row.movie_frame_index);
            table.movie_repeat.push_back(row.movie_repeat);
            table.orientation_deg.push_back(row.orientation_deg);
        }
        return table;
    }

    /// The table of all rows; changes and flashes since are those of the flashes alone.
    [[nodiscard]] ChangePresentations with_rows_between(const ChangePresentations& flashes) const {
        ChangePresentations table = columns();
        std::size_t flash = 0;
        for (const Row& row : rows_) {
            const bool is_flash = !std::isnan(row.is_omitted);
            table.is_change.push_back(is_flash ? flashes.is_change[flash] : nan);
            table.flashes_since_change.push_back(is_flash ? flashes.flashes_since_change[flash]
                                                          : nan);
            if (is_flash) ++flash;
        }
        return table;
    }

    const PresentationSources& sources_;
    const FrameTimes& times_;
    std::vector<SessionIssue>& issues_;
    std::vector<SessionPartError>& part_errors_;
    std::vector<Row> rows_;
};

}  // namespace

ChangePresentations read_presentations(const PresentationSources& sources,
                                       std::vector<SessionIssue>& issues,
                                       std::vector<SessionPartError>& part_errors) {
    return PresentationsReader(sources, issues, part_errors).read();
}

}  // namespace tb::allen
