#include "ingest/load/twins.hpp"

#include "ingest/load/statements.hpp"

#include <cstdint>

namespace tb::load {
namespace {

std::map<std::string, std::size_t> counts_of(const db::Result& rows) {
    std::map<std::string, std::size_t> issues;
    for (std::size_t i = 0; i < rows.rows(); ++i)
        issues[rows.get<std::string>(i, "issue_type")] =
            static_cast<std::size_t>(rows.get<std::int64_t>(i, "issues"));
    return issues;
}

}  // namespace

FoundSession found_session(const SessionRecord& session, const std::string& session_id) {
    FoundSession found{session_id,   session.source, session.lab, session.subject,
                       session.date, session.number, {}};
    for (const auto& file : session.files) {
        if (!file.sha256.empty() || file.dataset_type.starts_with("trials."))
            found.files.push_back(
                {file.dataset_type, file.sha256, file.collection, file.name, file.size_bytes});
    }
    return found;
}

std::map<std::string, std::size_t> remark_on_twins(db::Session& database,
                                                   const std::vector<std::string>& session_ids) {
    if (session_ids.empty()) return {};
    const auto rows = database.exec(statement("twins"), db::Params().text_array(session_ids));
    return counts_of(rows);
}

std::map<std::string, std::size_t> preview_twins(db::Session& database,
                                                 std::span<const FoundSession> sessions) {
    if (sessions.empty()) return {};
    std::vector<std::string> key, source, lab, subject, date, number, file_key, type, sha256,
        collection, name;
    std::vector<std::int64_t> size_bytes;
    for (const auto& one : sessions) {
        key.push_back(one.session_id);
        source.push_back(one.source);
        lab.push_back(one.lab);
        subject.push_back(one.subject);
        date.push_back(one.date);
        number.push_back(one.number);
        for (const auto& file : one.files) {
            file_key.push_back(one.session_id);
            type.push_back(file.dataset_type);
            sha256.push_back(file.sha256);
            collection.push_back(file.collection);
            name.push_back(db::sanitize_text(file.name));
            size_bytes.push_back(static_cast<std::int64_t>(file.size_bytes));
        }
    }
    const auto rows = database.exec(statement("twins_found"), db::Params()
                                                                  .text_array(key)
                                                                  .text_array(source)
                                                                  .text_array(lab)
                                                                  .text_array(subject)
                                                                  .text_array(date)
                                                                  .text_array(number)
                                                                  .text_array(file_key)
                                                                  .text_array(type)
                                                                  .text_array(sha256)
                                                                  .text_array(collection)
                                                                  .text_array(name)
                                                                  .int8_array(size_bytes));
    return counts_of(rows);
}

}  // namespace tb::load
