#include "src/hdf5/untrusted_file.hpp"

#include "src/base/descriptor.hpp"
#include "src/hdf5/child.hpp"
#include "src/hdf5/message.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tb::hdf5 {

namespace {

constexpr std::size_t texts_of_a_request = 16384;

[[noreturn]] void fail(const std::string& file, std::string_view path, const std::string& message,
                       const std::string& type, const std::string& hint = {}) {
    throw Error(ErrorKind::data,
                path.empty() ? fmt::format("{}: {}", file, message)
                             : fmt::format("{}: {}: {}", file, path, message),
                hint, type);
}

/// The signature stands at 0, 512, 1024, ...: a user block may come before it.
bool has_signature(int descriptor, std::size_t size) {
    static constexpr std::array<unsigned char, 8> signature{0x89, 'H',  'D',  'F',
                                                            '\r', '\n', 0x1a, '\n'};
    for (std::size_t at = 0; at + signature.size() <= size; at = at == 0 ? 512 : at * 2) {
        std::array<unsigned char, 8> bytes{};
        if (::pread(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(at)) !=
            static_cast<ssize_t>(bytes.size()))
            return false;
        if (bytes == signature) return true;
    }
    return false;
}

std::size_t size_of(std::string_view dtype) {
    return dtype == "uint8" ? 1 : dtype == "int16" ? 2 : dtype.ends_with("32") ? 4 : 8;
}

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto c = static_cast<unsigned char>(text[i]);
        const std::size_t n = c < 0x80   ? 1
                              : c < 0xC2 ? 0
                              : c < 0xE0 ? 2
                              : c < 0xF0 ? 3
                              : c < 0xF5 ? 4
                                         : 0;
        if (n == 0 || i + n > text.size()) return false;
        for (std::size_t k = 1; k < n; ++k) {
            if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
        }
        if (n > 2) {
            const auto second = static_cast<unsigned char>(text[i + 1]);
            if ((c == 0xE0 && second < 0xA0) || (c == 0xED && second > 0x9F) ||
                (c == 0xF0 && second < 0x90) || (c == 0xF4 && second > 0x8F))
                return false;
        }
        i += n;
    }
    return true;
}

/// Cuts a box into boxes of at most `most` values that follow each other in C order.
class Pieces {
  public:
    Pieces(Slice box, const std::vector<std::size_t>& chunk, std::size_t most)
        : box_(std::move(box)), at_(box_.count.size(), 0) {
        n_left_ = 1;
        for (const auto one : box_.count) n_left_ *= one;
        if (n_left_ == 0) return;
        // Everything after the axis is whole in a piece; of the axis itself `step_`.
        axis_ = box_.count.size();
        std::size_t inner = 1;
        while (axis_ > 0 && inner <= most) {
            const auto length = box_.count[axis_ - 1];
            if (length > most / inner) break;
            inner *= length;
            --axis_;
        }
        if (axis_ == 0) return;
        --axis_;
        inner_ = 1;
        for (std::size_t i = axis_ + 1; i < box_.count.size(); ++i) inner_ *= box_.count[i];
        step_ = std::max<std::size_t>(most / std::max<std::size_t>(inner_, 1), 1);
        is_cut_ = true;
        // Whole chunks, so that none is inflated twice.
        if (axis_ < chunk.size() && chunk[axis_] > 0 && step_ > chunk[axis_]) chunk_ = chunk[axis_];
    }

    [[nodiscard]] std::optional<Slice> next() {
        if (n_left_ == 0) return std::nullopt;
        Slice piece = box_;
        if (!is_cut_) {
            n_left_ = 0;
            return piece;
        }
        std::size_t n = 1;
        for (std::size_t i = 0; i < axis_; ++i) {
            piece.start[i] += at_[i];
            piece.count[i] = 1;
        }
        piece.start[axis_] += at_[axis_];
        auto end = std::min(at_[axis_] + step_, box_.count[axis_]);
        if (chunk_ > 0 && end < box_.count[axis_]) {
            const auto absolute = box_.start[axis_] + end;
            const auto aligned = absolute - absolute % chunk_;
            if (aligned > box_.start[axis_] + at_[axis_]) end = aligned - box_.start[axis_];
        }
        piece.count[axis_] = end - at_[axis_];
        n = piece.count[axis_] * inner_;
        at_[axis_] = end;
        for (std::size_t i = axis_; i > 0 && at_[i] == box_.count[i]; --i) {
            at_[i] = 0;
            ++at_[i - 1];
        }
        n_left_ -= std::min(n, n_left_);
        return piece;
    }

