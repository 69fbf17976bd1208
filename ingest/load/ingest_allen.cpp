#include "ingest/load/ingest_allen.hpp"

#include "ingest/allen/cache.hpp"
#include "ingest/allen/raw_log.hpp"
#include "ingest/load/settled_source.hpp"
#include "ingest/load/statements.hpp"
#include "trialbase/error.hpp"
#include "trialbase/simulated_marker.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace tb::load {
namespace {

namespace fs = std::filesystem;

/// Tables and files that are loaded together.
struct Work {
    AllenOutcome outcome;
    struct Table {
        const allen::ProjectTableKind* kind = nullptr;
        fs::path file;
        bool is_simulated = false;  ///< its place says so
    };
    std::vector<Table> tables;
};

/// A table of the simulator, wherever it has been copied to.
bool says_simulated(const allen::ProjectTable& table) {
    return std::ranges::find(table.extra_columns, simulated_table_column) !=
           table.extra_columns.end();
}

class Ingest {
  public:
    Ingest(db::Session& session, const AllenOptions& options)
        : session_(session), options_(options) {}

    std::vector<AllenOutcome> run(const std::vector<fs::path>& paths) {
        for (const auto& path : paths) {
            try {
                sort_out(path);
            } catch (const Error& error) {
                if (paths.size() == 1) throw;
                Work failed;
                failed.outcome.path = path.string();
                failed.outcome.failures.push_back(failure(error, path));
                works_.push_back(std::move(failed));
            }
        }
        std::vector<AllenOutcome> outcomes;
        for (auto& work : works_) outcomes.push_back(load(work));
        return outcomes;
    }

  private:
    /// As failures carry it.
    std::string source_of(const fs::path& path) const {
        if (!options_.source.empty()) return options_.source;
        return is_marked_simulated(path) ? "simulated" : "allen";
    }

    /// @throws tb::Error (conflict, SimulatedSession)
    std::string settled(bool is_simulated, const fs::path& path) const {
        return settled_source(is_simulated, options_.source, "allen", path.string());
    }

    AllenSessionFile session_file(const fs::path& file, const std::string& source,
                                  const std::string& hash = {}) const {
        return {file, source, hash, !options_.source.empty()};
    }

    Failure failure(const Error& error, const fs::path& path) const {
        const auto place = fs::absolute(path).lexically_normal().string();
        return failure_of(error, source_of(path), place, options_.lab, place);
    }

    /// Whether a file has the content that the manifest lists; else it is among the failures.
    bool is_right(const allen::Cache& cache, const fs::path& file, AllenOutcome& outcome) const {
        try {
            cache.check(file);
            return true;
        } catch (const Error& error) {
            outcome.failures.push_back(failure(error, file));
            return false;
        }
    }

    /// A folder that is no cache and holds no table, but session files.
    bool find_loose_files(const fs::path& folder) {
        try {
            (void)allen::open_cache(folder, options_.manifest);
            return false;
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::not_found || !options_.manifest.empty()) throw;
        }
        const auto source = settled(is_marked_simulated(folder), folder);
        Work work;
        work.outcome.path = folder.string();
        for (const auto& entry : fs::recursive_directory_iterator(folder)) {
            if (!entry.is_regular_file() || !is_session_file_name(entry.path())) continue;
            // Other programs leave JSON beside session files, too.
            if (entry.path().extension() == ".nwb" || allen::may_be_raw_log(entry.path()))
                work.outcome.session_files.push_back(session_file(entry.path(), source));
            else
                work.outcome.notes.push_back(fmt::format(
                    "{} is no behaviour log and was left alone", entry.path().string()));
        }
        if (work.outcome.session_files.empty()) return false;
        std::ranges::sort(work.outcome.notes);
        std::ranges::sort(work.outcome.session_files, {}, &AllenSessionFile::file);
        works_.push_back(std::move(work));
        return true;
    }

