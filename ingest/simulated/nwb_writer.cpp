#include "ingest/simulated/nwb_writer.hpp"

#include "include/trialbase/error.hpp"
#include "src/hdf5/chunk_codec.hpp"
#include "src/hdf5/handle.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <system_error>

#include <fmt/format.h>

namespace tb::simulated {
namespace {

using hdf5::AttributeHandle;
using hdf5::check_h5;
using hdf5::Dataset;
using hdf5::Group;
using hdf5::H5Guard;
using hdf5::PropertyList;
using hdf5::Space;
using hdf5::Type;

constexpr std::size_t chunk_elements = 65'536;
constexpr std::size_t smallest_compressed = 2'000;  // values; shorter arrays lie in one piece
constexpr int deflate_level = 1;

/// Text of any length, UTF-8.
Type text_type(const std::string& doing) {
    Type type(H5Tcopy(H5T_C_S1), doing);
    check_h5(H5Tset_size(type.get(), H5T_VARIABLE), doing);
    check_h5(H5Tset_cset(type.get(), H5T_CSET_UTF8), doing);
    return type;
}

/// As h5py stores booleans.
Type boolean_type(const std::string& doing) {
    Type type(H5Tenum_create(H5T_STD_I8LE), doing);
    std::int8_t value = 0;
    check_h5(H5Tenum_insert(type.get(), "FALSE", &value), doing);
    value = 1;
    check_h5(H5Tenum_insert(type.get(), "TRUE", &value), doing);
    return type;
}

Space space_of(const Shape& shape, const std::string& doing) {
    const std::vector<hsize_t> extent(shape.begin(), shape.end());
    return Space(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr), doing);
}

Space scalar_space(const std::string& doing) {
    return Space(H5Screate(H5S_SCALAR), doing);
}

/// Chunks of an array, packed without the library, so that files can be packed side by side.
struct Packed {
    std::vector<hsize_t> chunk;  ///< extent of one
    struct Piece {
        hsize_t first_row = 0;
        bool is_deflated = true;
        std::vector<std::byte> bytes;
    };
    std::vector<Piece> pieces;
};

Packed pack(std::span<const std::byte> values, const Shape& shape, std::size_t element_size) {
    std::size_t row_elements = 1;
    for (std::size_t i = 1; i < shape.size(); ++i) row_elements *= shape[i];
    const auto rows = std::clamp<std::size_t>(chunk_elements / row_elements, 1, shape[0]);
    const auto row_bytes = row_elements * element_size;
    Packed packed;
    packed.chunk.assign(shape.begin(), shape.end());
    packed.chunk[0] = rows;
    hdf5::ChunkPacker packer(element_size, deflate_level);
    packer.learn(values.first(rows * row_bytes));
    std::vector<std::byte> last;
    for (std::size_t first = 0; first < shape[0]; first += rows) {
        auto part = values.subspan(first * row_bytes, std::min(rows, shape[0] - first) * row_bytes);
        if (part.size() < rows * row_bytes) {  // chunks are whole in the file
            last.assign(part.begin(), part.end());
            last.resize(rows * row_bytes);
            part = last;
        }
        const auto one = packer.pack(part);
        packed.pieces.push_back({first, one.is_deflated, {one.bytes.begin(), one.bytes.end()}});
    }
    return packed;
}

}  // namespace

struct NwbWriter::Impl {
    std::string name;
    std::filesystem::path path;
    Random identifiers;
    hdf5::File file;
    PropertyList linking;   // makes the groups above
    PropertyList creating;  // of data sets: without times, which would differ from run to run

    [[nodiscard]] std::string doing(const std::string& what) const {
        return fmt::format("write {} of {}", what, name);
    }

    [[nodiscard]] Dataset create(const std::string& at, const Type& type, const Space& space,
                                 hid_t creation = H5P_DEFAULT) const {
        return Dataset(H5Dcreate2(file.get(), at.c_str(), type.get(), space.get(), linking.get(),
                                  creation == H5P_DEFAULT ? creating.get() : creation, H5P_DEFAULT),
                       doing(at));
    }

