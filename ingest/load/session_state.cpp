#include "ingest/load/session_state.hpp"

#include "ingest/load/paradigm.hpp"
#include "ingest/load/session_file_columns.hpp"
#include "ingest/load/statements.hpp"
#include "ingest/load/stored_text.hpp"
#include "src/base/uuid.hpp"

namespace tb::load {

std::vector<SessionState> states_of(db::Session& database, const Paradigm& paradigm,
                                    std::span<const SessionRecord* const> sessions) {
    std::vector<std::string> source, identifier, key, is_whole, alias_source, alias;
    std::vector<std::int64_t> alias_place;
    SessionFileColumns files;
    for (const auto* one : sessions) {
        source.push_back(one->source);
        identifier.push_back(one->identifier());
        key.push_back(source_uuid(one->source, one->identifier()).to_string());
        is_whole.push_back(flag(one->is_whole));
        const auto place = static_cast<std::int64_t>(source.size());
        files.add(*one, {}, place);
        for (const auto& name : one->aliases) {
            alias_place.push_back(place);
            alias_source.push_back(name.source);
            alias.push_back(name.identifier);
        }
    }
    const auto rows = database.exec_prepared(statement("state"), db::Params()
                                                                     .text_array(source)
                                                                     .text_array(identifier)
                                                                     .text_array(key)
                                                                     .text_array(is_whole)
                                                                     .int8_array(files.place)
                                                                     .text_array(files.collection)
                                                                     .text_array(files.name)
                                                                     .text_array(files.revision)
                                                                     .int8_array(files.size_bytes)
                                                                     .text_array(files.sha256)
                                                                     .text_array(files.is_used)
                                                                     .int8_array(alias_place)
                                                                     .text_array(alias_source)
                                                                     .text_array(alias)
                                                                     .text_array(files.md5));
    if (rows.rows() != sessions.size())
        throw Error(ErrorKind::internal, "state.sql does not give one row a session");
    std::vector<SessionState> states;
    std::vector<std::string> session_ids;
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        SessionState state;
        state.session_id = rows.get<std::string>(i, "session_id");
        state.is_known = rows.get<bool>(i, "is_known");
        state.lab = rows.get<std::string>(i, "lab_name");
        state.changed_files = rows.get<std::int64_t>(i, "changed_files");
        state.changed_used_files = rows.get<std::int64_t>(i, "changed_used_files");
        state.gone_files = rows.get<std::int64_t>(i, "gone_files");
        session_ids.push_back(state.session_id);
        states.push_back(std::move(state));
    }
    const auto held = paradigm.held(database, session_ids, sessions);
    if (held.size() != sessions.size()) {
        throw Error(ErrorKind::internal, "the world " + std::string(paradigm.name()) +
                                             " does not tell of each session what is held");
    }
    for (std::size_t i = 0; i < states.size(); ++i) states[i].held = held[i];
    return states;
}

}  // namespace tb::load
