#include "src/store/session_file.hpp"

#include "src/store/array_store.hpp"
#include "src/store/hdf5.hpp"
#include "src/store/memory_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <span>
#include <tuple>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace tb::store {

namespace {

namespace fs = std::filesystem;
using Scalar = SessionFile::Scalar;
using Column = SessionFile::Column;
using Table = SessionFile::Table;

constexpr const char* none = "__none__";
constexpr hsize_t most_values = hsize_t{1} << 31;
constexpr std::size_t longest_text = 1U << 20;

// --- reading

class Reader {
  public:
    explicit Reader(fs::path path) : path_(std::move(path)) {
        if (!fs::exists(path_))
            throw Error(ErrorKind::not_found, fmt::format("there is no file {}", path_.string()));
        file_ = File::unchecked(H5Fopen(path_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
        if (!file_) fail("", last_h5_error());
    }

    [[nodiscard]] bool has(const std::string& path) const {
        for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
            if (H5Lexists(file_.get(), path.substr(0, end).c_str(), H5P_DEFAULT) <= 0) return false;
            if (end == path.npos) return true;
        }
    }

    [[nodiscard]] std::vector<std::string> names_in(const std::string& path) const {
        const auto group = Group::unchecked(H5Gopen2(file_.get(), path.c_str(), H5P_DEFAULT));
        H5G_info_t info{};
        if (!group || H5Gget_info(group.get(), &info) < 0) fail(path, last_h5_error());
        std::vector<std::string> names;
        for (hsize_t i = 0; i < info.nlinks && i < 100'000; ++i) {
            const auto length = H5Lget_name_by_idx(group.get(), ".", H5_INDEX_NAME, H5_ITER_INC, i,
                                                   nullptr, 0, H5P_DEFAULT);
            if (length < 0 || static_cast<std::size_t>(length) > longest_text)
                fail(path, last_h5_error());
            std::string name(static_cast<std::size_t>(length), '\0');
            if (H5Lget_name_by_idx(group.get(), ".", H5_INDEX_NAME, H5_ITER_INC, i, name.data(),
                                   name.size() + 1, H5P_DEFAULT) < 0)
                fail(path, last_h5_error());
            names.push_back(std::move(name));
        }
        return names;
    }

    [[nodiscard]] Column column(const std::string& path) const {
        const auto dataset = Dataset::unchecked(H5Dopen2(file_.get(), path.c_str(), H5P_DEFAULT));
        const auto type = Type::unchecked(dataset ? H5Dget_type(dataset.get()) : H5I_INVALID_HID);
        const auto space =
            Space::unchecked(dataset ? H5Dget_space(dataset.get()) : H5I_INVALID_HID);
        if (!dataset || !type || !space) fail(path, last_h5_error());
        return values(path, type.get(), space.get(), [&](hid_t memory, void* out) {
            return H5Dread(dataset.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, out);
        });
    }
    [[nodiscard]] Array array(const std::string& path) const {
        auto read = column(path);
        if (auto* numbers = std::get_if<Array>(&read)) return std::move(*numbers);
        fail(path, "it holds text where numbers belong");
    }
    [[nodiscard]] std::vector<double> numbers(const std::string& path) const {
        return array(path).numbers();
    }
    [[nodiscard]] std::vector<std::string> texts(const std::string& path) const {
        auto read = column(path);
        if (auto* texts = std::get_if<std::vector<std::string>>(&read)) return std::move(*texts);
        fail(path, "it holds numbers where text belongs");
    }

    [[nodiscard]] std::vector<std::string> attribute_names(const std::string& path) const {
        const auto object = open(path);
        const auto count = H5Aget_num_attrs(object.get());
        if (count < 0) fail(path, last_h5_error());
        std::vector<std::string> names;
        for (int i = 0; i < count; ++i) {
            const auto attribute = Attribute::unchecked(
                H5Aopen_by_idx(object.get(), ".", H5_INDEX_NAME, H5_ITER_INC,
                               static_cast<hsize_t>(i), H5P_DEFAULT, H5P_DEFAULT));
            const auto length = attribute ? H5Aget_name(attribute.get(), 0, nullptr) : -1;
            if (length < 0) fail(path, last_h5_error());
            std::string name(static_cast<std::size_t>(length), '\0');
            H5Aget_name(attribute.get(), name.size() + 1, name.data());
            names.push_back(std::move(name));
        }
        return names;
    }
    [[nodiscard]] Column attribute(const std::string& path, const std::string& name) const {
        const auto object = open(path);
        const auto attribute =
            Attribute::unchecked(H5Aopen(object.get(), name.c_str(), H5P_DEFAULT));
        if (!attribute) fail(path, fmt::format("it has no attribute {}", name));
        const auto type = Type::unchecked(H5Aget_type(attribute.get()));
        const auto space = Space::unchecked(H5Aget_space(attribute.get()));
        if (!type || !space) fail(path, last_h5_error());
        return values(path + "@" + name, type.get(), space.get(), [&](hid_t memory, void* out) {
            return H5Aread(attribute.get(), memory, out);
        });
    }
    [[nodiscard]] Scalar scalar(const std::string& path, const std::string& name) const {
        const auto read = attribute(path, name);
        if (const auto* texts = std::get_if<std::vector<std::string>>(&read)) {
            if (texts->size() != 1)
                fail(path, fmt::format("its attribute {} is no single value", name));
            if (texts->front() == none) return std::monostate();
            return texts->front();
        }
        const auto& numbers = std::get<Array>(read);
        if (numbers.size() != 1)
            fail(path, fmt::format("its attribute {} is no single value", name));
        return std::visit(
            [](const auto& held) -> Scalar {
                if constexpr (std::is_floating_point_v<std::decay_t<decltype(held[0])>>) {
                    return static_cast<double>(held[0]);
                } else {
                    return static_cast<std::int64_t>(held[0]);
                }
            },
            numbers.values);
    }

    [[nodiscard]] hid_t file() const noexcept { return file_.get(); }

    [[noreturn]] void fail(const std::string& path, const std::string& why) const {
        throw Error(ErrorKind::data,
                    fmt::format("session file {}{}{}: {}", path_.string(), path.empty() ? "" : ", ",
                                path, why),
                    "", "DamagedSessionFile");
    }

  private:
    [[nodiscard]] Object open(const std::string& path) const {
        auto object = Object::unchecked(H5Oopen(file_.get(), path.c_str(), H5P_DEFAULT));
        if (!object) fail(path, last_h5_error());
        return object;
    }

    template <class Read>
    [[nodiscard]] Column values(const std::string& path, hid_t type, hid_t space,
                                const Read& read) const {
        const int rank = H5Sget_simple_extent_ndims(space);
        std::vector<hsize_t> lengths(static_cast<std::size_t>(std::clamp(rank, 0, 32)));
        if (rank < 0 || rank > 32 || H5Sget_simple_extent_type(space) == H5S_NULL ||
            (rank > 0 && H5Sget_simple_extent_dims(space, lengths.data(), nullptr) < 0))
            fail(path, "it has no shape");
        hsize_t n = 1;
        for (const auto length : lengths) {
            if (length != 0 && n > most_values / length) fail(path, "it is too large");
            n *= length;
        }
        const auto count = static_cast<std::size_t>(n);
        if (H5Tget_class(type) == H5T_STRING) return texts(path, type, space, count, read);
        bool is_raw = false;
        const auto dtype = dtype_name(type, is_raw);
        if (dtype.empty()) fail(path, "its type is neither text nor a number that arrays have");
        auto array = make_array(dtype, count);
        array.shape.assign(lengths.begin(), lengths.end());
        if (n > 0 && read(native_type(dtype), writable_bytes(array)) < 0)
            fail(path, last_h5_error());
        return array;
    }

    template <class Read>
    [[nodiscard]] Column texts(const std::string& path, hid_t type, hid_t space, std::size_t n,
                               const Read& read) const {
        std::vector<std::string> out(n);
        if (n == 0) return out;
        if (H5Tis_variable_str(type) > 0) {
            std::vector<char*> pointers(n, nullptr);
            const Type memory(H5Tcopy(H5T_C_S1), "read text");
            H5Tset_size(memory.get(), H5T_VARIABLE);
            H5Tset_cset(memory.get(), H5Tget_cset(type));
            if (read(memory.get(), pointers.data()) < 0) fail(path, last_h5_error());
            for (std::size_t i = 0; i < n; ++i) out[i] = pointers[i] != nullptr ? pointers[i] : "";
            H5Dvlen_reclaim(memory.get(), space, H5P_DEFAULT, pointers.data());
            return out;
        }
        const auto size = H5Tget_size(type);
        if (size == 0 || size > longest_text || n > most_values / size)
            fail(path, "its text is too long");
        std::string bytes(size * n, '\0');
        if (read(type, bytes.data()) < 0) fail(path, last_h5_error());
        for (std::size_t i = 0; i < n; ++i) {
            const auto cell = bytes.substr(i * size, size);
            out[i] = cell.substr(0, std::min(cell.find('\0'), cell.size()));
        }
        return out;
    }

    fs::path path_;
    File file_;
};

Table read_table(const Reader& reader, const std::string& path) {
    Table table;
    for (const auto& name : reader.names_in(path))
        table.emplace(name, reader.column(path + "/" + name));
    return table;
}

SessionFile::Region read_region(const Reader& reader, const std::string& path) {
    SessionFile::Region region;
    if (reader.has(path + "/preprocessed")) {
        const auto here = path + "/preprocessed";
        region.preprocessed = {reader.scalar(here, "fs"), reader.numbers(here + "/times"),
                               reader.numbers(here + "/signal")};
    }
    if (reader.has(path + "/responses")) {
        const auto here = path + "/responses";
        SessionFile::Responses responses;
        responses.fs = reader.scalar(here, "fs");
        const auto window = reader.attribute(here, "response_window");
        if (!std::holds_alternative<Array>(window)) reader.fail(here, "its window is no numbers");
        responses.window = std::get<Array>(window);
        responses.times = reader.numbers(here + "/times");
        for (const double trial : reader.numbers(here + "/trials"))
            responses.trials.push_back(static_cast<std::int64_t>(trial));
        for (const auto& name : reader.names_in(here)) {  // every other dataset is an event
            if (name == "times" || name == "trials") continue;
            auto traces = reader.array(here + "/" + name);
            if (traces.shape != std::vector{responses.trials.size(), responses.times.size()})
                reader.fail(here + "/" + name, "its shape is not that of trials and times");
            responses.events.emplace(name, std::move(traces));
        }
        region.responses = std::move(responses);
    }
    if (reader.has(path + "/qc")) region.qc = read_table(reader, path + "/qc");
    return region;
}

// --- writing

class Writer {
  public:
    explicit Writer(const fs::path& path) : path_(path) {
        const PropertyList access = memory_.access(doing("begin"));
        check_h5(H5Pset_libver_bounds(access.get(), H5F_LIBVER_EARLIEST, H5F_LIBVER_V18),
                 doing("begin"));
        file_ =
            File(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), doing("make"));
        linking_ = PropertyList(H5Pcreate(H5P_LINK_CREATE), doing("begin"));
        check_h5(H5Pset_create_intermediate_group(linking_.get(), 1), doing("begin"));
        check_h5(H5Pset_char_encoding(linking_.get(), H5T_CSET_UTF8), doing("begin"));
    }

