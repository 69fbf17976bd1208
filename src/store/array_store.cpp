#include "src/store/array_store.hpp"

#include "src/base/descriptor.hpp"
#include "src/hdf5/chunk_codec.hpp"
#include "src/store/band_writer.hpp"
#include "src/store/flush.hpp"
#include "src/store/hdf5.hpp"
#include "src/store/memory_file.hpp"
#include "src/store/store_folder.hpp"
#include "src/store/store_identity.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <numeric>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tb::store {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t smallest_chunked = 4096;    ///< bytes; below: in the object's header
constexpr std::size_t wanted_chunk = 64 * 1024;   ///< bytes
constexpr std::size_t longest_row = 1024 * 1024;  ///< bytes; longer rows are split
/// Beside the values of a file on the disk: its groups, indexes of chunks, attributes.
constexpr std::size_t room_for_metadata = 4 * 1024 * 1024;
constexpr H5Z_filter_t bitshuffle_filter = 32008;  ///< registered with the HDF Group

static_assert(std::endian::native == std::endian::little,
              "values are stored as they lie in memory");

void check_dataset_path(std::string_view name) {
    std::size_t start = 0;
    bool is_good = !name.empty();
    while (is_good && start <= name.size()) {
        const auto end = std::min(name.find('/', start), name.size());
        const auto part = name.substr(start, end - start);
        is_good = !part.empty() && part != "." && part != ".." && part.find('\0') == part.npos;
        start = end + 1;
    }
    if (!is_good)
        throw Error(ErrorKind::internal, fmt::format("'{}' is no name of a stored array", name));
}

std::vector<hsize_t> extents(std::span<const std::size_t> shape) {
    return {shape.begin(), shape.end()};
}

std::size_t product_of(std::span<const std::size_t> shape) {
    return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
}

void write_meta(hid_t dataset, const ArrayMeta& meta) {
    if (!meta.unit.empty()) write_attribute(dataset, "unit", meta.unit);
    if (!std::isnan(meta.sampling_rate_hz))
        write_attribute(dataset, "sampling_rate_hz", meta.sampling_rate_hz);
    if (!meta.about.empty()) write_attribute(dataset, "about", meta.about);
}

[[noreturn]] void fail_length(std::string_view name, std::size_t bytes, std::size_t room) {
    throw Error(
        ErrorKind::data,
        fmt::format("array {}: {} bytes were read where its shape says {}", name, bytes, room), {},
        "ColumnLength");
}
void require_room(std::string_view name, std::size_t bytes, std::size_t room) {
    if (bytes > room) fail_length(name, bytes, room);
}
void require_all(std::string_view name, std::size_t bytes, std::size_t room) {
    if (bytes != room) fail_length(name, bytes, room);
}

}  // namespace

Codec codec_named(std::string_view name) {
    if (name == "gzip") return Codec::gzip;
    if (name == "bitshuffle_lz4") return Codec::bitshuffle_lz4;
    if (name == "none") return Codec::none;
    throw Error(ErrorKind::usage, fmt::format("there is no codec '{}'", name),
                "Codecs of the array store are gzip, bitshuffle_lz4 and none.");
}

std::string checksum_of(const Array& array) {
    const auto bytes = array.bytes();
    return hex(XXH3_128bits(bytes.data(), bytes.size()));
}

std::string relative_path(std::string_view table, std::string_view key_text,
                          std::string_view run_id) {
    const auto dot = table.find('.');
    if (dot == table.npos || table.find('/') != table.npos || run_id.empty())
        throw Error(ErrorKind::internal, fmt::format("{} names no table of the store", table));
    const auto hash = fmt::format("{:016x}", XXH3_64bits(key_text.data(), key_text.size()));
    return fmt::format("{}/{}/{}/{}.{}.h5", table.substr(0, dot), table.substr(dot + 1),
                       hash.substr(0, 2), hash, run_id);
}

