#include "src/hdf5/tree.hpp"

namespace tb::hdf5 {

namespace {

constexpr int most_links = 64;

std::vector<std::string> parts_of(std::string_view path) {
    std::vector<std::string> parts;
    while (!path.empty()) {
        const auto end = path.find('/');
        const auto part = path.substr(0, end);
        if (!part.empty() && part != ".") parts.emplace_back(part);
        path = end == path.npos ? std::string_view() : path.substr(end + 1);
    }
    return parts;
}

}  // namespace

const Attribute* Node::attribute(std::string_view wanted) const noexcept {
    for (const auto& one : attributes) {
        if (one.name == wanted) return &one;
    }
    return nullptr;
}

std::string Node::text_attribute(std::string_view wanted) const {
    const auto* found = attribute(wanted);
    if (found == nullptr || found->type.kind != ValueKind::text) return {};
    const auto* texts = std::get_if<std::vector<std::string>>(&found->values);
    return texts != nullptr && texts->size() == 1 ? texts->front() : std::string();
}

std::size_t Node::n_values() const noexcept {
    if (is_empty) return 0;
    std::size_t n = 1;
    for (const auto length : shape) {
        if (length != 0 && n > SIZE_MAX / length) return SIZE_MAX;
        n *= length;
    }
    return n;
}

std::size_t Node::rows() const noexcept {
    if (is_empty) return 0;
    return shape.empty() ? 1 : shape.front();
}

std::string Node::name() const {
    return path.substr(path.rfind('/') + 1);
}

std::string joined(std::string_view folder, std::string_view name) {
    std::string path(folder);
    if (!path.ends_with('/')) path += '/';
    return path.append(name);
}

void Tree::add(Node node) {
    auto path = node.path;
    nodes_.insert_or_assign(std::move(path), std::move(node));
}

const Node* Tree::at(std::string_view path) const {
    const auto found = nodes_.find(path);
    return found == nodes_.end() ? nullptr : &found->second;
}

Tree::Found Tree::find(std::string_view path) const {
    auto parts = parts_of(path);
    std::string here = "/";
    int links = 0;
    for (std::size_t i = 0;; ++i) {
        const auto* node = at(here);
        if (node == nullptr) return {nullptr, "nothing lies at " + here, false};
        switch (node->kind) {
            case NodeKind::alias:
            case NodeKind::soft_link: {
                if (++links > most_links)
                    return {nullptr, "links lead in a circle at " + node->path, false};
                const auto& target = node->target;
                std::string whole = target;
                if (!target.starts_with('/')) {
                    // A soft link without a leading / starts at its own group.
                    whole = joined(node->path.substr(0, node->path.rfind('/') + 1), target);
                }
                auto rest = parts_of(whole);
                rest.insert(rest.end(), parts.begin() + static_cast<std::ptrdiff_t>(i),
                            parts.end());
                parts = std::move(rest);
                here = "/";
                i = static_cast<std::size_t>(-1);
                continue;
            }
            case NodeKind::external_link:
                return {nullptr,
                        "the link " + node->path + " leads out of the file, to " + node->target,
                        true};
            case NodeKind::other_link:
                return {nullptr, "the link " + node->path + " is of no kind that is followed",
                        true};
            default:
                break;
        }
        if (i == parts.size()) return {node, {}, false};
        here = joined(here, parts[i]);
    }
}

const Node* Tree::child(const Node& group, std::string_view name) const {
    return resolve(joined(group.path, name));
}

}  // namespace tb::hdf5
