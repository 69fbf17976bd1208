// The one exception type of trialbase.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace tb {

/// What went wrong, in the words of the exit status (STYLE.md, "Errors").
enum class ErrorKind {
    usage = 2,
    not_found = 3,
    conflict = 4,
    unavailable = 5,
    data = 6,
    io = 7,
    partial = 8,
    internal = 70
};

[[nodiscard]] std::string_view to_string(ErrorKind kind) noexcept;

/// An error that a person or a job row will read. what() is the message: lower case, no full stop,
/// naming the thing and what was expected. `hint` is a sentence that says what to do; `type` the
/// name that a specification gives (InsufficientTrials, QCValidationError, ...), empty when there
/// is none.
class Error : public std::runtime_error {
  public:
    Error(ErrorKind kind, const std::string& message, std::string hint = {}, std::string type = {});

    [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
    [[nodiscard]] const std::string& hint() const noexcept { return hint_; }
    [[nodiscard]] const std::string& type() const noexcept { return type_; }
    /// Exit status of a program that ends with this error.
    [[nodiscard]] int exit_status() const noexcept { return static_cast<int>(kind_); }

    // What the database said, when the error came from it; empty otherwise.
    std::string sqlstate;    ///< five characters, for example 23505
    std::string constraint;  ///< name of the violated constraint
    std::string sql_name;    ///< name of the SQL text that failed

  private:
    ErrorKind kind_;
    std::string hint_;
    std::string type_;
};

/// What numerics say of arguments that they cannot work with: kind `data`, type `ValueError`.
[[nodiscard]] Error value_error(const std::string& message);

/// Any exception as one of ours: memory and files that fail are `io`, what nobody foresaw is
/// `internal`.
[[nodiscard]] Error error_of(const std::exception& error);

}  // namespace tb
