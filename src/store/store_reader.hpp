// Reads arrays of the store by reference. Files may be damaged or not ours at all: whatever they
// hold, an error comes back.
#pragma once

#include "src/store/array_store.hpp"
#include "trialbase/array.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tb::store {

/// What a file says about an array, without its values.
struct ArrayFacts {
    std::vector<std::size_t> shape;
    std::string dtype;
    std::vector<std::size_t> chunk;  ///< empty: in one piece
    std::size_t stored_bytes = 0;
    ArrayMeta meta;
};

/// Reads arrays of one store; keeps the last few files open. Safe for use from several threads,
/// which take turns. Errors as ArrayReader says; type NoStore (usage) without a root.
class StoreReader : public ArrayReader {
  public:
    explicit StoreReader(std::filesystem::path root);
    /// A store whose `access` is asked when a file is not there: a store that is not mounted is
    /// unavailable, and no array of it is missing.
    explicit StoreReader(const StoreOptions& options);
    ~StoreReader() override;
    StoreReader(const StoreReader&) = delete;
    StoreReader& operator=(const StoreReader&) = delete;

    [[nodiscard]] Array read(std::string_view ref) const override;
    [[nodiscard]] Array read_rows(std::string_view ref, std::size_t begin,
                                  std::size_t end) const override;
    /// Columns [begin, end) of a matrix, all rows; reads only the chunks that hold them.
    /// @throws tb::Error (usage) when it is no matrix, or has no such columns; else as read()
    [[nodiscard]] Array read_columns(std::string_view ref, std::size_t begin,
                                     std::size_t end) const;
    [[nodiscard]] ArrayFacts facts(std::string_view ref) const;
    /// Values read whole and as they are, without HDF5's own filters where that can be: the same
    /// answer as read(), by the library's slower way. For tests.
    [[nodiscard]] Array read_by_library(std::string_view ref) const;
    /// Closes the files that are kept open.
    void close() const;
    /// Time spent reading so far [s].
    [[nodiscard]] double seconds() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tb::store
