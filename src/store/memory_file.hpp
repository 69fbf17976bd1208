// HDF5 files that grow in memory: the disk's errors are then met by our own write(), not inside the
// library, which does not survive a file that it could not finish (it ends the program at exit).
#pragma once

#include "src/store/hdf5.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace tb::store {

/// The bytes of one file that is made through the core driver. Must outlive the file's handle.
class MemoryFile {
  public:
    MemoryFile() = default;
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile();

    /// Access properties to make the file with; its name does not matter.
    [[nodiscard]] PropertyList access(const std::string& doing);
    /// Completes and closes the file and keeps its bytes. @throws tb::Error (io, internal)
    void finish(File& file, const std::string& doing);
    [[nodiscard]] std::span<const std::byte> bytes() const {
        return {static_cast<const std::byte*>(bytes_), size_};
    }
    void clear();

    /// For the driver: takes over the memory of a file that is closed.
    void keep(void* bytes) { bytes_ = bytes; }

  private:
    void* bytes_ = nullptr;
    std::size_t size_ = 0;
};

/// Writes all of `bytes`. @return 0, or the error number
[[nodiscard]] int write_all(int descriptor, std::span<const std::byte> bytes);

}  // namespace tb::store
