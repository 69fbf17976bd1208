// Golden vector of the session file: read whole, written by our writer, read again; the tree of
// what we wrote must be the tree that is expected.
#include "src/store/hdf5.hpp"
#include "src/store/session_file.hpp"
#include "tests/vectors/runner.hpp"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>

#include <stdlib.h>

namespace tb::vectors {
namespace {

namespace fs = std::filesystem;
using store::SessionFile;

/// A folder that is removed at the end.
class Folder {
  public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "trialbase-vectors.XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr)
            throw Error(ErrorKind::io, "cannot make a temporary folder");
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

Json scalar_json(const SessionFile::Scalar& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
    if (const auto* number = std::get_if<double>(&value)) return *number;
    return "__none__";
}

Json numbers_json(const Array& array) {
    Json out = Json::array();
    for (const double value : array.numbers()) {
        array.dtype().starts_with("int") ? out.push_back(static_cast<std::int64_t>(value))
                                         : out.push_back(value);
    }
    return out;
}

/// How a dataset lies in the file: its type as numpy says it, and its compression.
std::pair<Json, Json> storage_of(hid_t file, const std::string& path) {
    const store::Dataset dataset(H5Dopen2(file, path.c_str(), H5P_DEFAULT), "open " + path);
    const store::Type type(H5Dget_type(dataset.get()), "look at " + path);
    const store::PropertyList creation(H5Dget_create_plist(dataset.get()), "look at " + path);
    Json dtype;
    if (H5Tget_class(type.get()) == H5T_STRING) {
        dtype = H5Tis_variable_str(type.get()) > 0 ? std::string("object")
                                                   : "|S" + std::to_string(H5Tget_size(type.get()));
    } else {
        bool is_raw = false;
        dtype = store::dtype_name(type.get(), is_raw);
    }
    return {dtype, H5Pget_nfilters(creation.get()) > 0 ? Json("gzip") : Json()};
}

/// The file's tree, from its values and from how they lie in `path`.
class Tree {
  public:
    Tree(const SessionFile& session, const fs::path& path)
        : file_(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), "open the copy") {
        if (session.metadata) {
            Json attributes = Json::object();
            for (const auto& [name, value] : session.metadata->scalars)
                attributes[name] = scalar_json(value);
            group("metadata", attributes);
            for (const auto& [name, values] : session.metadata->lists)
                text("metadata/" + name, values.size());
        }
        if (session.errors) {
            group("errors");
            for (const char* name : {"eid", "error_type", "error_message", "traceback"})
                text(std::string("errors/") + name, session.errors->size());
        }
        if (!session.photometry.empty()) group("photometry");
        for (const auto& [name, region] : session.photometry) {
            const auto here = "photometry/" + name;
            group(here);
            if (region.preprocessed) {
                group(here + "/preprocessed", {{"fs", scalar_json(region.preprocessed->fs)}});
                numbers(here + "/preprocessed/times", Array::vector(region.preprocessed->times));
                numbers(here + "/preprocessed/signal", Array::vector(region.preprocessed->signal));
            }
            if (region.responses) {
                group(here + "/responses",
                      {{"fs", scalar_json(region.responses->fs)},
                       {"response_window", numbers_json(region.responses->window)}});
                numbers(here + "/responses/times", Array::vector(region.responses->times));
                numbers(here + "/responses/trials",
                        Array{{region.responses->trials.size()}, region.responses->trials});
                for (const auto& [event, traces] : region.responses->events)
                    numbers(here + "/responses/" + event, traces);
            }
            table(here + "/qc", region.qc);
        }
        table("trials", session.trials);
        if (session.wheel) {
            group("wheel");
            group("wheel/responses", {{"fs", scalar_json(session.wheel->fs)},
                                      {"t0_event", session.wheel->t0_event},
                                      {"t1_event", session.wheel->t1_event}});
            numbers("wheel/responses/velocity", session.wheel->velocity);
        }
    }

    /// Sums of float32 were added up in float32: judged within that type's rounding.
    void judge_sums(Run& run) const {
        std::size_t position = 0;
        for (const auto& [path, entry] : entries_) {
            const auto at = "expected/" + std::to_string(position++) + "/sum";
            const auto found = rounding_.find(path);
            if (found == rounding_.end() || !run.expects(at)) continue;
            const double got = entry["sum"].get<double>();
            const double want = as_number(run.expected_value(at)).value_or(NAN);
            run.judge(at, std::abs(got - want) <= found->second,
                      "got " + std::to_string(got) + ", want " + std::to_string(want));
        }
    }
    /// Sorted by path, as h5py visits.
    [[nodiscard]] Json entries() const {
        Json out = Json::array();
        for (const auto& [path, entry] : entries_) out.push_back(entry);
        return out;
    }

