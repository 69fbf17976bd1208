// Settings that the variables of the environment have, from files: the user's
// $XDG_CONFIG_HOME/trialbase/config.toml (else ~/.config/trialbase/config.toml), then
// /etc/trialbase/config.toml. Options win over variables, these over the user's file, that over the
// machine's.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tb::app {

/// A setting: a key of the files, and what is left of a variable's name behind TRIALBASE_.
struct Setting {
    const char* key;       ///< store_codec
    const char* variable;  ///< STORE_CODEC
    const char* about;
};

/// All that may stand in a file, in the order in which `config show` tells them.
[[nodiscard]] std::span<const Setting> settings();

/// What a file says of a setting.
struct ConfiguredValue {
    std::string key, value;
    std::filesystem::path file;
    unsigned line = 0;  ///< of the file, from 1
};

/// The files that are read where they exist, the one that wins first.
[[nodiscard]] std::vector<std::filesystem::path> config_files();

/// The settings of files, one value a key: the first file's that has one. Files that are not there
/// say nothing.
/// @throws tb::Error (usage) naming file and line: no TOML, an unknown key (with the nearest one),
/// a value that is no text, a password in a file that others may read; (io) for a file that is
/// there and cannot be read
[[nodiscard]] std::vector<ConfiguredValue> read_config(
    std::span<const std::filesystem::path> files);

/// Puts the values in the place of variables that are not set, so that this program and those that
/// it starts find them. A database of the files gives way to PGHOST, PGSERVICE and their like.
/// Called before there is a second thread.
void apply_config(std::span<const ConfiguredValue> values);

/// A connection string with *** in the password's place.
[[nodiscard]] std::string without_password(const std::string& conninfo);

/// What holds, and where it was said; `value` is empty where nothing was.
struct SettingInUse {
    Setting setting;
    std::optional<std::string> value;  ///< a password is left out
    std::string from;  ///< "TRIALBASE_DSN", "PGHOST", "~/.config/...: line 3", "default"
};

/// The settings as they hold for this process, whose environment `apply_config` may have filled.
[[nodiscard]] std::vector<SettingInUse> settings_in_use(std::span<const ConfiguredValue> values);

}  // namespace tb::app
