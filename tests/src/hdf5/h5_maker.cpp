#include "tests/src/hdf5/h5_maker.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace tb::hdf5::test {

namespace {

Space space_of(const std::vector<hsize_t>& shape) {
    if (shape.empty()) return {H5Screate(H5S_SCALAR), "make a space"};
    return {H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
            "make a space"};
}

Type text_type() {
    Type type(H5Tcopy(H5T_C_S1), "make a type");
    check_h5(H5Tset_size(type.get(), H5T_VARIABLE), "make a type");
    check_h5(H5Tset_cset(type.get(), H5T_CSET_UTF8), "make a type");
    return type;
}

std::vector<const char*> pointers(const std::vector<std::string>& values) {
    std::vector<const char*> all;
    for (const auto& one : values) all.push_back(one.c_str());
    return all;
}

}  // namespace

Folder::Folder() {
    auto name = (std::filesystem::temp_directory_path() / "trialbase-hdf5.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Error(ErrorKind::io, "cannot make a folder");
    path_ = name;
}
Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

H5Maker::H5Maker(const std::filesystem::path& file)
    : with_parents_(H5Pcreate(H5P_LINK_CREATE), "prepare links"),
      file_(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), "make the file") {
    check_h5(H5Pset_create_intermediate_group(with_parents_.get(), 1), "prepare links");
}

Dataset H5Maker::make(const std::string& path, hid_t type, hid_t space, const Storage& storage) {
    const PropertyList made(H5Pcreate(H5P_DATASET_CREATE), "prepare a data set");
    if (!storage.chunk.empty())
        check_h5(
            H5Pset_chunk(made.get(), static_cast<int>(storage.chunk.size()), storage.chunk.data()),
            "set chunks");
    if (storage.shuffle) check_h5(H5Pset_shuffle(made.get()), "set shuffle");
    if (storage.gzip > 0)
        check_h5(H5Pset_deflate(made.get(), static_cast<unsigned>(storage.gzip)), "set gzip");
    return {H5Dcreate2(file_.get(), path.c_str(), type, space, with_parents_.get(), made.get(),
                       H5P_DEFAULT),
            "make " + path};
}