std::vector<std::size_t> chunk_shape(std::span<const std::size_t> shape, std::size_t element_size) {
    const auto row = std::accumulate(shape.begin() + (shape.empty() ? 0 : 1), shape.end(),
                                     element_size, std::multiplies<>());
    if (shape.empty() || row * shape[0] < smallest_chunked) return {};
    std::vector<std::size_t> chunk(shape.begin(), shape.end());
    if (row <= longest_row) {
        const auto most = std::max<std::size_t>(1, wanted_chunk / row);
        const auto chunks = (shape[0] + most - 1) / most;
        chunk[0] = (shape[0] + chunks - 1) / chunks;  // even, so that the last is not mostly air
        return chunk;
    }
    std::size_t bytes = row;
    chunk[0] = 1;
    for (std::size_t d = 1; d < chunk.size() && bytes > wanted_chunk; ++d) {
        const auto rest = bytes / chunk[d];
        chunk[d] = std::max<std::size_t>(1, wanted_chunk / rest);
        bytes = rest * chunk[d];
    }
    return chunk;
}

std::vector<std::size_t> matrix_chunk_shape(std::size_t rows, std::size_t columns,
                                            std::size_t element_size) {
    if (rows * columns * element_size < smallest_chunked) return {};
    constexpr std::size_t most_columns = 8;
    const auto across = std::min(most_columns, columns);
    return {std::min(rows, std::max<std::size_t>(1, wanted_chunk / (across * element_size))),
            across};
}

struct ArrayFile::Impl {
    enum class State { open, aside, published, gone };
    StoreOptions options;
    std::string file;
    std::string run_id;
    fs::path relative_folder;
    fs::path path;       ///< final
    fs::path temporary;  ///< beside it
    State state = State::open;
    Medium medium = Medium::memory;
    off_t reserved = 0;  ///< of a file on the disk: bytes that are surely there
    std::vector<StoredArray> arrays;
    MemoryFile image;
    File h5;
    Descriptor descriptor{-1};

    Impl() = default;
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        const H5Guard guard;
        h5 = File();
        const bool is_begun = state == State::open && medium == Medium::disk;
        if (state == State::aside || is_begun) ::unlink(temporary.c_str());
    }

    /// Makes the temporary file, its folders too, and opens it.
    void make_temporary();
    /// Sees to it that the disk has room for so many more bytes before the library writes them: it
    /// does not survive a file that it cannot finish. Nothing for a file in memory.
    void reserve(std::size_t bytes);
    /// Completes the file on the disk.
    void finish_on_disk();

    /// The disk begins with what is written of a file on it, while the next array is compressed.
    void begin_flush() {
        if (options.durable && medium == Medium::disk)
            ::sync_file_range(descriptor.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
    }
    void flush() {
        if (!options.durable) return;
        if (::fsync(descriptor.get()) != 0) fail_io("flush", temporary, errno);
    }
    void rename() {
        if (::rename(temporary.c_str(), path.c_str()) != 0) fail_io("rename", temporary, errno);
        descriptor = Descriptor(-1);
        state = State::published;
    }
    [[nodiscard]] StoredArray describe(std::string array_id, std::string_view name,
                                       const ArrayMeta& meta) const;
    /// Makes the dataset of a row and tells its filter.
    [[nodiscard]] Dataset create(StoredArray& row, std::span<const std::size_t> chunk,
                                 const std::string& doing) const;
    /// Writes one array's values. @return bytes in the file
    std::int64_t write_values(hid_t dataset, const Array& array, std::span<const std::size_t> chunk,
                              const std::string& doing);
    /// Folders whose entries lead to the file's own folder, the root included: another process may
    /// have made them a moment ago, so that finding them there is not enough.
    [[nodiscard]] std::vector<fs::path> folders_above() const {
        std::vector<fs::path> folders{options.root};
        for (const auto& part : relative_folder) folders.push_back(folders.back() / part);
        folders.pop_back();
        return folders;
    }
};

