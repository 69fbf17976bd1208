// JSON lines: only tb::Error may come out.
#include "ingest/formats/bytes.hpp"
#include "ingest/formats/json_lines.hpp"
#include "trialbase/error.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tb::formats;
    const auto text = as_text(std::as_bytes(std::span(data, size)));
    try {
        for (const auto& value : parse_json_lines(text, "fuzz.jsonable"))
            (void)value.dump(-1, ' ', true);
    } catch (const tb::Error&) {
    }
    try {
        (void)parse_json(text, "fuzz.json");
    } catch (const tb::Error&) {
    }
    return 0;
}
