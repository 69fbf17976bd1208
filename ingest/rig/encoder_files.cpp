#include "ingest/rig/encoder_files.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>

namespace tb::rig {
namespace {

constexpr double rollover_us = 4294967296.0;  // 2^32
constexpr double largest_number = 1e15;
constexpr std::size_t length_of_time_text = 33;  // 2018-12-11T19:39:06.7438592+00:00
constexpr double closed_loop_code = 3.0;

/// A line taken apart.
struct Line {
    double time = nan;
    double value = nan;
    double clock_s = nan;  ///< of the computer, within the day; old form only
    std::string_view text;
};

std::optional<double> number_of(std::string_view word) {
    double value = 0.0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(value) ||
        std::abs(value) > largest_number) {
        return std::nullopt;
    }
    return value;
}

/// The words of a line, at most six: a line with more is none.
std::size_t split(std::string_view line, std::array<std::string_view, 6>& words) {
    std::size_t count = 0;
    while (true) {
        const auto begin = line.find_first_not_of(" \t\r");
        if (begin == std::string_view::npos) return count;
        if (count == words.size()) return count + 1;
        line.remove_prefix(begin);
        const auto end = std::min(line.find_first_of(" \t\r"), line.size());
        words[count++] = line.substr(0, end);
        line.remove_prefix(end);
    }
}

/// Seconds of the day of `2018-12-11T19:39:06.7438592+00:00`.
std::optional<double> seconds_of_day(std::string_view text) {
    if (text.size() != length_of_time_text || text[10] != 'T') return std::nullopt;
    const auto hours = number_of(text.substr(11, 2));
    const auto minutes = number_of(text.substr(14, 2));
    const auto seconds = number_of(text.substr(17, 10));
    if (!hours || !minutes || !seconds) return std::nullopt;
    return *hours * 3600.0 + *minutes * 60.0 + *seconds;
}

class Reader {
  public:
    /// @param kind  first word of the old form
    Reader(std::string_view text, std::string_view name, std::string_view kind)
        : text_(text), name_(name), kind_(kind) {}

    void run() {
        read_lines();
        if (lines_.empty()) {
            throw Error(ErrorKind::data, std::string(name_) + ": no usable line of an encoder",
                        "Was the encoder connected?", "MissingRawData");
        }
        drop_duplicates();
        drop_front();
        undo_rollover();
        sort_lines();
    }

    [[nodiscard]] std::vector<Line>& lines() { return lines_; }
    [[nodiscard]] bool is_old() const { return is_old_; }
    [[nodiscard]] EncoderRemarks& remarks() { return remarks_; }

    /// True where the numbers must be milliseconds: the file spans less than 20 s by its numbers;
    /// in the old form, which has the computer's time too, less than a tenth of what it says.
    [[nodiscard]] bool is_in_milliseconds() const {
        if (!is_old_) {
            constexpr double shortest_us = 20e6;
            return lines_.back().time - lines_.front().time < shortest_us;
        }
        double duration = lines_.back().clock_s - lines_.front().clock_s;
        if (duration < 0.0) duration += 86400.0;  // past midnight
        return duration > 0.0 && lines_.back().time / duration < 1e5;
    }

  private:
    void read_lines() {
        std::size_t at = 0;
        std::size_t count = 0;
        bool is_first = true;
        while (at < text_.size()) {
            const auto end = std::min(text_.find('\n', at), text_.size());
            const auto line = text_.substr(at, end - at);
            at = end + 1;
            std::array<std::string_view, 6> words;
            const auto n = split(line, words);
            if (n == 0) continue;
            if (++count > most_encoder_lines) {
                throw Error(ErrorKind::data, std::string(name_) + ": more than " +
                                                 std::to_string(most_encoder_lines) +
                                                 " lines, which no session has");
            }
            if (is_first) is_old_ = words[0] == "Position" || words[0] == "Event";
            is_first = false;
            if (auto parsed = is_old_ ? parse_old(std::span(words).first(std::min(n, 6UL)), n)
                                      : parse_new(words, n)) {
                parsed->text = line;
                lines_.push_back(*parsed);
            } else {
                ++remarks_.bad_lines;
            }
        }
    }

    std::optional<Line> parse_new(std::span<const std::string_view> words, std::size_t n) const {
        if (n != 2) return std::nullopt;
        return made(words[0], words[1]);
    }