std::int64_t ArrayFile::Impl::write_values(hid_t dataset, const Array& array,
                                           std::span<const std::size_t> chunk,
                                           const std::string& doing) {
    const auto bytes = array.bytes();
    const auto element = dtype_size(array.dtype());
    const bool has_whole_rows =
        !chunk.empty() && std::equal(chunk.begin() + 1, chunk.end(), array.shape.begin() + 1);
    if (!has_whole_rows || options.codec != Codec::gzip) {
        if (!bytes.empty()) {
            check_h5(H5Dwrite(dataset, native_type(array.dtype()), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                              bytes.data()),
                     doing);
        }
        return chunk.empty() ? static_cast<std::int64_t>(bytes.size())
                             : static_cast<std::int64_t>(H5Dget_storage_size(dataset));
    }
    const auto rows = array.shape[0];
    const auto row = bytes.size() / rows;
    const auto chunk_bytes = row * chunk[0];
    hdf5::ChunkPacker packer(element, options.level);
    const auto n_chunks = (rows + chunk[0] - 1) / chunk[0];
    if (n_chunks > 2) packer.learn(bytes.subspan(n_chunks / 2 * chunk_bytes, chunk_bytes));
    std::vector<hsize_t> offset(array.shape.size(), 0);
    std::vector<std::byte> padded;
    std::int64_t stored = 0;
    for (std::size_t c = 0; c < n_chunks; ++c) {
        auto part =
            bytes.subspan(c * chunk_bytes, std::min(chunk_bytes, bytes.size() - c * chunk_bytes));
        if (part.size() < chunk_bytes) {
            padded.assign(chunk_bytes, std::byte{0});
            std::copy(part.begin(), part.end(), padded.begin());
            part = padded;
        }
        const auto packed = packer.pack(part);
        offset[0] = c * chunk[0];
        // Filter 1 of the pipeline is deflate; its bit says that this chunk did without it.
        check_h5(H5Dwrite_chunk(dataset, H5P_DEFAULT, packed.is_deflated ? 0U : 2U, offset.data(),
                                packed.bytes.size(), packed.bytes.data()),
                 doing);
        stored += static_cast<std::int64_t>(packed.bytes.size());
    }
    return stored;
}

StoredArray ArrayFile::Impl::describe(std::string array_id, std::string_view name,
                                      const ArrayMeta& meta) const {
    StoredArray row;
    row.array_id = std::move(array_id);
    row.file = file;
    row.dataset = name;
    row.sampling_rate_hz = meta.sampling_rate_hz;
    row.unit = meta.unit;
    row.about = meta.about;
    row.run_id = run_id;
    return row;
}

Dataset ArrayFile::Impl::create(StoredArray& row, std::span<const std::size_t> chunk,
                                const std::string& doing) const {
    const PropertyList creation(H5Pcreate(H5P_DATASET_CREATE), doing);
    check_h5(H5Pset_obj_track_times(creation.get(), false), doing);
    row.filter = "none";
    if (chunk.empty()) {
        const auto layout = row.n_bytes < static_cast<std::int64_t>(smallest_chunked)
                                ? H5D_COMPACT
                                : H5D_CONTIGUOUS;
        check_h5(H5Pset_layout(creation.get(), layout), doing);
    } else {
        const auto lengths = extents(chunk);
        check_h5(H5Pset_chunk(creation.get(), static_cast<int>(lengths.size()), lengths.data()),
                 doing);
        check_h5(H5Pset_fill_time(creation.get(), H5D_FILL_TIME_NEVER), doing);
        if (options.codec == Codec::gzip) {
            check_h5(H5Pset_shuffle(creation.get()), doing);
            check_h5(
                H5Pset_deflate(creation.get(), static_cast<unsigned>(std::min(options.level, 9))),
                doing);
            row.filter = "shuffle+gzip";
        } else if (options.codec == Codec::bitshuffle_lz4) {
            const unsigned parameters[] = {0, 2};  // block size of its choice, LZ4
            check_h5(
                H5Pset_filter(creation.get(), bitshuffle_filter, H5Z_FLAG_MANDATORY, 2, parameters),
                doing);
            row.filter = "bitshuffle+lz4";
        }
    }
    const PropertyList linking(H5Pcreate(H5P_LINK_CREATE), doing);
    check_h5(H5Pset_create_intermediate_group(linking.get(), 1), doing);
    check_h5(H5Pset_char_encoding(linking.get(), H5T_CSET_UTF8), doing);
    const auto lengths = extents(row.shape);
    const Space space(row.shape.empty() ? H5Screate(H5S_SCALAR)
                                        : H5Screate_simple(static_cast<int>(lengths.size()),
                                                           lengths.data(), nullptr),
                      doing);
    return Dataset(H5Dcreate2(h5.get(), row.dataset.c_str(), file_type(row.dtype), space.get(),
                              linking.get(), creation.get(), H5P_DEFAULT),
                   doing);
}

