#include "ingest/load/lick_rows.hpp"

#include "ingest/load/statements.hpp"

namespace tb::load {

void LickRows::add(const std::string& session_id, std::span<const double> lick_s) {
    for (std::size_t i = 0; i < lick_s.size(); ++i) {
        session_id_.push_back(session_id);
        number_.push_back(static_cast<std::int64_t>(i) + 1);
        time_s_.push_back(lick_s[i]);
    }
}

void LickRows::add_step(std::vector<db::Session::Step>& steps) const {
    if (session_id_.empty()) return;
    steps.push_back(step(
        "licks", db::Params().text_array(session_id_).int8_array(number_).float8_array(time_s_)));
}

}  // namespace tb::load
