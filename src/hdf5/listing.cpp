#include "src/hdf5/listing.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tb::hdf5 {

namespace {

constexpr std::size_t deepest_group = 100;
constexpr std::size_t most_attribute_values = 65536;
constexpr std::size_t most_attributes = 4096;

struct Link {
    std::string name;
    H5L_info_t info;
};

extern "C" herr_t take_link(hid_t, const char* name, const H5L_info_t* info, void* data) {
    static_cast<std::vector<Link>*>(data)->push_back({name, *info});
    return 0;
}
extern "C" herr_t take_attribute_name(hid_t, const char* name, const H5A_info_t*, void* data) {
    auto& names = *static_cast<std::vector<std::string>*>(data);
    names.emplace_back(name);
    return names.size() >= most_attributes ? 1 : 0;
}

/// Shape of a space. @return false when it cannot be read
bool read_shape(hid_t space, std::vector<std::size_t>& shape, bool& is_empty) {
    const auto kind = H5Sget_simple_extent_type(space);
    is_empty = kind == H5S_NULL;
    if (kind == H5S_NO_CLASS) return false;
    const int rank = H5Sget_simple_extent_ndims(space);
    if (rank < 0 || rank > H5S_MAX_RANK) return false;
    std::vector<hsize_t> lengths(static_cast<std::size_t>(rank));
    if (rank > 0 && H5Sget_simple_extent_dims(space, lengths.data(), nullptr) < 0) return false;
    shape.assign(lengths.begin(), lengths.end());
    return true;
}

std::size_t product(const std::vector<std::size_t>& shape) {
    std::size_t n = 1;
    for (const auto length : shape) {
        if (length != 0 && n > SIZE_MAX / length) return SIZE_MAX;
        n *= length;
    }
    return n;
}

std::string filter_name(hid_t list, unsigned index, H5Z_filter_t& id) {
    unsigned flags = 0;
    std::size_t n_values = 0;
    char name[64] = "";
    id = H5Pget_filter2(list, index, &flags, &n_values, nullptr, sizeof name, name, nullptr);
    switch (id) {
        case H5Z_FILTER_DEFLATE:
            return "gzip";
        case H5Z_FILTER_SHUFFLE:
            return "shuffle";
        case H5Z_FILTER_FLETCHER32:
            return "fletcher32";
        case H5Z_FILTER_SZIP:
            return "szip";
        case 32000:
            return "lzf";
        case 32001:
            return "blosc";
        case 32004:
            return "lz4";
        case 32008:
            return "bitshuffle";
        case 32015:
            return "zstd";
        default:
            name[sizeof name - 1] = '\0';
            return fmt::format("filter {}{}{}", static_cast<int>(id), name[0] == '\0' ? "" : " ",
                               name);
    }
}

class Walk {
  public:
    Walk(hid_t file, std::size_t most_objects) : file_(file), most_objects_(most_objects) {}

    Listing run() {
        H5O_info_t info;
        if (H5Oget_info2(file_, &info, H5O_INFO_BASIC) < 0)
            throw ReadFailure("DamagedFile", last_h5_error());
        visit("/", info.addr, 0);
        resolve_references();
        return std::move(listing_);
    }

  private:
    void visit(const std::string& path, haddr_t address, std::size_t depth) {
        count_object();
        if (depth > deepest_group)
            throw ReadFailure("HostileFile",
                              fmt::format("groups are nested more than {} deep", deepest_group));
        Node node;
        node.path = path;
        if (const auto known = listing_.path_by_address.find(address);
            known != listing_.path_by_address.end()) {
            node.kind = NodeKind::alias;
            node.target = known->second;
            listing_.nodes.push_back(std::move(node));
            return;
        }
        const auto object = Object::unchecked(H5Oopen_by_addr(file_, address));
        H5O_info_t info;
        if (!object || H5Oget_info2(object.get(), &info, H5O_INFO_BASIC) < 0) {
            node.kind = NodeKind::damaged;
            node.problem = last_h5_error();
            listing_.nodes.push_back(std::move(node));
            return;
        }
        listing_.path_by_address.emplace(address, path);
        listing_.address_by_path.emplace(path, address);
        std::vector<Link> links;
        switch (info.type) {
            case H5O_TYPE_GROUP:
                node.kind = NodeKind::group;
                list_links(object.get(), node, links);
                break;
            case H5O_TYPE_DATASET:
                node.kind = NodeKind::dataset;
                describe_dataset(object.get(), node);
                break;
            default:
                node.kind = NodeKind::named_type;
                break;
        }
        list_attributes(object.get(), node);
        listing_.nodes.push_back(std::move(node));
        const auto here = listing_.nodes.size() - 1;
        for (const auto& link : links) {
            // A name with a slash could stand for another object's path.
            if (link.name.empty() || link.name == "." || link.name.find('/') != std::string::npos) {
                listing_.nodes[here].problem = "holds an object whose name no path can say";
                continue;
            }
            listing_.nodes[here].children.push_back(link.name);
            const auto below = joined(path, link.name);
            if (link.info.type == H5L_TYPE_HARD) {
                visit(below, link.info.u.address, depth + 1);
            } else {
                list_link(object.get(), link, below);
            }
        }
    }