  private:
    void group(const std::string& path, const Json& attributes = Json::object()) {
        entries_[key(path)] = {{"path", path}, {"kind", "group"}, {"attrs", attributes}};
    }
    void dataset(const std::string& path, const Json& shape, const Json& sum) {
        const auto [dtype, compression] = storage_of(file_.get(), path);
        entries_[key(path)] = {{"path", path},   {"kind", "dataset"}, {"attrs", Json::object()},
                               {"shape", shape}, {"dtype", dtype},    {"compression", compression},
                               {"sum", sum}};
    }
    void text(const std::string& path, std::size_t n) { dataset(path, {n}, Json()); }
    void numbers(const std::string& path, const Array& values) {
        double sum = 0, size = 0;  // of what is not missing
        for (const double value : values.numbers()) {
            sum += std::isnan(value) ? 0 : value;
            size += std::isnan(value) ? 0 : std::abs(value);
        }
        dataset(path, to_json_array(values.shape), sum);
        if (values.dtype() == "float32") rounding_[key(path)] = 1.2e-7 * size;
    }
    void table(const std::string& path, const SessionFile::Table& columns) {
        if (columns.empty()) return;
        group(path);
        for (const auto& [name, column] : columns) {
            if (const auto* texts = std::get_if<std::vector<std::string>>(&column)) {
                text(path + "/" + name, texts->size());
            } else {
                numbers(path + "/" + name, std::get<Array>(column));
            }
        }
    }
    /// A group comes right before what is in it.
    static std::string key(std::string path) {
        for (char& c : path) c = c == '/' ? '\x01' : c;
        return path;
    }

    store::File file_;
    std::map<std::string, Json> entries_;
    std::map<std::string, double> rounding_;
};

bool same(const Array& a, const Array& b) {
    return a.shape == b.shape && a.dtype() == b.dtype() &&
           std::memcmp(a.bytes().data(), b.bytes().data(), a.bytes().size()) == 0;
}
bool same(const std::vector<double>& a, const std::vector<double>& b) {
    return same(Array::vector(a), Array::vector(b));
}
bool same(const SessionFile::Table& a, const SessionFile::Table& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
        if (x.first != y.first || x.second.index() != y.second.index()) return false;
        if (const auto* texts = std::get_if<std::vector<std::string>>(&x.second))
            return *texts == std::get<std::vector<std::string>>(y.second);
        return same(std::get<Array>(x.second), std::get<Array>(y.second));
    });
}
bool same(const SessionFile::Region& a, const SessionFile::Region& b) {
    if (a.preprocessed.has_value() != b.preprocessed.has_value() ||
        a.responses.has_value() != b.responses.has_value() || !same(a.qc, b.qc))
        return false;
    if (a.preprocessed && (a.preprocessed->fs != b.preprocessed->fs ||
                           !same(a.preprocessed->times, b.preprocessed->times) ||
                           !same(a.preprocessed->signal, b.preprocessed->signal)))
        return false;
    if (!a.responses) return true;
    return a.responses->fs == b.responses->fs && same(a.responses->window, b.responses->window) &&
           same(a.responses->times, b.responses->times) &&
           a.responses->trials == b.responses->trials &&
           std::equal(a.responses->events.begin(), a.responses->events.end(),
                      b.responses->events.begin(), b.responses->events.end(),
                      [](const auto& x, const auto& y) {
                          return x.first == y.first && same(x.second, y.second);
                      });
}
bool same(const SessionFile& a, const SessionFile& b) {
    if (a.metadata != b.metadata || a.errors != b.errors ||
        a.wheel.has_value() != b.wheel.has_value() || !same(a.trials, b.trials))
        return false;
    if (a.wheel &&
        (a.wheel->fs != b.wheel->fs || a.wheel->t0_event != b.wheel->t0_event ||
         a.wheel->t1_event != b.wheel->t1_event || !same(a.wheel->velocity, b.wheel->velocity)))
        return false;
    return std::equal(a.photometry.begin(), a.photometry.end(), b.photometry.begin(),
                      b.photometry.end(), [](const auto& x, const auto& y) {
                          return x.first == y.first && same(x.second, y.second);
                      });
}

void session_h5(const Case& input, Run& run) {
    const auto original = store::read_session_file(input.path_of("session.h5"));
    const Folder folder;
    const auto path = folder.path() / "copy.h5";
    store::write_session_file(path, original);
    const auto copy = store::read_session_file(path);
    if (!same(original, copy))
        throw Error(ErrorKind::internal, "the copy differs from the original");
    run.tolerance({1e-9, 1e-9});  // of the sums; types, shapes and attributes are exact
    const Tree tree(copy, path);
    tree.judge_sums(run);
    run.give("expected", tree.entries());
}

const Registration registered("photometry.session_h5", &session_h5);

}  // namespace
}  // namespace tb::vectors
