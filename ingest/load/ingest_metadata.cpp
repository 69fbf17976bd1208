#include "ingest/load/ingest_metadata.hpp"

#include "ingest/formats/csv_records.hpp"
#include "ingest/load/failure.hpp"
#include "ingest/load/metadata_values.hpp"
#include "ingest/load/statements.hpp"
#include "src/base/nearest.hpp"
#include "src/base/uuid.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace tb::load {
namespace {

using Fields = std::vector<std::optional<std::string>>;

/// For each column of the kind, its place in the file.
std::vector<std::optional<std::size_t>> places_of(const MetadataKind& kind,
                                                  const formats::CsvRecords& table,
                                                  const std::string& file, bool has_lab) {
    std::vector<std::string> known;
    for (const auto& column : kind.columns) known.push_back(column.name);
    const auto hint = [&](std::string_view word) {
        return suggestion(word, known, "Columns of " + kind.name);
    };
    if (table.header.empty()) throw Error(ErrorKind::data, file + ": the file is empty", hint(""));
    std::vector<std::optional<std::size_t>> places(kind.columns.size());
    for (std::size_t at = 0; at < table.header.size(); ++at) {
        const auto& name = table.header[at];
        const auto column = std::ranges::find_if(kind.columns, [&](const auto& one) {
            return one.name == name ||
                   std::ranges::find(one.other_names, name) != one.other_names.end();
        });
        if (column == kind.columns.end())
            throw Error(ErrorKind::data,
                        fmt::format("{}: line 1: unknown column '{}' (the {}. of {})", file, name,
                                    at + 1, table.header.size()),
                        hint(name));
        auto& place = places[static_cast<std::size_t>(column - kind.columns.begin())];
        if (place)
            throw Error(ErrorKind::data,
                        fmt::format("{}: line 1: two columns are {}: '{}' and '{}'", file,
                                    column->name, table.header[*place], name));
        place = at;
    }
    for (std::size_t c = 0; c < places.size(); ++c) {
        const auto& column = kind.columns[c];
        if (column.is_key && !places[c] && !(has_lab && column.name == "lab"))
            throw Error(ErrorKind::data,
                        fmt::format("{}: line 1: there is no column {}", file, column.name),
                        hint(column.name));
    }
    return places;
}

class Loader {
  public:
    Loader(db::Session& session, const MetadataKind& kind, const MetadataOptions& options,
           const formats::CsvRecords& table, std::string file)
        : session_(session),
          kind_(kind),
          options_(options),
          table_(table),
          file_(std::move(file)),
          places_(places_of(kind, table, file_, !options.lab.empty())) {}

    /// @param keeps_issues  in core.session_error, by file and line
    MetadataSummary run(bool keeps_issues) {
        for (const auto& record : table_.records) row(record);
        if (keeps_issues) keep_issues();
        return std::move(summary_);
    }

  private:
    void issue(const formats::CsvRecord& record, const std::string& column, const char* type,
               std::string message, bool is_row_lost) {
        summary_.issues.push_back({record.line, column, type, std::move(message), is_row_lost});
    }

    void row(const formats::CsvRecord& record) {
        ++summary_.rows;
        auto fields = fields_of(record);
        if (!fields || !is_first_of_key(record, *fields) || !check_names(record, *fields)) {
            ++summary_.refused;
            return;
        }
        session_.exec({"savepoint", "savepoint metadata_row"});
        try {
            db::Params params;
            for (const auto& field : *fields) params.text(field);
            const auto key = row_key(*fields);
            params.text(key);
            const auto answer = session_.exec_prepared(statement("metadata_" + kind_.name), params);
            bool is_added = false, is_changed = false;
            for (std::size_t i = 0; i < answer.rows(); ++i) {
                is_added = is_added || answer.get<bool>(i, "is_added");
                is_changed = true;
            }
            if (is_added) summary_.new_key = key;
            ++(is_added ? summary_.added : is_changed ? summary_.updated : summary_.unchanged);
        } catch (const Error& error) {
            // The data are wrong in a way that only the database sees; everything else is an
            // outage.
            if (error.kind() != ErrorKind::data && error.kind() != ErrorKind::conflict) throw;
            session_.exec({"rollback", "rollback to savepoint metadata_row"});
            issue(record, "", "BadValue", error.what(), true);
            ++summary_.refused;
        }
        session_.exec({"release", "release savepoint metadata_row"});
    }

