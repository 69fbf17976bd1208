#include "src/hdf5/slice_reader.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tb::hdf5 {

namespace {

constexpr std::size_t datasets_kept_open = 4;
constexpr std::size_t least_cache = std::size_t{1} << 20;
constexpr std::size_t most_cache = std::size_t{96} << 20;
/// Deflate cannot do better than 1 : 1032; chunks never written cost nothing, hence the allowance.
constexpr std::size_t best_ratio = 1100;
constexpr std::size_t unwritten_allowance = std::size_t{64} << 20;

std::size_t dtype_size(std::string_view dtype) {
    return dtype == "uint8" ? 1 : dtype == "int16" ? 2 : dtype.ends_with("32") ? 4 : 8;
}

/// Whether values lie in the file as they do in memory.
bool is_stored_as(hid_t stored, std::string_view dtype) {
    const hid_t native = dtype == "float64"   ? H5T_NATIVE_DOUBLE
                         : dtype == "float32" ? H5T_NATIVE_FLOAT
                         : dtype == "int64"   ? H5T_NATIVE_INT64
                         : dtype == "int32"   ? H5T_NATIVE_INT32
                         : dtype == "int16"   ? H5T_NATIVE_INT16
                         : dtype == "uint8"   ? H5T_NATIVE_UINT8
                                              : H5I_INVALID_HID;
    return native >= 0 && H5Tequal(stored, native) > 0;
}

/// Bytes of all chunks that share the first rows: what blocks of rows read again and again.
std::size_t row_of_chunks(const std::vector<std::size_t>& shape, const std::vector<hsize_t>& chunk,
                          std::size_t value_size) {
    double bytes = static_cast<double>(value_size);
    for (std::size_t i = 0; i < chunk.size(); ++i) {
        const auto length = static_cast<double>(std::max<hsize_t>(chunk[i], 1));
        bytes *= i == 0 ? length
                        : std::max(1.0, std::ceil(static_cast<double>(shape[i]) / length)) * length;
    }
    return static_cast<std::size_t>(
        std::clamp(bytes, static_cast<double>(least_cache), static_cast<double>(most_cache)));
}

}  // namespace

std::size_t Box::n_values() const noexcept {
    std::size_t n = 1;
    for (const auto one : count) {
        if (one != 0 && n > SIZE_MAX / one) return SIZE_MAX;
        n *= one;
    }
    return n;
}

SliceReader::SliceReader(hid_t file, std::size_t file_bytes, const Listing& listing,
                         std::function<void(const std::function<void()>&)> with_plugins)
    : file_(file),
      file_bytes_(file_bytes),
      listing_(listing),
      with_plugins_(std::move(with_plugins)) {}

SliceReader::Opened& SliceReader::opened(const std::string& path) {
    const auto known =
        std::find_if(open_.begin(), open_.end(), [&](const auto& one) { return one.path == path; });
    if (known != open_.end()) {
        open_.splice(open_.begin(), open_, known);
        return open_.front();
    }
    open_.push_front(open(path));
    if (open_.size() > datasets_kept_open) open_.pop_back();
    return open_.front();
}

