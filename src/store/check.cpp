#include "src/store/check.hpp"

#include "src/store/array_store.hpp"
#include "src/store/store_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <ctime>
#include <unordered_set>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tb::store {

namespace {

namespace fs = std::filesystem;

struct DirectoryEnd {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

/// Names in a folder; none when it has gone meanwhile, or is a link: the store's files lie below
/// its root.
std::vector<std::string> names_in(const fs::path& folder, int follow = O_NOFOLLOW) {
    const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | follow);
    const std::unique_ptr<DIR, DirectoryEnd> directory(opened < 0 ? nullptr : ::fdopendir(opened));
    if (!directory) {
        if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return {};
        throw Error(ErrorKind::io, fmt::format("cannot read the folder {}: {}", folder.string(),
                                               std::strerror(errno)));
    }
    std::vector<std::string> names;
    errno = 0;
    while (const auto* entry = ::readdir(directory.get())) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

/// Removes a file below the root without following links. @return 0 or the error number
int remove_file(const fs::path& root, const std::string& relative) {
    const fs::path path(relative);
    int at = ::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (const auto& part : path.parent_path()) {
        if (at < 0) break;
        const int next = ::openat(at, part.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        const int code = errno;
        ::close(at);
        at = next;
        errno = code;
    }
    if (at < 0) return errno;
    const int code = ::unlinkat(at, path.filename().c_str(), 0) == 0 ? 0 : errno;
    ::close(at);
    return code;
}

/// Whatever this session has seen of other transactions is on the disk when it returns, also where
/// they did not wait for it: their commits stand before this one in the log.
void wait_for_disk(db::Session& session) {
    db::Transaction transaction(session);
    session.exec({"synchronous commit", "set local synchronous_commit = on"});
    // A transaction that has written nothing to the log would not wait, for all its number.
    session.exec(
        {"commit on disk", "select pg_catalog.pg_logical_emit_message(true, 'trialbase', 'gc')"});
    transaction.commit();
}

bool is_two_hex(const std::string& name) {
    return name.size() == 2 && name.find_first_not_of("0123456789abcdef") == name.npos;
}

/// Which of these files rows name.
std::unordered_set<std::string> named_of(db::Session& session,
                                         const std::vector<std::string>& files) {
    std::unordered_set<std::string> named;
    constexpr std::size_t at_a_time = 5000;
    for (std::size_t from = 0; from < files.size(); from += at_a_time) {
        const auto part = std::span(files).subspan(from, std::min(at_a_time, files.size() - from));
        const auto rows =
            session.exec({"store files named",
                          "select f.file from unnest($1::text[]) as f (file) "
                          "where exists (select from store.array as a where a.file = f.file)"},
                         db::Params().text_array(part));
        for (std::size_t i = 0; i < rows.rows(); ++i) named.insert(rows.get<std::string>(i, 0));
    }
    return named;
}

struct KnownArray {
    std::string array_id, file, dataset, shape, dtype, checksum;
    std::int64_t n_bytes = 0;
    [[nodiscard]] std::string ref() const { return file + '#' + dataset; }
};

std::vector<KnownArray> next_page(db::Session& session, const KnownArray* last) {
    const auto rows = session.exec_prepared(
        {"store arrays",
         "select array_id, file, dataset, shape::text, dtype, checksum, n_bytes from store.array "
         "where (file, dataset) > ($1, $2) order by file, dataset limit 2000"},
        db::Params()
            .text(last != nullptr ? last->file : "")
            .text(last != nullptr ? last->dataset : ""));
    std::vector<KnownArray> page;
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        page.push_back({rows.get<std::string>(i, 0), rows.get<std::string>(i, 1),
                        rows.get<std::string>(i, 2), rows.get<std::string>(i, 3),
                        rows.get<std::string>(i, 4), rows.get<std::string>(i, 5),
                        rows.get<std::int64_t>(i, 6)});
    }
    return page;
}

/// The root cannot be used, though it should: once is enough, not for each array.
[[noreturn]] void fail_root(const fs::path& root, int code) {
    throw Error(ErrorKind::not_found,
                fmt::format("the array store's root {} cannot be entered: {}", root.string(),
                            std::strerror(code)),
                "Is its disk mounted? --store or TRIALBASE_STORE name another place.");
}

bool has_row(db::Session& session, const std::string& array_id) {
    return session
        .exec_prepared({"store array there",
                        "select exists (select from store.array where array_id = $1::uuid)"},
                       db::Params().text(array_id))
        .get<bool>(0, std::size_t{0});
}

}  // namespace

std::string_view to_string(CheckResult::Fault fault) {
    switch (fault) {
        case CheckResult::Fault::missing_file:
            return "missing file";
        case CheckResult::Fault::missing_dataset:
            return "missing dataset";
        case CheckResult::Fault::damaged:
            return "damaged";
        case CheckResult::Fault::wrong_checksum:
            return "wrong checksum";
        case CheckResult::Fault::wrong_facts:
            return "not as its row says";
        case CheckResult::Fault::orphan:
            return "file without rows";
        case CheckResult::Fault::temporary:
            return "unfinished file";
    }
    return "";
}

std::vector<FoundFile> list_files(const fs::path& root) {
    if (root.empty()) {
        throw Error(ErrorKind::usage, "no array store is configured",
                    "Name its root by --store or TRIALBASE_STORE.", "NoStore");
    }
    struct stat status {};
    if (::stat(root.c_str(), &status) != 0) {
        if (errno == ENOENT) return {};  // the first array makes it
        fail_root(root, errno);
    }
    const auto now = std::time(nullptr);
    std::vector<FoundFile> found;
    for (const auto& name_space : names_in(root, 0)) {
        for (const auto& table : names_in(root / name_space)) {
            for (const auto& bucket : names_in(root / name_space / table)) {
                if (!is_two_hex(bucket)) continue;
                const auto folder = root / name_space / table / bucket;
                for (const auto& name : names_in(folder)) {
                    const bool is_temporary = name.ends_with(".h5.tmp");
                    if (!is_temporary && !name.ends_with(".h5")) continue;
                    if (::lstat((folder / name).c_str(), &status) != 0 || !S_ISREG(status.st_mode))
                        continue;
                    found.push_back(
                        {fmt::format("{}/{}/{}/{}", name_space, table, bucket, name),
                         static_cast<std::int64_t>(status.st_size),
                         std::chrono::seconds(std::max<std::time_t>(0, now - status.st_mtime)),
                         is_temporary});
                }
            }
        }
    }
    return found;
}

CheckResult verify(db::Session& session, const CheckOptions& options) {
    using Fault = CheckResult::Fault;
    CheckResult result;
    const auto files = list_files(options.root);  // before the rows: see collect_garbage
    const StoreReader reader(options.root);
    const auto report = [&](const KnownArray& array, Fault fault, const std::string& message) {
        // A row that has gone meanwhile may have lost its file, too.
        if (has_row(session, array.array_id))
            result.findings.push_back({fault, array.ref(), message, array.array_id});
    };
    std::vector<KnownArray> page;
    KnownArray last;
    for (bool is_first = true;; is_first = false) {
        page = next_page(session, is_first ? nullptr : &last);
        if (page.empty()) break;
        if (struct stat status{}; is_first && ::stat(options.root.c_str(), &status) != 0)
            fail_root(options.root, errno);
        for (const auto& array : page) {
            ++result.arrays;
            result.bytes += array.n_bytes;
            try {
                const auto facts = reader.facts(array.ref());
                const auto shape = fmt::format("{{{}}}", fmt::join(facts.shape, ","));
                if (shape != array.shape || facts.dtype != array.dtype) {
                    report(array, Fault::wrong_facts,
                           fmt::format("the row says {} {}, the file {} {}", array.dtype,
                                       array.shape, facts.dtype, shape));
                } else if (!options.quick) {
                    const auto checksum = checksum_of(reader.read(array.ref()));
                    if (checksum != array.checksum) {
                        report(array, Fault::wrong_checksum,
                               fmt::format("the row says {}, the values {}", array.checksum,
                                           checksum));
                    }
                }
            } catch (const Error& error) {
                if (error.kind() != ErrorKind::data && error.kind() != ErrorKind::io) throw;
                struct stat status {};
                const bool is_there = ::stat((options.root / array.file).c_str(), &status) == 0;
                report(array,
                       !is_there                        ? Fault::missing_file
                       : error.type() == "MissingArray" ? Fault::missing_dataset
                                                        : Fault::damaged,
                       error.what());
            }
            if (options.show) options.show(result.arrays, result.bytes);
        }
        last = page.back();
    }
    std::vector<std::string> complete;
    for (const auto& file : files) {
        if (!file.is_temporary) complete.push_back(file.file);
    }
    result.files = static_cast<std::int64_t>(complete.size());
    const auto named = named_of(session, complete);
    for (const auto& file : files) {
        if (named.contains(file.file)) continue;
        if (file.age < options.grace) {
            ++result.young;
            continue;
        }
        result.findings.push_back({file.is_temporary ? Fault::temporary : Fault::orphan,
                                   file.file,
                                   fmt::format("{} bytes, {} h old; trialbase store gc removes it",
                                               file.bytes, file.age.count() / 3600),
                                   {}});
    }
    return result;
}

std::vector<Requeued> requeue_lost(db::Session& session, const CheckResult& result) {
    std::vector<std::string> lost;
    for (const auto& finding : result.findings) {
        if (!finding.array_id.empty()) lost.push_back(finding.array_id);
    }
    std::vector<Requeued> requeued;
    if (lost.empty()) return requeued;
    const auto rows = session.exec({"store.requeue_lost",
                                    "select table_name, n_keys, is_pending from "
                                    "store.requeue_lost($1::text[]::uuid[]) order by 1"},
                                   db::Params().text_array(lost));
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        requeued.push_back({rows.get<std::string>(i, 0), rows.get<std::int64_t>(i, 1),
                            rows.get<bool>(i, std::size_t{2})});
    }
    return requeued;
}

