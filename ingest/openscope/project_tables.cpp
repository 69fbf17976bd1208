#include "ingest/openscope/project_tables.hpp"

#include "ingest/formats/csv_records.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <map>
#include <set>

#include <fmt/format.h>

namespace tb::openscope {
namespace {

using allen::ProjectRow;
using allen::ProjectTable;
using allen::ProjectTableKind;
using Kind = allen::CellKind;
using ListedColumn = allen::ProjectColumn;

// Days and moments are texts here: yyyymmdd is a whole number, too.
constexpr std::array mouse_columns{
    ListedColumn{"sessid", Kind::integer, true},
    ListedColumn{"full_timestamp", Kind::text, true},
    ListedColumn{"mouse_n", Kind::integer, true},
    ListedColumn{"mouseid", Kind::integer, true},
    ListedColumn{"sex"},
    ListedColumn{"DOB"},
    ListedColumn{"date", Kind::text, true},
    ListedColumn{"age_weeks", Kind::number},
    ListedColumn{"depth", Kind::integer},
    ListedColumn{"plane", Kind::text, true},
    ListedColumn{"line", Kind::text, true},
    ListedColumn{"runtype", Kind::text, true},
    ListedColumn{"sess_n", Kind::integer, true},
    ListedColumn{"nrois", Kind::integer},
    ListedColumn{"nrois_tracked", Kind::integer},
    ListedColumn{"nrois_all", Kind::integer},
    ListedColumn{"nrois_allen", Kind::integer},
    ListedColumn{"nrois_allen_all", Kind::integer},
    ListedColumn{"pass_fail", Kind::text, true},
    ListedColumn{"all_files", Kind::integer},
    ListedColumn{"any_files", Kind::integer},
    ListedColumn{"incl"},
    ListedColumn{"stim_seed", Kind::integer},
    ListedColumn{"notes"},
};

constexpr std::array metadata_columns{
    ListedColumn{"allen_session_id", Kind::integer, true},
    ListedColumn{"dandiset", Kind::integer},
    ListedColumn{"dandi_allen_subject_id", Kind::integer, true},
    ListedColumn{"dandi_session_id", Kind::text},
    ListedColumn{"local_subject_n", Kind::integer},
    ListedColumn{"local_session_n", Kind::integer},
    ListedColumn{"imaging_date"},
    ListedColumn{"imaging_depth", Kind::integer},
    ListedColumn{"imaging_cell_layer"},
    ListedColumn{"imaging_plane"},
    ListedColumn{"n_ROIs", Kind::integer},
    ListedColumn{"allen_QC"},
    ListedColumn{"stimulus_seed", Kind::integer},
    ListedColumn{"experimental_notes"},
};

const ProjectTableKind mouse_kind{"mouse_df", mouse_columns};
const ProjectTableKind metadata_kind{"metadata", metadata_columns};

std::optional<int> two_or_four_digits(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.front() == '-')
        return std::nullopt;
    return value;
}

std::string key_of(const ProjectRow& row) {
    return std::to_string(std::get<std::int64_t>(row.values[0]));
}

/// What a column may say, beside what its kind says.
struct Rule {
    std::string_view column;
    bool (*holds)(std::string_view cell);
    std::string_view expected;
};
constexpr std::array rules{
    Rule{"full_timestamp", [](std::string_view cell) { return iso_moment(cell).has_value(); },
         "no time like 20180926T172917"},
    Rule{"dandi_session_id", [](std::string_view cell) { return iso_moment(cell).has_value(); },
         "no time like 20180926T172917"},
    Rule{"date", [](std::string_view cell) { return iso_day(cell).has_value(); },
         "no day like 20180926"},
    Rule{"DOB", [](std::string_view cell) { return iso_day(cell).has_value(); },
         "no day like 20180926"},
    Rule{"imaging_date", [](std::string_view cell) { return iso_day(cell).has_value(); },
         "no day like 20180926"},
    Rule{"pass_fail", [](std::string_view cell) { return cell == "P" || cell == "F"; },
         "neither P nor F"},
    Rule{"allen_QC", [](std::string_view cell) { return cell == "passed" || cell == "failed"; },
         "neither passed nor failed"},
};

void apply_rules(ProjectTable& table) {
    std::erase_if(table.rows, [&](const ProjectRow& row) {
        for (std::size_t c = 0; c < table.kind->columns.size(); ++c) {
            const auto* cell = std::get_if<std::string>(&row.values[c]);
            if (cell == nullptr) continue;
            for (const auto& rule : rules) {
                if (rule.column != table.kind->columns[c].name || rule.holds(*cell)) continue;
                table.faults.push_back({"TableCell", row.line, key_of(row),
                                        std::string(rule.column),
                                        fmt::format("'{}' is {}", *cell, rule.expected)});
                return true;
            }
        }
        return false;
    });
}

/// Rows that say the same are one row by now: they are told of all the same.
void tell_equal_rows(const formats::CsvRecords& records, ProjectTable& table) {
    const auto key = table.kind->columns[0].name;
    const auto column = std::ranges::find(records.header, key);
    const auto place = static_cast<std::size_t>(column - records.header.begin());
    std::map<std::string, std::vector<std::size_t>> lines;
    for (const auto& record : records.records) {
        if (place >= record.fields.size()) continue;
        try {
            const auto value = allen::parse_cell(record.fields[place], Kind::integer);
            if (const auto* number = std::get_if<std::int64_t>(&value))
                lines[std::to_string(*number)].push_back(record.line);
        } catch (const Error&) {
            continue;  // among the faults already
        }
    }
    for (const auto& row : table.rows) {
        const auto& found = lines[key_of(row)];
        if (found.size() < 2) continue;
        table.faults.push_back(
            {"DuplicateSession", row.line, key_of(row), std::string(key),
             fmt::format("{} is in {} rows that say the same (the last: line {}); the first stays",
                         key_of(row), found.size(), found.back())});
    }
}

}  // namespace

