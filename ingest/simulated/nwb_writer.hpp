// Writes NWB files: HDF5 objects with the attributes, texts, booleans, references and links that
// readers of NWB expect. What belongs into a file of a given task is not its business.
#pragma once

#include "ingest/simulated/random.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::simulated {

/// Axes of an array; empty: as long as its values.
using Shape = std::vector<std::size_t>;

/// A part of a time series that a row of a table lies in (TimeSeriesReferenceVectorData).
struct SeriesPart {
    std::int32_t idx_start = 0;
    std::int32_t count = 0;
};

/// One file being written. Groups above an object are made as needed; paths begin with `/`. Long
/// arrays are shuffled and compressed in chunks. The same calls give the same bytes. Belongs to one
/// thread; several files may be written at once. Every call throws tb::Error (io) with the file and
/// the path when the library refuses.
class NwbWriter {
  public:
    /// Makes the file, in place of one that is there.
    /// @param identifiers  stream that object_id attributes are drawn from
    NwbWriter(const std::filesystem::path& file, Random identifiers);
    ~NwbWriter();
    NwbWriter(const NwbWriter&) = delete;
    NwbWriter& operator=(const NwbWriter&) = delete;
    /// Ends the file. Afterwards nothing may be written. @return its size in bytes
    std::uint64_t close();

    /// A group without a type.
    void group(const std::string& path);
    /// A group with namespace, neurodata_type and object_id.
    void object(const std::string& path, std::string_view neurodata_type,
                std::string_view name_space = "core");
    /// Gives these three to what is there: a data set, or `/`.
    void type(const std::string& path, std::string_view neurodata_type,
              std::string_view name_space = "hdmf-common");
    /// A soft link to a path within the file.
    void link(const std::string& path, const std::string& target);

    /// Single values.
    void text(const std::string& path, std::string_view value);
    void real(const std::string& path, double value);
    /// Arrays, as float64, int64, booleans (an enumeration of FALSE and TRUE) and texts.
    void reals(const std::string& path, std::span<const double> values, const Shape& shape = {});
    void integers(const std::string& path, std::span<const std::int64_t> values,
                  const Shape& shape = {});
    void booleans(const std::string& path, std::span<const std::uint8_t> values,
                  const Shape& shape = {});
    void texts(const std::string& path, const std::vector<std::string>& values);
    void bytes(const std::string& path, std::span<const std::uint8_t> values, const Shape& shape);
    /// Unsigned integers of 64 bits, or of as few (16, 32) as an index needs for its largest value.
    void naturals(const std::string& path, std::span<const std::uint64_t> values);
    void index(const std::string& path, std::span<const std::uint64_t> values);
    /// @param series  path of the series that all parts are of
    void series_parts(const std::string& path, std::span<const SeriesPart> parts,
                      const std::string& series);

    /// Attributes of an object that is there.
    void attribute(const std::string& path, const char* name, std::string_view value);
    void attribute(const std::string& path, const char* name, double value);
    void attribute(const std::string& path, const char* name, std::int64_t value);
    void attribute(const std::string& path, const char* name,
                   const std::vector<std::string>& values);
    /// A reference to another object of the file.
    void reference(const std::string& path, const char* name, const std::string& target);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tb::simulated
