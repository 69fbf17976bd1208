#include "src/store/hdf5.hpp"

#include <array>

namespace tb::store {

namespace {

constexpr std::array<std::string_view, 6> dtype_names = {"float64", "float32", "int64",
                                                         "int32",   "int16",   "uint8"};

}  // namespace

hid_t native_type(std::string_view dtype) {
    if (dtype == "float64") return H5T_NATIVE_DOUBLE;
    if (dtype == "float32") return H5T_NATIVE_FLOAT;
    if (dtype == "int64") return H5T_NATIVE_INT64;
    if (dtype == "int32") return H5T_NATIVE_INT32;
    if (dtype == "int16") return H5T_NATIVE_INT16;
    if (dtype == "uint8") return H5T_NATIVE_UINT8;
    throw Error(ErrorKind::internal, "arrays have no type " + std::string(dtype));
}

hid_t file_type(std::string_view dtype) {
    if (dtype == "float64") return H5T_IEEE_F64LE;
    if (dtype == "float32") return H5T_IEEE_F32LE;
    if (dtype == "int64") return H5T_STD_I64LE;
    if (dtype == "int32") return H5T_STD_I32LE;
    if (dtype == "int16") return H5T_STD_I16LE;
    if (dtype == "uint8") return H5T_STD_U8LE;
    throw Error(ErrorKind::internal, "arrays have no type " + std::string(dtype));
}

std::string dtype_name(hid_t type, bool& is_raw) {
    is_raw = false;
    for (const auto name : dtype_names) {
        if (H5Tequal(type, file_type(name)) > 0) {
            is_raw = true;
            return std::string(name);
        }
    }
    const auto size = H5Tget_size(type);
    switch (H5Tget_class(type)) {
        case H5T_FLOAT:
            return size == 8 ? "float64" : size == 4 ? "float32" : "";
        case H5T_INTEGER:
            if (H5Tget_sign(type) == H5T_SGN_NONE) {
                return size == 1 ? "uint8" : size == 2 ? "int32" : size == 4 ? "int64" : "";
            }
            return size == 8 ? "int64" : size == 4 ? "int32" : size <= 2 ? "int16" : "";
        case H5T_ENUM:  // numpy's bool as h5py writes it
            return size == 1 ? "uint8" : "";
        default:
            return "";
    }
}

std::size_t dtype_size(std::string_view dtype) {
    return H5Tget_size(native_type(dtype));
}

Array make_array(std::string_view dtype, std::size_t n) {
    Array array;
    if (dtype == "float64") {
        array.values = std::vector<double>(n);
    } else if (dtype == "float32") {
        array.values = std::vector<float>(n);
    } else if (dtype == "int64") {
        array.values = std::vector<std::int64_t>(n);
    } else if (dtype == "int32") {
        array.values = std::vector<std::int32_t>(n);
    } else if (dtype == "int16") {
        array.values = std::vector<std::int16_t>(n);
    } else if (dtype == "uint8") {
        array.values = std::vector<std::uint8_t>(n);
    } else {
        throw Error(ErrorKind::internal, "arrays have no type " + std::string(dtype));
    }
    return array;
}

std::byte* writable_bytes(Array& array) {
    return std::visit([](auto& held) { return reinterpret_cast<std::byte*>(held.data()); },
                      array.values);
}

void write_attribute(hid_t object, const char* name, std::string_view text) {
    const std::string doing = std::string("write the attribute ") + name;
    const Type type(H5Tcopy(H5T_C_S1), doing);
    check_h5(H5Tset_size(type.get(), H5T_VARIABLE), doing);
    check_h5(H5Tset_cset(type.get(), H5T_CSET_UTF8), doing);
    const Space space(H5Screate(H5S_SCALAR), doing);
    const Attribute attribute(
        H5Acreate2(object, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), doing);
    const std::string copy(text);
    const char* start = copy.c_str();
    check_h5(H5Awrite(attribute.get(), type.get(), &start), doing);
}

void write_attribute(hid_t object, const char* name, double number) {
    const std::string doing = std::string("write the attribute ") + name;
    const Space space(H5Screate(H5S_SCALAR), doing);
    const Attribute attribute(
        H5Acreate2(object, name, H5T_IEEE_F64LE, space.get(), H5P_DEFAULT, H5P_DEFAULT), doing);
    check_h5(H5Awrite(attribute.get(), H5T_NATIVE_DOUBLE, &number), doing);
}

std::string read_text_attribute(hid_t object, const char* name) {
    if (H5Aexists(object, name) <= 0) return {};
    const auto attribute = Attribute::unchecked(H5Aopen(object, name, H5P_DEFAULT));
    if (!attribute) return {};
    const auto type = Type::unchecked(H5Aget_type(attribute.get()));
    const auto space = Space::unchecked(H5Aget_space(attribute.get()));
    if (!type || !space || H5Tget_class(type.get()) != H5T_STRING ||
        H5Sget_simple_extent_npoints(space.get()) != 1) {
        return {};
    }
    if (H5Tis_variable_str(type.get()) > 0) {
        char* text = nullptr;
        if (H5Aread(attribute.get(), type.get(), &text) < 0 || text == nullptr) return {};
        std::string copy(text);
        H5free_memory(text);
        return copy;
    }
    const auto size = H5Tget_size(type.get());
    if (size == 0 || size > (1U << 20)) return {};
    std::string copy(size, '\0');
    if (H5Aread(attribute.get(), type.get(), copy.data()) < 0) return {};
    copy.resize(copy.find_last_not_of('\0') + 1);
    return copy;
}

}  // namespace tb::store
