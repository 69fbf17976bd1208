#include "ingest/alf/moment.hpp"
#include "ingest/nwb/nwb_file.hpp"

#include <charconv>

namespace tb::nwb {

namespace {

/// `20180301T120000` with the separators that ISO 8601 lets writers leave out; other texts as
/// given.
std::string extended(const std::string& text) {
    if (text.size() < 15 || text[8] != 'T' || text.find_first_not_of("0123456789T") < 15)
        return text;
    return text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 5) + ":" +
           text.substr(11, 2) + ":" + text.substr(13);
}

}  // namespace

TimeText time_text(std::string text) {
    TimeText time;
    if (const auto moment = alf::parse_moment(extended(text))) {
        time.local_date = moment->local_date;
        time.moment = moment->text;
        if (moment->is_instant) time.instant_s = moment->seconds;
    }
    time.text = std::move(text);
    return time;
}

std::optional<double> days_of(std::string_view duration) {
    if (!duration.starts_with('P')) return std::nullopt;
    duration.remove_prefix(1);
    double days = 0;
    bool in_time = false, has_part = false;
    while (!duration.empty()) {
        if (duration.front() == 'T' && !in_time) {
            in_time = true;
            duration.remove_prefix(1);
            continue;
        }
        double value = 0;
        const auto* end = duration.data() + duration.size();
        const auto result = std::from_chars(duration.data(), end, value, std::chars_format::fixed);
        if (result.ec != std::errc() || result.ptr == end || value < 0) return std::nullopt;
        const char unit = *result.ptr;
        double unit_days = 0;
        if (!in_time && unit == 'W') {
            unit_days = 7;
        } else if (!in_time && unit == 'D') {
            unit_days = 1;
        } else if (in_time && unit == 'H') {
            unit_days = 1.0 / 24;
        } else if (in_time && unit == 'M') {
            unit_days = 1.0 / 1440;
        } else if (in_time && unit == 'S') {
            unit_days = 1.0 / 86400;
        } else {
            return std::nullopt;
        }
        days += value * unit_days;
        has_part = true;
        duration = {result.ptr + 1, end};
    }
    return has_part ? std::optional(days) : std::nullopt;
}

}  // namespace tb::nwb