    void count_object() {
        if (++n_objects_ > most_objects_)
            throw ReadFailure("HostileFile",
                              fmt::format("it holds more than {} objects", most_objects_));
    }

    static void list_links(hid_t group, Node& node, std::vector<Link>& links) {
        hsize_t at = 0;
        if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &at, take_link, &links) < 0)
            node.problem = "not all of its links can be read: " + last_h5_error();
    }

    void list_link(hid_t group, const Link& link, const std::string& path) {
        count_object();
        Node node;
        node.path = path;
        node.kind = link.info.type == H5L_TYPE_SOFT       ? NodeKind::soft_link
                    : link.info.type == H5L_TYPE_EXTERNAL ? NodeKind::external_link
                                                          : NodeKind::other_link;
        std::vector<char> value(std::min<std::size_t>(link.info.u.val_size, 65536) + 1, '\0');
        if (node.kind != NodeKind::other_link &&
            H5Lget_val(group, link.name.c_str(), value.data(), value.size() - 1, H5P_DEFAULT) < 0) {
            node.kind = NodeKind::damaged;
            node.problem = last_h5_error();
        } else if (node.kind == NodeKind::soft_link) {
            node.target = value.data();
        } else if (node.kind == NodeKind::external_link) {
            unsigned flags = 0;
            const char* file = nullptr;
            const char* object = nullptr;
            if (H5Lunpack_elink_val(value.data(), value.size() - 1, &flags, &file, &object) >= 0)
                node.target = fmt::format("{}:{}", file, object);
        }
        listing_.nodes.push_back(std::move(node));
    }

    static void describe_dataset(hid_t dataset, Node& node) {
        const auto type = Type::unchecked(H5Dget_type(dataset));
        const auto made = PropertyList::unchecked(H5Dget_create_plist(dataset));
        if (!type || !made) {
            node.refusal = "its description is damaged: " + last_h5_error();
            return;
        }
        node.type = describe(type.get());
        const auto layout = H5Pget_layout(made.get());
        if (layout == H5D_VIRTUAL) {
            node.refusal = "a virtual data set: its values lie in other data sets or files";
            return;  // asking for its shape would open them
        }
        if (H5Pget_external_count(made.get()) > 0)
            node.refusal = "its values lie in another file (external storage)";
        const auto space = Space::unchecked(H5Dget_space(dataset));
        if (!space || !read_shape(space.get(), node.shape, node.is_empty)) {
            node.refusal = "its shape cannot be read: " + last_h5_error();
            return;
        }
        if (layout == H5D_CHUNKED) {
            std::vector<hsize_t> chunk(node.shape.size());
            if (H5Pget_chunk(made.get(), static_cast<int>(chunk.size()), chunk.data()) >= 0)
                node.chunk.assign(chunk.begin(), chunk.end());
        }
        const int n = H5Pget_nfilters(made.get());
        for (int i = 0; i < n && i < 32; ++i) {
            H5Z_filter_t id = 0;
            node.filters.push_back(filter_name(made.get(), static_cast<unsigned>(i), id));
        }
    }

    void list_attributes(hid_t object, Node& node) {
        std::vector<std::string> names;
        hsize_t at = 0;
        const auto result =
            H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &at, take_attribute_name, &names);
        if (result != 0)
            node.problem = result < 0 ? "not all attributes can be read: " + last_h5_error()
                                      : "has more attributes than are listed";
        for (const auto& name : names) {
            const auto attribute =
                AttributeHandle::unchecked(H5Aopen(object, name.c_str(), H5P_DEFAULT));
            Attribute listed;
            listed.name = name;
            if (!attribute) {
                listed.problem = last_h5_error();
            } else {
                try {
                    read_attribute(attribute.get(), listed);
                } catch (const std::exception& error) {
                    listed.problem = error.what();
                }
            }
            node.attributes.push_back(std::move(listed));
        }
    }

    void read_attribute(hid_t attribute, Attribute& listed) {
        const Type type(H5Aget_type(attribute), "read its type");
        const Space space(H5Aget_space(attribute), "read its shape");
        listed.type = describe(type.get());
        if (!read_shape(space.get(), listed.shape, listed.is_empty))
            throw ReadFailure("DamagedFile", "its shape cannot be read");
        const auto n = listed.is_empty ? 0 : product(listed.shape);
        if (n > most_attribute_values) {
            listed.problem = fmt::format("{} values are more than an attribute should have", n);
            return;
        }
        const Fill fill = [&](hid_t memory, void* buffer) {
            return n == 0 ? 0 : H5Aread(attribute, memory, buffer);
        };
        const auto numbers = [&](std::string_view dtype, void* buffer) {
            read_numbers(
                listed.type, dtype, {},
                [&](hid_t memory, hid_t, void* into) { return fill(memory, into); }, buffer);
        };
        switch (listed.type.kind) {
            case ValueKind::integer: {
                std::vector<std::int64_t> values(n);
                if (listed.type.name == "uint64") {  // H5Aread would clip what does not fit
                    std::vector<std::uint64_t> wide(n);
                    if (fill(H5T_NATIVE_UINT64, wide.data()) < 0)
                        throw ReadFailure("DamagedFile", last_h5_error());
                    for (std::size_t i = 0; i < n; ++i) {
                        if (wide[i] > INT64_MAX)
                            throw ReadFailure("NumberRange", "a number does not fit into int64");
                        values[i] = static_cast<std::int64_t>(wide[i]);
                    }
                } else {
                    numbers("int64", values.data());
                }
                listed.values = std::move(values);
                break;
            }
            case ValueKind::real: {
                std::vector<double> values(n);
                numbers("float64", values.data());
                listed.values = std::move(values);
                break;
            }
            case ValueKind::boolean: {
                std::vector<std::uint8_t> values(n);
                numbers("uint8", values.data());
                listed.values = std::move(values);
                break;
            }
            case ValueKind::text:
                listed.values = read_texts(type.get(), {}, n, fill);
                break;
            case ValueKind::reference: {
                // Looked up when every object has its path.
                std::vector<hobj_ref_t> addresses(n);
                if (fill(H5T_STD_REF_OBJ, addresses.data()) < 0)
                    throw ReadFailure("DamagedFile", last_h5_error());
                listed.values = std::vector<std::int64_t>(addresses.begin(), addresses.end());
                break;
            }
            default:
                listed.problem = "values of this type (" + listed.type.name + ") are not read";
                break;
        }
    }

    void resolve_references() {
        for (auto& node : listing_.nodes) {
            for (auto& attribute : node.attributes) {
                if (attribute.type.kind != ValueKind::reference) continue;
                const auto* addresses = std::get_if<std::vector<std::int64_t>>(&attribute.values);
                if (addresses == nullptr) continue;
                std::vector<std::string> paths;
                for (const auto one : *addresses) {
                    const auto address = static_cast<haddr_t>(one);
                    const auto found = listing_.path_by_address.find(address);
                    paths.push_back(address == 0 ? std::string()
                                    : found == listing_.path_by_address.end()
                                        ? fmt::format("?{:#x}", address)
                                        : found->second);
                }
                attribute.values = std::move(paths);
            }
        }
    }

    hid_t file_;
    std::size_t most_objects_;
    std::size_t n_objects_ = 0;
    Listing listing_;
};

}  // namespace

Listing list_file(hid_t file, std::size_t most_objects) {
    return Walk(file, most_objects).run();
}

}  // namespace tb::hdf5
