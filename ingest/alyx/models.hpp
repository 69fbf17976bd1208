// Which objects of a colony database are kept, and which of their fields.
// Source: spec/ibl_behavior.md, 1.1 to 1.5 and 8.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace tb::alyx {

enum class FieldKind {
    text,       ///< empty: null
    reference,  ///< UUID of another object, or its natural name
    uuid,       ///< UUID of another object alone
    integer,
    outcome,  ///< of quality control: its number, or its label as lists over the network have it
    number,   ///< finite
    amount,   ///< finite and not negative
    share,    ///< 0 to 1
    boolean,
    date,    ///< yyyy-mm-dd
    moment,  ///< ISO 8601, with or without offset
    json,    ///< any value, or text that holds JSON
    list     ///< references
};

struct Field {
    std::string_view name;
    FieldKind kind = FieldKind::text;
    /// What a reference names: lab, member, subject, session, ...; empty for other kinds.
    std::string_view target = {};
    /// Without it (or where it is unknown) the object is left out.
    bool is_required = false;
};

struct Model {
    std::string_view name;   ///< "actions.session"
    std::string_view table;  ///< of its objects while they are loaded: "alyx_session"
    std::vector<Field> fields;
};

[[nodiscard]] std::span<const Model> models();
/// Nullptr for models that are not kept.
[[nodiscard]] const Model* find_model(std::string_view name);
/// True for models that are left out on purpose (accounts, tokens, notes, tasks).
[[nodiscard]] bool is_left_out(std::string_view name);

}  // namespace tb::alyx
