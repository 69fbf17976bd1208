#include "ingest/rig/version.hpp"

#include <charconv>

namespace tb::rig {

std::string RigVersion::to_string() const {
    if (*this == newest_rig) return "newest";
    if (*this == oldest_rig) return "0 (none written)";
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

RigVersion rig_version(const std::optional<std::string>& written, bool has_names_of_2018) {
    if (!written || written->empty()) return has_names_of_2018 ? oldest_rig : newest_rig;
    RigVersion found;
    const char* at = written->data();
    const char* const end = at + written->size();
    for (int* part : {&found.major, &found.minor, &found.patch}) {
        const auto [next, error] = std::from_chars(at, end, *part);
        const bool is_number = error == std::errc() && *part >= 0 && *part < newest_rig.major;
        if (!is_number) {
            if (part == &found.major) return newest_rig;
            *part = 0;
            break;
        }
        at = next;
        if (at == end || *at != '.') break;
        ++at;
    }
    return found;
}

}  // namespace tb::rig
