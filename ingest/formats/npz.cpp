// .npz archives: the part of the ZIP format that NumPy writes. Only the central directory is
// believed, and only after every offset and length in it was checked against the bytes that are
// there.
#include "ingest/formats/npy.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include <zlib.h>

namespace tb::formats {
namespace {

constexpr std::uint32_t local_header_mark = 0x04034b50;
constexpr std::uint32_t directory_entry_mark = 0x02014b50;
constexpr std::uint32_t directory_end_mark = 0x06054b50;
constexpr std::uint32_t zip64_end_mark = 0x06064b50;
constexpr std::uint32_t zip64_locator_mark = 0x07064b50;
constexpr std::size_t directory_end_size = 22;
constexpr std::size_t directory_entry_size = 46;
constexpr std::size_t local_header_size = 30;
constexpr std::size_t deflate_most = 1032;  // bytes out per byte in, zlib's technical notes

struct Member {
    std::string name;
    std::uint16_t flags = 0;
    std::uint16_t method = 0;
    std::uint32_t checksum = 0;
    std::uint64_t stored_size = 0;
    std::uint64_t size = 0;
    std::uint64_t local_offset = 0;
    std::size_t entry_offset = 0;
};

class Archive {
  public:
    Archive(std::span<const std::byte> bytes, std::string_view name) : bytes_(bytes), name_(name) {}

    [[noreturn]] void fail(std::size_t offset, std::string_view what) const {
        throw_bad_bytes(name_, offset, what);
    }

    [[nodiscard]] std::vector<Member> members() const {
        const auto [offset, size, count] = directory();
        std::vector<Member> result;
        std::size_t at = offset;
        const std::size_t end = offset + size;
        while (result.size() < count) {
            if (end - at < directory_entry_size)
                fail(at, "the directory ends before its " + std::to_string(count) + " entries");
            const std::byte* entry = bytes_.data() + at;
            if (load<std::uint32_t>(entry) != directory_entry_mark)
                fail(at, "malformed directory entry");
            Member member;
            member.entry_offset = at;
            member.flags = load<std::uint16_t>(entry + 8);
            member.method = load<std::uint16_t>(entry + 10);
            member.checksum = load<std::uint32_t>(entry + 16);
            member.stored_size = load<std::uint32_t>(entry + 20);
            member.size = load<std::uint32_t>(entry + 24);
            const std::size_t name_size = load<std::uint16_t>(entry + 28);
            const std::size_t extra_size = load<std::uint16_t>(entry + 30);
            const std::size_t comment_size = load<std::uint16_t>(entry + 32);
            member.local_offset = load<std::uint32_t>(entry + 42);
            const std::size_t total = directory_entry_size + name_size + extra_size + comment_size;
            if (total > end - at) fail(at, "a directory entry is longer than the directory");
            member.name = as_text(bytes_.subspan(at + directory_entry_size, name_size));
            read_zip64_extra(member, at + directory_entry_size + name_size, extra_size);
            result.push_back(std::move(member));
            at += total;
        }
        return result;
    }

    /// The stored bytes of a member, within the file.
    [[nodiscard]] std::span<const std::byte> stored_bytes(const Member& member) const {
        if (member.local_offset > bytes_.size() ||
            bytes_.size() - member.local_offset < local_header_size)
            fail(member.entry_offset,
                 "member " + member.name + " would begin behind the file's end");
        const auto at = static_cast<std::size_t>(member.local_offset);
        const std::byte* header = bytes_.data() + at;
        if (load<std::uint32_t>(header) != local_header_mark)
            fail(at, "no local header where member " + member.name + " should begin");
        const std::size_t begin = at + local_header_size + load<std::uint16_t>(header + 26) +
                                  load<std::uint16_t>(header + 28);
        if (begin > bytes_.size() || member.stored_size > bytes_.size() - begin)
            fail(at, "member " + member.name + " is longer than the file");
        return bytes_.subspan(begin, static_cast<std::size_t>(member.stored_size));
    }

    [[nodiscard]] ByteBuffer content(const Member& member) const {
        if ((member.flags & 1U) != 0)
            fail(member.entry_offset, "member " + member.name + " is encrypted");
        const auto stored = stored_bytes(member);
        const std::size_t at = static_cast<std::size_t>(stored.data() - bytes_.data());
        ByteBuffer result;
        if (member.method == 0) {
            if (member.size != member.stored_size)
                fail(member.entry_offset,
                     "member " + member.name + " is stored, but its two sizes differ");
            result.assign(stored.begin(), stored.end());
        } else if (member.method == 8) {
            if (member.size / deflate_most > stored.size())
                fail(member.entry_offset,
                     "member " + member.name + " cannot unpack to the size that it claims");
            result.resize(static_cast<std::size_t>(member.size));
            inflate_into(stored, result, member, at);
        } else {
            fail(member.entry_offset, "member " + member.name + " is packed by method " +
                                          std::to_string(member.method) +
                                          ", expected stored (0) or deflated (8)");
        }
#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
        uLong checksum = crc32_z(0, reinterpret_cast<const Bytef*>(result.data()), result.size());
        if (static_cast<std::uint32_t>(checksum) != member.checksum)
            fail(at, "the checksum of member " + member.name + " does not fit its content");
#endif
        return result;
    }

  private:
    struct Directory {
        std::size_t offset = 0;
        std::size_t size = 0;
        std::size_t count = 0;
    };

