// .npz archives: bytes to arrays. Checksums are not looked at in fuzzing builds.
#include "ingest/formats/npy.hpp"
#include "trialbase/error.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        (void)tb::formats::parse_npz(std::as_bytes(std::span(data, size)), "fuzz.npz");
    } catch (const tb::Error&) {
    }
    return 0;
}
