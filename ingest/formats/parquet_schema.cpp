#include "ingest/formats/parquet_schema.hpp"

namespace tb::formats::parquet {
namespace {

constexpr std::size_t max_depth = 64;

/// A group whose children are being read.
struct Group {
    std::size_t children_left = 0;
    unsigned definition = 0;
    unsigned repetition = 0;
    unsigned list_definition = 0;
    bool is_list = false;             // annotated: names below do not show
    bool is_inside_repeated = false;  // the repeated part was passed
    std::string name;
    std::string unsupported;
};

}  // namespace

std::vector<Leaf> schema_leaves(const Footer& footer, const Source& source, Allowance& allowance) {
    if (footer.schema.empty()) source.fail(footer.begin, "the file has no schema");
    std::vector<Leaf> leaves;
    std::vector<Group> open;
    Group root;
    root.children_left = footer.schema.front().children;
    open.push_back(std::move(root));
    std::size_t next = 1;
    while (!open.empty()) {
        if (open.back().children_left == 0) {
            open.pop_back();
            continue;
        }
        if (next == footer.schema.size())
            source.fail(footer.begin, "the schema ends before its groups are full");
        --open.back().children_left;
        const Group& parent = open.back();
        const SchemaElement& element = footer.schema[next++];
        allowance.charge(parent.name.size() + element.name.size() + sizeof(Leaf) + sizeof(Group), 2,
                         element.offset, "the schema");

        Group group;
        group.definition = parent.definition;
        group.repetition = parent.repetition;
        group.list_definition = parent.list_definition;
        group.is_list = parent.is_list;
        group.is_inside_repeated = parent.is_inside_repeated;
        group.unsupported = parent.unsupported;
        group.name = parent.name;
        if (!parent.is_list) {
            if (!group.name.empty()) group.name += '.';
            group.name += element.name;
        }
        if (element.repetition != Repetition::required) ++group.definition;
        if (element.repetition == Repetition::repeated) {
            ++group.repetition;
            if (group.repetition > 1 && group.unsupported.empty())
                group.unsupported = "a list in a list";
            group.list_definition = group.definition;
        }
        if (element.meaning == Meaning::map) {
            if (group.unsupported.empty()) group.unsupported = "a map";
            group.is_list = false;
        }
        if (element.type) {
            Leaf leaf;
            leaf.name = std::move(group.name);
            leaf.element = element;
            leaf.max_definition = group.definition;
            leaf.max_repetition = group.repetition;
            leaf.list_definition = group.list_definition;
            leaf.unsupported = std::move(group.unsupported);
            leaves.push_back(std::move(leaf));
            continue;
        }
        if (element.meaning == Meaning::list && element.repetition != Repetition::repeated)
            group.is_list = true;
        // Below the repeated part only the element itself may follow.
        if (group.unsupported.empty()) {
            if (parent.is_inside_repeated) {
                group.unsupported =
                    element.meaning == Meaning::list ? "a list in a list" : "a list of structures";
            } else if (element.repetition == Repetition::repeated && element.children != 1) {
                group.unsupported = "a list of structures";
            }
        }
        if (element.repetition == Repetition::repeated) group.is_inside_repeated = true;
        if (open.size() > max_depth) source.fail(element.offset, "the schema is nested too deeply");
        group.children_left = element.children;
        open.push_back(std::move(group));
    }
    if (next != footer.schema.size())
        source.fail(footer.begin, "the schema holds more than one tree");
    return leaves;
}

}  // namespace tb::formats::parquet
