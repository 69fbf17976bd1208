// The structures of a Parquet file (Thrift compact protocol): footer and page headers, as far as
// flat tables need them.
#pragma once

#include "ingest/formats/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::formats::parquet {

enum class Physical {
    boolean = 0,
    int32,
    int64,
    int96,
    real32,
    real64,
    byte_array,
    fixed_byte_array
};
enum class Codec { uncompressed = 0, snappy, gzip, lzo, brotli, lz4, zstd, lz4_raw };
enum class Encoding {
    plain = 0,
    plain_dictionary = 2,
    rle = 3,
    bit_packed = 4,
    delta_binary_packed = 5,
    delta_length_byte_array = 6,
    delta_byte_array = 7,
    rle_dictionary = 8,
    byte_stream_split = 9
};
enum class PageType { data = 0, index = 1, dictionary = 2, data_v2 = 3 };
enum class Repetition { required = 0, optional = 1, repeated = 2 };

/// What a column means beyond its physical type, from the old (converted) or the new (logical)
/// annotation.
enum class Meaning {
    none,
    utf8,
    map,
    list,
    decimal,
    date,
    time_millis,
    time_micros,
    time_nanos,
    timestamp_millis,
    timestamp_micros,
    timestamp_nanos,
    unsigned_integer,
    signed_integer,
    json,
    bson,
    enumeration,
    uuid,
    float16,
    interval
};

/// Names as the format's own documents spell them; "UNKNOWN(12)" for numbers outside the list.
[[nodiscard]] std::string codec_name(int codec);
[[nodiscard]] std::string encoding_name(int encoding);
[[nodiscard]] std::string_view physical_name(Physical type);
[[nodiscard]] std::string_view meaning_name(Meaning meaning);

/// The bytes of a file and its name in messages.
struct Source {
    std::span<const std::byte> bytes;
    std::string_view name;
    [[noreturn]] void fail(std::size_t offset, std::string_view what) const {
        throw_bad_bytes(name, offset, what);
    }
};

/// How much memory a file may make us use: small files may unpack to a fixed amount, large ones to
/// a multiple of their size. Everything that a lying count could inflate is charged here before it
/// is allocated.
class Allowance {
  public:
    explicit Allowance(const Source& source)
        : source_(source), left_((std::size_t{256} << 20U) + 256 * source.bytes.size()) {}
    /// @throws tb::Error (data) when `count` things of `size` bytes are more than the file can
    /// justify
    void charge(std::size_t count, std::size_t size, std::size_t offset, std::string_view what);

  private:
    const Source& source_;
    std::size_t left_;
};

struct SchemaElement {
    std::string name;
    std::optional<Physical> type;  ///< empty for groups
    int type_length = 0;           ///< of fixed byte arrays
    Repetition repetition = Repetition::required;
    std::size_t children = 0;
    Meaning meaning = Meaning::none;
    int scale = 0;  ///< of decimals
    std::size_t offset = 0;
};

struct ColumnChunk {
    bool has_metadata = false;
    bool is_elsewhere = false;  ///< in another file
    bool is_encrypted = false;
    int type = -1;
    int codec = 0;
    std::int64_t values = 0;  ///< nulls and, of lists, all elements included
    std::int64_t data_offset = 0;
    std::int64_t dictionary_offset = 0;  ///< 0 when there is none
    std::size_t offset = 0;              ///< of this description in the footer
};

struct RowGroup {
    std::vector<ColumnChunk> chunks;
    std::int64_t rows = 0;
    std::size_t offset = 0;
};

struct Footer {
    std::vector<SchemaElement> schema;
    std::int64_t rows = 0;
    std::vector<RowGroup> groups;
    std::map<std::string, std::string> metadata;
    std::string created_by;
    std::size_t begin = 0;  ///< where the footer begins; all pages end before it
};

struct PageHeader {
    PageType type = PageType::data;
    std::size_t begin = 0;  ///< of the header, in the file
    std::size_t body = 0;   ///< where the page's bytes begin
    std::size_t stored_size = 0;
    std::size_t raw_size = 0;
    std::optional<std::uint32_t> checksum;
    std::size_t values = 0;
    int encoding = 0;
    int definition_encoding = 3;
    int repetition_encoding = 3;
    std::size_t definition_size = 0;  ///< bytes of the levels, v2 only
    std::size_t repetition_size = 0;
    bool is_compressed = true;  ///< v2 only
};

/// @throws tb::Error (data) naming file and byte offset
[[nodiscard]] Footer read_footer(const Source& source, Allowance& allowance);
/// The page header at `offset`; its page ends before `limit`. Same errors.
[[nodiscard]] PageHeader read_page_header(const Source& source, std::size_t offset,
                                          std::size_t limit);

}  // namespace tb::formats::parquet