    /// The row's values; nothing when its key is bad.
    std::optional<Fields> fields_of(const formats::CsvRecord& record) {
        if (record.fields.size() > table_.header.size() &&
            std::any_of(record.fields.begin() + static_cast<std::ptrdiff_t>(table_.header.size()),
                        record.fields.end(), [](const auto& field) { return !field.empty(); })) {
            issue(
                record, "", "ExtraFields",
                fmt::format("{} fields under {} columns: a delimiter inside a value must be quoted",
                            record.fields.size(), table_.header.size()),
                true);
            return std::nullopt;
        }
        Fields fields(kind_.columns.size());
        bool is_good = true;
        for (std::size_t c = 0; c < kind_.columns.size(); ++c) {
            const auto& column = kind_.columns[c];
            std::string field;
            if (places_[c] && *places_[c] < record.fields.size())
                field = record.fields[*places_[c]];
            if (field.empty() && column.name == "lab" && column.is_key) field = options_.lab;
            auto value = metadata_value(field, column.type, table_.delimiter);
            if (value.text && column.type == MetadataType::time_zone && !is_time_zone(*value.text))
                value = {std::nullopt, "expected an IANA time zone as Europe/London"};
            if (!value.fault.empty())
                issue(record, column.name, column.is_key ? "BadKey" : "BadValue",
                      fmt::format("'{}': {}", field, value.fault), column.is_key);
            if (column.is_key && !value.text) {
                if (value.fault.empty()) issue(record, column.name, "BadKey", "is empty", true);
                is_good = false;
            }
            fields[c] = std::move(value.text);
        }
        check_order(record, fields);
        if (!is_good) return std::nullopt;
        return fields;
    }

    bool is_time_zone(const std::string& name) {
        return session_
            .exec_prepared({"time zone", "select core.is_time_zone($1)"}, db::Params().text(name))
            .get<bool>(0, std::size_t{0});
    }

    /// Days that must follow one another; the later one is not taken.
    void check_order(const formats::CsvRecord& record, Fields& fields) {
        const std::pair<const char*, const char*> pairs[] = {
            {"birth_date", "wean_date"}, {"birth_date", "death_date"}, {"start_date", "end_date"}};
        for (const auto& [first, later] : pairs) {
            const auto a = index_of(first), b = index_of(later);
            if (!a || !b || !fields[*a] || !fields[*b] || *fields[*a] <= *fields[*b]) continue;
            issue(record, later, "BadValue",
                  fmt::format("'{}' is before {} {}", *fields[*b], first, *fields[*a]), false);
            fields[*b].reset();
        }
    }

    std::optional<std::size_t> index_of(std::string_view name) const {
        for (std::size_t c = 0; c < kind_.columns.size(); ++c) {
            if (kind_.columns[c].name == name) return c;
        }
        return std::nullopt;
    }

    bool is_first_of_key(const formats::CsvRecord& record, const Fields& fields) {
        std::string key;
        for (std::size_t c = 0; c < fields.size(); ++c) {
            if (kind_.columns[c].is_key && kind_.columns[c].name != "weight_g")
                key += fields[c].value() + '\0';
        }
        if (kind_.name == "members") key += fields[index_of("lab").value()].value_or("") + '\0';
        const auto [place, is_new] = seen_.emplace(key, record.line);
        if (!is_new)
            issue(record, "", "DuplicateRow",
                  fmt::format("line {} has the same key", place->second), true);
        return is_new;
    }

