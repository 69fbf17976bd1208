// Series and tables of NWB files, as sets of HDF5 objects.
#pragma once

#include "include/trialbase/change_recording.hpp"
#include "ingest/simulated/nwb_writer.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tb::simulated {

/// Values as they are stored: float64, int64, boolean or text.
using NwbValues = std::variant<std::vector<double>, std::vector<std::int64_t>,
                               std::vector<std::uint8_t>, std::vector<std::string>>;
void write_values(NwbWriter& file, const std::string& path, const NwbValues& values,
                  const Shape& shape = {});

/// What every series says about its data.
struct SeriesKind {
    std::string unit;
    std::string neurodata_type = "TimeSeries";
    std::string name_space = "core";
    std::string description = "no description";
};
/// A group of a series' type, without data.
void write_series_group(NwbWriter& file, const std::string& path, const SeriesKind& kind);
/// The attributes of a series' data set that is there.
void describe_data(NwbWriter& file, const std::string& path, const std::string& unit);
void write_timestamps(NwbWriter& file, const std::string& path, std::span<const double> time_s);
/// Data and times.
void write_series(NwbWriter& file, const std::string& path, const SeriesKind& kind,
                  const NwbValues& values, std::span<const double> time_s, const Shape& shape = {});

/// A table of intervals being put together: columns in the order in which they are added.
class IntervalsWriter {
  public:
    /// @param path  of the table
    IntervalsWriter(NwbWriter& file, std::string path, std::string description, std::size_t rows);

    void add(const std::string& name, NwbValues values,
             const std::string& description = "No description");
    /// Lists of numbers; without any number in the whole table they are, as the published writer
    /// leaves them, one empty text.
    void add(const std::string& name, const RaggedNumbers& values, const std::string& description);
    /// Every row's part of a series: columns tags and timeseries, each with its index.
    /// @param series_time_s  times of the series, ascending
    void add_series_parts(std::span<const double> start_s, std::span<const double> stop_s,
                          std::span<const double> series_time_s, const std::string& series);
    /// Names and order of the columns; last.
    void finish();

  private:
    void index(const std::string& name, std::span<const std::uint64_t> ends);

    NwbWriter& file_;
    std::string path_;
    std::size_t rows_;
    std::vector<std::string> names_;
};

}  // namespace tb::simulated
