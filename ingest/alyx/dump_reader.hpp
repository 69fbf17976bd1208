// Dumps of a Django database, as Alyx makes them: one JSON list of {model, pk, fields}.
#pragma once

#include "include/trialbase/error.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace tb::alyx {

/// One object of the list.
struct DumpObject {
    std::string model;      ///< "actions.session", in lower case
    std::string pk;         ///< the key as text, whatever it is; empty when there is none
    nlohmann::json fields;  ///< an object
};

/// What was read, and what was no object that could be read.
struct DumpSummary {
    std::size_t objects = 0;  ///< given to the caller
    std::size_t odd = 0;      ///< entries of the list that are no {model, pk, fields}
    std::string first_odd;    ///< where and why, of the first of them
    /// Why the list ends early or is none: objects before that were given all the same.
    std::optional<Error> fault;
};

/// Reads a dump object by object: of the file only what one object needs is in memory. NaN and
/// infinities, which Python writes and JSON does not know, are null. An entry that is no object,
/// lacks its model or its fields, or is larger than 64 MiB costs itself. Errors in the summary:
/// data, InvalidDump, with the byte where the list breaks off.
/// @throws tb::Error (io) when the file cannot be opened or read; what `take` throws
DumpSummary read_dump(const std::filesystem::path& file,
                      const std::function<void(DumpObject)>& take);

/// The same of a text in memory; `name` stands in messages.
DumpSummary read_dump_text(std::string_view text, const std::string& name,
                           const std::function<void(DumpObject)>& take);

}  // namespace tb::alyx
