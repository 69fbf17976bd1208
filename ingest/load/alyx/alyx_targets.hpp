// Which tables the objects of a colony database go to, in the order in which they are written.
#pragma once

#include <span>
#include <string_view>

namespace tb::load {

/// A table of named things: its rows are known by name, and objects refer to them.
struct NamedTarget {
    std::string_view kind;     ///< what references call it (models.hpp)
    std::string_view select;   ///< alyx/<select>.sql
    std::string_view table;    ///< core.lab
    std::string_view name;     ///< column of the name, its key
    std::string_view id;       ///< column of the UUID
    std::string_view objects;  ///< alyx_lab
    std::string_view object_name = "name";
    bool is_renamed = true;  ///< a name that changes is changed in the rows that refer to it, too
};

/// A table whose rows come from one select.
struct RowTarget {
    std::string_view select;
    std::string_view table;
    std::string_view key;      ///< columns, separated by commas
    std::string_view objects;  ///< each of which gives a row; empty where that is not so
    /// Rows of these owners that are not given are removed: `column` of the table in `owners`.
    std::string_view owner = {};
    std::string_view owners = {};
    /// Objects without which there is nothing to write.
    std::string_view source = objects;
    bool is_continued = false;  ///< further columns of rows that another target has written
    /// Of the owners' rows only those of which this holds are removed; others are not the colony
    /// database's.
    std::string_view of = {};
};

/// Members of lists.
struct LinkTarget {
    std::string_view table;
    std::string_view owner;    ///< column
    std::string_view member;   ///< column
    std::string_view objects;  ///< alyx_session
    std::string_view list;     ///< users
    std::string_view kind;     ///< of the members
    std::string_view key;      ///< expression of the owner's key
    std::string_view join;     ///< what gives it, of the objects `m`
};

/// Before subjects.
[[nodiscard]] std::span<const NamedTarget> named_targets();
[[nodiscard]] std::span<const RowTarget> subject_targets();
[[nodiscard]] std::span<const RowTarget> session_targets();
[[nodiscard]] std::span<const LinkTarget> link_targets();

}  // namespace tb::load
