// JSON as the rigs write it: one value per line (.jsonable), with bare NaN and Infinity.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace tb::formats {

/// One JSON value per line; blank lines are skipped, the last line may lack its newline. The bare
/// tokens NaN, Infinity and -Infinity (Python writes them) are read as floating-point numbers; note
/// that nlohmann's dump() gives null for them. Of equal keys in one object the last counts.
/// @throws tb::Error (data) "<name>: line <n>, at byte <offset in the file>: ..." also for values
/// nested deeper than 512;
///         (io) when the file cannot be read. No exception of the JSON library comes out.
[[nodiscard]] std::vector<nlohmann::json> read_json_lines(const std::filesystem::path& file);
[[nodiscard]] std::vector<nlohmann::json> parse_json_lines(std::string_view text,
                                                           std::string_view name);
/// The same, one value at a time: visit(value, line number from 1).
void for_each_json_line(std::string_view text, std::string_view name,
                        const std::function<void(nlohmann::json&& value, std::size_t line)>& visit);

/// A file that is one JSON value over as many lines as it likes (settings). Same rules and errors.
[[nodiscard]] nlohmann::json read_json(const std::filesystem::path& file);
[[nodiscard]] nlohmann::json parse_json(std::string_view text, std::string_view name);

}  // namespace tb::formats
