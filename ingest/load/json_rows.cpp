#include "ingest/load/json_rows.hpp"

#include "ingest/load/statements.hpp"

namespace tb::load {

namespace {

/// Texts within a value as they may be stored.
void make_storable(nlohmann::json& value) {
    if (value.is_string()) {
        auto& text = value.get_ref<std::string&>();
        if (!db::is_storable_text(text)) text = db::sanitize_text(text);
    } else if (value.is_structured()) {
        for (auto& part : value) make_storable(part);
    }
}

}  // namespace

nlohmann::json json_object(const std::string& text) {
    if (text.empty()) return {};
    auto value = nlohmann::json::parse(text);
    if (text.find("\\u0000") != std::string::npos) make_storable(value);
    return value;
}

void add_json_step(std::vector<db::Session::Step>& steps, std::string_view name,
                   const nlohmann::json& rows) {
    if (rows.empty()) return;
    steps.push_back(step(name, db::Params().text(rows.dump(
                                   -1, ' ', false, nlohmann::json::error_handler_t::replace))));
}

}  // namespace tb::load
