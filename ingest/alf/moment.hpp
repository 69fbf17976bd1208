// Times of day as rigs write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tb::alf {

/// A time of an ISO 8601 text, as far as the text tells it.
struct Moment {
    std::string local_date;   ///< yyyy-mm-dd as written, on the clock of the writer
    std::string text;         ///< yyyy-mm-ddThh:mm:ss[.f], with "Z" and in UTC when is_instant
    bool is_instant = false;  ///< an offset was written: not on the lab's clock but everywhere
    double seconds = 0.0;     ///< since 1970 of `text`
};

/// `yyyy-mm-dd`, `T` or a space, `hh:mm:ss`, up to nine decimals, and an offset `Z`, `+hh`, `+hhmm`
/// or `+hh:mm`. Nothing for any other text, for times that no clock shows, and for years outside
/// 1970 to 2199.
[[nodiscard]] std::optional<Moment> parse_moment(std::string_view text);

/// The moment so many seconds after another, in the form of Moment::text, to the microsecond.
/// Nothing where `text` is no such text.
[[nodiscard]] std::optional<std::string> moment_after(const std::string& text, double seconds);

}  // namespace tb::alf