  private:
    Slice box_;
    std::vector<std::size_t> at_;
    std::size_t axis_ = 0, inner_ = 1, step_ = 1, chunk_ = 0, n_left_ = 0;
    bool is_cut_ = false;
};

std::size_t product(const std::vector<std::size_t>& counts) {
    std::size_t n = 1;
    for (const auto one : counts) n *= one;
    return n;
}

/// Slots begin at pages: values lie where their type may lie.
template <class T>
void append(std::vector<T>& all, std::span<const std::byte> bytes) {
    const auto* first = reinterpret_cast<const T*>(bytes.data());
    all.insert(all.end(), first, first + bytes.size() / sizeof(T));
}

}  // namespace

struct UntrustedFile::Impl {
    Impl(int fd, std::string name_, Limits limits_)
        : descriptor(fd), name(std::move(name_)), limits(limits_) {}

    Descriptor descriptor;
    std::string name;
    Limits limits;
    std::size_t size = 0;
    Tree tree;
    std::unique_ptr<Child> child;  // null after a crash, until it is needed again
    std::set<std::string> deadly;  // data sets that ended a child

    /// Starts the child and has it list the file. @return its listing
    std::string start() {
        child = std::make_unique<Child>(descriptor.get(), size, limits);
        MessageWriter question;
        question.number(static_cast<std::uint64_t>(Question::list));
        if (!child->ask(question.bytes())) fail_crashed({});
        return answer({});
    }

    [[noreturn]] void fail_crashed(std::string_view path) {
        auto how = child == nullptr ? std::string("ended") : child->how_it_ended();
        child.reset();
        if (!path.empty()) deadly.emplace(path);
        fail(name, path, fmt::format("the process that read it {}", how), "HostileFile",
             "The file is damaged or made to do harm; nothing else was touched.");
    }

    /// The answer's body. @throws tb::Error
    std::string answer(std::string_view path) {
        auto message = child->answer();
        if (!message) fail_crashed(path);
        MessageReader reader(*message);
        try {
            if (reader.number() == static_cast<std::uint64_t>(Answer::done))
                return message->substr(sizeof(std::uint64_t));
            auto type = reader.text();
            const auto text = reader.text();
            if (path.empty() && text.find("truncated file") != text.npos) {
                fail(name, path, fmt::format("the file is cut off ({})", text), "TruncatedFile",
                     "Copy or download it again.");
            }
            fail(name, path, text, type);
        } catch (const BadMessage&) {
            fail_crashed(path);
        }
    }

    struct Target {
        const Node* node;
        Slice box;
        [[nodiscard]] std::size_t n_values() const { return product(box.count); }
    };

    /// The data set that a path leads to, with the slice in full.
    Target target(std::string_view path, const Slice& slice) {
        const auto found = tree.find(path);
        if (found.node == nullptr)
            fail(name, path, found.problem, found.leads_out ? "ExternalData" : "MissingDataset");
        const auto& node = *found.node;
        if (node.kind == NodeKind::damaged) fail(name, path, node.problem, "DamagedFile");
        if (!node.is_dataset()) fail(name, path, "no data set lies there", "MissingDataset");
        if (!node.refusal.empty()) fail(name, path, node.refusal, "ExternalData");
        if (deadly.contains(node.path))
            fail(name, path, "reading it ended the process that did", "HostileFile");
        if (node.n_values() > SIZE_MAX / 8)
            fail(name, path, fmt::format("a shape of {}", fmt::join(node.shape, " x ")),
                 "ShapeLimit");
        Target result{&node, slice};
        auto& box = result.box;
        if (box.start.empty() && box.count.empty()) {
            box.start.assign(node.shape.size(), 0);
            box.count = node.shape;
        }
        bool fits = box.start.size() == node.shape.size() && box.count.size() == node.shape.size();
        for (std::size_t i = 0; fits && i < node.shape.size(); ++i)
            fits = box.start[i] <= node.shape[i] && box.count[i] <= node.shape[i] - box.start[i];
        if (!fits)
            fail(name, path,
                 fmt::format("from {} to {} values are beyond the shape {}",
                             fmt::join(box.start, " x "), fmt::join(box.count, " x "),
                             fmt::join(node.shape, " x ")),
                 "SliceRange");
        if (node.is_empty) box.count.assign(1, 0), box.start.assign(1, 0);
        if (child == nullptr) (void)start();
        return result;
    }

