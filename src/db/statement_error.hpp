// What the server said of a statement that it refused, for those who tell it in other words.
#pragma once

#include "trialbase/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace tb::db {

/// The server's own words, before a session makes a message of them.
struct Refusal {
    std::string message, detail, hint;
    std::size_t position = 0;  ///< character of the statement, from 1; 0: none is to blame
};

/// Every error of a session that the server reported.
class StatementError : public Error {
  public:
    StatementError(const Error& error, Refusal refusal)
        : Error(error), refusal_(std::move(refusal)) {}
    [[nodiscard]] const Refusal& refusal() const noexcept { return refusal_; }

  private:
    Refusal refusal_;
};

/// Whether the server blames the text of a statement and not itself, rights or the rows' locks.
[[nodiscard]] bool is_of_text(std::string_view sqlstate);

/// The name that a message blames: in double quotes (`column "lab_nam" does not exist`), or of a
/// qualified one, which stands without them (`column session.lab_nam does not exist`), its last
/// part. Empty when there is none.
[[nodiscard]] std::string blamed_name(const std::string& message);

}  // namespace tb::db
