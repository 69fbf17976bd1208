#include "ingest/load/alyx/object_tables.hpp"

#include "ingest/load/alyx/alyx_targets.hpp"
#include "ingest/load/alyx/object_values.hpp"
#include "ingest/load/statements.hpp"
#include "src/base/uuid.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace tb::load {
namespace {

using alyx::DumpObject;
using alyx::Field;
using alyx::FieldKind;
using alyx::Model;
using nlohmann::json;

constexpr std::size_t most_waiting_of_model = 5000;
constexpr std::size_t most_waiting = 20000;
constexpr std::size_t most_problems = 1000;

const json no_value;

const json& field_of(const DumpObject& object, const Field& field) {
    const auto found = object.fields.find(std::string(field.name));
    return found == object.fields.end() ? no_value : *found;
}

const char* column_type(FieldKind kind) {
    switch (kind) {
        case FieldKind::text:
        case FieldKind::reference:
            return "text";
        case FieldKind::uuid:
            return "uuid";
        case FieldKind::integer:
        case FieldKind::outcome:
            return "integer";
        case FieldKind::number:
        case FieldKind::amount:
        case FieldKind::share:
            return "double precision";
        case FieldKind::boolean:
        case FieldKind::list:  // whether the list was there
            return "boolean";
        case FieldKind::date:
            return "date";
        case FieldKind::moment:
            return "timestamp";
        case FieldKind::json:
            return "jsonb";
    }
    return "text";
}

void put(db::CopyIn& copy, const ColumnValue& value) {
    std::visit(
        [&](const auto& one) {
            if constexpr (std::is_same_v<std::decay_t<decltype(one)>, std::monostate>) {
                copy.put_null();
            } else if constexpr (std::is_same_v<std::decay_t<decltype(one)>, std::string>) {
                copy.put(std::string_view(one));
            } else {
                copy.put(one);
            }
        },
        value);
}

/// True for things that are known by name.
bool is_named(const Model& model) {
    return std::ranges::any_of(named_targets(),
                               [&](const auto& target) { return target.objects == model.table; });
}

/// A value of a history, or the current one: none for the empty text and for Python's None.
std::optional<std::string> historical(const json& value) {
    auto text = reference_text(value);
    if (text && *text == "None") text.reset();
    return text;
}

/// The list of changes of one field, as json.history has it; null when there is none.
const json& history_of(const json& extra, const char* field) {
    if (!extra.is_object()) return no_value;
    const auto history = extra.find("history");
    if (history == extra.end() || !history->is_object()) return no_value;
    const auto changes = history->find(field);
    return changes != history->end() && changes->is_array() ? *changes : no_value;
}

}  // namespace

std::size_t ObjectTables::KeyHash::operator()(const Uuid& key) const noexcept {
    std::size_t hash = 0;
    std::memcpy(&hash, key.bytes.data(), sizeof hash);
    return hash;
}

ObjectTables::ObjectTables(db::Session& session, bool takes_keyless)
    : session_(session), takes_keyless_(takes_keyless) {
    session_.exec_script(statement("alyx/maps"));
    for (const auto* model : {"actions.session", "actions.wateradministration", "data.dataset",
                              "experiments.probeinsertion"})
        make_table(*alyx::find_model(model));
}

void ObjectTables::make_table(const Model& model) {
    auto& held = held_[std::string(model.name)];
    if (held.model != nullptr) return;
    held.model = &model;
    auto script = fmt::format("create temporary table {} (place bigint, pk uuid, is_utc boolean",
                              model.table);
    for (const auto& field : model.fields)
        script +=
            fmt::format(", {} {}", session_.quote_identifier(field.name), column_type(field.kind));
    script += ") on commit drop;\n";
    for (const auto& field : model.fields) {
        if (field.kind == FieldKind::list)
            script += fmt::format(
                "create temporary table {}_{} (place bigint, member text) on commit drop;\n",
                model.table, field.name);
    }
    session_.exec_script({"alyx object tables", script});
}

void ObjectTables::problem(const DumpObject& object, std::string_view field, std::string type,
                           const std::string& message) {
    ++problem_counts_[type];
    if (problems_.size() < most_problems)
        problems_.push_back({object.model, db::sanitize_text(object.pk), std::string(field),
                             std::move(type), message});
}

bool ObjectTables::is_acceptable(const Model& model, DumpObject& object) {
    bool is_good = true;
    for (const auto& field : model.fields) {
        if (!field.is_required) continue;
        const auto& value = field_of(object, field);
        // The most frequent ones need no further look.
        if (value.is_number_unsigned() && field.kind == FieldKind::amount) continue;
        if (value.is_string() && field.kind == FieldKind::reference && value != "") continue;
        const auto read = read_value(field.kind, value);
        if (!std::holds_alternative<std::monostate>(read.value)) continue;
        is_good = false;
        problem(object, field.name, read.fault.empty() ? "MissingValue" : "BadValue",
                read.fault.empty() ? "it has none" : read.fault);
    }
    if (!is_good) ++refused_[std::string(model.name)];
    return is_good;
}

