// NWB files: bytes to metadata, columns and series. HDF5 itself works in the child process, whose
// end is an error like another; what is fuzzed here is everything on this side of it.
#include "ingest/nwb/nwb_file.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cstdint>

#include <sys/mman.h>
#include <unistd.h>

namespace {

/// The input as a file that has no name.
class MemoryFile {
  public:
    MemoryFile(const std::uint8_t* data, std::size_t size)
        : descriptor_(::memfd_create("fuzz.nwb", MFD_CLOEXEC)) {
        while (size > 0) {
            const auto n = ::write(descriptor_, data, size);
            if (n <= 0) break;
            data += n;
            size -= static_cast<std::size_t>(n);
        }
    }
    ~MemoryFile() { ::close(descriptor_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    [[nodiscard]] int get() const { return descriptor_; }

  private:
    int descriptor_;
};

template <class Call>
void attempt(const Call& call) {
    try {
        call();
    } catch (const tb::Error&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const MemoryFile bytes(data, size);
    attempt([&] {
        const auto file = tb::nwb::NwbFile::open(
            bytes.get(), "fuzz.nwb",
            {.memory_bytes = std::size_t{1} << 28, .cpu_s = 2, .objects = 10'000});
        for (const auto& table : file.tables()) {
            for (const auto& column : table.columns)
                attempt([&] { (void)file.column(table, column.name); });
            attempt([&] { (void)file.masks(table, 0, std::min<std::size_t>(table.rows, 4)); });
            attempt([&] { (void)file.ids(table); });
        }
        for (const auto& series : file.series()) {
            const auto n = std::min<std::size_t>(series.samples(), 1000);
            attempt([&] { (void)file.values(series, 0, n); });
            attempt([&] { (void)file.times(series, 0, n); });
            attempt([&] { (void)file.region_rows(series, series.rois); });
        }
        for (const auto& object : file.objects()) (void)file.fields(object.path);
    });
    return 0;
}
