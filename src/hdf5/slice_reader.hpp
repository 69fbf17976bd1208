// Reads boxes of data sets. Runs in the child process.
#pragma once

#include "src/hdf5/handle.hpp"
#include "src/hdf5/listing.hpp"
#include "src/hdf5/packed_chunks.hpp"
#include "src/hdf5/stored_type.hpp"

#include <cstddef>
#include <functional>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::hdf5 {

/// A box of one data set, whole and within its shape.
struct Box {
    std::vector<std::size_t> start;
    std::vector<std::size_t> count;
    [[nodiscard]] std::size_t n_values() const noexcept;
};

class SliceReader {
  public:
    /// @param with_plugins  runs what it is given while a filter's library may be opened
    SliceReader(hid_t file, std::size_t file_bytes, const Listing& listing,
                std::function<void(const std::function<void()>&)> with_plugins);

    /// Numbers into `out`. @return bytes written. @throws ReadFailure; tb::Error (io)
    std::size_t numbers(const std::string& path, const std::string& member,
                        const std::string& dtype, const Box& box, std::span<std::byte> out);
    [[nodiscard]] std::vector<std::string> texts(const std::string& path, const std::string& member,
                                                 const Box& box);
    [[nodiscard]] std::vector<std::string> references(const std::string& path,
                                                      const std::string& member, const Box& box);

  private:
    /// A data set that is being read; its chunk cache holds one row of chunks.
    struct Opened {
        std::string path;
        Dataset dataset;
        Type stored;
        ValueType type;
        std::vector<std::size_t> shape;
        std::optional<PackedChunks> packed;  ///< of plain numbers, deflated
    };
    Opened& opened(const std::string& path);
    [[nodiscard]] Opened open(const std::string& path) const;
    template <class Read>
    auto with_box(const std::string& path, const Box& box, const Read& read);

    hid_t file_;
    std::size_t file_bytes_;
    const Listing& listing_;
    std::function<void(const std::function<void()>&)> with_plugins_;
    std::list<Opened> open_;  // most recently used first
};

}  // namespace tb::hdf5