    [[nodiscard]] Directory directory() const {
        if (bytes_.size() < directory_end_size) fail(0, "not an .npz file: too short");
        std::optional<std::size_t> found;
        const std::size_t last = bytes_.size() - directory_end_size;
        for (std::size_t back = 0; back <= std::min<std::size_t>(last, 65535); ++back) {
            const std::byte* at = bytes_.data() + (last - back);
            if (load<std::uint32_t>(at) == directory_end_mark &&
                load<std::uint16_t>(at + 20) == back) {
                found = last - back;
                break;
            }
        }
        if (!found) fail(0, "not an .npz file: no end of a ZIP directory (is it cut short?)");
        const std::byte* end = bytes_.data() + *found;
        std::uint64_t count = load<std::uint16_t>(end + 10);
        std::uint64_t size = load<std::uint32_t>(end + 12);
        std::uint64_t offset = load<std::uint32_t>(end + 16);
        std::size_t limit = *found;
        if (count == 0xFFFF || size == 0xFFFFFFFF || offset == 0xFFFFFFFF) {
            if (*found < 20 ||
                load<std::uint32_t>(bytes_.data() + *found - 20) != zip64_locator_mark)
                fail(*found, "the directory's 64-bit locator is missing");
            const auto at = load<std::uint64_t>(bytes_.data() + *found - 20 + 8);
            if (*found < 76 || at > *found - 76 ||
                load<std::uint32_t>(bytes_.data() + at) != zip64_end_mark)
                fail(*found - 20, "the 64-bit end of the directory is not where it should be");
            count = load<std::uint64_t>(bytes_.data() + at + 32);
            size = load<std::uint64_t>(bytes_.data() + at + 40);
            offset = load<std::uint64_t>(bytes_.data() + at + 48);
            limit = static_cast<std::size_t>(at);
        }
        if (offset > limit || size > limit - offset)
            fail(*found, "the directory would lie outside the file");
        if (count > size / directory_entry_size)
            fail(*found,
                 "the directory is too small for its " + std::to_string(count) + " entries");
        return {static_cast<std::size_t>(offset), static_cast<std::size_t>(size),
                static_cast<std::size_t>(count)};
    }

    void read_zip64_extra(Member& member, std::size_t at, std::size_t size) const {
        const std::size_t end = at + size;
        while (end - at >= 4) {
            const auto kind = load<std::uint16_t>(bytes_.data() + at);
            const std::size_t length = load<std::uint16_t>(bytes_.data() + at + 2);
            at += 4;
            if (length > end - at) fail(at - 4, "an extra field is longer than its room");
            if (kind == 1) {
                std::size_t field = at;
                for (std::uint64_t* value :
                     {&member.size, &member.stored_size, &member.local_offset}) {
                    if (*value != 0xFFFFFFFF) continue;
                    if (at + length - field < 8) fail(field, "a 64-bit extra field is too short");
                    *value = load<std::uint64_t>(bytes_.data() + field);
                    field += 8;
                }
            }
            at += length;
        }
    }

    void inflate_into(std::span<const std::byte> stored, ByteBuffer& result, const Member& member,
                      std::size_t at) const {
        z_stream stream{};
        if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) fail(at, "zlib cannot start");
        const std::unique_ptr<z_stream, decltype(&inflateEnd)> owner(&stream, &inflateEnd);
        constexpr std::size_t step = std::size_t{1} << 30U;
        std::size_t taken = 0;
        std::size_t made = 0;
        Bytef nothing = 0;
        int status = Z_OK;
        while (status == Z_OK) {
            const std::size_t in = std::min(step, stored.size() - taken);
            const std::size_t out = std::min(step, result.size() - made);
            // zlib does not write through next_in; its type is older than const.
            stream.next_in =
                const_cast<Bytef*>(reinterpret_cast<const Bytef*>(stored.data() + taken));
            stream.avail_in = static_cast<uInt>(in);
            stream.next_out = out > 0 ? reinterpret_cast<Bytef*>(result.data() + made) : &nothing;
            stream.avail_out = static_cast<uInt>(out);
            status = inflate(&stream, Z_NO_FLUSH);
            const std::size_t used = in - stream.avail_in;
            const std::size_t got = out - stream.avail_out;
            taken += used;
            made += got;
            if (used == 0 && got == 0 && status == Z_OK) status = Z_BUF_ERROR;
        }
        if (status != Z_STREAM_END || made != result.size())
            fail(at + taken, "member " + member.name + " does not unpack to its size");
    }

    std::span<const std::byte> bytes_;
    std::string_view name_;
};

}  // namespace

std::map<std::string, NpyArray> parse_npz(std::span<const std::byte> bytes, std::string_view name) {
    const Archive archive(bytes, name);
    const auto members = archive.members();
    std::map<std::string, NpyArray> result;
    std::uint64_t stored_total = 0;
    for (const Member& member : members) {
        constexpr std::string_view ending = ".npy";
        if (!std::string_view(member.name).ends_with(ending)) continue;
        // Entries that share bytes would make a small file unpack without bound.
        if (__builtin_add_overflow(stored_total, member.stored_size, &stored_total) ||
            stored_total > bytes.size())
            archive.fail(member.entry_offset, "the members are together longer than the file");
        const std::string key = member.name.substr(0, member.name.size() - ending.size());
        if (result.contains(key))
            archive.fail(member.entry_offset, "member " + member.name + " occurs twice");
        const ByteBuffer content = archive.content(member);
        result.emplace(key, parse_npy(content, std::string(name) + "/" + member.name));
    }
    return result;
}

std::map<std::string, NpyArray> read_npz(const std::filesystem::path& file) {
    const ByteBuffer bytes = read_file(file);
    return parse_npz(bytes, file.string());
}

}  // namespace tb::formats