const ProjectTableKind& mouse_table() {
    return mouse_kind;
}
const ProjectTableKind& metadata_table() {
    return metadata_kind;
}

std::optional<std::string> iso_day(std::string_view text) {
    using namespace std::chrono;
    if (text.size() != 8) return std::nullopt;
    const auto year_no = two_or_four_digits(text.substr(0, 4)),
               month_no = two_or_four_digits(text.substr(4, 2)),
               day_no = two_or_four_digits(text.substr(6, 2));
    if (!year_no || !month_no || !day_no) return std::nullopt;
    const year_month_day day{year{*year_no}, month{static_cast<unsigned>(*month_no)},
                             std::chrono::day{static_cast<unsigned>(*day_no)}};
    if (!day.ok() || *year_no < 1970) return std::nullopt;
    return fmt::format("{:04}-{:02}-{:02}", *year_no, *month_no, *day_no);
}

std::optional<std::string> iso_moment(std::string_view text) {
    if (text.size() != 15 || text[8] != 'T') return std::nullopt;
    const auto day = iso_day(text.substr(0, 8));
    const auto hour = two_or_four_digits(text.substr(9, 2)),
               minute = two_or_four_digits(text.substr(11, 2)),
               second = two_or_four_digits(text.substr(13, 2));
    if (!day || !hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59)
        return std::nullopt;
    return fmt::format("{}T{:02}:{:02}:{:02}Z", *day, *hour, *minute, *second);
}

ProjectTable read_table(const std::filesystem::path& file, const ProjectTableKind& kind) {
    auto table = allen::read_project_table(file, kind);
    apply_rules(table);
    tell_equal_rows(formats::read_csv_records(file), table);
    return table;
}

const ProjectTableKind* kind_of_table(const std::filesystem::path& file) {
    const auto records = formats::read_csv_records(file);
    for (const auto* kind : {&mouse_kind, &metadata_kind})
        if (std::ranges::find(records.header, kind->columns[0].name) != records.header.end())
            return kind;
    return nullptr;
}

}  // namespace tb::openscope
