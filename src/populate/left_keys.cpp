#include "src/populate/left_keys.hpp"

#include "src/populate/batch.hpp"
#include "src/populate/sql_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace tb::populate {

namespace {

using Reason = LeftKeys::Reason;

constexpr std::array reasons{
    std::pair{Reason::pending, "pending"},     std::pair{Reason::put_back, "put_back"},
    std::pair{Reason::retry, "retry"},         std::pair{Reason::running, "running"},
    std::pair{Reason::abandoned, "abandoned"}, std::pair{Reason::newer, "newer"},
    std::pair{Reason::nobody, "nobody"}};

Reason reason_named(std::string_view name) {
    for (const auto& [reason, label] : reasons) {
        if (name == label) return reason;
    }
    throw Error(ErrorKind::internal, fmt::format("left_keys.sql gives the reason {}", name));
}

std::string filled(std::string text, std::string_view name, std::string_view value) {
    const auto mark = fmt::format("{{{}}}", name);
    for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + value.size()))
        text.replace(at, mark.size(), value);
    return text;
}

/// Who has changed, or holds, rows of what the table's results need, in one line; may be nobody.
std::string holders_of(db::Session& session, const std::string& table) {
    const auto rows = session.exec(sql_text("holders"), db::Params().text(table));
    constexpr std::size_t named = 3;
    std::string text;
    for (std::size_t row = 0; row < std::min(rows.rows(), named); ++row) {
        const auto of = [&](const char* column) { return rows.get<std::string>(row, column); };
        text += fmt::format("{}process {} of {}", text.empty() ? "" : "; ",
                            rows.get<int>(row, "pid"), of("role"));
        if (!of("application").empty()) text += fmt::format(" ({})", of("application"));
        if (!of("state").empty()) text += ", " + of("state");
        if (!of("since_utc").empty()) text += fmt::format(", since {} UTC", of("since_utc"));
    }
    if (rows.rows() > named) text += fmt::format("; {} more", rows.rows() - named);
    return text.empty() ? text : "open here: " + text;
}

std::string seconds_text(double seconds) {
    return seconds < 10 ? fmt::format("{:.1f} s", seconds) : fmt::format("{:.0f} s", seconds);
}

}  // namespace

std::string_view to_string(Reason reason) noexcept {
    for (const auto& [one, label] : reasons) {
        if (one == reason) return label;
    }
    return "pending";
}

std::string LeftKeys::text() const {
    switch (reason) {
        case Reason::pending:
            return about.empty()
                       ? "pending: others hold rows that they need, or they came meanwhile"
                       : fmt::format(
                             "pending: others hold rows that they need, or they "
                             "came meanwhile ({})",
                             about);
        case Reason::put_back:
            return about.empty()
                       ? "put back for a moment: others hold rows that they need"
                       : fmt::format("put back for a moment: others hold rows that they need ({})",
                                     about);
        case Reason::retry:
            return fmt::format("wait for their next try in {} after {}", seconds_text(wait_s),
                               about);
        case Reason::running:
            return fmt::format("being computed by {}", about);
        case Reason::abandoned:
            return "claimed by a worker that is dead, and not yet taken back";
        case Reason::newer:
            return about;
        case Reason::nobody:
            return "this program has no computation for the table";
    }
    return {};
}

std::string restricted_jobs(db::Session& session, const TableInfo& table,
                            const std::string& where) {
    return where.empty()
               ? table.job_table()
               : fmt::format("(select j.* from {} as j join ({}) as restricted using ({}))",
                             table.job_table(), restricted_source(session, table, where),
                             table.key_list());
}

std::vector<LeftKeys> read_left(db::Session& session, const std::vector<TableInfo>& tables,
                                const std::string& where) {
    if (tables.empty()) return {};
    const auto each = sql_text("left_keys");
    std::string all;
    for (const auto& table : tables) {
        if (!all.empty()) all += "\nunion all\n";
        all += filled(filled(each.text, "name", session.quote_literal(table.name)), "jobs",
                      restricted_jobs(session, table, where));
    }
    const auto rows = session.exec({each.name, all});
    std::vector<LeftKeys> left;
    for (std::size_t row = 0; row < rows.rows(); ++row) {
        LeftKeys one;
        one.table = rows.get<std::string>(row, "table_name");
        one.reason = reason_named(rows.get<std::string>(row, "reason"));
        one.count = rows.get<std::int64_t>(row, "keys");
        one.wait_s = rows.optional<double>(row, "wait_s").value_or(0);
        one.about =
            rows.optional<std::string>(row, one.reason == Reason::running ? "workers" : "error")
                .value_or("");
        if (one.reason == Reason::pending || one.reason == Reason::put_back)
            one.about = holders_of(session, one.table);
        left.push_back(std::move(one));
    }
    const auto place_of = [&](const LeftKeys& one) {
        return std::ranges::find(tables, one.table, &TableInfo::name) - tables.begin();
    };
    std::ranges::sort(left, {},
                      [&](const LeftKeys& one) { return std::pair(place_of(one), one.reason); });
    return left;
}

void judge_left(std::vector<LeftKeys>& left, const std::vector<TableInfo>& tables,
                const std::vector<ComputedTable>& registry) {
    for (auto& one : left) {
        const auto table = std::ranges::find(tables, one.table, &TableInfo::name);
        const auto computation = std::ranges::find(registry, one.table, &ComputedTable::name);
        if (one.reason == Reason::running || table == tables.end()) continue;
        if (computation == registry.end()) {
            one.reason = Reason::nobody;
        } else if (computation->code_version < table->code_version) {
            one.reason = Reason::newer;
            one.about = fmt::format(
                "this program has version {}, the database {}: start workers of the newer program",
                computation->code_version, table->code_version);
        }
    }
}

}  // namespace tb::populate
