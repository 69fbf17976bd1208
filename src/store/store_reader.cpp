#include "src/store/store_reader.hpp"

#include "src/base/descriptor.hpp"
#include "src/base/stopwatch.hpp"
#include "src/hdf5/chunk_codec.hpp"
#include "src/store/hdf5.hpp"
#include "src/store/store_identity.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <list>
#include <new>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tb::store {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t files_kept_open = 4;
constexpr std::size_t most_dimensions = 8;
/// Deflate cannot do better than 1 : 1032, nor bitshuffled LZ4 than about 1 : 255 per step of two.
constexpr std::size_t best_ratio = 1100;

[[noreturn]] void fail_damaged(std::string_view ref, const std::string& why) {
    throw Error(ErrorKind::data, fmt::format("array {} cannot be read: {}", ref, why),
                "trialbase store verify tells which files of the store are damaged.",
                "DamagedArray");
}
[[noreturn]] void fail_missing(std::string_view ref, const std::string& why) {
    throw Error(ErrorKind::data, fmt::format("array {} is not there: {}", ref, why),
                "Is the array store's root (--store, TRIALBASE_STORE) the one that the rows were "
                "written with?",
                "MissingArray");
}

struct Ref {
    std::string file;
    std::string dataset;
};

Ref parse(std::string_view ref) {
    const auto mark = ref.rfind('#');
    if (mark == ref.npos || mark == 0 || mark + 1 == ref.size() || ref.find('\0') != ref.npos)
        fail_missing(ref, "a reference is file#dataset");
    Ref parsed{std::string(ref.substr(0, mark)), std::string(ref.substr(mark + 1))};
    const fs::path file(parsed.file);
    if (file.is_absolute() || std::find(file.begin(), file.end(), "..") != file.end())
        fail_missing(ref, "its file is not below the store's root");
    return parsed;
}

/// An open dataset with what reading needs to know of it.
struct OpenDataset {
    Dataset id;
    Space space;
    std::vector<hsize_t> shape;
    std::vector<hsize_t> chunk;  ///< empty unless chunked
    std::string dtype;
    std::size_t element = 0;
    std::size_t n = 1;  ///< values
    std::size_t stored = 0;
    bool is_plain = false;     ///< chunks of whole rows that can be undone by us
    bool is_tiled = false;     ///< the same of a matrix whose chunks have a part of the columns
    bool is_shuffled = false;  ///< filters of a plain one, in their order
    bool is_deflated = false;
    unsigned deflate_bit = 0;  ///< of the filter mask
    unsigned shuffle_bit = 0;
};

}  // namespace

struct StoreReader::Impl {
    struct Open {
        std::string file;
        File id;
    };
    fs::path root;
    std::shared_ptr<StoreAccess> access;
    std::list<Open> open;  ///< latest first
    hdf5::ChunkUnpacker unpacker;
    std::vector<std::byte> packed;
    std::vector<std::byte> chunk;
    double seconds = 0;  ///< spent reading

    explicit Impl(fs::path where, std::shared_ptr<StoreAccess> whose = nullptr)
        : root(std::move(where)), access(std::move(whose)) {}

    hid_t file(const Ref& ref, std::string_view text) {
        const auto found = std::find_if(open.begin(), open.end(),
                                        [&](const Open& one) { return one.file == ref.file; });
        if (found != open.end()) {
            open.splice(open.begin(), open, found);
            return open.front().id.get();
        }
        if (root.empty()) {
            throw Error(ErrorKind::usage,
                        fmt::format("no array store is configured to read {} from", text),
                        "Name the store's root by --store or TRIALBASE_STORE.", "NoStore");
        }
        const auto plain = open_plain(ref, text);
        // By the descriptor: what lies at the path may be another file a moment later.
        auto opened = File::unchecked(H5Fopen(fmt::format("/proc/self/fd/{}", plain.get()).c_str(),
                                              H5F_ACC_RDONLY, H5P_DEFAULT));
        if (!opened) fail_damaged(text, last_h5_error());
        open.push_front({ref.file, std::move(opened)});
        if (open.size() > files_kept_open) open.pop_back();
        return open.front().id.get();
    }