    Group group(const std::string& path) {
        return {H5Gcreate2(file_.get(), path.c_str(), linking_.get(), H5P_DEFAULT, H5P_DEFAULT),
                doing("write " + path)};
    }

    void array(const std::string& path, const Array& values, bool is_compressed = false) {
        const auto what = doing("write " + path);
        const std::vector<hsize_t> lengths(values.shape.begin(), values.shape.end());
        const Space space(lengths.empty() ? H5Screate(H5S_SCALAR)
                                          : H5Screate_simple(static_cast<int>(lengths.size()),
                                                             lengths.data(), nullptr),
                          what);
        const PropertyList creation(H5Pcreate(H5P_DATASET_CREATE), what);
        if (is_compressed && values.size() > 0 && !lengths.empty()) {
            const auto chunk = chunk_shape(values.shape, dtype_size(values.dtype()));
            std::vector<hsize_t> chunk_lengths(chunk.begin(), chunk.end());
            if (chunk_lengths.empty()) chunk_lengths = lengths;
            check_h5(H5Pset_chunk(creation.get(), static_cast<int>(lengths.size()),
                                  chunk_lengths.data()),
                     what);
            check_h5(H5Pset_deflate(creation.get(), 4), what);
        }
        const Dataset dataset(H5Dcreate2(file_.get(), path.c_str(), file_type(values.dtype()),
                                         space.get(), linking_.get(), creation.get(), H5P_DEFAULT),
                              what);
        if (values.size() == 0) return;
        check_h5(H5Dwrite(dataset.get(), native_type(values.dtype()), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                          values.bytes().data()),
                 what);
    }
    void numbers(const std::string& path, const std::vector<double>& values,
                 bool is_compressed = false) {
        array(path, Array::vector(values), is_compressed);
    }