ArrayFile::ArrayFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ArrayFile::~ArrayFile() = default;
ArrayFile::ArrayFile(ArrayFile&&) noexcept = default;
ArrayFile& ArrayFile::operator=(ArrayFile&&) noexcept = default;

const std::vector<StoredArray>& ArrayFile::arrays() const noexcept {
    return impl_->arrays;
}
const std::string& ArrayFile::file() const noexcept {
    return impl_->file;
}

const StoredArray& ArrayFile::add(std::string array_id, std::string_view name, const Array& array,
                                  const ArrayMeta& meta) {
    auto& impl = *impl_;
    check_dataset_path(name);
    const H5Guard guard;
    if (impl.state != Impl::State::open)
        throw Error(ErrorKind::internal, fmt::format("{} is complete already", impl.file));
    const auto product = product_of(array.shape);
    if (product != array.size())
        throw Error(ErrorKind::internal,
                    fmt::format("array {} of {} has {} values and a shape of {}", name, impl.file,
                                array.size(), product));
    const auto doing = fmt::format("write the array {} of {}", name, impl.file);

    StoredArray row = impl.describe(std::move(array_id), name, meta);
    row.shape = array.shape;
    row.dtype = array.dtype();
    row.checksum = checksum_of(array);
    row.n_bytes = static_cast<std::int64_t>(array.bytes().size());

    const auto chunk = chunk_shape(array.shape, dtype_size(row.dtype));
    impl.reserve(2 * array.bytes().size() + metadata_of_chunk);
    const auto dataset = impl.create(row, chunk, doing);
    row.stored_bytes = impl.write_values(dataset.get(), array, chunk, doing);
    write_meta(dataset.get(), meta);
    return impl.arrays.emplace_back(std::move(row));
}

const StoredArray& ArrayFile::add_in_pieces(std::string array_id, std::string_view name,
                                            const ArrayForm& form, const ArrayMeta& meta,
                                            const std::function<void(const TakeValues&)>& fill) {
    auto& impl = *impl_;
    check_dataset_path(name);
    if (impl.state != Impl::State::open)
        throw Error(ErrorKind::internal, fmt::format("{} is complete already", impl.file));
    const auto doing = fmt::format("write the array {} of {}", name, impl.file);
    const auto element = dtype_size(form.dtype);
    const auto chunk = form.chunk.empty() ? chunk_shape(form.shape, element) : form.chunk;
    if (chunk.empty()) {  // small
        Array whole = make_array(form.dtype, product_of(form.shape));
        whole.shape = form.shape;
        const auto room = whole.bytes().size();
        std::size_t filled = 0;
        fill([&](std::span<const std::byte> bytes) {
            require_room(name, filled + bytes.size(), room);
            std::copy(bytes.begin(), bytes.end(), writable_bytes(whole) + filled);
            filled += bytes.size();
        });
        require_all(name, filled, room);
        return add(std::move(array_id), name, whole, meta);
    }
    StoredArray row = impl.describe(std::move(array_id), name, meta);
    row.shape = form.shape;
    row.dtype = form.dtype;
    row.n_bytes = static_cast<std::int64_t>(product_of(form.shape) * element);
    Dataset dataset;
    {
        const H5Guard guard;
        dataset = impl.create(row, chunk, doing);
    }
    try {
        BandWriter writer(dataset.get(), row, chunk, impl.options, doing,
                          [&impl](std::size_t bytes) { impl.reserve(bytes); });
        const auto room = static_cast<std::size_t>(row.n_bytes);
        std::size_t filled = 0;
        fill([&](std::span<const std::byte> bytes) {
            require_room(name, filled + bytes.size(), room);
            filled += bytes.size();
            writer.take(bytes);
        });
        require_all(name, filled, room);
        writer.finish(row);
    } catch (...) {
        const H5Guard guard;
        dataset = Dataset();
        H5Ldelete(impl.h5.get(), row.dataset.c_str(), H5P_DEFAULT);
        throw;
    }
    {
        const H5Guard guard;
        write_meta(dataset.get(), meta);
        dataset = Dataset();
    }
    impl.begin_flush();
    return impl.arrays.emplace_back(std::move(row));
}