    void sort_out(const fs::path& path) {
        std::error_code ignored;
        if (fs::is_directory(path, ignored)) {
            if (find_loose_files(path)) return;
            const auto cache = allen::open_cache(path, options_.manifest);
            const bool is_simulated =
                is_marked_simulated(path) || (cache.manifest && cache.manifest->is_simulated);
            const auto source = settled(is_simulated, path);
            Work work;
            work.outcome.path = path.string();
            work.outcome.notes = cache.notes;
            std::map<std::string, std::string> hashes;
            if (cache.manifest)
                for (const auto& [id, file] : cache.manifest->data_files)
                    hashes[cache.path_of(file).lexically_normal().string()] = file.file_hash;
            for (const auto& file : cache.session_files) {
                if (options_.checks_files && !is_right(cache, file, work.outcome)) continue;
                const auto hash = hashes.find(file.lexically_normal().string());
                work.outcome.session_files.push_back(session_file(
                    file, source, hash == hashes.end() ? std::string() : hash->second));
            }
            if (cache.manifest) work.outcome.release = cache.manifest->version;
            for (const auto& table : cache.missing_tables)
                work.outcome.notes.push_back(
                    fmt::format("{} of the manifest is not in the folder", table));
            for (const auto& [name, file] : cache.tables) {
                if (is_right(cache, file, work.outcome))
                    work.tables.push_back({&allen::project_table_kind(name), file, is_simulated});
            }
            works_.push_back(std::move(work));
            return;
        }
        if (!fs::exists(path, ignored))
            throw Error(ErrorKind::not_found, fmt::format("{} does not exist", path.string()),
                        "Name a cache folder, a table or a session file that is there.");
        const bool is_simulated = is_marked_simulated(path);
        if (!single_) {
            single_ = works_.size();
            works_.emplace_back();
            works_.back().outcome.path = path.string();
        }
        auto& work = works_[*single_];
        if (is_session_file_name(path)) {
            work.outcome.session_files.push_back(session_file(path, settled(is_simulated, path)));
            return;
        }
        (void)settled(is_simulated, path);
        const auto& kind = allen::kind_of_file(path);
        for (const auto& other : work.tables) {
            if (other.kind == &kind)
                throw Error(ErrorKind::usage,
                            fmt::format("{} and {} are both {}", other.file.string(), path.string(),
                                        kind.name),
                            "Load one after the other, the older release first.");
        }
        work.tables.push_back({&kind, path, is_simulated});
    }

    AllenOutcome load(Work& work) {
        std::vector<allen::ProjectTable> tables;
        std::string source;  // of what is loaded together
        for (const auto& [kind, file, is_simulated] : work.tables) {
            try {
                auto table = allen::read_project_table(file, *kind);
                const auto of_table = settled(is_simulated || says_simulated(table), file);
                if (!source.empty() && source != of_table)
                    throw Error(ErrorKind::conflict,
                                fmt::format("{} is of source {}, the tables beside it of source {}",
                                            file.string(), of_table, source),
                                "Load it by itself.", "SimulatedSession");
                source = of_table;
                tables.push_back(std::move(table));
            } catch (const Error& error) {
                work.outcome.failures.push_back(failure(error, file));
            }
        }
        ProjectLoadOptions load_options;
        load_options.lab = options_.lab;
        load_options.is_lab_asked = options_.is_lab_asked;
        load_options.release = work.outcome.release;
        load_options.dry_run = options_.dry_run;
        load_options.source = source.empty() ? source_of(work.outcome.path) : source;
        work.outcome.tables = load_project_tables(session_, tables, load_options);
        if (!options_.dry_run) keep(work.outcome.failures);
        return std::move(work.outcome);
    }

    void keep(const std::vector<Failure>& failures) {
        for (const auto& one : failures)
            session_.exec_prepared(statement("error"), db::Params()
                                                           .text(one.source)
                                                           .text(one.identifier)
                                                           .text(one.type)
                                                           .text(db::sanitize_text(one.message))
                                                           .text(db::sanitize_text(one.hint))
                                                           .text(db::sanitize_text(one.file))
                                                           .null()
                                                           .text(one.lab));
    }

    db::Session& session_;
    const AllenOptions& options_;
    std::vector<Work> works_;
    std::optional<std::size_t> single_;  // place of the tables that were named by themselves
};

}  // namespace

std::vector<AllenOutcome> ingest_allen(db::Session& session, const std::vector<fs::path>& paths,
                                       const AllenOptions& options) {
    return Ingest(session, options).run(paths);
}

}  // namespace tb::load