    template <typename T>
    void single(const std::string& at, const Type& type, const T* value) const {
        const auto dataset = create(at, type, scalar_space(doing(at)));
        check_h5(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, value),
                 doing(at));
    }

    /// Numbers as they lie in memory; long ones in compressed chunks.
    template <typename T, typename MakeType>
    void array(const std::string& at, std::span<const T> values, Shape shape,
               const MakeType& make_type) const {
        if (shape.empty()) shape = {values.size()};
        std::optional<Packed> packed;
        if (values.size() > smallest_compressed)
            packed = pack(std::as_bytes(values), shape, sizeof(T));
        const H5Guard guard;
        const auto what = doing(at);
        const Type type = make_type(what);
        const auto space = space_of(shape, what);
        if (!packed) {
            const auto dataset = create(at, type, space);
            if (values.empty()) return;
            check_h5(
                H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
                what);
            return;
        }
        const PropertyList creation(H5Pcopy(creating.get()), what);
        check_h5(H5Pset_chunk(creation.get(), static_cast<int>(packed->chunk.size()),
                              packed->chunk.data()),
                 what);
        check_h5(H5Pset_fill_time(creation.get(), H5D_FILL_TIME_NEVER), what);
        check_h5(H5Pset_shuffle(creation.get()), what);
        check_h5(H5Pset_deflate(creation.get(), static_cast<unsigned>(deflate_level)), what);
        const auto dataset = create(at, type, space, creation.get());
        std::vector<hsize_t> offset(shape.size());
        for (const auto& piece : packed->pieces) {
            offset[0] = piece.first_row;
            // Filter 1 of the pipeline is deflate; its bit says that this chunk did without it.
            check_h5(H5Dwrite_chunk(dataset.get(), H5P_DEFAULT, piece.is_deflated ? 0U : 2U,
                                    offset.data(), piece.bytes.size(), piece.bytes.data()),
                     what);
        }
    }

    void attribute(const std::string& at, const char* key, const Type& type, const Space& space,
                   const void* value) const {
        const auto what = doing(at + ", attribute " + key);
        const hdf5::Object object(H5Oopen(file.get(), at.c_str(), H5P_DEFAULT), what);
        const AttributeHandle made(
            H5Acreate2(object.get(), key, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), what);
        check_h5(H5Awrite(made.get(), type.get(), value), what);
    }

    [[nodiscard]] hobj_ref_t reference_to(const std::string& target) const {
        hobj_ref_t reference = 0;
        check_h5(H5Rcreate(&reference, file.get(), target.c_str(), H5R_OBJECT, -1),
                 doing("a reference to " + target));
        return reference;
    }

    /// A random UUID (RFC 4122, version 4).
    std::string identifier() {
        const auto a = (identifiers.bits() & ~0xf000ULL) | 0x4000ULL;
        const auto b = (identifiers.bits() & ~(3ULL << 62)) | (2ULL << 62);
        return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", a >> 32, (a >> 16) & 0xffff,
                           a & 0xffff, b >> 48, b & 0xffff'ffff'ffffULL);
    }
};

namespace {

/// A predefined type, copied so that it has an owner.
auto copied(hid_t type) {
    return [type](const std::string& doing) { return Type(H5Tcopy(type), doing); };
}

}  // namespace

NwbWriter::NwbWriter(const std::filesystem::path& file, Random identifiers)
    : impl_(new Impl{file.string(), file, identifiers, {}, {}, {}}) {
    hdf5::prepare_h5();
    const H5Guard guard;
    const auto doing = "create " + impl_->name;
    impl_->file =
        hdf5::File(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), doing);
    impl_->linking = PropertyList(H5Pcreate(H5P_LINK_CREATE), doing);
    check_h5(H5Pset_create_intermediate_group(impl_->linking.get(), 1), doing);
    impl_->creating = PropertyList(H5Pcreate(H5P_DATASET_CREATE), doing);
    check_h5(H5Pset_obj_track_times(impl_->creating.get(), false), doing);
}

NwbWriter::~NwbWriter() {
    const H5Guard guard;
    impl_.reset();
}

std::uint64_t NwbWriter::close() {
    {
        const H5Guard guard;
        check_h5(H5Fflush(impl_->file.get(), H5F_SCOPE_LOCAL), "finish " + impl_->name);
        impl_->creating = {};
        impl_->linking = {};
        impl_->file = {};
    }
    std::error_code code;
    const auto size = std::filesystem::file_size(impl_->path, code);
    if (code)
        throw Error(ErrorKind::io, fmt::format("cannot write {}: {}", impl_->name, code.message()),
                    "Is the disk full?");
    return size;
}

void NwbWriter::group(const std::string& path) {
    const H5Guard guard;
    const auto doing = impl_->doing(path);
    if (path == "/") return;
    // A group that the path of another object made is there already.
    std::string above;
    std::size_t at = 0;
    bool is_there = true;
    while (is_there && at != std::string::npos) {
        at = path.find('/', at + 1);
        above = path.substr(0, at);
        is_there = H5Lexists(impl_->file.get(), above.c_str(), H5P_DEFAULT) > 0;
    }
    if (is_there) return;
    const Group made(
        H5Gcreate2(impl_->file.get(), path.c_str(), impl_->linking.get(), H5P_DEFAULT, H5P_DEFAULT),
        doing);
}

void NwbWriter::object(const std::string& path, std::string_view neurodata_type,
                       std::string_view name_space) {
    group(path);
    type(path, neurodata_type, name_space);
}

void NwbWriter::type(const std::string& path, std::string_view neurodata_type,
                     std::string_view name_space) {
    attribute(path, "namespace", name_space);
    attribute(path, "neurodata_type", neurodata_type);
    attribute(path, "object_id", impl_->identifier());
}

void NwbWriter::link(const std::string& path, const std::string& target) {
    const H5Guard guard;
    check_h5(H5Lcreate_soft(target.c_str(), impl_->file.get(), path.c_str(), impl_->linking.get(),
                            H5P_DEFAULT),
             impl_->doing(path));
}

