// Values of a colony database's fields as columns take them.
#pragma once

#include "ingest/alyx/models.hpp"

#include <optional>
#include <string>
#include <variant>

#include <nlohmann/json.hpp>

namespace tb::load {

/// A value that a column takes; null where there is none. Texts are fit to be stored.
using ColumnValue = std::variant<std::monostate, std::string, std::int64_t, double, bool>;

/// What came of a value.
struct ReadValue {
    ColumnValue value;
    std::string fault;        ///< why it is not taken; empty for good ones and for none
    bool is_instant = false;  ///< of a moment: it has an offset
    bool is_odd = false;      ///< text that holds no JSON in a field for JSON: kept as text
};

/// The value of a field of any kind but list. Numbers may be written as text, as Alyx does in old
/// fields; the empty text is none.
[[nodiscard]] ReadValue read_value(alyx::FieldKind kind, const nlohmann::json& value);

/// A reference of a list or a field: a UUID in lower case, or a name; of an address its last part.
[[nodiscard]] std::optional<std::string> reference_text(const nlohmann::json& value);

}  // namespace tb::load
