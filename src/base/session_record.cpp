#include "trialbase/session_record.hpp"

namespace tb {

std::string SessionRecord::identifier() const {
    if (!own_identifier.empty()) return own_identifier;
    return lab + "/" + subject + "/" + date + "/" + number;
}

std::string SessionRecord::subject_identifier() const {
    return own_subject_identifier.empty() ? lab + "/" + subject : own_subject_identifier;
}

}  // namespace tb