void H5Maker::group(const std::string& path) {
    const Group made(
        H5Gcreate2(file_.get(), path.c_str(), with_parents_.get(), H5P_DEFAULT, H5P_DEFAULT),
        "make " + path);
}
void H5Maker::reals(const std::string& path, const std::vector<hsize_t>& shape,
                    const std::vector<double>& values, hid_t type, const Storage& storage) {
    const auto space = space_of(shape);
    const auto dataset = make(path, type, space.get(), storage);
    check_h5(
        H5Dwrite(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
        "write");
}
void H5Maker::integers(const std::string& path, const std::vector<hsize_t>& shape,
                       const std::vector<std::int64_t>& values, hid_t type,
                       const Storage& storage) {
    const auto space = space_of(shape);
    const auto dataset = make(path, type, space.get(), storage);
    // Written as unsigned where the type is: all 64 bits are kept.
    const bool is_unsigned = H5Tget_sign(type) == H5T_SGN_NONE;
    check_h5(H5Dwrite(dataset.get(), is_unsigned ? H5T_NATIVE_UINT64 : H5T_NATIVE_INT64, H5S_ALL,
                      H5S_ALL, H5P_DEFAULT, values.data()),
             "write");
}
void H5Maker::booleans(const std::string& path, const std::vector<std::uint8_t>& values) {
    const Type type(H5Tenum_create(H5T_NATIVE_INT8), "make a type");
    signed char value = 0;
    check_h5(H5Tenum_insert(type.get(), "FALSE", &value), "make a type");
    value = 1;
    check_h5(H5Tenum_insert(type.get(), "TRUE", &value), "make a type");
    const auto space = space_of({values.size()});
    const auto dataset = make(path, type.get(), space.get(), {});
    check_h5(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
             "write");
}
void H5Maker::texts(const std::string& path, const std::vector<std::string>& values) {
    const auto type = text_type();
    const auto space = space_of({values.size()});
    const auto dataset = make(path, type.get(), space.get(), {});
    const auto all = pointers(values);
    if (all.empty()) return;
    check_h5(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, all.data()),
             "write");
}
void H5Maker::text(const std::string& path, const std::string& value) {
    const auto type = text_type();
    const auto space = space_of({});
    const auto dataset = make(path, type.get(), space.get(), {});
    const char* start = value.c_str();
    check_h5(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, &start), "write");
}
void H5Maker::fixed_texts(const std::string& path, const std::vector<std::string>& values,
                          std::size_t size, H5T_str_t filling) {
    const Type type(H5Tcopy(H5T_C_S1), "make a type");
    check_h5(H5Tset_size(type.get(), size), "make a type");
    check_h5(H5Tset_strpad(type.get(), filling), "make a type");
    std::string bytes;
    for (auto one : values) {
        one.resize(size, filling == H5T_STR_SPACEPAD ? ' ' : '\0');
        bytes += one;
    }
    const auto space = space_of({values.size()});
    const auto dataset = make(path, type.get(), space.get(), {});
    check_h5(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()),
             "write");
}
void H5Maker::references(const std::string& path, const std::vector<std::string>& targets) {
    std::vector<hobj_ref_t> all(targets.size(), 0);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (targets[i].empty()) continue;
        check_h5(H5Rcreate(&all[i], file_.get(), targets[i].c_str(), H5R_OBJECT, -1), "refer");
    }
    const auto space = space_of({all.size()});
    const auto dataset = make(path, H5T_STD_REF_OBJ, space.get(), {});
    check_h5(H5Dwrite(dataset.get(), H5T_STD_REF_OBJ, H5S_ALL, H5S_ALL, H5P_DEFAULT, all.data()),
             "write");
}
void H5Maker::points(const std::string& path, const std::vector<std::array<double, 3>>& values) {
    struct Point {
        double x, y;
        float weight;
    };
    std::vector<Point> all;
    for (const auto& one : values) all.push_back({one[0], one[1], static_cast<float>(one[2])});
    const Type type(H5Tcreate(H5T_COMPOUND, sizeof(Point)), "make a type");
    H5Tinsert(type.get(), "x", offsetof(Point, x), H5T_NATIVE_DOUBLE);
    H5Tinsert(type.get(), "y", offsetof(Point, y), H5T_NATIVE_DOUBLE);
    H5Tinsert(type.get(), "weight", offsetof(Point, weight), H5T_NATIVE_FLOAT);
    const auto space = space_of({all.size()});
    const auto dataset = make(path, type.get(), space.get(), {});
    check_h5(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, all.data()),
             "write");
}