    /// Variable length, UTF-8.
    void texts(const std::string& path, const std::vector<std::string>& values) {
        const auto what = doing("write " + path);
        const Type type(H5Tcopy(H5T_C_S1), what);
        check_h5(H5Tset_size(type.get(), H5T_VARIABLE), what);
        check_h5(H5Tset_cset(type.get(), H5T_CSET_UTF8), what);
        std::vector<const char*> pointers;
        for (const auto& one : values) pointers.push_back(one.c_str());
        write(path, type.get(), values.size(), pointers.data());
    }
    /// Of one length for all, as numpy's bytes.
    void fixed_texts(const std::string& path, const std::vector<std::string>& values) {
        const auto what = doing("write " + path);
        std::size_t longest = 1;
        bool is_ascii = true;
        for (const auto& one : values) {
            longest = std::max(longest, one.size());
            is_ascii = is_ascii && std::all_of(one.begin(), one.end(), [](char c) {
                           return static_cast<unsigned char>(c) < 128;
                       });
        }
        const Type type(H5Tcopy(H5T_C_S1), what);
        check_h5(H5Tset_size(type.get(), longest), what);
        check_h5(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), what);
        check_h5(H5Tset_cset(type.get(), is_ascii ? H5T_CSET_ASCII : H5T_CSET_UTF8), what);
        std::string bytes(longest * values.size(), '\0');
        for (std::size_t i = 0; i < values.size(); ++i)
            std::copy(values[i].begin(), values[i].end(),
                      bytes.begin() + static_cast<std::ptrdiff_t>(i * longest));
        write(path, type.get(), values.size(), bytes.data());
    }
    void table(const std::string& path, const Table& columns) {
        const auto made = group(path);
        for (const auto& [name, column] : columns) {
            const auto here = path + "/" + name;
            if (const auto* text = std::get_if<std::vector<std::string>>(&column)) {
                fixed_texts(here, *text);
            } else {
                array(here, std::get<Array>(column));
            }
        }
    }