    bool ask(Question kind, const Node& node, std::string_view member, const Slice& piece,
             std::string_view dtype = {}, std::size_t slot = 0) const {
        MessageWriter question;
        question.number(static_cast<std::uint64_t>(kind));
        question.text(node.path);
        question.text(member);
        question.sizes(piece.start);
        question.sizes(piece.count);
        if (kind == Question::numbers) {
            question.text(dtype);
            question.number(slot);
        }
        return child->ask(question.bytes());
    }

    void numbers(std::string_view path, std::string_view dtype, const Slice& slice,
                 std::string_view member, const std::function<void(const Block&)>& take) {
        const auto [node, box] = target(path, slice);
        if (node->is_empty) return;
        const auto value_bytes = size_of(dtype);
        Pieces pieces(box, node->chunk, slot_bytes / value_bytes);
        std::deque<Slice> asked;
        std::size_t n_asked = 0;
        const auto ask_ahead = [&] {
            while (asked.size() < n_slots) {
                auto piece = pieces.next();
                if (!piece) return;
                if (!ask(Question::numbers, *node, member, *piece, dtype, n_asked++ % n_slots))
                    fail_crashed(node->path);
                asked.push_back(std::move(*piece));
            }
        };
        ask_ahead();
        for (std::size_t i = 0; !asked.empty(); ++i) {
            const auto piece = std::move(asked.front());
            asked.pop_front();
            try {
                (void)answer(node->path);
                const auto bytes = product(piece.count) * value_bytes;
                take({piece.start, piece.count, child->slot(i % n_slots).first(bytes)});
            } catch (...) {
                // Answers to what was asked ahead are not wanted any more.
                for (; !asked.empty() && child != nullptr; asked.pop_front()) {
                    if (!child->answer()) child.reset();
                }
                throw;
            }
            ask_ahead();
        }
    }

    std::vector<std::string> texts(Question kind, std::string_view path, const Slice& slice,
                                   std::string_view member) {
        const auto [node, box] = target(path, slice);
        std::vector<std::string> all;
        if (node->is_empty) return all;
        const auto text_bytes = std::max<std::size_t>(node->type.size, 64);
        Pieces pieces(
            box, {},
            std::clamp<std::size_t>((std::size_t{8} << 20) / text_bytes, 1, texts_of_a_request));
        while (const auto piece = pieces.next()) {
            if (!ask(kind, *node, member, *piece)) fail_crashed(node->path);
            const auto body = answer(node->path);
            std::vector<std::string> some;
            try {
                some = MessageReader(body).texts();
            } catch (const BadMessage&) {
                fail_crashed(node->path);
            }
            if (some.size() != product(piece->count)) fail_crashed(node->path);
            for (auto& one : some) {
                if (!is_utf8(one))
                    fail(name, path, fmt::format("text {} is not UTF-8", all.size()),
                         "TextEncoding");
                all.push_back(std::move(one));
            }
        }
        return all;
    }
};

UntrustedFile::UntrustedFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
UntrustedFile::UntrustedFile(UntrustedFile&&) noexcept = default;
UntrustedFile& UntrustedFile::operator=(UntrustedFile&&) noexcept = default;
UntrustedFile::~UntrustedFile() = default;

UntrustedFile UntrustedFile::open(const std::filesystem::path& file, Limits limits) {
    const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (descriptor.get() < 0) {
        const int error = errno;
        throw Error(error == ENOENT ? ErrorKind::not_found : ErrorKind::io,
                    fmt::format("cannot open {}: {}", file.string(), std::strerror(error)));
    }
    return open(descriptor.get(), file.string(), limits);
}