    std::optional<Line> parse_old(std::span<const std::string_view> words, std::size_t n) const {
        const bool is_event = kind_ == "Event";
        if (n != (is_event ? 5U : 4U) || words[0] != kind_) return std::nullopt;
        auto line = made(words[1], words[is_event ? 3 : 2]);
        const auto clock = seconds_of_day(words[n - 1]);
        if (!line || !clock) return std::nullopt;
        line->clock_s = *clock;
        return line;
    }

    static std::optional<Line> made(std::string_view time, std::string_view value) {
        const auto first = number_of(time);
        const auto second = number_of(value);
        if (!first || !second || *first < 0.0) return std::nullopt;
        return Line{*first, *second, nan, {}};
    }

    void drop_duplicates() {
        const auto is_same = [](const Line& a, const Line& b) {
            return a.time == b.time && a.value == b.value &&
                   (a.clock_s == b.clock_s || std::isnan(a.clock_s));
        };
        lines_.erase(std::unique(lines_.begin(), lines_.end(), is_same), lines_.end());
    }

    /// A time among the first two that lies after the one behind it is of the recording before.
    void drop_front() {
        for (std::size_t i = std::min<std::size_t>(2, lines_.size() - 1); i > 0; --i) {
            if (lines_[i].time >= lines_[i - 1].time || is_rollover(i)) continue;
            remarks_.dropped_front = i;
            lines_.erase(lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(i));
            return;
        }
    }

    [[nodiscard]] bool is_rollover(std::size_t i) const {
        return lines_[i - 1].time - lines_[i].time > rollover_us / 2.0;
    }

    /// From a drop by about 2^32 on, that much is added.
    void undo_rollover() {
        double added = 0.0;
        double before = lines_.front().time;
        for (std::size_t i = 1; i < lines_.size(); ++i) {
            const double written = lines_[i].time;
            if (before - written > rollover_us / 2.0) {
                added += rollover_us;
                ++remarks_.rollovers;
            } else if (written - before > rollover_us / 2.0 && added > 0.0) {
                added -= rollover_us;  // a line from before the drop that stands behind it
            }
            before = written;
            lines_[i].time += added;
        }
    }

    /// Two that are swapped are swapped back by this as well.
    void sort_lines() {
        for (std::size_t i = 1; i < lines_.size(); ++i)
            remarks_.out_of_order += lines_[i].time < lines_[i - 1].time ? 1 : 0;
        if (remarks_.out_of_order > 0) std::ranges::stable_sort(lines_, {}, &Line::time);
    }

    std::string_view text_;
    std::string_view name_;
    std::string_view kind_;
    bool is_old_ = false;
    std::vector<Line> lines_;
    EncoderRemarks remarks_;
};

void append(std::string& text, std::size_t count, const char* what) {
    if (count == 0) return;
    if (!text.empty()) text += "; ";
    text += std::to_string(count) + " " + what;
}

}  // namespace

bool EncoderRemarks::none() const {
    return bad_lines + dropped_front + rollovers + out_of_order == 0 && !was_milliseconds;
}

std::string EncoderRemarks::to_string() const {
    std::string text;
    append(text, bad_lines, "lines of another form left out");
    append(text, dropped_front, "lines at the start of an earlier recording left out");
    append(text, rollovers, "times the 32-bit clock began anew; counted on");
    append(text, out_of_order, "lines stood before an earlier one; sorted by time");
    if (was_milliseconds) {
        text += text.empty() ? "" : "; ";
        text += "the times are ms; converted to microseconds";
    }
    return text;
}

EncoderPositions parse_encoder_positions(std::string_view text, std::string_view name) {
    Reader reader(text, name, "Position");
    reader.run();
    EncoderPositions found;
    const bool is_in_milliseconds = reader.is_in_milliseconds();
    found.remarks = reader.remarks();
    found.remarks.was_milliseconds = is_in_milliseconds;
    found.is_old_form = reader.is_old();
    const double factor = is_in_milliseconds ? 1000.0 : 1.0;
    found.time_us.reserve(reader.lines().size());
    found.count.reserve(reader.lines().size());
    for (const auto& line : reader.lines()) {
        found.time_us.push_back(line.time * factor);
        found.count.push_back(line.value);
    }
    return found;
}

EncoderEvents parse_encoder_events(std::string_view text, std::string_view name) {
    Reader reader(text, name, "Event");
    reader.run();
    EncoderEvents found;
    // Their unit is told by the intervals of the trials (wheel_extraction.hpp).
    found.remarks = reader.remarks();
    for (const auto& line : reader.lines())
        if (line.value == closed_loop_code) found.closed_loop_us.push_back(line.time);
    return found;
}

}  // namespace tb::rig
