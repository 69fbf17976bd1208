#include "src/db/statement_error.hpp"

namespace tb::db {

bool is_of_text(std::string_view sqlstate) {
    return (sqlstate.starts_with("42") && sqlstate != "42501") || sqlstate.starts_with("22") ||
           sqlstate.starts_with("0A") || sqlstate.starts_with("21") || sqlstate.starts_with("3F");
}

std::string blamed_name(const std::string& message) {
    const auto first = message.find('"');
    const auto second = first == message.npos ? first : message.find('"', first + 1);
    if (second != message.npos) return message.substr(first + 1, second - first - 1);
    const auto begin = message.find("column ");
    const auto end = message.find(" does not exist");
    if (begin == message.npos || end == message.npos || end < begin + 7) return {};
    const auto name = message.substr(begin + 7, end - begin - 7);
    return name.substr(name.rfind('.') + 1);
}

}  // namespace tb::db