UntrustedFile UntrustedFile::open(int descriptor, const std::string& name, Limits limits) {
    const int own = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    if (own < 0)
        throw Error(ErrorKind::io, fmt::format("cannot open {}: {}", name, std::strerror(errno)));
    auto impl = std::make_unique<Impl>(own, name, limits);
    struct stat facts {};
    if (::fstat(own, &facts) != 0 || !S_ISREG(facts.st_mode))
        throw Error(ErrorKind::io, fmt::format("{} is no plain file", name));
    impl->size = static_cast<std::size_t>(facts.st_size);
    if (!has_signature(own, impl->size))
        fail(name, {},
             impl->size == 0 ? "the file is empty"
                             : "this is no HDF5 file: its signature is missing",
             "NotHdf5");
    const auto listing = impl->start();
    try {
        MessageReader reader(listing);
        for (auto n = reader.number(); n > 0; --n) {
            auto node = reader.node();
            const auto check = [&](std::string& text, std::string& problem) {
                if (is_utf8(text)) return;
                if (problem.empty()) problem = "text that is not UTF-8";
                text.clear();
            };
            for (auto& attribute : node.attributes) {
                if (auto* texts = std::get_if<std::vector<std::string>>(&attribute.values)) {
                    for (auto& text : *texts) check(text, attribute.problem);
                }
            }
            impl->tree.add(std::move(node));
        }
    } catch (const BadMessage&) {
        impl->fail_crashed({});
    }
    return UntrustedFile(std::move(impl));
}

const std::string& UntrustedFile::name() const noexcept {
    return impl_->name;
}
std::size_t UntrustedFile::size_bytes() const noexcept {
    return impl_->size;
}
const Tree& UntrustedFile::tree() const noexcept {
    return impl_->tree;
}

void UntrustedFile::read_blocks(std::string_view path, std::string_view dtype, const Slice& slice,
                                const std::function<void(const Block&)>& take) const {
    impl_->numbers(path, dtype, slice, {}, take);
}

Array UntrustedFile::read(std::string_view path, const Slice& slice) const {
    const auto [node, box] = impl_->target(path, slice);
    const auto n = node->is_empty ? 0 : product(box.count);
    Array array;
    array.shape = node->is_empty ? std::vector<std::size_t>{0} : box.count;
    const auto fill = [&]<class T>(std::string_view dtype, T) {
        std::vector<T> values;
        impl_->numbers(path, dtype, slice, {}, [&](const Block& block) {
            // The child has judged the shape by now.
            if (values.empty()) values.reserve(n);
            append(values, block.bytes);
        });
        array.values = std::move(values);
    };
    const auto dtype = array_dtype(node->type);
    if (dtype == "float64")
        fill(dtype, double{});
    else if (dtype == "float32")
        fill(dtype, float{});
    else if (dtype == "int64")
        fill(dtype, std::int64_t{});
    else if (dtype == "int32")
        fill(dtype, std::int32_t{});
    else if (dtype == "int16")
        fill(dtype, std::int16_t{});
    else
        fill(dtype, std::uint8_t{});
    return array;
}

std::vector<double> UntrustedFile::read_reals(std::string_view path, const Slice& slice,
                                              std::string_view member) const {
    std::vector<double> values;
    impl_->numbers(path, "float64", slice, member, [&](const Block& block) {
        if (values.empty()) values.reserve(impl_->target(path, slice).n_values());
        append(values, block.bytes);
    });
    return values;
}

std::vector<std::int64_t> UntrustedFile::read_integers(std::string_view path, const Slice& slice,
                                                       std::string_view member) const {
    std::vector<std::int64_t> values;
    impl_->numbers(path, "int64", slice, member, [&](const Block& block) {
        if (values.empty()) values.reserve(impl_->target(path, slice).n_values());
        append(values, block.bytes);
    });
    return values;
}

std::vector<std::string> UntrustedFile::read_texts(std::string_view path, const Slice& slice,
                                                   std::string_view member) const {
    return impl_->texts(Question::texts, path, slice, member);
}

std::vector<std::string> UntrustedFile::read_references(std::string_view path, const Slice& slice,
                                                        std::string_view member) const {
    return impl_->texts(Question::references, path, slice, member);
}

std::string_view array_dtype(const ValueType& type) {
    if (type.kind == ValueKind::real) return type.size <= 4 ? "float32" : "float64";
    if (type.kind == ValueKind::boolean) return "uint8";
    const bool has_sign = !type.name.starts_with("u");
    switch (type.size) {
        case 1:
            return has_sign ? "int16" : "uint8";
        case 2:
            return has_sign ? "int16" : "int32";
        case 4:
            return has_sign ? "int32" : "int64";
        default:
            return "int64";
    }
}

Slice rows_slice(const std::vector<std::size_t>& shape, std::size_t begin, std::size_t end) {
    Slice slice;
    slice.start.assign(shape.size(), 0);
    slice.count = shape;
    if (!shape.empty()) {
        slice.start[0] = begin;
        slice.count[0] = end - begin;
    }
    return slice;
}

}  // namespace tb::hdf5
