#include "ingest/load/pool_import.hpp"

#include "ingest/formats/csv.hpp"
#include "ingest/load/statements.hpp"

#include <sstream>

#include <fmt/format.h>

namespace tb::load {

namespace {

const std::vector<std::string>& texts(const formats::Table& table, const std::filesystem::path& csv,
                                      std::string_view name) {
    const auto* column = table.find(name);
    if (column == nullptr) {
        throw Error(ErrorKind::data, fmt::format("{}: there is no column {}", csv.string(), name),
                    "Expected: lab, subject, sessions (date/number separated by blanks).");
    }
    return std::get<std::vector<std::string>>(column->values);
}

}  // namespace

PoolImport import_pools(db::Session& session, const std::filesystem::path& csv,
                        const std::string& prefix) {
    formats::CsvOptions options;
    options.all_text = true;
    const auto table = formats::read_csv(csv, options);
    const auto& labs = texts(table, csv, "lab");
    const auto& subjects = texts(table, csv, "subject");
    const auto& sessions = texts(table, csv, "sessions");
    const bool has_fit = table.find("bias") != nullptr && table.find("threshold") != nullptr;

    PoolImport result;
    db::Transaction transaction(session);
    for (std::size_t row = 0; row < table.rows; ++row) {
        const auto pool = fmt::format("{}/{}/{}", prefix, labs[row], subjects[row]);
        session.exec_prepared(
            statement("pool_upsert"),
            db::Params().text(pool).text(fmt::format("sessions of {} in {}, from {}", subjects[row],
                                                     labs[row], csv.filename().string())));
        std::vector<std::string> identifiers;
        std::istringstream words(sessions[row]);
        for (std::string word; words >> word;)
            identifiers.push_back(fmt::format("{}/{}/{}", labs[row], subjects[row], word));
        const auto missing = session.exec_prepared(statement("pool_members"),
                                                   db::Params().text(pool).text_array(identifiers));
        for (std::size_t m = 0; m < missing.rows(); ++m)
            result.missing.push_back(missing.get<std::string>(m, std::size_t{0}));
        ++result.pools;
        result.members += static_cast<int>(identifiers.size() - missing.rows());
        if (!has_fit) continue;
        db::Params fit;
        fit.text(pool).text(csv.filename().string());
        for (const char* name : {"bias", "threshold", "lapselow", "lapsehigh", "easy_correct",
                                 "zero_contrast", "median_rt"}) {
            const auto& value = texts(table, csv, name)[row];
            value.empty() ? fit.null() : fit.text(value);
        }
        session.exec_prepared(statement("pool_published_fit"), fit);
    }
    transaction.commit();
    return result;
}

PoolChange fill_pool(db::Session& session, const std::string& pool, const std::string& description,
                     const std::vector<std::string>& session_ids) {
    db::Transaction transaction(session);
    session.exec_prepared(statement("pool_upsert"), db::Params().text(pool).text(description));
    const auto counts = session.exec_prepared(statement("pool_sessions"),
                                              db::Params().text(pool).text_array(session_ids));
    PoolChange change{.members = counts.get<std::int64_t>(0, "n_members"),
                      .added = counts.get<std::int64_t>(0, "n_added"),
                      .removed = counts.get<std::int64_t>(0, "n_removed"),
                      .without_trials = counts.get<std::int64_t>(0, "n_without_trials")};
    transaction.commit();
    return change;
}

}  // namespace tb::load