void NwbWriter::text(const std::string& path, std::string_view value) {
    const H5Guard guard;
    const std::string text(value);
    const char* const data = text.c_str();
    impl_->single(path, text_type(impl_->doing(path)), &data);
}

void NwbWriter::real(const std::string& path, double value) {
    const H5Guard guard;
    impl_->single(path, copied(H5T_IEEE_F64LE)(impl_->doing(path)), &value);
}

void NwbWriter::reals(const std::string& path, std::span<const double> values, const Shape& shape) {
    impl_->array(path, values, shape, copied(H5T_IEEE_F64LE));
}

void NwbWriter::integers(const std::string& path, std::span<const std::int64_t> values,
                         const Shape& shape) {
    impl_->array(path, values, shape, copied(H5T_STD_I64LE));
}

void NwbWriter::booleans(const std::string& path, std::span<const std::uint8_t> values,
                         const Shape& shape) {
    impl_->array(path, values, shape, boolean_type);
}

void NwbWriter::bytes(const std::string& path, std::span<const std::uint8_t> values,
                      const Shape& shape) {
    impl_->array(path, values, shape, copied(H5T_STD_U8LE));
}

void NwbWriter::naturals(const std::string& path, std::span<const std::uint64_t> values) {
    impl_->array(path, values, {}, copied(H5T_STD_U64LE));
}

void NwbWriter::index(const std::string& path, std::span<const std::uint64_t> values) {
    if (values.empty() || values.back() < 65'536) {
        const std::vector<std::uint16_t> narrow(values.begin(), values.end());
        impl_->array(path, std::span<const std::uint16_t>(narrow), {}, copied(H5T_STD_U16LE));
        return;
    }
    const std::vector<std::uint32_t> narrow(values.begin(), values.end());
    impl_->array(path, std::span<const std::uint32_t>(narrow), {}, copied(H5T_STD_U32LE));
}

void NwbWriter::texts(const std::string& path, const std::vector<std::string>& values) {
    const H5Guard guard;
    const auto doing = impl_->doing(path);
    std::vector<const char*> data(values.size());
    std::ranges::transform(values, data.begin(), [](const auto& text) { return text.c_str(); });
    const auto type = text_type(doing);
    const auto dataset = impl_->create(path, type, space_of({values.size()}, doing));
    if (values.empty()) return;
    check_h5(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, data.data()),
             doing);
}

void NwbWriter::series_parts(const std::string& path, std::span<const SeriesPart> parts,
                             const std::string& series) {
    struct Row {
        std::int32_t idx_start;
        std::int32_t count;
        hobj_ref_t timeseries;
    };
    const H5Guard guard;
    const auto doing = impl_->doing(path);
    const auto reference = impl_->reference_to(series);
    std::vector<Row> rows;
    rows.reserve(parts.size());
    for (const auto& part : parts) rows.push_back({part.idx_start, part.count, reference});
    const Type type(H5Tcreate(H5T_COMPOUND, sizeof(Row)), doing);
    check_h5(H5Tinsert(type.get(), "idx_start", HOFFSET(Row, idx_start), H5T_STD_I32LE), doing);
    check_h5(H5Tinsert(type.get(), "count", HOFFSET(Row, count), H5T_STD_I32LE), doing);
    check_h5(H5Tinsert(type.get(), "timeseries", HOFFSET(Row, timeseries), H5T_STD_REF_OBJ), doing);
    const auto dataset = impl_->create(path, type, space_of({rows.size()}, doing));
    if (rows.empty()) return;
    check_h5(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, rows.data()),
             doing);
}

void NwbWriter::attribute(const std::string& path, const char* name, std::string_view value) {
    const H5Guard guard;
    const auto doing = impl_->doing(path);
    const std::string text(value);
    const char* const data = text.c_str();
    impl_->attribute(path, name, text_type(doing), scalar_space(doing), &data);
}

void NwbWriter::attribute(const std::string& path, const char* name, double value) {
    const H5Guard guard;
    const auto doing = impl_->doing(path);
    impl_->attribute(path, name, copied(H5T_IEEE_F64LE)(doing), scalar_space(doing), &value);
}

void NwbWriter::attribute(const std::string& path, const char* name, std::int64_t value) {
    const H5Guard guard;
    const auto doing = impl_->doing(path);
    impl_->attribute(path, name, copied(H5T_STD_I64LE)(doing), scalar_space(doing), &value);
}

void NwbWriter::attribute(const std::string& path, const char* name,
                          const std::vector<std::string>& values) {
    const H5Guard guard;
    const auto doing = impl_->doing(path);
    std::vector<const char*> data(values.size());
    std::ranges::transform(values, data.begin(), [](const auto& text) { return text.c_str(); });
    impl_->attribute(path, name, text_type(doing), space_of({values.size()}, doing), data.data());
}

void NwbWriter::reference(const std::string& path, const char* name, const std::string& target) {
    const H5Guard guard;
    const auto doing = impl_->doing(path);
    const auto reference = impl_->reference_to(target);
    impl_->attribute(path, name, copied(H5T_STD_REF_OBJ)(doing), scalar_space(doing), &reference);
}

}  // namespace tb::simulated
