#include "src/hdf5/stored_type.hpp"

#include <cctype>
#include <cstring>

#include <fmt/format.h>

namespace tb::hdf5 {

namespace {

constexpr int deepest_type = 4;
constexpr int most_members = 256;
constexpr std::size_t longest_fixed_text = std::size_t{1} << 20;
constexpr std::size_t longest_text = std::size_t{64} << 20;

std::string lower(std::string text) {
    for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

std::string member_name(hid_t type, unsigned index) {
    char* name = H5Tget_member_name(type, index);
    if (name == nullptr) return {};
    std::string copy(name);
    H5free_memory(name);
    return copy;
}

/// Two values, FALSE and TRUE (in this order of values 0 and 1 as h5py writes them).
bool is_boolean(hid_t type) {
    if (H5Tget_size(type) != 1 || H5Tget_nmembers(type) != 2) return false;
    for (unsigned i = 0; i < 2; ++i) {
        signed char value = 0;
        if (H5Tget_member_value(type, i, &value) < 0) return false;
        const auto name = lower(member_name(type, i));
        if (!((value == 0 && name == "false") || (value == 1 && name == "true"))) return false;
    }
    return true;
}

ValueType describe(hid_t type, int depth) {
    ValueType described;
    described.size = H5Tget_size(type);
    switch (H5Tget_class(type)) {
        case H5T_INTEGER:
            described.kind = ValueKind::integer;
            described.name = fmt::format("{}int{}", H5Tget_sign(type) == H5T_SGN_NONE ? "u" : "",
                                         described.size * 8);
            if (described.size > 8) described.kind = ValueKind::other;
            break;
        case H5T_FLOAT:
            described.kind = ValueKind::real;
            described.name = fmt::format("float{}", described.size * 8);
            break;
        case H5T_ENUM:
            if (is_boolean(type)) {
                described.kind = ValueKind::boolean;
                described.name = "bool";
            } else {
                const auto base = Type::unchecked(H5Tget_super(type));
                const bool has_sign = !base || H5Tget_sign(base.get()) != H5T_SGN_NONE;
                described.kind = described.size <= 8 ? ValueKind::integer : ValueKind::other;
                described.name = fmt::format("{}int{}", has_sign ? "" : "u", described.size * 8);
            }
            break;
        case H5T_STRING:
            described.kind = ValueKind::text;
            described.name = "text";
            if (H5Tis_variable_str(type) > 0) described.size = 0;
            break;
        case H5T_REFERENCE:
            if (H5Tequal(type, H5T_STD_REF_OBJ) > 0) {
                described.kind = ValueKind::reference;
                described.name = "reference";
            } else {
                described.kind = ValueKind::region;
                described.name = "region";
            }
            break;
        case H5T_COMPOUND: {
            described.kind = ValueKind::compound;
            described.name = "compound";
            const int n = H5Tget_nmembers(type);
            if (depth >= deepest_type || n < 0 || n > most_members) {
                described.kind = ValueKind::other;
                break;
            }
            for (unsigned i = 0; i < static_cast<unsigned>(n); ++i) {
                const auto member = Type::unchecked(H5Tget_member_type(type, i));
                if (!member) continue;
                described.members.push_back(
                    {member_name(type, i), describe(member.get(), depth + 1)});
            }
            break;
        }
        case H5T_VLEN:
            described.name = "arrays of variable length";
            break;
        case H5T_ARRAY:
            described.name = "arrays";
            break;
        case H5T_BITFIELD:
            described.name = "bit fields";
            break;
        case H5T_OPAQUE:
            described.name = "opaque bytes";
            break;
        default:
            described.name = "unknown type";
            break;
    }
    return described;
}

hid_t native_type(std::string_view dtype) {
    if (dtype == "float64") return H5T_NATIVE_DOUBLE;
    if (dtype == "float32") return H5T_NATIVE_FLOAT;
    if (dtype == "int64") return H5T_NATIVE_INT64;
    if (dtype == "int32") return H5T_NATIVE_INT32;
    if (dtype == "int16") return H5T_NATIVE_INT16;
    if (dtype == "uint8") return H5T_NATIVE_UINT8;
    throw ReadFailure("ValueType", "no numbers are of type " + std::string(dtype));
}

struct Lost {
    bool range = false, not_whole = false;
};

extern "C" H5T_conv_ret_t watch_conversion(H5T_conv_except_t what, hid_t, hid_t, void*, void*,
                                           void* data) {
    auto& lost = *static_cast<Lost*>(data);
    switch (what) {
        case H5T_CONV_EXCEPT_RANGE_HI:
        case H5T_CONV_EXCEPT_RANGE_LOW:
        case H5T_CONV_EXCEPT_PINF:
        case H5T_CONV_EXCEPT_NINF:
        case H5T_CONV_EXCEPT_NAN:
            lost.range = true;
            return H5T_CONV_ABORT;
        case H5T_CONV_EXCEPT_TRUNCATE:
            lost.not_whole = true;
            return H5T_CONV_ABORT;
        default:  // a large integer loses digits in a double
            return H5T_CONV_UNHANDLED;
    }
}

/// The type of a member as the file has it, or the type itself.
Type stored_part(hid_t stored, std::string_view member) {
    if (member.empty()) return Type(H5Tcopy(stored), "copy a type");
    const int index = H5Tget_member_index(stored, std::string(member).c_str());
    if (index < 0) throw ReadFailure("ValueType", fmt::format("values have no {}", member));
    return Type(H5Tget_member_type(stored, static_cast<unsigned>(index)), "read a member's type");
}

/// `part` as it lies in memory when alone read from a compound; itself without a member.
Type memory_part(const Type& part, std::string_view member) {
    if (member.empty()) return Type(H5Tcopy(part.get()), "copy a type");
    Type whole(H5Tcreate(H5T_COMPOUND, H5Tget_size(part.get())), "make a type");
    check_h5(H5Tinsert(whole.get(), std::string(member).c_str(), 0, part.get()), "make a type");
    return whole;
}

[[noreturn]] void fail_reading() {
    throw ReadFailure("DamagedFile", last_h5_error());
}

std::string trimmed(const char* text, std::size_t size, H5T_str_t filling) {
    if (filling == H5T_STR_NULLTERM) return {text, ::strnlen(text, size)};
    const char fill = filling == H5T_STR_SPACEPAD ? ' ' : '\0';
    while (size > 0 && (text[size - 1] == fill || text[size - 1] == '\0')) --size;
    return {text, size};
}

/// `path[0:3, 2:4]`
std::string region_text(hid_t file, const hdset_reg_ref_t& reference, const PathsByAddress& paths) {
    const hdset_reg_ref_t nothing{};
    if (std::memcmp(&reference, &nothing, sizeof nothing) == 0) return {};
    const auto object =
        Object::unchecked(H5Rdereference2(file, H5P_DEFAULT, H5R_DATASET_REGION, &reference));
    H5O_info_t info;
    if (!object || H5Oget_info2(object.get(), &info, H5O_INFO_BASIC) < 0) return "?";
    const auto found = paths.find(info.addr);
    std::string text = found == paths.end() ? fmt::format("?{:#x}", info.addr) : found->second;
    const auto space = Space::unchecked(H5Rget_region(file, H5R_DATASET_REGION, &reference));
    const int rank = space ? H5Sget_simple_extent_ndims(space.get()) : 0;
    if (rank <= 0 || rank > H5S_MAX_RANK) return text;
    std::vector<hsize_t> first(static_cast<std::size_t>(rank)), last(first.size());
    if (H5Sget_select_bounds(space.get(), first.data(), last.data()) < 0) return text;
    text += '[';
    for (std::size_t i = 0; i < first.size(); ++i)
        text += fmt::format("{}{}:{}", i == 0 ? "" : ", ", first[i], last[i] + 1);
    return text + ']';
}

}  // namespace

ValueType describe(hid_t type) {
    return describe(type, 0);
}

const ValueType& part_of(const ValueType& type, std::string_view member) {
    if (member.empty()) return type;
    for (const auto& one : type.members) {
        if (one.name == member) return one.type;
    }
    throw ReadFailure("ValueType", fmt::format("values have no {}", member));
}

void read_numbers(const ValueType& type, std::string_view dtype, std::string_view member,
                  const std::function<herr_t(hid_t memory_type, hid_t transfer, void*)>& fill,
                  void* buffer) {
    const auto& part = part_of(type, member);
    if (!part.is_number())
        throw ReadFailure("ValueType", fmt::format("values are {}, not numbers", part.name));
    const Type native(H5Tcopy(native_type(dtype)), "copy a type");
    const auto memory = memory_part(native, member);
    const PropertyList transfer(H5Pcreate(H5P_DATASET_XFER), "prepare reading");
    Lost lost;
    check_h5(H5Pset_type_conv_cb(transfer.get(), watch_conversion, &lost), "prepare reading");
    if (fill(memory.get(), transfer.get(), buffer) < 0) {
        if (lost.range)
            throw ReadFailure("NumberRange", fmt::format("a number does not fit into {}", dtype));
        if (lost.not_whole) throw ReadFailure("NumberRange", "a number is not whole");
        fail_reading();
    }
}

std::vector<std::string> read_texts(hid_t stored, std::string_view member, std::size_t n,
                                    const Fill& fill) {
    const auto part = stored_part(stored, member);
    if (H5Tget_class(part.get()) != H5T_STRING)
        throw ReadFailure("ValueType",
                          fmt::format("values are {}, not text", describe(part.get()).name));
    const auto memory = memory_part(part, member);
    std::vector<std::string> texts(n);
    std::size_t total = 0;
    if (H5Tis_variable_str(part.get()) > 0) {
        std::vector<char*> pointers(n, nullptr);
        if (n == 0) return texts;
        const auto free_all = [&] {
            for (auto* one : pointers) {
                if (one != nullptr) H5free_memory(one);
            }
        };
        if (fill(memory.get(), pointers.data()) < 0) {
            // What was read until then is lost with this process's memory: it may be half freed.
            fail_reading();
        }
        for (std::size_t i = 0; i < n; ++i) {
            if (pointers[i] == nullptr) continue;
            texts[i] = pointers[i];
            total += texts[i].size();
            if (total > longest_text) {
                free_all();
                throw ReadFailure("ShapeLimit", "texts of more than 64 MB in one piece");
            }
        }
        free_all();
        return texts;
    }
    const auto size = H5Tget_size(part.get());
    if (size > longest_fixed_text || (n > 0 && size > longest_text / n))
        throw ReadFailure("ShapeLimit", fmt::format("texts of {} bytes each", size));
    std::vector<char> bytes(n * size);
    if (n > 0 && fill(memory.get(), bytes.data()) < 0) fail_reading();
    const auto filling = H5Tget_strpad(part.get());
    for (std::size_t i = 0; i < n; ++i) texts[i] = trimmed(bytes.data() + i * size, size, filling);
    return texts;
}

std::vector<std::string> read_references(hid_t file, hid_t stored, std::string_view member,
                                         std::size_t n, const PathsByAddress& paths,
                                         const Fill& fill) {
    const auto part = stored_part(stored, member);
    if (H5Tget_class(part.get()) != H5T_REFERENCE)
        throw ReadFailure("ValueType",
                          fmt::format("values are {}, not references", describe(part.get()).name));
    const auto memory = memory_part(part, member);
    std::vector<std::string> texts(n);
    if (n == 0) return texts;
    if (H5Tequal(part.get(), H5T_STD_REF_OBJ) > 0) {
        std::vector<hobj_ref_t> addresses(n, 0);
        if (fill(memory.get(), addresses.data()) < 0) fail_reading();
        for (std::size_t i = 0; i < n; ++i) {
            if (addresses[i] == 0 || addresses[i] == HADDR_UNDEF) continue;
            const auto found = paths.find(addresses[i]);
            texts[i] = found == paths.end() ? fmt::format("?{:#x}", addresses[i]) : found->second;
        }
        return texts;
    }
    std::vector<hdset_reg_ref_t> regions(n);
    if (fill(memory.get(), regions.data()) < 0) fail_reading();
    for (std::size_t i = 0; i < n; ++i) texts[i] = region_text(file, regions[i], paths);
    return texts;
}

}  // namespace tb::hdf5
