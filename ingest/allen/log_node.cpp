#include "ingest/allen/log_node.hpp"

#include "trialbase/error.hpp"

#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tb::allen {

namespace {

using nlohmann::json;

std::optional<std::int64_t> whole_number(const json& value) {
    if (value.is_number_unsigned()) {
        const auto number = value.get<std::uint64_t>();
        if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            return std::nullopt;
        return static_cast<std::int64_t>(number);
    }
    if (value.is_number_integer()) return value.get<std::int64_t>();
    if (!value.is_number_float()) return std::nullopt;
    const double number = value.get<double>();
    if (std::floor(number) != number || std::abs(number) > 9007199254740992.0)
        return std::nullopt;  // beyond 2^53 doubles are no exact counts
    return static_cast<std::int64_t>(number);
}

}  // namespace

LogNode LogNode::child(const json& value, const std::string& path) const {
    LogNode node(value, log_);
    node.path_ = path;
    return node;
}

void LogNode::fail(const std::string& type, const std::string& what,
                   const std::string& hint) const {
    throw Error(ErrorKind::data,
                path_.empty() ? fmt::format("{}: {}", log_, what)
                              : fmt::format("{}: {}: {}", log_, path_, what),
                hint, type);
}

std::optional<LogNode> LogNode::find(std::string_view key) const {
    if (!value_->is_object()) return std::nullopt;
    const auto found = value_->find(std::string(key));
    if (found == value_->end() || found->is_null()) return std::nullopt;
    return child(*found, path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key));
}

LogNode LogNode::at(std::string_view key) const {
    if (const auto found = find(key)) return *found;
    fail("MissingDataset", fmt::format("has no {}", key),
         "Is it the log of a change-detection session, converted to JSON?");
}

LogNode LogNode::at(std::size_t index) const {
    if (index >= size()) {
        fail("MissingDataset", fmt::format("has {} entries, expected more than {}", size(), index));
    }
    return child((*value_)[index], fmt::format("{}[{}]", path_, index));
}

std::size_t LogNode::size() const {
    if (!value_->is_array())
        fail("ValueError", fmt::format("is {}, expected a list", value_->type_name()));
    return value_->size();
}

double LogNode::number() const {
    if (!value_->is_number())
        fail("ValueError", fmt::format("is {}, expected a number", value_->type_name()));
    return value_->get<double>();
}

std::int64_t LogNode::integer() const {
    const auto number = whole_number(*value_);
    if (!number)
        fail("ValueError", fmt::format("is {}, expected a whole number", value_->type_name()));
    return *number;
}

bool LogNode::flag() const {
    if (value_->is_boolean()) return value_->get<bool>();
    if (const auto number = whole_number(*value_); number && (*number == 0 || *number == 1))
        return *number == 1;
    fail("ValueError", fmt::format("is {}, expected true or false", value_->type_name()));
}

std::string LogNode::text() const {
    if (!value_->is_string())
        fail("ValueError", fmt::format("is {}, expected text", value_->type_name()));
    return value_->get<std::string>();
}

std::vector<double> LogNode::numbers() const {
    std::vector<double> result;
    result.reserve(size());
    for (const json& element : *value_) {
        if (!element.is_number() && !element.is_null())
            (void)at(result.size()).number();  // says where
        result.push_back(element.is_null() ? std::numeric_limits<double>::quiet_NaN()
                                           : element.get<double>());
    }
    return result;
}

std::vector<std::int64_t> LogNode::integers() const {
    std::vector<std::int64_t> result;
    result.reserve(size());
    for (const json& element : *value_) {
        const auto number = whole_number(element);
        result.push_back(number ? *number : at(result.size()).integer());
    }
    return result;
}

}  // namespace tb::allen