    static void scalar(hid_t object, const std::string& name, const Scalar& value) {
        if (std::holds_alternative<std::monostate>(value)) {
            write_attribute(object, name.c_str(), std::string_view(none));
        } else if (const auto* text = std::get_if<std::string>(&value)) {
            write_attribute(object, name.c_str(), std::string_view(*text));
        } else if (const auto* number = std::get_if<double>(&value)) {
            write_attribute(object, name.c_str(), *number);
        } else {
            const auto whole = std::get<std::int64_t>(value);
            attribute(object, name, Array{{}, std::vector{whole}});
        }
    }
    static void attribute(hid_t object, const std::string& name, const Array& values) {
        const auto what = "write the attribute " + name;
        const std::vector<hsize_t> lengths(values.shape.begin(), values.shape.end());
        const Space space(lengths.empty() ? H5Screate(H5S_SCALAR)
                                          : H5Screate_simple(static_cast<int>(lengths.size()),
                                                             lengths.data(), nullptr),
                          what);
        const Attribute made(H5Acreate2(object, name.c_str(), file_type(values.dtype()),
                                        space.get(), H5P_DEFAULT, H5P_DEFAULT),
                             what);
        check_h5(H5Awrite(made.get(), native_type(values.dtype()), values.bytes().data()), what);
    }

