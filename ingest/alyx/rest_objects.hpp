// Lists of a colony database over the network, and their objects as those of a dump.
// Source: spec/ibl_behavior.md, 14.
#pragma once

#include "ingest/alyx/dump_reader.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace tb::alyx {

struct RestList {
    std::string_view endpoint;  ///< sessions
    std::string_view model;     ///< actions.session
    /// Field that tells what changed since a moment (`auto_datetime`); empty: the list is short and
    /// read whole.
    std::string_view changed = {};
    bool has_details = false;  ///< the list tells part; each object is asked for by itself
};

/// The lists in the order in which they are loaded, what others refer to first.
[[nodiscard]] std::span<const RestList> rest_lists();

/// Gives an object of a list as objects of a dump: itself, and what it holds of others (a dataset's
/// copies, a session's datasets and water). References are names as they came. Objects that have no
/// UUID (labs, people) have no key.
void give_rest_object(const RestList& list, nlohmann::json object,
                      const std::function<void(DumpObject)>& take);

}  // namespace tb::alyx
