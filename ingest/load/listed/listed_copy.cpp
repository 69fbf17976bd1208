#include "ingest/load/listed/listed_copy.hpp"

#include "src/base/uuid.hpp"

#include <cstdint>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tb::load {
namespace {

using tables::ListedDataset;
using tables::ListedSession;

std::optional<std::string> text_of(const std::string& value) {
    if (value.empty()) return std::nullopt;
    return db::sanitize_text(value);
}

/// The sessions of all lists, each once.
std::vector<const ListedSession*> sessions_of(tables::ListedTables& given) {
    std::map<std::string, const ListedSession*> met;
    std::vector<const ListedSession*> sessions;
    for (const auto& list : given.lists) {
        for (const auto& session : list.sessions) {
            const auto [held, is_new] = met.emplace(session.identifier, &session);
            if (is_new) {
                sessions.push_back(&session);
                continue;
            }
            const auto& first = *held->second;
            if (std::tie(first.lab, first.subject, first.date, first.number) !=
                std::tie(session.lab, session.subject, session.date, session.number))
                given.problems.add(
                    {list.file, 0, session.identifier, "Contradiction",
                     fmt::format("{}: {} {} {} here and {} {} {} in another row: the first counts",
                                 list.name, session.lab, session.subject, session.date, first.lab,
                                 first.subject, first.date),
                     "One of the two is wrong; mend it where it comes from."});
        }
    }
    return sessions;
}

void copy_sessions(db::Session& session, const std::vector<const ListedSession*>& sessions,
                   const std::string& lab) {
    {
        db::CopyIn copy(session, "listed_session",
                        {"place", "identifier", "eid", "new_key", "lab_name", "nickname",
                         "session_date", "session_number", "start_time", "end_time",
                         "task_protocol", "strain_name", "line_name", "extra"});
        std::int64_t place = 0;
        for (const auto* one : sessions) {
            copy.next_row();
            copy.put(place++);
            copy.put(db::sanitize_text(one->identifier));
            copy.put(text_of(one->eid));
            copy.put(text_of(one->eid));
            copy.put(text_of(one->lab.empty() ? lab : one->lab));
            copy.put(db::sanitize_text(one->subject));
            copy.put(one->date);
            copy.put(one->number);
            copy.put(text_of(one->start_time));
            copy.put(text_of(one->end_time));
            copy.put(text_of(one->task_protocol));
            copy.put(text_of(one->strain));
            copy.put(text_of(one->line));
            one->extra.is_null() ? copy.put_null() : copy.put(one->extra.dump());
        }
        copy.finish();
    }
    db::CopyIn copy(session, "listed_link", {"place", "kind", "position", "name"});
    std::int64_t place = 0;
    for (const auto* one : sessions) {
        const auto put = [&](const char* kind, const std::vector<std::string>& names) {
            int position = 0;
            for (const auto& name : names) {
                copy.next_row();
                copy.put(place);
                copy.put(kind);
                copy.put(position++);
                copy.put(db::sanitize_text(name));
            }
        };
        put("project", one->projects);
        put("member", one->users);
        put("region", one->regions);
        ++place;
    }
    copy.finish();
}

void copy_members(db::Session& session, const tables::ListedTables& given) {
    db::CopyIn copy(session, "listed_member", {"list_name", "identifier"});
    for (const auto& list : given.lists) {
        const auto put = [&](const std::string& identifier) {
            copy.next_row();
            copy.put(list.name);
            copy.put(db::sanitize_text(identifier));
        };
        for (const auto& one : list.sessions) put(one.identifier);
        for (const auto& identifier : list.identifiers) put(identifier);
    }
    copy.finish();
}

void copy_insertions(db::Session& session, const tables::ListedTables& given) {
    db::CopyIn copy(session, "listed_insertion",
                    {"list_name", "insertion_id", "identifier", "insertion_name"});
    for (const auto& list : given.lists) {
        for (const auto& one : list.insertions) {
            copy.next_row();
            copy.put(list.name);
            copy.put(one.insertion_id);
            copy.put(one.session);
            copy.put(text_of(one.name));
        }
    }
    copy.finish();
}

void copy_fields(db::Session& session, const tables::ListedTables& given) {
    db::CopyIn copy(session, "listed_field",
                    {"told_by", "identifier", "field_name", "outcome", "is_true", "text_value"});
    for (const auto& table : given.qc) {
        for (const auto& one : table.fields) {
            copy.next_row();
            copy.put(table.name);
            copy.put(one.session);
            copy.put(db::sanitize_text(one.name));
            copy.put(text_of(one.outcome));
            copy.put(one.is_true);
            copy.put(text_of(one.text));
        }
    }
    copy.finish();
}

std::size_t copy_datasets(db::Session& session, tables::ListedTables& given) {
    db::CopyIn copy(session, "listed_dataset",
                    {"place", "identifier", "dataset_id", "collection", "dataset_name", "revision",
                     "dataset_type_name", "extension", "size_bytes", "md5", "outcome", "is_default",
                     "is_present", "tree", "relative_path"});
    std::int64_t place = 0;
    const auto put = [&](const ListedDataset& one) {
        copy.next_row();
        copy.put(place++);
        copy.put(db::sanitize_text(one.session));
        copy.put(text_of(one.dataset_id));
        copy.put(db::sanitize_text(one.collection));
        copy.put(db::sanitize_text(one.name));
        copy.put(db::sanitize_text(one.revision));
        copy.put(text_of(one.dataset_type));
        copy.put(text_of(one.extension));
        copy.put(one.size_bytes);
        copy.put(text_of(one.md5));
        copy.put(text_of(one.outcome));
        copy.put(one.is_default);
        copy.put(one.is_present);
        copy.put(text_of(one.tree));
        copy.put(text_of(one.path));
    };
    if (given.datasets) given.datasets([&](ListedDataset dataset) { put(dataset); });
    for (const auto& list : given.lists) {
        for (const auto& one : list.sessions) {
            for (const auto& path : one.datasets) {
                ListedDataset dataset;
                dataset.session = one.identifier;
                if (split_dataset_path(path, dataset)) {
                    put(dataset);
                    continue;
                }
                given.problems.add({list.file, 0, one.identifier, "BadPath",
                                    fmt::format("its dataset '{}' leads out of the session, or to "
                                                "no file",
                                                db::sanitize_text(path)),
                                    ""});
            }
        }
    }
    copy.finish();
    return static_cast<std::size_t>(place);
}

}  // namespace

CopiedTables copy_listed(db::Session& session, tables::ListedTables& given,
                         const std::string& lab) {
    copy_sessions(session, sessions_of(given), lab);
    copy_members(session, given);
    copy_insertions(session, given);
    copy_fields(session, given);
    return {copy_datasets(session, given)};
}

}  // namespace tb::load
