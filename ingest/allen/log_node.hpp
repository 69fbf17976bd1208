// A place in a raw log: a JSON value that knows where it stands, so that every refusal names log
// and path. No exception of the JSON library comes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace tb::allen {

/// Refers to a document that must outlive it. Values that are null count as absent.
class LogNode {
  public:
    LogNode(const nlohmann::json& value, std::string log) : value_(&value), log_(std::move(log)) {}

    [[nodiscard]] const nlohmann::json& value() const noexcept { return *value_; }
    [[nodiscard]] const std::string& log() const noexcept { return log_; }
    /// `items.behavior.trial_log[3].events`
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// A member. @throws tb::Error (data, MissingDataset) when absent
    [[nodiscard]] LogNode at(std::string_view key) const;
    [[nodiscard]] std::optional<LogNode> find(std::string_view key) const;
    /// An element. @throws tb::Error (data, MissingDataset) when there is none
    [[nodiscard]] LogNode at(std::size_t index) const;
    /// Elements of an array. @throws tb::Error (data, ValueError) for anything else
    [[nodiscard]] std::size_t size() const;

    // @throws tb::Error (data, ValueError) when it is something else
    [[nodiscard]] double number() const;
    [[nodiscard]] std::int64_t integer() const;
    [[nodiscard]] bool flag() const;
    [[nodiscard]] std::string text() const;
    /// An array of numbers; null in it is NaN.
    [[nodiscard]] std::vector<double> numbers() const;
    [[nodiscard]] std::vector<std::int64_t> integers() const;

    /// Throws tb::Error (data, type) "<log>: <path>: <what>".
    [[noreturn]] void fail(const std::string& type, const std::string& what,
                           const std::string& hint = {}) const;

  private:
    [[nodiscard]] LogNode child(const nlohmann::json& value, const std::string& path) const;

    const nlohmann::json* value_;
    std::string log_;
    std::string path_;
};

}  // namespace tb::allen
