#include "ingest/load/held_lab.hpp"

#include "ingest/load/statements.hpp"
#include "src/base/uuid.hpp"
#include "trialbase/error.hpp"

#include <vector>

#include <fmt/format.h>

namespace tb::load {

void require_lab(db::Session& database, const SessionRecord& session, const std::string& asked) {
    const auto identifier = session.identifier();
    std::vector<std::string> sources{session.source}, identifiers{identifier};
    for (const auto& alias : session.aliases) {
        sources.push_back(alias.source);
        identifiers.push_back(alias.identifier);
    }
    const auto held = database.exec(statement("labs_held"),
                                    db::Params()
                                        .text_array(sources)
                                        .text_array(identifiers)
                                        .text(source_uuid(session.source, identifier).to_string())
                                        .text(session.source)
                                        .text(session.own_subject_identifier));
    for (std::size_t row = 0; row < held.rows(); ++row) {
        const auto lab = held.get<std::string>(row, "lab_name");
        if (lab == asked) continue;
        const bool is_session = held.get<bool>(row, "is_session");
        throw Error(
            ErrorKind::conflict,
            fmt::format("{}: {} {} is one of lab '{}', the option --lab says '{}'", session.origin,
                        is_session ? "session" : "subject",
                        is_session ? identifier : session.own_subject_identifier, lab, asked),
            fmt::format("Leave the option away, or name {}; to move the session, delete it "
                        "first (trialbase delete core.session).",
                        lab),
            "Contradiction");
    }
}

}  // namespace tb::load
