// Tables: which columns there are, which of them are ragged, whether their lengths agree.
#include "ingest/nwb/catalogue.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace tb::nwb {

namespace {

/// The data set that an index column indexes: what its attribute `target` leads to, else the one of
/// its name. Null when it is no index.
const hdf5::Node* indexed_by(const hdf5::Tree& tree, const hdf5::Node& table,
                             const std::string& name, const hdf5::Node& node) {
    const auto* target = node.attribute("target");
    if (node.text_attribute("neurodata_type") != "VectorIndex" && target == nullptr) return nullptr;
    if (target != nullptr) {
        const auto* paths = std::get_if<std::vector<std::string>>(&target->values);
        if (paths != nullptr && paths->size() == 1) {
            const auto* found = tree.resolve(paths->front());
            if (found != nullptr && found != &node && found->is_dataset()) return found;
        }
    }
    if (!name.ends_with("_index")) return nullptr;
    const auto* found = tree.child(table, std::string_view(name).substr(0, name.size() - 6));
    return found != nullptr && found->is_dataset() ? found : nullptr;
}

std::vector<std::string> names_in_order(const hdf5::Node& node) {
    const auto* colnames = node.attribute("colnames");
    if (colnames == nullptr) return {};
    const auto* names = std::get_if<std::vector<std::string>>(&colnames->values);
    return names == nullptr ? std::vector<std::string>() : *names;
}

}  // namespace

bool looks_like_table(const hdf5::Node& node) {
    if (!node.is_group()) return false;
    if (node.attribute("colnames") != nullptr) return true;
    const auto type = node.text_attribute("neurodata_type");
    return type == "DynamicTable" || type == "TimeIntervals" || type == "Units" ||
           type == "PlaneSegmentation";
}

Table describe_table(const hdf5::Tree& tree, const hdf5::Node& node, Consumed& consumed) {
    Table table;
    table.path = node.path;
    table.name = node.name();
    table.neurodata_type = node.text_attribute("neurodata_type");
    table.description = node.text_attribute("description");
    consumed.insert(node.path);

    struct Part {
        std::string name;
        const hdf5::Node* node;
    };
    std::vector<Part> data;
    std::map<const hdf5::Node*, const hdf5::Node*> index_of;  // from what is indexed to its index
    const hdf5::Node* ids = nullptr;
    for (const auto& name : node.children) {
        const auto* child = tree.child(node, name);
        if (child == nullptr || !child->is_dataset()) continue;
        if (name == "id") {
            ids = child;
            consumed.insert(child->path);
        } else if (const auto* target = indexed_by(tree, node, name, *child)) {
            index_of.emplace(target, child);
            consumed.insert(child->path);
        } else {
            data.push_back({name, child});
        }
    }
    const auto order = names_in_order(node);
    const auto place = [&](const std::string& name) {
        return std::find(order.begin(), order.end(), name) - order.begin();
    };
    std::stable_sort(data.begin(), data.end(),
                     [&](const Part& a, const Part& b) { return place(a.name) < place(b.name); });
    for (const auto& name : order) {
        const auto is_there =
            std::ranges::any_of(data, [&](const auto& one) { return one.name == name; });
        if (is_there) continue;
        // Early MatNWB names ids and indexes, too.
        const auto* listed = tree.child(node, name);
        if (listed != nullptr && listed->is_dataset()) continue;
        const auto* nested = tree.child(node, name);
        if (nested != nullptr && nested->is_group()) continue;  // a table of its own
        table.problems.push_back({hdf5::joined(node.path, name), "MissingDataset",
                                  fmt::format("the table names a column {} and lacks it", name)});
    }
    std::vector<std::size_t> lengths;
    for (const auto& part : data) {
        Column column;
        column.name = part.name;
        column.path = part.node->path;
        column.description = part.node->text_attribute("description");
        column.neurodata_type = part.node->text_attribute("neurodata_type");
        column.type = part.node->type;
        column.shape = part.node->shape;
        column.is_in_colnames = place(part.name) < static_cast<std::ptrdiff_t>(order.size());
        consumed.insert(part.node->path);
        const auto* outermost = part.node;
        for (auto found = index_of.find(outermost); found != index_of.end();
             found = index_of.find(outermost)) {
            outermost = found->second;
            column.index_paths.insert(column.index_paths.begin(), outermost->path);
            if (column.index_paths.size() > 8) break;  // indexes in a circle
        }
        if (const auto* region = part.node->attribute("table")) {
            const auto* paths = std::get_if<std::vector<std::string>>(&region->values);
            if (paths != nullptr && paths->size() == 1) {
                const auto* found = tree.resolve(paths->front());
                column.region_table = found == nullptr ? paths->front() : found->path;
            }
        }
        if (!part.node->refusal.empty())
            table.problems.push_back({column.path, "ExternalData", part.node->refusal});
        lengths.push_back(outermost->rows());
        table.columns.push_back(std::move(column));
    }
    if (ids != nullptr) {
        table.id_path = ids->path;
        table.rows = ids->rows();
    } else if (!lengths.empty()) {
        table.rows = lengths.front();
    }
    for (std::size_t i = 0; i < lengths.size(); ++i) {
        if (lengths[i] == table.rows) continue;
        const auto& column = table.columns[i];
        table.problems.push_back(
            {column.path, "ColumnLength",
             fmt::format("column {} has {} rows, the table {}{}", column.name, lengths[i],
                         table.rows, ids == nullptr ? "" : " ids")});
    }
    return table;
}

}  // namespace tb::nwb
