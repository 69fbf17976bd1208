#include "src/db/server_log.hpp"

#include <algorithm>
#include <vector>

namespace tb::db {
namespace {

/// Clients that come while it starts or stops are turned away so: no cause of anything.
bool is_turned_away(std::string_view line) {
    return line.find("the database system is ") != line.npos;
}

bool is_severe(std::string_view line) {
    for (const auto* level : {"PANIC:  ", "FATAL:  ", "ERROR:  "}) {
        if (line.find(level) != line.npos) return !is_turned_away(line);
    }
    return false;
}

std::string listed(const std::vector<std::string_view>& lines, std::size_t most) {
    std::string out;
    for (std::size_t i = lines.size() - std::min(most, lines.size()); i < lines.size(); ++i)
        out += "\n    " + std::string(lines[i]);
    return out;
}

}  // namespace

std::string cause_in_log(std::string_view log, std::size_t severe, std::size_t last) {
    std::vector<std::string_view> causes, rest;
    while (!log.empty()) {
        const auto end = std::min(log.find('\n'), log.size());
        const auto line = log.substr(0, end);
        log.remove_prefix(std::min(end + 1, log.size()));
        if (line.empty()) continue;
        (is_severe(line) ? causes : rest).push_back(line);
    }
    return listed(causes, severe) + listed(rest, last);
}

}  // namespace tb::db