    /// The file of a reference, reached without following any link below the root.
    Descriptor open_plain(const Ref& ref, std::string_view text) const {
        Descriptor at(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (at.get() < 0) {
            const auto why =
                fmt::format("the array store's root {} cannot be entered", root.string());
            if (access) access->require_readable();
            fail_missing(text, why);
        }
        const fs::path file(ref.file);
        for (auto part = file.begin(); part != file.end(); ++part) {
            const bool is_last = std::next(part) == file.end();
            const int flags = is_last ? O_RDONLY | O_NONBLOCK : O_PATH | O_DIRECTORY;
            Descriptor next(::openat(at.get(), part->c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
            const int code = errno;
            struct stat status {};
            if (next.get() < 0 &&
                ::fstatat(at.get(), part->c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                S_ISLNK(status.st_mode))
                fail_damaged(text, fmt::format("{} is a link", part->string()));
            if (next.get() < 0 && (code == ENOENT || code == ENOTDIR)) {
                if (access) access->require_readable();
                fail_missing(text, fmt::format("{} has no such file", root.string()));
            }
            if (next.get() < 0) {
                throw Error(ErrorKind::io, fmt::format("cannot open {}: {}", (root / file).string(),
                                                       std::strerror(code)));
            }
            at = std::move(next);
        }
        struct stat status {};
        if (::fstat(at.get(), &status) != 0 || !S_ISREG(status.st_mode))
            fail_damaged(text, "it is no file");
        return at;
    }

    /// That a name in the file is a group's or an array's own, and leads nowhere else.
    static void require_own(hid_t in, const std::string& name, std::string_view text) {
        H5L_info_t link{};
        if (H5Lget_info(in, name.c_str(), &link, H5P_DEFAULT) < 0)
            fail_damaged(text, last_h5_error());
        if (link.type != H5L_TYPE_HARD)
            fail_damaged(text, fmt::format("{} is a link to something else", name));
    }

    OpenDataset dataset(std::string_view text) {
        const auto ref = parse(text);
        const auto in = file(ref, text);
        for (std::size_t at = 0; at < ref.dataset.size();) {
            const auto end = std::min(ref.dataset.find('/', at), ref.dataset.size());
            if (end > 0) {
                const auto exists = H5Lexists(in, ref.dataset.substr(0, end).c_str(), H5P_DEFAULT);
                if (exists < 0) {
                    const auto why = last_h5_error();
                    H5O_info_t parent{};
                    const auto before = ref.dataset.substr(0, at > 0 ? at - 1 : 0);
                    if (at > 0 &&
                        H5Oget_info_by_name(in, before.c_str(), &parent, H5P_DEFAULT) >= 0 &&
                        parent.type == H5O_TYPE_DATASET)
                        fail_missing(text, before + " is an array, not a group");
                    fail_damaged(text, why);
                }
                if (exists == 0) fail_missing(text, "the file has no such dataset");
                require_own(in, ref.dataset.substr(0, end), text);
            }
            at = end + 1;
        }
        OpenDataset d;
        d.id = Dataset::unchecked(H5Dopen2(in, ref.dataset.c_str(), H5P_DEFAULT));
        if (!d.id) fail_damaged(text, last_h5_error());
        d.space = Space::unchecked(H5Dget_space(d.id.get()));
        const auto type = Type::unchecked(H5Dget_type(d.id.get()));
        const auto creation = PropertyList::unchecked(H5Dget_create_plist(d.id.get()));
        if (!d.space || !type || !creation) fail_damaged(text, last_h5_error());
        const auto layout = H5Pget_layout(creation.get());
        if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED)
            fail_damaged(text, "its values are in other files");
        if (H5Pget_external_count(creation.get()) != 0)
            fail_damaged(text, "its values are in another file");
        bool is_raw = false;
        d.dtype = dtype_name(type.get(), is_raw);
        if (d.dtype.empty()) fail_damaged(text, "its type is none that arrays have");
        d.element = dtype_size(d.dtype);

        const int rank = H5Sget_simple_extent_ndims(d.space.get());
        if (rank < 0 || static_cast<std::size_t>(rank) > most_dimensions ||
            H5Sget_simple_extent_type(d.space.get()) == H5S_NULL)
            fail_damaged(text, "it has no shape");
        d.shape.resize(static_cast<std::size_t>(rank));
        if (rank > 0 && H5Sget_simple_extent_dims(d.space.get(), d.shape.data(), nullptr) < 0)
            fail_damaged(text, last_h5_error());
        for (const auto length : d.shape) {
            if (length != 0 && d.n > (std::size_t{1} << 47) / length)
                fail_damaged(text, "it says that it is larger than any disk");
            d.n *= length;
        }
        d.stored = H5Dget_storage_size(d.id.get());
        struct stat status {};
        const auto path = root / ref.file;
        const auto file_size = ::stat(path.c_str(), &status) == 0
                                   ? static_cast<std::size_t>(status.st_size)
                                   : std::numeric_limits<std::size_t>::max() / best_ratio / 2;
        const bool is_chunked = layout == H5D_CHUNKED;
        // A hostile shape must not make us ask for all the memory there is.
        const auto raw_size = H5Tget_size(type.get());
        const auto most = is_chunked ? std::min(d.stored, file_size) * best_ratio : file_size;
        if (d.n * raw_size > std::max<std::size_t>(most, 64))
            fail_damaged(text,
                         fmt::format("{} values cannot be in a file of {} bytes", d.n, file_size));
        if (is_chunked) {
            d.chunk.resize(d.shape.size());
            if (H5Pget_chunk(creation.get(), rank, d.chunk.data()) != rank)
                fail_damaged(text, last_h5_error());
        }
        judge_filters(creation.get(), is_raw, d);
        return d;
    }

    /// Whether we can undo the chunks ourselves: whole rows or tiles of a matrix, our own byte
    /// order, no filters but shuffle and then deflate.
    static void judge_filters(hid_t creation, bool is_raw, OpenDataset& d) {
        if (d.chunk.empty() || !is_raw) return;
        const bool has_whole_rows =
            std::equal(d.chunk.begin() + 1, d.chunk.end(), d.shape.begin() + 1);
        if (!has_whole_rows && d.shape.size() != 2) return;
        const int count = H5Pget_nfilters(creation);
        for (int i = 0; i < count; ++i) {
            unsigned flags = 0;
            std::size_t n_values = 0;
            char name[2] = {};
            unsigned config = 0;
            const auto filter = H5Pget_filter2(creation, static_cast<unsigned>(i), &flags,
                                               &n_values, nullptr, sizeof name, name, &config);
            if (filter == H5Z_FILTER_SHUFFLE && !d.is_shuffled && !d.is_deflated) {
                d.is_shuffled = true;
                d.shuffle_bit = 1U << i;
            } else if (filter == H5Z_FILTER_DEFLATE && !d.is_deflated) {
                d.is_deflated = true;
                d.deflate_bit = 1U << i;
            } else {
                return;
            }
        }
        std::size_t bytes = d.element;
        for (const auto length : d.chunk) {
            if (length == 0 || bytes > (std::size_t{1} << 32) / length) return;
            bytes *= length;
        }
        d.is_plain = has_whole_rows;
        d.is_tiled = !has_whole_rows;
    }

    Array rows(std::string_view text, OpenDataset& d, hsize_t begin, hsize_t end) {
        const auto row = d.shape.empty() || d.shape[0] == 0 ? d.n : d.n / d.shape[0];
        const auto n = d.shape.empty() ? 1 : (end - begin) * row;
        Array array;
        try {
            array = make_array(d.dtype, n);
        } catch (const std::bad_alloc&) {
            fail_damaged(text, fmt::format("there is no memory for its {} values", n));
        }
        array.shape.assign(d.shape.begin(), d.shape.end());
        if (!d.shape.empty()) array.shape[0] = end - begin;
        if (n == 0) return array;
        if (d.is_plain) {
            read_chunks(text, d, begin, end, writable_bytes(array));
        } else if (d.is_tiled) {
            read_tiles(text, d, {begin, end}, {0, d.shape[1]}, writable_bytes(array));
        } else {
            read_by_library(text, d, begin, end, writable_bytes(array));
        }
        return array;
    }

    /// Columns [begin, end) of a matrix, all rows.
    Array columns(std::string_view text, OpenDataset& d, hsize_t begin, hsize_t end) {
        const auto n = d.shape[0] * (end - begin);
        Array array;
        try {
            array = make_array(d.dtype, n);
        } catch (const std::bad_alloc&) {
            fail_damaged(text, fmt::format("there is no memory for its {} values", n));
        }
        array.shape = {d.shape[0], end - begin};
        if (n == 0) return array;
        auto* const out = writable_bytes(array);
        if (d.is_tiled || d.is_plain) {
            read_tiles(text, d, {0, d.shape[0]}, {begin, end}, out);
        } else {
            read_box_by_library(text, d, {0, begin}, {d.shape[0], end - begin}, out);
        }
        return array;
    }

    struct Range {
        hsize_t begin, end;
    };

    /// A box of a matrix, chunk by chunk.
    void read_tiles(std::string_view text, const OpenDataset& d, Range rows_of, Range columns_of,
                    std::byte* out) {
        const auto tile_rows = d.chunk[0], tile_columns = d.chunk[1];
        const auto width = columns_of.end - columns_of.begin;
        for (auto r = rows_of.begin / tile_rows; r * tile_rows < rows_of.end; ++r) {
            const auto top = std::max(rows_of.begin, r * tile_rows);
            const auto bottom = std::min(rows_of.end, (r + 1) * tile_rows);
            for (auto c = columns_of.begin / tile_columns; c * tile_columns < columns_of.end; ++c) {
                const std::array<hsize_t, 2> offset{r * tile_rows, c * tile_columns};
                unpack_tile(text, d, offset.data());
                const auto left = std::max(columns_of.begin, offset[1]);
                const auto right = std::min(columns_of.end, offset[1] + tile_columns);
                for (auto row = top; row < bottom; ++row)
                    std::copy_n(
                        chunk.data() +
                            ((row - offset[0]) * tile_columns + left - offset[1]) * d.element,
                        (right - left) * d.element,
                        out +
                            ((row - rows_of.begin) * width + left - columns_of.begin) * d.element);
            }
        }
    }

    /// The chunk that begins at `offset`, in `chunk`.
    void unpack_tile(std::string_view text, const OpenDataset& d, const hsize_t* offset) {
        const auto chunk_bytes = d.chunk[0] * d.chunk[1] * d.element;
        const auto name = [&] {
            return fmt::format("the chunk at ({}, {})", offset[0], offset[1]);
        };
        hsize_t size = 0;
        if (H5Dget_chunk_storage_size(d.id.get(), offset, &size) < 0)
            fail_damaged(text, last_h5_error());
        if (size == 0) fail_damaged(text, name() + " was never written");
        if (size > 2 * chunk_bytes + 1024) fail_damaged(text, name() + " is longer than it can be");
        packed.resize(size);
        std::uint32_t mask = 0;
        if (H5Dread_chunk(d.id.get(), H5P_DEFAULT, offset, &mask, packed.data()) < 0)
            fail_damaged(text, last_h5_error());
        chunk.resize(chunk_bytes);
        const bool is_shuffled = d.is_shuffled && (mask & d.shuffle_bit) == 0;
        const bool is_deflated = d.is_deflated && (mask & d.deflate_bit) == 0;
        if (!unpacker.unpack(packed, chunk, d.element, is_shuffled, is_deflated))
            fail_damaged(text, name() + " is damaged");
    }

    void read_chunks(std::string_view text, const OpenDataset& d, hsize_t begin, hsize_t end,
                     std::byte* out) {
        const auto row_bytes = d.n / d.shape[0] * d.element;
        const auto chunk_rows = d.chunk[0];
        const auto chunk_bytes = chunk_rows * row_bytes;
        std::vector<hsize_t> offset(d.shape.size(), 0);
        for (auto c = begin / chunk_rows; c * chunk_rows < end; ++c) {
            offset[0] = c * chunk_rows;
            hsize_t size = 0;
            if (H5Dget_chunk_storage_size(d.id.get(), offset.data(), &size) < 0)
                fail_damaged(text, last_h5_error());
            if (size == 0)
                fail_damaged(text, fmt::format("rows from {} were never written", offset[0]));
            if (size > 2 * chunk_bytes + 1024)
                fail_damaged(text, fmt::format("the chunk of rows from {} is longer than it can be",
                                               offset[0]));
            packed.resize(size);
            std::uint32_t mask = 0;
            if (H5Dread_chunk(d.id.get(), H5P_DEFAULT, offset.data(), &mask, packed.data()) < 0)
                fail_damaged(text, last_h5_error());
            const bool is_shuffled = d.is_shuffled && (mask & d.shuffle_bit) == 0;
            const bool is_deflated = d.is_deflated && (mask & d.deflate_bit) == 0;
            const auto first = std::max(begin, offset[0]);
            const auto last = std::min(end, offset[0] + chunk_rows);
            const bool is_whole = first == offset[0] && last == offset[0] + chunk_rows;
            std::span<std::byte> target;
            if (is_whole) {
                target = {out + (first - begin) * row_bytes, chunk_bytes};
            } else {
                chunk.resize(chunk_bytes);
                target = chunk;
            }
            if (!unpacker.unpack(packed, target, d.element, is_shuffled, is_deflated))
                fail_damaged(text, fmt::format("the chunk of rows from {} is damaged", offset[0]));
            if (!is_whole) {
                std::copy_n(chunk.data() + (first - offset[0]) * row_bytes,
                            (last - first) * row_bytes, out + (first - begin) * row_bytes);
            }
        }
    }

    static void read_by_library(std::string_view text, const OpenDataset& d, hsize_t begin,
                                hsize_t end, std::byte* out) {
        if (d.shape.empty()) {
            if (H5Dread(d.id.get(), native_type(d.dtype), H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0)
                fail_damaged(text, last_h5_error());
            return;
        }
        std::vector<hsize_t> start(d.shape.size(), 0);
        auto count = d.shape;
        start[0] = begin;
        count[0] = end - begin;
        read_box_by_library(text, d, start, count, out);
    }

    static void read_box_by_library(std::string_view text, const OpenDataset& d,
                                    const std::vector<hsize_t>& start,
                                    const std::vector<hsize_t>& count, std::byte* out) {
        const auto selected = Space::unchecked(H5Scopy(d.space.get()));
        const auto memory = Space::unchecked(
            H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr));
        if (!selected || !memory ||
            H5Sselect_hyperslab(selected.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(),
                                nullptr) < 0 ||
            H5Dread(d.id.get(), native_type(d.dtype), memory.get(), selected.get(), H5P_DEFAULT,
                    out) < 0)
            fail_damaged(text, last_h5_error());
    }
};

StoreReader::StoreReader(std::filesystem::path root)
    : impl_(std::make_unique<Impl>(std::move(root))) {}
StoreReader::StoreReader(const StoreOptions& options)
    : impl_(std::make_unique<Impl>(options.root, options.access)) {}
StoreReader::~StoreReader() {
    close();
}

void StoreReader::close() const {
    const H5Guard guard;
    impl_->open.clear();
}

double StoreReader::seconds() const {
    const H5Guard guard;
    return impl_->seconds;
}

Array StoreReader::read(std::string_view ref) const {
    const H5Guard guard;
    const Stopwatch watch(impl_->seconds);
    auto dataset = impl_->dataset(ref);
    return impl_->rows(ref, dataset, 0, dataset.shape.empty() ? 1 : dataset.shape[0]);
}

Array StoreReader::read_rows(std::string_view ref, std::size_t begin, std::size_t end) const {
    const H5Guard guard;
    const Stopwatch watch(impl_->seconds);
    auto dataset = impl_->dataset(ref);
    const auto rows = dataset.shape.empty() ? 1 : dataset.shape[0];
    if (begin > end || end > rows) {
        throw Error(ErrorKind::usage,
                    fmt::format("array {} has {} rows, not {} to {}", ref, rows, begin, end));
    }
    return impl_->rows(ref, dataset, begin, end);
}

Array StoreReader::read_columns(std::string_view ref, std::size_t begin, std::size_t end) const {
    const H5Guard guard;
    const Stopwatch watch(impl_->seconds);
    auto dataset = impl_->dataset(ref);
    if (dataset.shape.size() != 2)
        throw Error(ErrorKind::usage, fmt::format("array {} is no matrix", ref));
    if (begin > end || end > dataset.shape[1])
        throw Error(ErrorKind::usage, fmt::format("array {} has {} columns, not {} to {}", ref,
                                                  dataset.shape[1], begin, end));
    return impl_->columns(ref, dataset, begin, end);
}

Array StoreReader::read_by_library(std::string_view ref) const {
    const H5Guard guard;
    auto dataset = impl_->dataset(ref);
    dataset.is_plain = dataset.is_tiled = false;
    return impl_->rows(ref, dataset, 0, dataset.shape.empty() ? 1 : dataset.shape[0]);
}

ArrayFacts StoreReader::facts(std::string_view ref) const {
    const H5Guard guard;
    const auto dataset = impl_->dataset(ref);
    ArrayFacts facts;
    facts.shape.assign(dataset.shape.begin(), dataset.shape.end());
    facts.chunk.assign(dataset.chunk.begin(), dataset.chunk.end());
    facts.dtype = dataset.dtype;
    facts.stored_bytes = dataset.stored;
    facts.meta.unit = read_text_attribute(dataset.id.get(), "unit");
    facts.meta.about = read_text_attribute(dataset.id.get(), "about");
    if (H5Aexists(dataset.id.get(), "sampling_rate_hz") > 0) {
        const auto rate =
            Attribute::unchecked(H5Aopen(dataset.id.get(), "sampling_rate_hz", H5P_DEFAULT));
        const auto space = Space::unchecked(rate ? H5Aget_space(rate.get()) : H5I_INVALID_HID);
        double value = 0;
        if (space && H5Sget_simple_extent_npoints(space.get()) == 1 &&
            H5Aread(rate.get(), H5T_NATIVE_DOUBLE, &value) >= 0)
            facts.meta.sampling_rate_hz = value;
    }
    return facts;
}

}  // namespace tb::store
