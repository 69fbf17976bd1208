// Archives of any bytes: sessions or problems come out, memory stays bounded, nothing crashes.
#include "ingest/alf/session_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto file = std::filesystem::temp_directory_path() /
                             ("trialbase_archive_fuzz_" + std::to_string(::getpid()));
    std::filesystem::remove(file);  // ext4 flushes a file that is emptied and filled again
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
    tb::alf::DiscoveryOptions options;
    options.lab = "lab";
    options.session_limit_bytes = std::uint64_t{1} << 20;
    tb::alf::visit_sessions(
        file, options,
        [](tb::alf::SessionSource&& source) {
            try {
                (void)tb::alf::read_session(source);
            } catch (const tb::Error&) {
                // A session without usable trials; anything else ends the fuzzer.
            }
        },
        [](tb::alf::DiscoveryProblem&&) {});
    return 0;
}