void ArrayFile::Impl::make_temporary() {
    const auto& name = temporary;
    const auto open_new = [&] {
        return Descriptor(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    };
    auto opened = open_new();
    if (opened.get() < 0 && errno == ENOENT) {
        make_folders(options.root, relative_folder, options.access == nullptr);
        opened = open_new();
    }
    if (opened.get() < 0) fail_io("make", name, errno);
    try {
        refuse_links(options.root, relative_folder);
    } catch (const Error&) {
        ::unlink(name.c_str());
        throw;
    }
    descriptor = std::move(opened);
}

void ArrayFile::Impl::reserve(std::size_t bytes) {
    if (medium == Medium::memory) return;
    const auto more = static_cast<off_t>(bytes);
    if (::fallocate(descriptor.get(), FALLOC_FL_KEEP_SIZE, reserved, more) != 0 &&
        errno != EOPNOTSUPP && errno != ENOSYS)
        fail_io("write", temporary, errno);
    reserved += more;
}

void ArrayFile::Impl::finish_on_disk() {
    const H5Guard guard;
    check_h5(H5Fflush(h5.get(), H5F_SCOPE_GLOBAL), "complete " + file);
    h5 = File();
    struct stat status {};
    // Room that was not needed is given back.
    if (::fstat(descriptor.get(), &status) != 0 ||
        ::ftruncate(descriptor.get(), status.st_size) != 0)
        fail_io("complete", temporary, errno);
}

void ArrayFile::set_aside() {
    auto& impl = *impl_;
    if (impl.state != Impl::State::open) return;
    if (impl.medium == Medium::disk) {
        impl.finish_on_disk();
        impl.state = Impl::State::aside;
    } else {
        auto& image = impl.image;
        {
            const H5Guard guard;
            image.finish(impl.h5, "complete " + impl.file);
        }
        impl.make_temporary();
        impl.state = Impl::State::aside;  // from here on there is something to remove
        if (const int code = write_all(impl.descriptor.get(), image.bytes()); code != 0) {
            discard();
            fail_io("write", impl.temporary, code);
        }
        image.clear();
    }
    // The disk begins now, so that the flush before the commit has little left to wait for.
    if (impl.options.durable) ::sync_file_range(impl.descriptor.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
}

void ArrayFile::publish() {
    ArrayFile* const self = this;
    set_aside();
    const auto errors = ArrayStore::publish({&self, 1});
    if (errors[0]) throw *errors[0];
}

void ArrayFile::discard() noexcept {
    auto& impl = *impl_;
    if (impl.state == Impl::State::open && impl.medium == Medium::disk) {
        const H5Guard guard;
        impl.h5 = File();
        ::unlink(impl.temporary.c_str());
    }
    if (impl.state == Impl::State::aside) ::unlink(impl.temporary.c_str());
    if (impl.state == Impl::State::published) ::unlink(impl.path.c_str());
    impl.descriptor = Descriptor(-1);
    impl.state = Impl::State::gone;
}

ArrayStore::ArrayStore(StoreOptions options) : options_(std::move(options)) {
    options_.level = std::clamp(options_.level, 1, 12);
}

ArrayFile ArrayStore::begin_file(std::string_view table, std::string_view key_text,
                                 std::string_view run_id, Medium medium) const {
    if (options_.root.empty()) {
        throw Error(
            ErrorKind::usage,
            fmt::format("no array store is configured, and {} has arrays to store", table),
            "Name the store's root by --store or TRIALBASE_STORE; all machines of a lab need the "
            "same one.",
            "NoStore");
    }
    if (options_.access) options_.access->require_writable();
    const H5Guard guard;
    if (options_.codec == Codec::bitshuffle_lz4 && H5Zfilter_avail(bitshuffle_filter) <= 0) {
        throw Error(ErrorKind::usage, "the HDF5 filter bitshuffle (32008) is not installed",
                    "Install the Debian package bitshuffle, or use the codec gzip.", "NoFilter");
    }
    auto impl = std::make_unique<ArrayFile::Impl>();
    impl->options = options_;
    impl->file = relative_path(table, key_text, run_id);
    impl->run_id = run_id;
    impl->relative_folder = fs::path(impl->file).parent_path();
    impl->path = options_.root / impl->file;
    impl->temporary = impl->path;
    impl->temporary += ".tmp";
    const auto doing = "begin " + impl->file;
    impl->medium = medium;
    if (medium == Medium::disk) {
        impl->make_temporary();
        impl->reserve(room_for_metadata);
    }
    const PropertyList access = medium == Medium::disk
                                    ? PropertyList(H5Pcreate(H5P_FILE_ACCESS), doing)
                                    : impl->image.access(doing);
    check_h5(H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V18), doing);
    const PropertyList creation(H5Pcreate(H5P_FILE_CREATE), doing);
    check_h5(H5Pset_obj_track_times(creation.get(), false), doing);
    impl->h5 = File(H5Fcreate(impl->temporary.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()),
                    doing);
    const Group top(H5Gopen2(impl->h5.get(), "/", H5P_DEFAULT), doing);
    write_attribute(top.get(), "trialbase_table", table);
    write_attribute(top.get(), "trialbase_key", key_text);
    write_attribute(top.get(), "trialbase_run", run_id);
    return ArrayFile(std::move(impl));
}

std::vector<std::optional<Error>> ArrayStore::publish(std::span<ArrayFile* const> files) {
    using Impl = ArrayFile::Impl;
    std::vector<std::optional<Error>> errors(files.size());
    const auto attempt = [&](std::size_t i, const auto& step) {
        try {
            step(*files[i]->impl_);
        } catch (const Error& error) {
            errors[i] = error;
            files[i]->discard();
        }
    };
    // Step by step over all files, flushes of many at once: one of the disk serves all.
    for (std::size_t i = 0; i < files.size(); ++i)
        attempt(i, [&](Impl&) { files[i]->set_aside(); });

    /// A flush of a folder, and the files that need it.
    struct FolderFlush {
        std::vector<std::size_t> files;
        int code = 0;
    };
    std::map<fs::path, FolderFlush> folders;
    std::vector<std::size_t> waiting;
    const auto flush_with_folders = [&] {
        std::vector<std::pair<const fs::path, FolderFlush>*> todo;
        for (auto& folder : folders) todo.push_back(&folder);
        all_at_once(waiting.size() + todo.size(), [&](std::size_t k) {
            if (k < waiting.size()) {
                attempt(waiting[k], [](Impl& file) { file.flush(); });
            } else {
                auto& [folder, flush] = *todo[k - waiting.size()];
                flush.code = flush_folder(folder);
            }
        });
        for (const auto& [folder, flush] : folders) {
            if (flush.code == 0) continue;
            for (const auto i : flush.files) {
                if (errors[i]) continue;
                attempt(i, [&](Impl&) { fail_io("flush the folder", folder, flush.code); });
            }
        }
        folders.clear();
        waiting.clear();
    };

    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto& file = *files[i]->impl_;
        if (errors[i] || file.state != Impl::State::aside || !file.options.durable) continue;
        waiting.push_back(i);
        for (const auto& folder : file.folders_above()) folders[folder].files.push_back(i);
    }
    flush_with_folders();
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (errors[i] || files[i]->impl_->state != Impl::State::aside) continue;
        attempt(i, [](Impl& file) { file.rename(); });
        const auto& file = *files[i]->impl_;
        if (!errors[i] && file.options.durable) folders[file.path.parent_path()].files.push_back(i);
    }
    flush_with_folders();
    return errors;
}

}  // namespace tb::store
