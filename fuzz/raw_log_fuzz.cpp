// Raw logs of change detection, packed or not: only tb::Error may come out.
#include "ingest/allen/raw_log.hpp"
#include "trialbase/error.hpp"

#include <cstdint>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto document =
            tb::allen::parse_raw_log_document(std::as_bytes(std::span(data, size)), "fuzz.json");
        (void)tb::allen::raw_log_recording(document, "fuzz.json");
    } catch (const tb::Error&) {
    }
    return 0;
}