void ObjectTables::add(DumpObject object) {
    // Alleles of old databases have a name and no nickname.
    if (object.model == "subjects.allele") {
        auto& nickname = object.fields["nickname"];
        if (nickname.is_null() || nickname == "") nickname = object.fields["name"];
    }
    // Old databases have one project of a session, in a field of its own.
    if (object.model == "actions.session" && !object.fields.contains("projects") &&
        object.fields.contains("project")) {
        const auto project = object.fields["project"];
        object.fields["projects"] = project.is_null() ? json::array() : json::array({project});
    }
    const auto* model = alyx::find_model(object.model);
    if (model == nullptr) {
        if (alyx::is_left_out(object.model))
            ++left_out_;
        else
            ++unknown_models_[db::sanitize_text(object.model)];
        return;
    }
    const auto uuid = Uuid::parse(object.pk);
    const bool is_keyless = takes_keyless_ && object.pk.empty() && is_named(*model);
    if (!uuid && !is_keyless) {
        ++without_uuid_;
        problem(object, "pk", "NotUuid", fmt::format("the key '{}' is no UUID", object.pk));
        return;
    }
    if (uuid) object.pk = uuid->to_string();
    if (!is_acceptable(*model, object)) return;
    make_table(*model);
    auto& held = held_.find(object.model)->second;
    if (uuid && !held.keys.insert(*uuid).second) {
        held.has_repeated = true;
        ++repeated_;
    } else {
        ++held.count;
    }
    held.waiting.push_back(std::move(object));
    ++waiting_;
    if (held.waiting.size() >= most_waiting_of_model) copy(held);
    if (waiting_ >= most_waiting)
        for (auto& [name, one] : held_) copy(one);
}

void ObjectTables::copy(Held& held) {
    if (held.waiting.empty()) return;
    const auto& model = *held.model;
    const auto first_place = next_place_;
    std::vector<std::string> columns{"place", "pk", "is_utc"};
    for (const auto& field : model.fields) columns.emplace_back(field.name);
    {
        db::CopyIn copy(session_, std::string(model.table), columns);
        std::vector<ColumnValue> values;
        for (const auto& object : held.waiting) {
            values.clear();
            bool is_utc = false;
            for (const auto& field : model.fields) {
                if (field.kind == FieldKind::list) {
                    values.emplace_back(object.fields.contains(std::string(field.name)));
                    continue;
                }
                auto read = read_value(field.kind, field_of(object, field));
                if (!read.fault.empty()) problem(object, field.name, "BadValue", read.fault);
                if (read.is_odd)
                    problem(object, field.name, "OddJson", "the text holds no JSON; kept as text");
                is_utc = is_utc || read.is_instant;
                values.push_back(std::move(read.value));
            }
            copy.next_row();
            copy.put(next_place_++);
            object.pk.empty() ? copy.put_null() : copy.put(std::string_view(object.pk));
            copy.put(is_utc);
            for (const auto& value : values) put(copy, value);
        }
        copy.finish();
    }
    copy_lists(held, first_place);
    if (model.name == "subjects.subject") copy_history(held, first_place);
    waiting_ -= held.waiting.size();
    held.waiting.clear();
}

void ObjectTables::copy_lists(const Held& held, std::int64_t first_place) {
    for (const auto& field : held.model->fields) {
        if (field.kind != FieldKind::list) continue;
        db::CopyIn copy(session_, fmt::format("{}_{}", held.model->table, field.name),
                        {"place", "member"});
        auto place = first_place;
        for (const auto& object : held.waiting) {
            const auto& list = field_of(object, field);
            if (list.is_array()) {
                for (const auto& one : list) {
                    const auto member = reference_text(one);
                    if (!member) {
                        problem(object, field.name, "BadValue", "an entry of the list is no name");
                        continue;
                    }
                    copy.next_row();
                    copy.put(place);
                    copy.put(std::string_view(*member));
                }
            } else if (!list.is_null()) {
                problem(object, field.name, "BadValue", "it is no list");
            }
            ++place;
        }
        copy.finish();
    }
}

// An entry {date_time, value} tells the value before the change at date_time: walking backwards,
// the current value holds since the last change, each earlier one since the change before it, the
// oldest since ever. Source: spec/ibl_behavior.md, 8.
void ObjectTables::copy_history(const Held& held, std::int64_t first_place) {
    db::CopyIn copy(session_, "alyx_history", {"place", "kind", "position", "value", "at"});
    auto place = first_place;
    for (const auto& object : held.waiting) {
        const auto extra = object.fields.value("json", json());
        for (const char* kind : {"cage", "responsible_user"}) {
            const auto& changes = history_of(extra, kind);
            auto value = historical(object.fields.value(kind, json()));
            int position = 0;
            const auto write = [&](const std::optional<std::string>& at) {
                if (!value) return;
                copy.next_row();
                copy.put(place);
                copy.put(kind);
                copy.put(position++);
                copy.put(std::string_view(*value));
                at ? copy.put(std::string_view(*at)) : copy.put_null();
            };
            for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
                if (!change->is_object()) {
                    problem(object, "json.history", "BadValue", "a change is no object");
                    continue;
                }
                const auto at = read_value(FieldKind::moment, change->value("date_time", json()));
                const auto* text = std::get_if<std::string>(&at.value);
                if (text == nullptr)
                    problem(object, "json.history", "BadValue", "a change has no time");
                else
                    write(*text);
                value = historical(change->value("value", json()));
            }
            write(std::nullopt);
        }
        ++place;
    }
    copy.finish();
}

void ObjectTables::finish() {
    std::string script;
    for (auto& [name, held] : held_) {
        copy(held);
        if (held.has_repeated)
            script += fmt::format(
                "delete from {0} as old using {0} as new "
                "where old.pk = new.pk and old.place < new.place;\n",
                held.model->table);
        // Of few rows the planner's guess is good enough.
        if (held.count > 1000) script += fmt::format("analyze {};\n", held.model->table);
    }
    if (!script.empty()) session_.exec_script({"alyx objects", script});
}

std::size_t ObjectTables::count(std::string_view table) const {
    for (const auto& [name, held] : held_)
        if (held.model->table == table) return held.count;
    return 0;
}

}  // namespace tb::load
