// UUIDs: name-based ones (version 5) for keys that every lab computes alike, and time-ordered ones
// (version 7) for runs.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tb {

struct Uuid {
    std::array<std::uint8_t, 16> bytes{};  ///< in the order of the text form

    /// 36 characters, lower case.
    [[nodiscard]] std::string to_string() const;
    /// From 36 characters in either case; nothing for any other text.
    [[nodiscard]] static std::optional<Uuid> parse(std::string_view text);
    friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

/// Version 5 (SHA-1) of a name in a namespace, RFC 9562 section 5.5.
[[nodiscard]] Uuid uuid5(const Uuid& name_space, std::string_view name);

/// The key of a source's thing: version 5 in 7146a078-285e-5d98-ba83-4ab8c953e126, name
/// `<source>:<identifier>` (DESIGN, "The database"). For an ALF session: source_uuid("ibl",
/// "lab/subject/date/number").
[[nodiscard]] Uuid source_uuid(std::string_view source, std::string_view identifier);

/// A fresh version 7 UUID: milliseconds since 1970, then a counter, then random bits. Ascending
/// within a process, also within one millisecond and when the clock steps back; from any thread.
[[nodiscard]] Uuid new_run_id();

}  // namespace tb
