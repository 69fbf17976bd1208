// Writes arrays to the store: immutable HDF5 files, one writer each. A file is made complete under
// a temporary name beside its final one, made durable, and renamed; only then may a row of
// store.array name it. Whatever is interrupted leaves an orphan, which `trialbase store gc`
// removes.
#pragma once

#include "trialbase/array.hpp"
#include "trialbase/error.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::store {

class StoreAccess;

/// How arrays are compressed. `gzip` is shuffle + deflate, which every HDF5 reader has;
/// `bitshuffle_lz4` (filter 32008) is faster still but needs a plug-in wherever it is read.
enum class Codec { gzip, bitshuffle_lz4, none };
/// `gzip`, `bitshuffle_lz4` or `none`. @throws tb::Error (usage) for another name
[[nodiscard]] Codec codec_named(std::string_view name);

struct StoreOptions {
    std::filesystem::path root;  ///< empty: no store; whoever needs one gets an error that says so
    Codec codec = Codec::gzip;
    int level = 1;  ///< of deflate, 1 (fast) to 12
    /// False: files are renamed without being flushed to the disk. For tests and simulations.
    bool durable = true;
    /// Finds out whose store it is before anything is written (store_identity.hpp). Without it
    /// nobody asks, and a missing root is made: for tests and benchmarks.
    std::shared_ptr<StoreAccess> access;
};

/// A row of store.array.
struct StoredArray {
    std::string array_id;
    std::string file;     ///< relative to the root
    std::string dataset;  ///< path within the file, without a leading slash
    std::vector<std::size_t> shape;
    std::string dtype;
    double sampling_rate_hz = 0;  ///< NaN: not evenly sampled
    std::string unit;
    std::string checksum;  ///< checksum_of() the values
    std::int64_t n_bytes = 0;
    std::int64_t stored_bytes = 0;
    std::string filter;
    std::string about;
    std::string run_id;

    [[nodiscard]] std::string ref() const { return file + '#' + dataset; }
};

/// XXH3 of 128 bits over the values in little-endian row-major order, 32 lower-case hex digits.
[[nodiscard]] std::string checksum_of(const Array& array);

/// `<namespace>/<table>/<two hex>/<hash of the key's text>.<run>.h5`.
/// @param table  schema-qualified (photometry.preprocessed)
[[nodiscard]] std::string relative_path(std::string_view table, std::string_view key_text,
                                        std::string_view run_id);

/// Lengths of a chunk of an array of this shape: about 64 KiB, whole rows of arrays with several
/// dimensions (so that one trial's window, or a minute of a signal, is read without the rest);
/// rows above 1 MiB are split. Empty when the array is small enough to be kept in one piece.
[[nodiscard]] std::vector<std::size_t> chunk_shape(std::span<const std::size_t> shape,
                                                   std::size_t element_size);

/// Lengths of a chunk of a matrix of many columns that is read along both axes: one column over all
/// rows, all columns over a few rows. About 64 KiB of at most 8 columns.
[[nodiscard]] std::vector<std::size_t> matrix_chunk_shape(std::size_t rows, std::size_t columns,
                                                          std::size_t element_size);

/// What an array is that comes in pieces.
struct ArrayForm {
    std::vector<std::size_t> shape;
    std::string dtype = "float64";
    std::vector<std::size_t> chunk{};  ///< empty: chunk_shape(); whole axes from the third on
};
/// Takes the next values of an array, in C order: any number of whole values.
using TakeValues = std::function<void(std::span<const std::byte> bytes)>;

class ArrayStore;

/// Where a file is while it is being made.
enum class Medium {
    memory,  ///< fastest; holds as much memory as the file is long
    disk     ///< under its temporary name, for files of any length
};

/// One file being written. Arrays are compressed as they are added. In memory (the file's size, not
/// the arrays'), nothing is on the disk before set_aside(). Destroyed before publish(), the
/// temporary file is removed. Belongs to one thread at a time.
class ArrayFile {
  public:
    ~ArrayFile();
    ArrayFile(ArrayFile&&) noexcept;
    ArrayFile& operator=(ArrayFile&&) noexcept;

    /// Adds an array as the dataset `name`, making the groups of its path.
    /// @throws tb::Error (internal) for a path that is empty, absolute, has `.` or `..`, or is
    /// taken
    const StoredArray& add(std::string array_id, std::string_view name, const Array& array,
                           const ArrayMeta& meta);
    /// Adds an array that is never in memory as a whole: `fill` is called once and hands over its
    /// values. What `fill` throws leaves no array behind.
    /// @throws tb::Error (data, ColumnLength) when they are not as many as the form says;
    /// (internal) as add
    const StoredArray& add_in_pieces(std::string array_id, std::string_view name,
                                     const ArrayForm& form, const ArrayMeta& meta,
                                     const std::function<void(const TakeValues&)>& fill);
    /// Writes the file under its temporary name and asks the disk to begin. Adds nothing more.
    /// @throws tb::Error (io; unavailable with sqlstate 53100 when the disk is full, so that the
    /// engine tries again)
    void set_aside();
    /// Flushes, renames, flushes the folder: from here on rows may name it. Sets aside first when
    /// that was not done. @throws as set_aside
    void publish();
    /// Removes the file, published or not, after a transaction that surely failed. Never call it
    /// when a commit's outcome is not known.
    void discard() noexcept;

    [[nodiscard]] const std::vector<StoredArray>& arrays() const noexcept;
    [[nodiscard]] const std::string& file() const noexcept;  ///< relative to the root

  private:
    friend class ArrayStore;
    struct Impl;
    explicit ArrayFile(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// A store's root and how to write there. One per thread; files may outlive it.
class ArrayStore {
  public:
    /// Touches nothing yet.
    explicit ArrayStore(StoreOptions options);

    [[nodiscard]] const StoreOptions& options() const noexcept { return options_; }
    /// Begins the file of a key's result or of an ingested thing.
    /// @throws tb::Error (usage, type NoStore) without a root; (unavailable, type StoreUnavailable)
    /// when the store is not there or another database's; (usage, type NoFilter) when the codec's
    /// filter is not installed
    /// @throws also, for a file on the disk, as ArrayFile::set_aside
    [[nodiscard]] ArrayFile begin_file(std::string_view table, std::string_view key_text,
                                       std::string_view run_id,
                                       Medium medium = Medium::memory) const;
    /// publish() for many files, whose flushes are asked for together (flush.hpp): the files and
    /// the folders that lead to them, then the renames, then the files' own folders.
    /// @return per file nothing, or why it is not published (its temporary file is removed then)
    static std::vector<std::optional<Error>> publish(std::span<ArrayFile* const> files);

  private:
    StoreOptions options_;
};

}  // namespace tb::store
