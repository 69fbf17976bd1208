// Reads HDF5 files that nobody vouches for. A child process with limits opens the file; what the
// library does in there (crash, endless loop, huge allocations) ends that process, not ours. Links
// to other files, external storage and virtual data sets are listed and never followed.
#pragma once

#include "src/hdf5/tree.hpp"
#include "trialbase/array.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::hdf5 {

/// What the child process may use.
struct Limits {
    std::size_t memory_bytes = std::size_t{1} << 30;  ///< beside what our process has
    unsigned cpu_s = 60;                              ///< processor time of one request
    std::size_t objects = 200'000;                    ///< groups, data sets and links of a file
};

/// A box of a data set: per axis the first index and how many. Empty vectors: all of it.
struct Slice {
    std::vector<std::size_t> start;
    std::vector<std::size_t> count;
};

/// A part of a data set as it arrives.
struct Block {
    std::vector<std::size_t> start;    ///< within the data set
    std::vector<std::size_t> count;    ///< per axis
    std::span<const std::byte> bytes;  ///< values in C order; gone after the call
};

/// One open file and its child process. Belongs to one thread at a time. Errors are tb::Error
/// (data) and name file and path; their types:
///   MissingDataset  nothing lies at the path, or no data set does
///   ExternalData    the path or the values lead out of the file
///   ValueType       values of another kind than asked for
///   NumberRange     a number does not fit
///   TextEncoding    text that is no UTF-8
///   SliceRange      beyond the shape
///   ShapeLimit      a shape that the stored bytes cannot fill
///   DamagedFile     the library cannot read it (a chunk that does not inflate, a lost block)
///   HostileFile     the child crashed or met a limit; other data sets can be read all the same
class UntrustedFile {
  public:
    /// Opens and lists. @throws tb::Error (not_found, io) when there is no such file or it cannot
    /// be opened; (data) of type NotHdf5, TruncatedFile, DamagedFile, HostileFile
    [[nodiscard]] static UntrustedFile open(const std::filesystem::path& file, Limits limits = {});
    /// The same for an open descriptor, which stays the caller's; `name` stands for it in messages.
    [[nodiscard]] static UntrustedFile open(int descriptor, const std::string& name,
                                            Limits limits = {});
    UntrustedFile(UntrustedFile&&) noexcept;
    UntrustedFile& operator=(UntrustedFile&&) noexcept;
    ~UntrustedFile();

    [[nodiscard]] const std::string& name() const noexcept;
    [[nodiscard]] std::size_t size_bytes() const noexcept;
    [[nodiscard]] const Tree& tree() const noexcept;

    /// Numbers in blocks of at most a few MB, one after another along the first axis (values of a
    /// row that is larger come in several blocks, in C order): memory does not grow with the data
    /// set. The next block is read while `take` looks at one.
    /// @param dtype  what the numbers become: `float64`, ... of tb::Array
    void read_blocks(std::string_view path, std::string_view dtype, const Slice& slice,
                     const std::function<void(const Block&)>& take) const;

    /// Numbers as they are stored; types that tb::Array lacks become the next wider one (uint16
    /// int32, uint64 int64 as far as it goes), booleans uint8.
    [[nodiscard]] Array read(std::string_view path, const Slice& slice = {}) const;
    /// Numbers of any type, whatever its width; flat. Of a compound: the member of that name.
    [[nodiscard]] std::vector<double> read_reals(std::string_view path, const Slice& slice = {},
                                                 std::string_view member = {}) const;
    /// Integers and booleans; reals when all of them are whole numbers.
    [[nodiscard]] std::vector<std::int64_t> read_integers(std::string_view path,
                                                          const Slice& slice = {},
                                                          std::string_view member = {}) const;
    /// Text, without the filling of fixed lengths.
    [[nodiscard]] std::vector<std::string> read_texts(std::string_view path,
                                                      const Slice& slice = {},
                                                      std::string_view member = {}) const;
    /// References and regions as in Values.
    [[nodiscard]] std::vector<std::string> read_references(std::string_view path,
                                                           const Slice& slice = {},
                                                           std::string_view member = {}) const;

  private:
    struct Impl;
    explicit UntrustedFile(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// The dtype of tb::Array that holds all numbers of a stored type (see UntrustedFile::read).
[[nodiscard]] std::string_view array_dtype(const ValueType& type);

/// Rows [begin, end) of a data set of that shape, all of the other axes.
[[nodiscard]] Slice rows_slice(const std::vector<std::size_t>& shape, std::size_t begin,
                               std::size_t end);

}  // namespace tb::hdf5