SliceReader::Opened SliceReader::open(const std::string& path) const {
    const auto address = listing_.address_by_path.find(path);
    if (address == listing_.address_by_path.end())
        throw ReadFailure("MissingDataset", "nothing lies there");
    Opened result;
    result.path = path;
    // Opened once to learn its chunks, then with a cache that fits them.
    auto dataset = Dataset::unchecked(H5Oopen_by_addr(file_, address->second));
    if (!dataset || H5Iget_type(dataset.get()) != H5I_DATASET)
        throw ReadFailure("MissingDataset", "no data set lies there");
    const PropertyList made(H5Dget_create_plist(dataset.get()), "read its layout");
    const auto layout = H5Pget_layout(made.get());
    if (layout == H5D_VIRTUAL || H5Pget_external_count(made.get()) > 0)
        throw ReadFailure("ExternalData", "its values lie elsewhere");
    result.stored = Type(H5Dget_type(dataset.get()), "read its type");
    result.type = describe(result.stored.get());
    const Space space(H5Dget_space(dataset.get()), "read its shape");
    const int rank = H5Sget_simple_extent_ndims(space.get());
    if (rank < 0) throw ReadFailure("DamagedFile", last_h5_error());
    std::vector<hsize_t> lengths(static_cast<std::size_t>(rank));
    if (rank > 0 && H5Sget_simple_extent_dims(space.get(), lengths.data(), nullptr) < 0)
        throw ReadFailure("DamagedFile", last_h5_error());
    result.shape.assign(lengths.begin(), lengths.end());

    const auto value_size = H5Tget_size(result.stored.get());
    const auto stored = std::min<std::size_t>(H5Dget_storage_size(dataset.get()), file_bytes_);
    const auto n = Box{{}, result.shape}.n_values();
    const auto most = unwritten_allowance + best_ratio * stored;
    if (value_size == 0 || n > most / value_size)
        throw ReadFailure("ShapeLimit",
                          fmt::format("{} values of {} bytes cannot come of {} stored bytes", n,
                                      value_size, stored));
    const int n_filters = H5Pget_nfilters(made.get());
    for (int i = 0; i < n_filters; ++i) {
        unsigned flags = 0;
        std::size_t n_values = 0;
        char name[64] = "";
        const auto filter = H5Pget_filter2(made.get(), static_cast<unsigned>(i), &flags, &n_values,
                                           nullptr, sizeof name, name, nullptr);
        htri_t is_there = 0;
        with_plugins_([&] { is_there = H5Zfilter_avail(filter); });
        if (is_there <= 0)
            throw ReadFailure("MissingFilter",
                              fmt::format("its filter {} ({:.63}) is not installed",
                                          static_cast<int>(filter), name));
    }
    if (layout == H5D_CHUNKED) {
        std::vector<hsize_t> chunk(result.shape.size());
        if (H5Pget_chunk(made.get(), static_cast<int>(chunk.size()), chunk.data()) < 0)
            throw ReadFailure("DamagedFile", last_h5_error());
        const auto cache = row_of_chunks(result.shape, chunk, value_size);
        if (result.type.is_number())
            result.packed = PackedChunks::of(made.get(), result.shape, chunk, value_size, cache);
        if (cache > least_cache) {
            // The cache's size is settled when the data set is opened for the first time.
            const PropertyList access(H5Pcreate(H5P_DATASET_ACCESS), "prepare opening");
            check_h5(H5Pset_chunk_cache(access.get(), 10007, cache, 1.0), "prepare opening");
            dataset = Dataset();
            dataset = Dataset(H5Dopen2(file_, path.c_str(), access.get()), "open it");
        }
    }
    result.dataset = std::move(dataset);
    return result;
}

template <class Read>
auto SliceReader::with_box(const std::string& path, const Box& box, const Read& read) {
    auto& opened = this->opened(path);
    if (box.start.size() != opened.shape.size() || box.count.size() != opened.shape.size())
        throw ReadFailure("SliceRange", "the box has another number of axes");
    for (std::size_t i = 0; i < box.start.size(); ++i) {
        if (box.start[i] > opened.shape[i] || box.count[i] > opened.shape[i] - box.start[i])
            throw ReadFailure("SliceRange", "the box is beyond the shape");
    }
    const auto n = box.n_values();
    const Space in_file(H5Dget_space(opened.dataset.get()), "read its shape");
    // In memory the box has the same shape: the library is slow where shapes differ.
    const std::vector<hsize_t> count(box.count.begin(), box.count.end());
    const Space in_memory(
        count.empty() ? H5Screate(H5S_SCALAR)
                      : H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr),
        "prepare reading");
    if (!box.start.empty() && n > 0) {
        const std::vector<hsize_t> start(box.start.begin(), box.start.end());
        check_h5(H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, start.data(), nullptr,
                                     count.data(), nullptr),
                 "choose a part of it");
    }
    return read(opened, n, in_memory.get(), in_file.get());
}

std::size_t SliceReader::numbers(const std::string& path, const std::string& member,
                                 const std::string& dtype, const Box& box,
                                 std::span<std::byte> out) {
    return with_box(path, box, [&](Opened& opened, std::size_t n, hid_t memory, hid_t file) {
        if (n > out.size() / dtype_size(dtype))
            throw ReadFailure("SliceRange", "the box is larger than a block");
        if (n == 0) return std::size_t{0};
        if (opened.packed && is_stored_as(opened.stored.get(), dtype) &&
            opened.packed->read(opened.dataset.get(), box, out))
            return n * dtype_size(dtype);
        read_numbers(
            opened.type, dtype, member,
            [&](hid_t type, hid_t transfer, void* into) {
                return H5Dread(opened.dataset.get(), type, memory, file, transfer, into);
            },
            out.data());
        return n * dtype_size(dtype);
    });
}

std::vector<std::string> SliceReader::texts(const std::string& path, const std::string& member,
                                            const Box& box) {
    return with_box(path, box, [&](Opened& opened, std::size_t n, hid_t memory, hid_t file) {
        return read_texts(opened.stored.get(), member, n, [&](hid_t type, void* into) {
            return H5Dread(opened.dataset.get(), type, memory, file, H5P_DEFAULT, into);
        });
    });
}

std::vector<std::string> SliceReader::references(const std::string& path, const std::string& member,
                                                 const Box& box) {
    return with_box(path, box, [&](Opened& opened, std::size_t n, hid_t memory, hid_t file) {
        return read_references(file_, opened.stored.get(), member, n, listing_.path_by_address,
                               [&](hid_t type, void* into) {
                                   return H5Dread(opened.dataset.get(), type, memory, file,
                                                  H5P_DEFAULT, into);
                               });
    });
}

}  // namespace tb::hdf5
