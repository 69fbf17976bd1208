// What an error that the database reports means for us: one table of every SQLSTATE that we know.
#pragma once

#include "trialbase/error.hpp"

#include <span>
#include <string_view>

namespace tb::db {

/// Whose trouble an error is, which says what to do about it.
enum class Trouble {
    outage,      ///< the server is away or takes no changes: everybody waits and connects anew
    passing,     ///< it met somebody else's work, or a full disk: the same is tried again later
    own,         ///< of what was asked (its data, its rules, its length): others are not concerned
    permission,  ///< the login may not do it: somebody has to grant a role
    usage,       ///< the caller's request was wrong
    schema,      ///< the database lacks what this program knows, or has more: migrate
    defect       ///< a mistake of ours
};
[[nodiscard]] std::string_view to_string(Trouble trouble) noexcept;

/// What a SQLSTATE, or all that begin so, mean.
struct SqlstateClass {
    std::string_view prefix;
    Trouble trouble;
    ErrorKind kind;         ///< and so the exit status
    std::string_view hint;  ///< a sentence; empty when the server's own words are enough
};

/// All classes. Of two that fit a state, the longer prefix counts.
[[nodiscard]] std::span<const SqlstateClass> sqlstate_classes() noexcept;
/// The class of a state; one that no class knows is `own` (io): the server said it, not we.
[[nodiscard]] const SqlstateClass& class_of(std::string_view sqlstate) noexcept;

/// Whose trouble an error is; those that did not come from the database are told by their kind.
[[nodiscard]] Trouble trouble_of(const Error& error) noexcept;
[[nodiscard]] inline bool is_outage(const Error& error) noexcept {
    return trouble_of(error) == Trouble::outage;
}
/// True when the same may well succeed later, without anybody's help.
[[nodiscard]] inline bool is_passing(const Error& error) noexcept {
    const auto trouble = trouble_of(error);
    return trouble == Trouble::outage || trouble == Trouble::passing;
}
/// True for a statement that was cut off for its length, or by somebody's pg_cancel_backend.
[[nodiscard]] inline bool is_cancelled(const Error& error) noexcept {
    return error.sqlstate == "57014";
}

}  // namespace tb::db