    /// Copies the top groups of another file that are not here.
    void add_missing(const Reader& other) {
        for (const auto& name : other.names_in("/")) {
            if (H5Lexists(file_.get(), name.c_str(), H5P_DEFAULT) > 0) continue;
            check_h5(H5Ocopy(other.file(), name.c_str(), file_.get(), name.c_str(), H5P_DEFAULT,
                             H5P_DEFAULT),
                     doing("keep " + name));
        }
    }

    /// The bytes of the whole file.
    std::span<const std::byte> finish() {
        memory_.finish(file_, doing("complete"));
        return memory_.bytes();
    }

  private:
    [[nodiscard]] std::string doing(const std::string& what) const {
        return what + " in " + path_.string();
    }
    void write(const std::string& path, hid_t type, std::size_t n, const void* values) {
        const auto what = doing("write " + path);
        const hsize_t length = n;
        const Space space(H5Screate_simple(1, &length, nullptr), what);
        const Dataset dataset(H5Dcreate2(file_.get(), path.c_str(), type, space.get(),
                                         linking_.get(), H5P_DEFAULT, H5P_DEFAULT),
                              what);
        if (n > 0)
            check_h5(H5Dwrite(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), what);
    }

    fs::path path_;
    MemoryFile memory_;  ///< outlives the file
    File file_;
    PropertyList linking_;
};

void write_groups(Writer& writer, const SessionFile& session) {
    if (session.metadata) {
        const auto group = writer.group("metadata");
        for (const auto& [name, value] : session.metadata->scalars)
            Writer::scalar(group.get(), name, value);
        for (const auto& [name, values] : session.metadata->lists)
            writer.texts("metadata/" + name, values);
    }
    if (session.errors) {
        const auto group = writer.group("errors");
        if (!session.errors->empty()) {
            const auto column = [&](const char* name, auto member) {
                std::vector<std::string> values;
                for (const auto& error : *session.errors) values.push_back(error.*member);
                writer.texts(std::string("errors/") + name, values);
            };
            column("eid", &SessionFile::LoggedError::eid);
            column("error_type", &SessionFile::LoggedError::type);
            column("error_message", &SessionFile::LoggedError::message);
            column("traceback", &SessionFile::LoggedError::traceback);
        }
    }
    for (const auto& [name, region] : session.photometry) {
        const auto path = "photometry/" + name;
        const auto group = writer.group(path);
        if (region.preprocessed) {
            const auto here = writer.group(path + "/preprocessed");
            Writer::scalar(here.get(), "fs", region.preprocessed->fs);
            writer.numbers(path + "/preprocessed/times", region.preprocessed->times);
            writer.numbers(path + "/preprocessed/signal", region.preprocessed->signal, true);
        }
        if (region.responses) {
            const auto& responses = *region.responses;
            const auto here = writer.group(path + "/responses");
            Writer::scalar(here.get(), "fs", responses.fs);
            Writer::attribute(here.get(), "response_window", responses.window);
            writer.numbers(path + "/responses/times", responses.times);
            writer.array(path + "/responses/trials",
                         Array{{responses.trials.size()}, responses.trials});
            for (const auto& [event, traces] : responses.events)
                writer.array(path + "/responses/" + event, traces, true);
        }
        if (!region.qc.empty()) writer.table(path + "/qc", region.qc);
    }
    if (!session.trials.empty()) writer.table("trials", session.trials);
    if (session.wheel) {
        const auto group = writer.group("wheel/responses");
        Writer::scalar(group.get(), "fs", session.wheel->fs);
        Writer::scalar(group.get(), "t0_event", session.wheel->t0_event);
        Writer::scalar(group.get(), "t1_event", session.wheel->t1_event);
        writer.array("wheel/responses/velocity", session.wheel->velocity, true);
    }
}

}  // namespace

