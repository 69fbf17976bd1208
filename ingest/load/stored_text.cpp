#include "ingest/load/stored_text.hpp"

#include "src/db/session.hpp"

namespace tb::load {

std::string cut(std::string_view text, std::size_t most) {
    auto plain = db::sanitize_text(text);
    if (plain.size() <= most) return plain;
    while (most > 0 && (static_cast<unsigned char>(plain[most]) & 0xC0U) == 0x80U) --most;
    return plain.substr(0, most) + " ...";
}

std::string flag(bool value) {
    return value ? "t" : "f";
}

}  // namespace tb::load