void H5Maker::attribute(const std::string& object, const std::string& name,
                        const std::string& value) {
    const auto type = text_type();
    const auto space = space_of({});
    const Object owner(H5Oopen(file_.get(), object.c_str(), H5P_DEFAULT), "open " + object);
    const AttributeHandle made(
        H5Acreate2(owner.get(), name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
        "make " + name);
    const char* start = value.c_str();
    check_h5(H5Awrite(made.get(), type.get(), &start), "write");
}
void H5Maker::attribute(const std::string& object, const std::string& name, double value) {
    const auto space = space_of({});
    const Object owner(H5Oopen(file_.get(), object.c_str(), H5P_DEFAULT), "open " + object);
    const AttributeHandle made(H5Acreate2(owner.get(), name.c_str(), H5T_IEEE_F64LE, space.get(),
                                          H5P_DEFAULT, H5P_DEFAULT),
                               "make " + name);
    check_h5(H5Awrite(made.get(), H5T_NATIVE_DOUBLE, &value), "write");
}
void H5Maker::attribute(const std::string& object, const std::string& name,
                        const std::vector<std::string>& values) {
    const auto type = text_type();
    const auto space = space_of({values.size()});
    const Object owner(H5Oopen(file_.get(), object.c_str(), H5P_DEFAULT), "open " + object);
    const AttributeHandle made(
        H5Acreate2(owner.get(), name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
        "make " + name);
    const auto all = pointers(values);
    check_h5(H5Awrite(made.get(), type.get(), all.data()), "write");
}
void H5Maker::reference_attribute(const std::string& object, const std::string& name,
                                  const std::string& target) {
    hobj_ref_t reference = 0;
    check_h5(H5Rcreate(&reference, file_.get(), target.c_str(), H5R_OBJECT, -1), "refer");
    const auto space = space_of({});
    const Object owner(H5Oopen(file_.get(), object.c_str(), H5P_DEFAULT), "open " + object);
    const AttributeHandle made(H5Acreate2(owner.get(), name.c_str(), H5T_STD_REF_OBJ, space.get(),
                                          H5P_DEFAULT, H5P_DEFAULT),
                               "make " + name);
    check_h5(H5Awrite(made.get(), H5T_STD_REF_OBJ, &reference), "write");
}

void H5Maker::soft_link(const std::string& path, const std::string& target) {
    check_h5(
        H5Lcreate_soft(target.c_str(), file_.get(), path.c_str(), with_parents_.get(), H5P_DEFAULT),
        "link");
}
void H5Maker::hard_link(const std::string& path, const std::string& target) {
    check_h5(H5Lcreate_hard(file_.get(), target.c_str(), file_.get(), path.c_str(),
                            with_parents_.get(), H5P_DEFAULT),
             "link");
}
void H5Maker::external_link(const std::string& path, const std::string& file,
                            const std::string& target) {
    check_h5(H5Lcreate_external(file.c_str(), target.c_str(), file_.get(), path.c_str(),
                                with_parents_.get(), H5P_DEFAULT),
             "link");
}
void H5Maker::external_storage(const std::string& path, const std::string& file, hsize_t n) {
    const auto space = space_of({n});
    const PropertyList made(H5Pcreate(H5P_DATASET_CREATE), "prepare a data set");
    check_h5(H5Pset_external(made.get(), file.c_str(), 0, n * 8), "set external storage");
    const Dataset dataset(H5Dcreate2(file_.get(), path.c_str(), H5T_IEEE_F64LE, space.get(),
                                     with_parents_.get(), made.get(), H5P_DEFAULT),
                          "make " + path);
}
void H5Maker::virtual_dataset(const std::string& path, const std::string& file, hsize_t n) {
    const auto space = space_of({n});
    const auto source = space_of({n});
    const PropertyList made(H5Pcreate(H5P_DATASET_CREATE), "prepare a data set");
    check_h5(H5Pset_virtual(made.get(), space.get(), file.c_str(), "/secret", source.get()),
             "set sources");
    const Dataset dataset(H5Dcreate2(file_.get(), path.c_str(), H5T_IEEE_F64LE, space.get(),
                                     with_parents_.get(), made.get(), H5P_DEFAULT),
                          "make " + path);
}
void H5Maker::partly_written(const std::string& path, hsize_t n, const std::vector<double>& values,
                             const Storage& storage) {
    const auto space = space_of({n});
    const auto dataset = make(path, H5T_IEEE_F64LE, space.get(), storage);
    const hsize_t start = 0, count = values.size();
    check_h5(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, &start, nullptr, &count, nullptr),
             "choose the first");
    const auto memory = space_of({count});
    check_h5(H5Dwrite(dataset.get(), H5T_NATIVE_DOUBLE, memory.get(), space.get(), H5P_DEFAULT,
                      values.data()),
             "write");
}

void H5Maker::unwritten(const std::string& path, const std::vector<hsize_t>& shape) {
    const auto space = space_of(shape);
    Storage storage;
    for (const auto length : shape) storage.chunk.push_back(std::min<hsize_t>(length, 1024));
    const auto dataset = make(path, H5T_IEEE_F64LE, space.get(), storage);
}

}  // namespace tb::hdf5::test
