#include "src/populate/set_aside.hpp"

#include "src/populate/catalogue.hpp"
#include "src/populate/sql_text.hpp"

#include <fmt/format.h>

namespace tb::populate {

namespace {

std::string what_to_do(const std::string& table) {
    std::string quoted;
    for (const char c : table) quoted.append(c == '\'' ? 2 : 1, c);
    return fmt::format(
        "mend it and run trialbase migrate, or take it out: select "
        "engine.unregister_computed('{}')",
        quoted);
}

}  // namespace

std::string SetAside::text() const {
    return fmt::format("set aside, no key of it is queued or computed: {}; {}", reason,
                       what_to_do(table));
}

std::vector<SetAside> read_set_aside(db::Session& session) {
    const auto rows = session.exec(sql_text("set_aside"));
    std::vector<SetAside> all;
    for (std::size_t row = 0; row < rows.rows(); ++row)
        all.push_back(
            {rows.get<std::string>(row, "table_name"), rows.get<std::string>(row, "reason")});
    return all;
}

void refuse_set_aside(const std::vector<SetAside>& set_aside,
                      const std::vector<std::string>& names) {
    for (const auto& name : names) {
        for (const auto& one : set_aside) {
            if (!is_named(one.table, name)) continue;
            auto hint = what_to_do(one.table) + ".";
            hint.front() = 'M';
            throw Error(ErrorKind::conflict,
                        fmt::format("{} is set aside: {}", one.table, one.reason), hint);
        }
    }
}

}  // namespace tb::populate
