#include "app/cli/config.hpp"

#include "src/base/environment.hpp"
#include "src/base/nearest.hpp"
#include "src/db/conninfo.hpp"
#include "src/db/local_server.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <sys/stat.h>
#include <toml++/toml.h>

namespace tb::app {
namespace {

namespace fs = std::filesystem;

constexpr std::array<Setting, 5> all_settings{{
    {"dsn", "DSN", "database as libpq names it (conninfo or URI)"},
    {"store", "STORE", "root of the array store"},
    {"store_codec", "STORE_CODEC", "how new arrays are compressed: gzip, bitshuffle_lz4, none"},
    {"server_dir", "SERVER_DIR", "folder of the private server"},
    {"postgres_bin", "POSTGRES_BIN", "folder with initdb and postgres for the private server"},
}};

std::string variable_of(const Setting& setting) {
    return std::string("TRIALBASE_") + setting.variable;
}

[[noreturn]] void refuse(const fs::path& file, unsigned line, const std::string& what,
                         const std::string& hint) {
    throw Error(ErrorKind::usage, fmt::format("{}, line {}: {}", file.string(), line, what), hint);
}

std::optional<std::string> text_of(const fs::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
        throw Error(ErrorKind::io,
                    fmt::format("cannot read {}: {}", file.string(), std::strerror(errno)));
    }
    std::ifstream stream(file);
    std::ostringstream text;
    if (!S_ISREG(status.st_mode) || !stream || !(text << stream.rdbuf() || status.st_size == 0)) {
        throw Error(ErrorKind::io,
                    fmt::format("cannot read {}: {}", file.string(),
                                S_ISREG(status.st_mode) ? std::strerror(errno) : "it is no file"));
    }
    return text.str();
}

/// Others than its owner may read the file.
bool is_open_to_others(const fs::path& file) {
    struct stat status {};
    return ::stat(file.c_str(), &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

void read_file(const fs::path& file, std::vector<ConfiguredValue>& values) {
    const auto text = text_of(file);
    if (!text) return;
    toml::table table;
    try {
        table = toml::parse(*text);
    } catch (const toml::parse_error& error) {
        refuse(file, error.source().begin.line, std::string(error.description()),
               "A file has lines like store = \"/data/trialbase\".");
    }
    std::vector<std::string> known;
    for (const auto& setting : all_settings) known.emplace_back(setting.key);
    for (const auto& [written, node] : table) {
        const std::string key(written.str());
        const auto line = written.source().begin.line;
        if (std::ranges::find(known, key) == known.end()) {
            refuse(file, line, "there is no setting " + key, suggestion(key, known, "Settings"));
        }
        const auto value = node.value_exact<std::string>();
        if (!value) refuse(file, line, key + " is no text", key + " = \"...\"");
        if (key == "dsn" && db::split_conninfo(*value).password && is_open_to_others(file)) {
            refuse(file, line, "dsn holds a password, and others may read the file",
                   "chmod 600 " + file.string() + ", or put the password into ~/.pgpass.");
        }
        if (std::ranges::find(values, key, &ConfiguredValue::key) != values.end()) continue;
        values.push_back({key, *value, file, line});
    }
}

}  // namespace

std::span<const Setting> settings() {
    return all_settings;
}

std::vector<fs::path> config_files() {
    std::vector<fs::path> files;
    const auto from = [](const char* variable) -> std::optional<fs::path> {
        const char* value = std::getenv(variable);
        // XDG: a path that is not absolute is to be ignored.
        if (value == nullptr || *value != '/') return std::nullopt;
        return fs::path(value);
    };
    if (const auto folder = from("XDG_CONFIG_HOME")) {
        files.push_back(*folder / "trialbase" / "config.toml");
    } else if (const auto home = from("HOME")) {
        files.push_back(*home / ".config" / "trialbase" / "config.toml");
    }
    files.emplace_back("/etc/trialbase/config.toml");
    return files;
}

std::vector<ConfiguredValue> read_config(std::span<const fs::path> files) {
    std::vector<ConfiguredValue> values;
    for (const auto& file : files) read_file(file, values);
    return values;
}

void apply_config(std::span<const ConfiguredValue> values) {
    for (const auto& setting : all_settings) {
        const auto said = std::ranges::find(values, setting.key, &ConfiguredValue::key);
        if (said == values.end() || variable(setting.variable)) continue;
        if (std::string_view(setting.key) == "dsn" && db::environment_names_server()) continue;
        ::setenv(variable_of(setting).c_str(), said->value.c_str(), 1);
    }
}

std::string without_password(const std::string& conninfo) {
    auto parts = db::split_conninfo(conninfo);
    return parts.password ? parts.text + " password=***" : conninfo;
}

std::vector<SettingInUse> settings_in_use(std::span<const ConfiguredValue> values) {
    std::vector<SettingInUse> all;
    for (const auto& setting : all_settings) {
        SettingInUse one{setting, variable(setting.variable), {}};
        const auto said = std::ranges::find(values, setting.key, &ConfiguredValue::key);
        const bool is_dsn = std::string_view(setting.key) == "dsn";
        if (one.value && said != values.end() && *one.value == said->value) {
            one.from = fmt::format("{}, line {}", said->file.string(), said->line);
        } else if (one.value) {
            const auto name = variable_of(setting);
            const char* current = std::getenv(name.c_str());
            one.from = current != nullptr && *current != '\0'
                           ? name
                           : "TB_" + std::string(setting.variable);
        } else if (is_dsn && db::environment_names_server()) {
            one.from = "PGHOST, PGSERVICE and their like";
        } else {
            one.from = "default";
        }
        if (is_dsn && one.value) one.value = without_password(*one.value);
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace tb::app
