#include "ingest/nwb/catalogue.hpp"
#include "trialbase/error.hpp"

#include <fmt/format.h>

namespace tb::nwb {

namespace {

constexpr std::size_t most_values_of_a_field = 1024;
constexpr std::size_t most_bytes_of_a_text = std::size_t{1} << 16;

bool is_bookkeeping(std::string_view name) {
    return name == "namespace" || name == "neurodata_type" || name == "object_id" ||
           name == ".specloc" || name == "help";
}

}  // namespace

hdf5::Values read_values(const hdf5::UntrustedFile& file, const std::string& path,
                         const hdf5::ValueType& type, const hdf5::Slice& slice,
                         std::string_view member) {
    const auto* part = &type;
    if (!member.empty()) {
        for (const auto& one : type.members) {
            if (one.name == member) part = &one.type;
        }
        if (part == &type)
            throw Error(ErrorKind::data,
                        fmt::format("{}: {}: values have no {}", file.name(), path, member), {},
                        "ValueType");
    }
    switch (part->kind) {
        case hdf5::ValueKind::integer:
            return file.read_integers(path, slice, member);
        case hdf5::ValueKind::real:
            return file.read_reals(path, slice, member);
        case hdf5::ValueKind::boolean: {
            const auto whole = file.read_integers(path, slice, member);
            std::vector<std::uint8_t> flags(whole.size());
            for (std::size_t i = 0; i < whole.size(); ++i) flags[i] = whole[i] != 0 ? 1 : 0;
            return flags;
        }
        case hdf5::ValueKind::text:
            return file.read_texts(path, slice, member);
        case hdf5::ValueKind::reference:
        case hdf5::ValueKind::region:
            return file.read_references(path, slice, member);
        default:
            throw Error(ErrorKind::data,
                        fmt::format("{}: {}: values of this type ({}) are not read whole",
                                    file.name(), path, part->name),
                        part->kind == hdf5::ValueKind::compound ? "Read one of its members." : "",
                        "ValueType");
    }
}

std::optional<double> number_attribute(const hdf5::Node& node, std::string_view name) {
    const auto* found = node.attribute(name);
    if (found == nullptr) return std::nullopt;
    return Field{found->name, true, found->type, found->shape, found->values, {}}.number();
}

std::vector<Field> read_fields(const hdf5::UntrustedFile& file, const hdf5::Node& node,
                               Consumed* consumed) {
    std::vector<Field> fields;
    for (const auto& one : node.attributes) {
        if (is_bookkeeping(one.name)) continue;
        fields.push_back({one.name, true, one.type, one.shape, one.values, one.problem});
    }
    for (const auto& name : node.children) {
        const auto* child = file.tree().child(node, name);
        if (child == nullptr || !child->is_dataset()) continue;
        if (child->n_values() > most_values_of_a_field || child->type.size > most_bytes_of_a_text ||
            child->is_empty)
            continue;
        if (child->type.kind == hdf5::ValueKind::compound ||
            child->type.kind == hdf5::ValueKind::other)
            continue;
        Field field{name, false, child->type, child->shape, {}, {}};
        try {
            field.values = read_values(file, child->path, child->type);
        } catch (const Error& error) {
            field.problem = error.what();
        }
        if (consumed != nullptr && field.problem.empty()) consumed->insert(child->path);
        fields.push_back(std::move(field));
    }
    return fields;
}

}  // namespace tb::nwb