SessionFile read_session_file(const fs::path& path) {
    const H5Guard guard;
    const Reader reader(path);
    SessionFile session;
    if (!reader.has("metadata"))
        throw Error(ErrorKind::data,
                    fmt::format("session file {} has no group metadata", path.string()), "",
                    "ValueError");
    {
        SessionFile::Metadata metadata;
        for (const auto& name : reader.attribute_names("metadata"))
            metadata.scalars.emplace(name, reader.scalar("metadata", name));
        for (const auto& name : reader.names_in("metadata"))
            metadata.lists.emplace(name, reader.texts("metadata/" + name));
        session.metadata = std::move(metadata);
    }
    if (reader.has("errors")) {
        session.errors.emplace();
        if (reader.has("errors/eid")) {
            const auto eid = reader.texts("errors/eid"), type = reader.texts("errors/error_type"),
                       message = reader.texts("errors/error_message"),
                       traceback = reader.texts("errors/traceback");
            if (type.size() != eid.size() || message.size() != eid.size() ||
                traceback.size() != eid.size())
                reader.fail("errors", "its columns are of different lengths");
            for (std::size_t i = 0; i < eid.size(); ++i)
                session.errors->push_back({eid[i], type[i], message[i], traceback[i]});
        }
    }
    if (reader.has("photometry")) {
        for (const auto& name : reader.names_in("photometry"))
            session.photometry.emplace(name, read_region(reader, "photometry/" + name));
    }
    if (reader.has("trials")) session.trials = read_table(reader, "trials");
    if (reader.has("wheel/responses")) {
        SessionFile::Wheel wheel;
        wheel.fs = reader.scalar("wheel/responses", "fs");
        for (const auto& [name, target] :
             {std::pair("t0_event", &wheel.t0_event), {"t1_event", &wheel.t1_event}}) {
            const auto value = reader.scalar("wheel/responses", name);
            if (!std::holds_alternative<std::string>(value))
                reader.fail("wheel/responses", fmt::format("its {} is no text", name));
            *target = std::get<std::string>(value);
        }
        wheel.velocity = reader.array("wheel/responses/velocity");
        session.wheel = std::move(wheel);
    }
    return session;
}

namespace {

/// Writes aside, with the groups of `old` that `session` does not have, and renames.
void write_whole(const fs::path& path, const SessionFile& session, const Reader* old) {
    auto temporary = path;
    temporary += fmt::format(".{}.tmp", getpid());
    const H5Guard guard;
    Writer writer(temporary);
    write_groups(writer, session);
    if (old != nullptr) writer.add_missing(*old);
    const auto bytes = writer.finish();
    ::unlink(temporary.c_str());
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    int code = fd < 0 ? errno : write_all(fd, bytes);
    if (code == 0 && ::fsync(fd) != 0) code = errno;
    if (fd >= 0) ::close(fd);
    if (code == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) code = errno;
    if (code == 0) return;
    if (fd >= 0) ::unlink(temporary.c_str());
    throw Error(ErrorKind::io,
                fmt::format("cannot write {}: {}", path.string(), std::strerror(code)));
}

}  // namespace

void write_session_file(const fs::path& path, const SessionFile& session) {
    write_whole(path, session, nullptr);
}

void update_session_file(const fs::path& path, const SessionFile& session) {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) return write_whole(path, session, nullptr);
    if (fs::is_directory(path, ignored))
        throw Error(ErrorKind::io, fmt::format("cannot write {}: it is a folder", path.string()));
    const auto before = read_session_file(path);
    const H5Guard guard;
    const Reader old(path);
    if (before.metadata && session.metadata) {
        const auto eid = [](const SessionFile& file) {
            const auto found = file.metadata->scalars.find("eid");
            return found == file.metadata->scalars.end() ? Scalar() : found->second;
        };
        if (eid(before) != eid(session)) old.fail("metadata", "it is of another session");
    }
    auto merged = session;
    if (before.errors && session.errors)
        merged.errors = merged_errors(*before.errors, *session.errors);
    write_whole(path, merged, &old);
}

std::vector<SessionFile::LoggedError> merged_errors(
    const std::vector<SessionFile::LoggedError>& first,
    const std::vector<SessionFile::LoggedError>& then) {
    std::vector<SessionFile::LoggedError> merged;
    std::set<std::tuple<std::string, std::string, std::string>> seen;
    for (const auto* list : {&first, &then}) {
        for (const auto& error : *list) {
            if (seen.emplace(error.eid, error.type, error.message).second) merged.push_back(error);
        }
    }
    return merged;
}

}  // namespace tb::store
