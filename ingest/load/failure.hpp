// Why something could not be loaded, as core.session_error keeps it.
#pragma once

#include "src/db/session.hpp"
#include "trialbase/error.hpp"

#include <filesystem>
#include <span>
#include <string>

namespace tb::load {

struct Failure {
    std::string source;
    std::string identifier;  ///< the session's in its source as far as known, else the path
    std::string lab;         ///< empty when not known
    std::string type;        ///< MissingExtractedData, ConstraintViolation, ...
    std::string message;
    std::string hint;
    std::string file;  ///< folder, archive or file concerned
    /// The identifier is a session's own one in its source: the row tells which session it would be
    /// (as for a `lab/subject/date/number` whose lab is known).
    bool names_session = false;
};

/// What the failure of reading or loading a session is called: the error's own type where it has
/// one.
[[nodiscard]] Failure failure_of(const Error& error, std::string source, std::string identifier,
                                 std::string lab, std::string file);

/// True for an error after which no other session will fare better: without a database, with its
/// disk full, or without the right to write.
[[nodiscard]] bool is_hopeless(const Error& error);

/// Keeps the failure in core.session_error; the same failure again changes nothing.
void record_failure(db::Session& database, const Failure& failure);

/// A search is over: errors of earlier searches of these places that it has not met are of the
/// past. @param met  identifiers of the failures of this one
void resolve_search(db::Session& database, std::span<const std::filesystem::path> places,
                    std::span<const std::string> met);

}  // namespace tb::load
