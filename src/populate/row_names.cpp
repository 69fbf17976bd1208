#include "src/populate/row_names.hpp"

#include "src/base/nearest.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tb::populate {

namespace {

constexpr const char* hint = "The computation and the migration disagree.";

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

[[noreturn]] void unknown(const std::string& message, std::string_view name,
                          const std::vector<std::string>& known, std::string_view what,
                          const char* type) {
    const auto near = nearest(name, known);
    throw Error(ErrorKind::internal,
                fmt::format("{}{}; its {}: {}", message,
                            near ? fmt::format(" (nearest: {})", *near) : std::string(), what,
                            known.empty() ? "none" : joined(known)),
                hint, type);
}

}  // namespace

void RowNames::check_row(const std::string& target, const std::vector<ColumnInfo>& columns,
                         const Row& row) {
    auto& good = good_[target];
    const auto& values = row.values();
    if (std::ranges::equal(
            values, good, {}, [](const auto& v) -> const auto& { return v.first; }))
        return;
    for (const auto& [name, value] : values) {
        if (std::ranges::find(columns, name, &ColumnInfo::name) != columns.end()) continue;
        std::vector<std::string> known;
        for (const auto& column : columns) {
            if (column.name != "run_id") known.push_back(column.name);
        }
        unknown(fmt::format("{} has no column {}", target, name), name, known, "columns",
                "UnknownColumn");
    }
    good.clear();
    for (const auto& [name, value] : values) good.push_back(name);
}

void RowNames::check(const TableInfo& table, const Output& output) {
    if (output.master_row) check_row(table.name, table.columns, *output.master_row);
    for (const auto& [name, rows] : output.part_rows) {
        const auto part = std::ranges::find_if(
            table.parts, [&](const PartInfo& one) { return is_named(one.name, name); });
        if (part == table.parts.end()) {
            std::vector<std::string> known;
            for (const auto& one : table.parts) known.push_back(one.name);
            unknown(fmt::format("{} has no part {}", table.name, name), name, known, "parts",
                    "UnknownPart");
        }
        for (const auto& row : rows) check_row(part->name, part->columns, row);
    }
}

}  // namespace tb::populate