CollectResult collect_garbage(db::Session& session, const CollectOptions& options) {
    CollectResult result;
    const auto files = list_files(options.root);
    std::vector<std::string> complete;
    for (const auto& file : files) {
        if (!file.is_temporary) complete.push_back(file.file);
    }
    const auto named = named_of(session, complete);
    result.kept = static_cast<std::int64_t>(named.size());
    if (named.empty() && !complete.empty() && !options.force && !options.dry_run) {
        throw Error(
            ErrorKind::conflict,
            fmt::format("this database names none of the {} files below {}", complete.size(),
                        options.root.string()),
            "It is probably another database's store. Add --force if it is not, and all these "
            "files may go.");
    }
    // A server that loses its power now must not come back with a row whose file we remove.
    if (!options.dry_run) wait_for_disk(session);
    for (const auto& file : files) {
        if (named.contains(file.file)) continue;
        if (file.age < options.grace) {
            ++result.young;
            continue;
        }
        if (!options.dry_run) {
            if (const int code = remove_file(options.root, file.file); code != 0) {
                if (code != ENOENT)
                    result.errors.push_back(fmt::format("{}: {}", file.file, std::strerror(code)));
                continue;
            }
        }
        result.bytes += file.bytes;
        result.removed.push_back(file);
    }
    return result;
}

}  // namespace tb::store