    /// Names of other tables: labs and subjects must be there (or be this row's own), kinds of
    /// water too; strains, lines, species, sources, projects and people are brought along.
    bool check_names(const formats::CsvRecord& record, Fields& fields) {
        if (kind_.name == "labs") return true;
        const auto lab = index_of("lab").value();
        if (fields[lab] && !knows("lab", "select lab_name from core.lab", *fields[lab])) {
            const bool is_key = kind_.columns[lab].is_key;
            unknown(record, "lab", *fields[lab], names_["lab"], is_key,
                    " (trialbase ingest csv labs)");
            if (is_key) return false;
            fields[lab].reset();
        }
        const auto subject = index_of("subject");
        if (subject && kind_.name != "subjects") {
            const auto& of_lab = *fields[lab];
            const auto found = session_.exec_prepared(
                statement("metadata_nicknames"), db::Params().text(of_lab).text(*fields[*subject]));
            std::set<std::string> nicknames;
            for (std::size_t row = 0; row < found.rows(); ++row)
                nicknames.insert(found.get<std::string>(row, "nickname"));
            if (!nicknames.contains(*fields[*subject])) {
                unknown(record, "subject", *fields[*subject], nicknames, true,
                        " (trialbase ingest csv subjects)");
                return false;
            }
        }
        if (const auto water = index_of("water_type");
            water && fields[*water] &&
            !knows("water_type", "select water_type_name from core.water_type", *fields[*water])) {
            unknown(record, "water_type", *fields[*water], names_["water_type"], false, "");
            fields[*water].reset();
        }
        bring("species", "species_name", "core.species", fields);
        bring("strain", "strain_name", "core.strain", fields);
        bring("line", "line_name", "core.line", fields);
        bring("source", "source_name", "core.subject_source", fields);
        bring("project", "project_name", "core.project", fields);
        bring("responsible_user", "user_name", "core.member", fields);
        if (kind_.name != "members") bring("user_name", "user_name", "core.member", fields);
        return true;
    }

    bool knows(const std::string& what, const std::string& select, const std::string& name) {
        if (!names_.contains(what)) {
            auto& names = names_[what];
            const auto found = session_.exec({"names", select});
            for (std::size_t row = 0; row < found.rows(); ++row)
                names.insert(found.get<std::string>(row, std::size_t{0}));
        }
        return names_[what].contains(name);
    }

    void unknown(const formats::CsvRecord& record, const std::string& column,
                 const std::string& name, const std::set<std::string>& known, bool is_row_lost,
                 const char* how) {
        const std::vector<std::string> words(known.begin(), known.end());
        const auto meant = nearest(name, words);
        issue(record, column, "UnknownName",
              fmt::format("'{}' is not known{}{}", name,
                          meant ? fmt::format("; did you mean {}?", *meant) : std::string(), how),
              is_row_lost);
    }

    void bring(const std::string& column, const char* key, const char* table,
               const Fields& fields) {
        const auto place = index_of(column);
        if (!place || !fields[*place]) return;
        if (knows(table, fmt::format("select {} from {}", key, table), *fields[*place])) return;
        session_.exec({"bring a name along", fmt::format("insert into {} ({}) values ($1) on "
                                                         "conflict do nothing",
                                                         table, key)},
                      db::Params().text(*fields[*place]));
        names_[table].insert(*fields[*place]);
        summary_.new_names.push_back(fmt::format(
            "{} {}", key == std::string("user_name") ? "person" : column, *fields[*place]));
    }

    /// Key of the row that a statement makes where its table has UUIDs.
    std::string row_key(const Fields& fields) const {
        if (kind_.name == "labs" || kind_.name == "members") return {};
        const auto subject =
            *fields[index_of("lab").value()] + "/" + *fields[index_of("subject").value()];
        // As for subjects of session trees, so that it does not matter which came first.
        const auto key = source_uuid("ibl", subject);
        if (kind_.name == "subjects") return key.to_string();
        const auto time =
            index_of(kind_.name == "water" ? "administered_at" : "weighed_at").value();
        return uuid5(key, kind_.name + ":" + *fields[time]).to_string();
    }

