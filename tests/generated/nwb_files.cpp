#include "tests/generated/nwb_files.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <unistd.h>

namespace tb::testing {

namespace fs = std::filesystem;

namespace {

constexpr const char* change_tool = "make_change_detection_nwb.py";

std::string tool(const char* name) {
    const char* shared_folder = std::getenv("TRIALBASE_SHARED");
    for (const auto& root :
         {fs::path(shared_folder == nullptr ? "" : shared_folder), fs::path("../shared")}) {
        const auto path = root / "tools" / name;
        if (!root.empty() && fs::exists(path)) return fs::absolute(path).string();
    }
    return {};
}

/// A python3 with h5py; empty when there is none.
const std::string& python() {
    static const std::string found = [] {
        for (const char* candidate : {"/usr/bin/python3", "python3"}) {
            const auto command = fmt::format("{} -c 'import h5py' >/dev/null 2>&1", candidate);
            if (std::system(command.c_str()) == 0) return std::string(candidate);
        }
        return std::string();
    }();
    return found;
}

void run(const std::string& command) {
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

}  // namespace

NwbFiles::NwbFiles() {
    auto name = (fs::temp_directory_path() / "nwb_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
}
NwbFiles::~NwbFiles() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

std::string NwbFiles::obstacle() {
    if (tool(change_tool).empty()) return "the tool make_change_detection_nwb.py is not here";
    if (python().empty()) return "no python3 here has h5py";
    return {};
}

fs::path NwbFiles::make(const std::string& name, const std::string& options,
                        const std::string& change) const {
    return make_with(change_tool, name, options, change);
}

fs::path NwbFiles::make_openscope(const std::string& name, const std::string& options,
                                  const std::string& change) const {
    return make_with("make_openscope_nwb.py", name, options, change);
}

fs::path NwbFiles::make_with(const char* script, const std::string& name,
                             const std::string& options, const std::string& change) const {
    const auto file = folder_ / name;
    run(fmt::format("{} '{}' --out '{}' {} >/dev/null", python(), tool(script), file.string(),
                    options));
    if (!change.empty()) change_file(file, change);
    return file;
}

fs::path NwbFiles::copy(const fs::path& original, const std::string& name,
                        const std::string& change) const {
    const auto file = folder_ / name;
    fs::copy_file(original, file);
    fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
    change_file(file, change);
    return file;
}

void NwbFiles::change_file(const fs::path& file, const std::string& change) const {
    const auto script = folder_ / "change.py";
    std::ofstream(script) << "import h5py, numpy as np, sys\n"
                             "f = h5py.File(sys.argv[1], 'r+')\n"
                          << change << "\nf.close()\n";
    run(fmt::format("{} '{}' '{}'", python(), script.string(), file.string()));
    fs::remove(script);
}

}  // namespace tb::testing
