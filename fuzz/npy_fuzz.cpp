// .npy files: bytes to arrays, and every view of them.
#include "ingest/formats/npy.hpp"
#include "trialbase/error.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tb::formats;
    try {
        const NpyArray array = parse_npy(std::as_bytes(std::span(data, size)), "fuzz.npy");
        for (const int view : {0, 1, 2, 3, 4}) {
            try {
                if (view == 0) (void)array.as_doubles();
                if (view == 1) (void)array.as_integers();
                if (view == 2) (void)array.as_strings();
                if (view == 3) (void)array.as_table();
                if (view == 4) (void)array.column_as_doubles(1);
            } catch (const tb::Error&) {
            }
        }
    } catch (const tb::Error&) {
    }
    return 0;
}
