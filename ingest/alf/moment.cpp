#include "ingest/alf/moment.hpp"

#include "ingest/alf/names.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

namespace tb::alf {
namespace {

/// `digits` digits at the front, taken away; -1 when they are not there.
int take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return -1;
    int value = 0;
    for (const char c : text.substr(0, digits)) {
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, char expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

std::optional<Moment> parse_moment(std::string_view text) {
    if (text.size() < 19 || !is_real_date(text.substr(0, 10))) return std::nullopt;
    Moment moment;
    moment.local_date = text.substr(0, 10);
    auto rest = text.substr(0, 10);
    const int year = take_number(rest, 4);
    rest.remove_prefix(1);
    const int month = take_number(rest, 2);
    rest.remove_prefix(1);
    const int day = take_number(rest, 2);
    rest = text.substr(10);
    if (!take(rest, 'T') && !take(rest, ' ')) return std::nullopt;
    const int hour = take_number(rest, 2);
    if (hour < 0 || hour > 23 || !take(rest, ':')) return std::nullopt;
    const int minute = take_number(rest, 2);
    if (minute < 0 || minute > 59 || !take(rest, ':')) return std::nullopt;
    const int second = take_number(rest, 2);
    if (second < 0 || second > 59) return std::nullopt;
    std::string decimals;
    if (take(rest, '.')) {
        while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
            decimals += rest[0];
            rest.remove_prefix(1);
        }
        if (decimals.empty() || decimals.size() > 9) return std::nullopt;
    }
    int offset_minutes = 0;
    if (take(rest, 'Z')) {
        moment.is_instant = true;
    } else if (rest.starts_with('+') || rest.starts_with('-')) {
        const int sign = rest[0] == '-' ? -1 : 1;
        rest.remove_prefix(1);
        const int hours = take_number(rest, 2);
        int minutes = 0;
        if (!rest.empty()) {
            (void)take(rest, ':');
            minutes = take_number(rest, 2);
        }
        if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59) return std::nullopt;
        moment.is_instant = true;
        offset_minutes = sign * (hours * 60 + minutes);
    }
    if (!rest.empty() || year < 1970 || year > 2199) return std::nullopt;
    using namespace std::chrono;
    const auto at = sys_days{std::chrono::year{year} / month / day} + hours{hour} +
                    minutes{minute - offset_minutes} + seconds{second};
    const auto midnight = floor<days>(at);
    const year_month_day date{midnight};
    const hh_mm_ss clock{at - midnight};
    moment.text =
        fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{}{}", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                    decimals.empty() ? "" : ".", decimals, moment.is_instant ? "Z" : "");
    moment.seconds = static_cast<double>(at.time_since_epoch().count());
    if (!decimals.empty()) moment.seconds += std::stod("0." + decimals);
    return moment;
}

std::optional<std::string> moment_after(const std::string& text, double later_s) {
    const auto from = parse_moment(text);
    constexpr double longest_s = 1e9;
    if (!from || !(std::abs(later_s) < longest_s)) return std::nullopt;
    using namespace std::chrono;
    const auto at =
        sys_time<microseconds>{microseconds{std::llround((from->seconds + later_s) * 1e6)}};
    const auto midnight = floor<days>(at);
    const year_month_day date{midnight};
    const hh_mm_ss clock{at - midnight};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}{}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count(), from->is_instant ? "Z" : "");
}

}  // namespace tb::alf
