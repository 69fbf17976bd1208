// What an HDF5 file holds, as plain values: objects by path, their attributes, links, the types and
// shapes of their data sets. No HDF5 here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tb::hdf5 {

/// What one value is. `boolean`: an enumeration of FALSE and TRUE, as h5py writes it. `region`: a
/// reference to a part of a data set. `other`: what nothing here reads (opaque, arrays of variable
/// length, bit fields, ...).
enum class ValueKind : std::uint8_t {
    integer,
    real,
    boolean,
    text,
    reference,
    region,
    compound,
    other
};

struct Member;

struct ValueType {
    ValueKind kind = ValueKind::other;
    /// `int8`...`uint64`, `float16`, `float32`, `float64`, `bool`, `text`, `reference`, `region`,
    /// `compound`; of `other` what HDF5 calls it
    std::string name;
    std::size_t size = 0;         ///< bytes of one value in the file; 0: text of any length
    std::vector<Member> members;  ///< of a compound, in the file's order

    [[nodiscard]] bool is_number() const noexcept {
        return kind == ValueKind::integer || kind == ValueKind::real || kind == ValueKind::boolean;
    }
};

/// A part of a compound value.
struct Member {
    std::string name;
    ValueType type;
};

/// Flat, in C order. Booleans are uint8 (0, 1); references the paths of their objects: empty for a
/// null reference, `?` and the address for one that leads to no object of the file; regions the
/// path and the box, `/a/b[0:3, 2:4]`. Nothing: not read (see Attribute::problem).
using Values = std::variant<std::monostate, std::vector<std::int64_t>, std::vector<double>,
                            std::vector<std::uint8_t>, std::vector<std::string>>;

struct Attribute {
    std::string name;
    ValueType type;
    std::vector<std::size_t> shape;  ///< empty: a single value, unless is_empty
    bool is_empty = false;           ///< has no values at all (a null space)
    Values values;
    std::string problem;  ///< why `values` holds nothing; empty when all is well
};

enum class NodeKind : std::uint8_t {
    group,
    dataset,
    named_type,
    soft_link,      ///< target: the path as written
    external_link,  ///< never followed; target: file and path as written
    other_link,     ///< of a kind that users define; never followed
    alias,          ///< a hard link to an object that is listed elsewhere; target: its path
    damaged         ///< could not be opened; problem says why
};

struct Node {
    std::string path;  ///< from the root, `/a/b`; the root itself is `/`
    NodeKind kind = NodeKind::group;
    std::string target;
    std::vector<std::string> children;  ///< names in a group, sorted
    std::vector<Attribute> attributes;
    std::string problem;  ///< what of this object could not be listed

    // Of data sets:
    ValueType type;
    std::vector<std::size_t> shape;  ///< empty: a single value, unless is_empty
    bool is_empty = false;
    std::vector<std::size_t> chunk;  ///< empty: not in chunks
    std::vector<std::string> filters;
    std::string refusal;  ///< why its values are never read (external storage, virtual); or empty

    /// Nothing where there is no attribute of that name.
    [[nodiscard]] const Attribute* attribute(std::string_view name) const noexcept;
    /// The text of an attribute: one value, or an array of one (as MatNWB writes). Empty when there
    /// is none, or it is something else.
    [[nodiscard]] std::string text_attribute(std::string_view name) const;
    [[nodiscard]] bool is_group() const noexcept { return kind == NodeKind::group; }
    [[nodiscard]] bool is_dataset() const noexcept { return kind == NodeKind::dataset; }
    /// Number of values of a data set.
    [[nodiscard]] std::size_t n_values() const noexcept;
    /// Length along the first axis; 1 for a single value.
    [[nodiscard]] std::size_t rows() const noexcept;
    /// Last part of the path.
    [[nodiscard]] std::string name() const;
};

/// The listing of one file. Every object is in it once, under the path that was met first.
class Tree {
  public:
    void add(Node node);

    /// What lies at this very path, links not followed; null when nothing does.
    [[nodiscard]] const Node* at(std::string_view path) const;

    struct Found {
        const Node* node = nullptr;  ///< group, dataset, named type or damaged object; or null
        std::string problem;         ///< why there is none: what is missing, a loop of links, out
                                     ///< of the file
        bool leads_out = false;      ///< an external link is on the way
    };
    /// Follows soft links and aliases, also in the middle of the path; at most 64 of them.
    [[nodiscard]] Found find(std::string_view path) const;
    /// The same, null instead of a reason.
    [[nodiscard]] const Node* resolve(std::string_view path) const { return find(path).node; }
    /// A child of a group, links followed.
    [[nodiscard]] const Node* child(const Node& group, std::string_view name) const;

    /// By path, ascending.
    [[nodiscard]] const std::map<std::string, Node, std::less<>>& nodes() const { return nodes_; }

  private:
    std::map<std::string, Node, std::less<>> nodes_;
};

/// `/a` and `b` to `/a/b`.
[[nodiscard]] std::string joined(std::string_view folder, std::string_view name);

}  // namespace tb::hdf5
