#include "ingest/load/paradigm.hpp"

namespace tb::load {

std::vector<SessionIssue> Paradigm::issues(const SessionRecord&) const {
    return {};
}

std::string Paradigm::issue_prefix(const SessionRecord&) const {
    return {};
}

std::string Paradigm::details(const SessionRecord&) const {
    return {};
}

bool Paradigm::has_arrays(const SessionRecord&) const {
    return false;
}

std::size_t Paradigm::array_bytes(const SessionRecord&) const {
    return 0;
}

std::vector<std::string> Paradigm::array_files(db::Session&, const std::string&) const {
    return {};
}

std::unique_ptr<SessionArrays> Paradigm::write_arrays(const store::StoreOptions&,
                                                      const SessionRecord&, const SessionState&,
                                                      db::Session&) const {
    return nullptr;
}

void Paradigm::copy_rows(db::Session&, std::span<const SessionToWrite>, TableColumns&) const {}

std::vector<SessionIssue> issues_of(const Paradigm& paradigm, const SessionRecord& session) {
    auto issues = session.issues;
    for (auto& issue : paradigm.issues(session)) issues.push_back(std::move(issue));
    return issues;
}

}  // namespace tb::load