    void keep_issues() {
        const auto place = std::filesystem::absolute(file_).lexically_normal().string();
        session_.exec(statement("metadata_errors_resolved"), db::Params().text(place));
        for (const auto& one : summary_.issues) {
            session_.exec_prepared(
                statement("error"),
                db::Params()
                    .text("csv")
                    .text(fmt::format("{}:{}", place, one.line))
                    .text(one.type)
                    .text(db::sanitize_text(one.column.empty() ? one.message
                                                               : one.column + ": " + one.message))
                    .text("Mend the line and load the file again.")
                    .text(place)
                    .null()
                    .text(options_.lab.empty() ? std::nullopt : std::optional(options_.lab)));
        }
    }

    db::Session& session_;
    const MetadataKind& kind_;
    const MetadataOptions& options_;
    const formats::CsvRecords& table_;
    std::string file_;
    std::vector<std::optional<std::size_t>> places_;
    std::map<std::string, std::size_t> seen_;
    std::map<std::string, std::set<std::string>> names_;
    MetadataSummary summary_;
};

}  // namespace

MetadataSummary ingest_metadata(db::Session& session, const MetadataKind& kind,
                                const std::filesystem::path& file, const MetadataOptions& options) {
    try {
        const auto table = formats::read_csv_records(file);
        db::Transaction transaction(session);
        auto summary = Loader(session, kind, options, table, file.string()).run(true);
        if (!options.dry_run) transaction.commit();
        return summary;
    } catch (const Error& error) {
        const bool is_of_file = error.kind() == ErrorKind::data ||
                                (error.kind() == ErrorKind::io && error.sqlstate.empty());
        if (is_of_file && !options.dry_run) {
            const auto place = std::filesystem::absolute(file).lexically_normal().string();
            record_failure(session, failure_of(error, "csv", place, options.lab, place));
        }
        throw;
    }
}

namespace {

/// The lab of the only subject that has the name.
std::string lab_of_subject(db::Session& session, const std::string& subject) {
    const auto labs = session.exec(
        {"labs of a name", "select lab_name from core.subject where nickname = $1 order by 1"},
        db::Params().text(subject));
    if (labs.rows() == 1) return labs.get<std::string>(0, "lab_name");
    if (labs.rows() == 0)
        throw Error(ErrorKind::data, "no subject is called " + subject,
                    "trialbase query subjects_by_lab lists them; trialbase add subject makes one.");
    std::string names;
    for (std::size_t i = 0; i < labs.rows(); ++i)
        names += (i == 0 ? "" : ", ") + labs.get<std::string>(i, "lab_name");
    throw Error(ErrorKind::data, "subjects of several labs are called " + subject + ": " + names,
                "Tell which with --lab.");
}

}  // namespace

MetadataSummary add_metadata(db::Session& session, const MetadataKind& kind,
                             const std::vector<MetadataField>& fields, bool is_dry_run) {
    formats::CsvRecords table;
    table.records.push_back({1, {}});
    MetadataOptions options;
    for (const auto& [name, told] : fields) {
        table.header.push_back(name);
        table.records[0].fields.push_back(told);
        if (name == "lab") options.lab = told;
    }
    const auto subject = std::ranges::find(fields, "subject", &MetadataField::first);
    const bool is_of_subject = kind.one == "weighing" || kind.one == "water";
    if (options.lab.empty() && is_of_subject && subject != fields.end())
        options.lab = lab_of_subject(session, subject->second);
    db::Transaction transaction(session);
    auto summary = Loader(session, kind, options, table, kind.one).run(false);
    for (const auto& issue : summary.issues)
        throw Error(ErrorKind::data,
                    issue.column.empty() ? issue.message : issue.column + " " + issue.message,
                    "Nothing was stored.", issue.type);
    if (!is_dry_run) transaction.commit();
    return summary;
}

}  // namespace tb::load
