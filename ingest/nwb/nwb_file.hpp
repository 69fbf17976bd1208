// NWB files (2.0b to 2.10, written by PyNWB, MatNWB, AqNWB and others) as value types. Opening
// reads metadata alone; columns and series are read when they are asked for, long ones in slices.
// Files are not trusted: src/hdf5/untrusted_file.hpp. Read by structure: an extension's types are
// read as the core type that they look like; whatever nothing here reads is in not_understood().
#pragma once

#include "src/hdf5/untrusted_file.hpp"
#include "trialbase/array.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tb::nwb {

/// What is wrong with one object; the others are read all the same. `type` is a name of
/// spec/change_detection.md, 17 (MissingDataset, RaggedIndex, ColumnLength), FrameCount, or one of
/// src/hdf5/untrusted_file.hpp.
struct Problem {
    std::string path, type, message;
};

/// An object that nothing reads.
struct NotUnderstood {
    std::string path;
    std::string neurodata_type;  ///< empty: it has none
    std::string why;
};

/// A time as the file says it.
struct TimeText {
    std::string text;                 ///< as written; empty when the file has none
    std::string local_date;           ///< yyyy-mm-dd on the writer's clock; empty when unreadable
    std::string moment;               ///< yyyy-mm-ddThh:mm:ss, as SessionRecord::start_time
    std::optional<double> instant_s;  ///< seconds since 1970 UTC; nothing when no offset is written
};

/// A named value of an object: an attribute or a small data set.
struct Field {
    std::string name;
    bool is_attribute = false;
    hdf5::ValueType type;
    std::vector<std::size_t> shape;  ///< empty: a single value
    hdf5::Values values;             ///< monostate: see problem
    std::string problem;

    /// The one text; nothing when it is none, or several.
    [[nodiscard]] std::optional<std::string> text() const;
    /// The one number (boolean, integer or real).
    [[nodiscard]] std::optional<double> number() const;
    [[nodiscard]] std::optional<std::int64_t> integer() const;
    /// All texts; empty for another type.
    [[nodiscard]] std::vector<std::string> texts() const;
};

/// An object with a neurodata_type that is no table, series or image: devices, imaging planes,
/// electrode groups, laboratory metadata (/general/metadata, /general/task_parameters), containers.
/// NwbFile::fields() gives its values.
struct Object {
    std::string path, neurodata_type, name_space;
};

struct FileInfo {
    std::string nwb_version, identifier, session_description;
    TimeText session_start_time, timestamps_reference_time;
    std::vector<std::string> file_create_dates;
    std::vector<std::string> experimenters, keywords, related_publications;
    std::string lab, institution, experiment_description, session_id;
    std::vector<Field> general;  ///< every value directly in /general, those above included
    std::vector<Object> devices;
};

/// Empty texts: not recorded.
struct Subject {
    std::string subject_id, species, sex, genotype, strain, description, weight;
    std::string age;                 ///< as written: `P110D`, `12 mo`
    std::string age_reference;       ///< `birth`, `gestational`; empty when not said
    std::optional<double> age_days;  ///< of weeks, days and times (P12W, P147DT82800S); nothing for
                                     ///< months, years and any other text
    TimeText date_of_birth;
    std::string neurodata_type;
    std::vector<Field> fields;  ///< every attribute and data set, those above included
};

/// A column of a table, not read yet.
struct Column {
    std::string name, description;
    std::string neurodata_type;  ///< VectorData, DynamicTableRegion, ...
    std::string path;            ///< of the values
    hdf5::ValueType type;
    std::vector<std::size_t> shape;  ///< of the values: first axis rows, or elements when ragged
    /// Of the indexes, outermost first (as long as the table); empty: not ragged. A column
    /// `x_index` is an index only when its type is VectorIndex or it has the attribute `target`.
    std::vector<std::string> index_paths;
    std::string region_table;  ///< the values are rows (from 0) of the table at this path; or empty
    bool is_in_colnames = true;

    [[nodiscard]] bool is_ragged() const noexcept { return !index_paths.empty(); }
};

/// A DynamicTable: trials, presentations and other intervals, units, electrodes, ROIs.
struct Table {
    std::string path, name, neurodata_type, description;
    std::size_t rows = 0;
    std::string id_path;          ///< empty: no ids
    std::vector<Column> columns;  ///< in the order of colnames, then others; without id and indexes
    std::vector<Problem> problems;

    [[nodiscard]] const Column* column(std::string_view name) const noexcept;
    [[nodiscard]] bool is_intervals() const noexcept;  ///< has start_time and stop_time
};

/// Values of a column. Element e consists of `width` values from e * width on. Booleans are uint8,
/// references paths (hdf5::Values).
struct ColumnValues {
    hdf5::Values values;
    std::size_t width = 1;                   ///< product of element_shape
    std::vector<std::size_t> element_shape;  ///< axes after the first; empty: plain values
    std::size_t n_elements = 0;
    /// Per level of raggedness, outermost first: for each row of this level the end (exclusive) of
    /// its rows in the next level, at the last level of its elements; it begins where the row
    /// before ends, the first at 0. Empty: one element per row.
    std::vector<std::vector<std::size_t>> ends;

    /// Rows of the table.
    [[nodiscard]] std::size_t rows() const noexcept;
    /// Elements [begin, end) of a row, through all levels.
    [[nodiscard]] std::pair<std::size_t, std::size_t> elements_of(std::size_t row) const;
    /// Rows [begin, end) of the next level that a row of a level has.
    [[nodiscard]] std::pair<std::size_t, std::size_t> part_of(std::size_t level,
                                                              std::size_t row) const;
    [[nodiscard]] const std::vector<double>* reals() const noexcept;
    [[nodiscard]] const std::vector<std::int64_t>* integers() const noexcept;
    [[nodiscard]] const std::vector<std::uint8_t>* booleans() const noexcept;
    [[nodiscard]] const std::vector<std::string>* texts() const noexcept;
    /// Numbers of any type. @throws tb::Error (data, ValueType) for texts
    [[nodiscard]] std::vector<double> numbers() const;
};

/// Rows of a table that belong to the columns of a series.
struct Region {
    std::string path;   ///< of the rows; empty: the series has no region
    std::string table;  ///< path of the table; empty: unknown
    std::size_t n = 0;
};

/// An array beside the data of a series: width and height of eye tracking, source_idx of detected
/// events.
struct Extra {
    std::string name, path;
    hdf5::ValueType type;
    std::vector<std::size_t> shape;
};

/// Where the times of a series come from.
enum class Times { none, rate, timestamps };

/// A TimeSeries of any type, or an object that has its structure; nothing of it read yet. Its data
/// and timestamps may lie in other series (links).
struct Series {
    std::string path, name, neurodata_type, description, comments;
    std::string unit;
    std::string data_path;  ///< links followed; empty: no data (events have times alone)
    hdf5::ValueType type;
    std::vector<std::size_t> shape;  ///< of the data: first axis time
    double conversion = 1.0;         ///< value in `unit` = data * conversion + offset
    double offset = 0.0;
    std::optional<double> resolution;
    bool has_channel_conversion = false;  ///< a factor per column as well: field channel_conversion
    Times times = Times::none;
    double starting_time_s = 0.0, rate_hz = 0.0;  ///< of Times::rate
    std::string timestamps_path;                  ///< of Times::timestamps, links followed
    std::size_t n_times = 0;                      ///< of Times::timestamps
    Region rois, electrodes;
    std::vector<std::string> external_files;  ///< names of pictures outside; never opened
    std::string target;                       ///< of IndexSeries: path of the indexed series
    std::vector<Extra> extras;  ///< further arrays in its group, read through NwbFile::hdf5()
    std::vector<Problem> problems;

    [[nodiscard]] std::size_t samples() const noexcept;  ///< along time
    /// Length of the second axis: ROIs, electrodes. 1 where a series of one lacks that axis.
    [[nodiscard]] std::size_t channels() const noexcept;
    [[nodiscard]] std::size_t sample_size() const noexcept;  ///< values of a sample, over all axes
};

/// A picture: two axes, or three with colours.
struct Image {
    std::string path, neurodata_type, description;
    hdf5::ValueType type;
    std::vector<std::size_t> shape;
    std::optional<double> resolution;
};

/// Pixels of one ROI with their weights, as pictures, pixel lists or voxel lists have them; pixels
/// of weight 0 are left out.
struct RoiMask {
    std::vector<std::int64_t> x, y, z;  ///< z: voxels only. Of an image_mask: x column, y row
    std::vector<double> weight;
};

/// One open file. Belongs to one thread at a time. Errors are tb::Error (data) that name file and
/// path.
class NwbFile {
  public:
    /// @throws tb::Error (data) of type NotHdf5, TruncatedFile, DamagedFile, HostileFile, NotNwb
    /// (HDF5 without nwb_version), NwbVersion (version 1, or none that is known); (not_found, io)
    [[nodiscard]] static NwbFile open(const std::filesystem::path& file, hdf5::Limits limits = {});
    [[nodiscard]] static NwbFile open(int descriptor, const std::string& name,
                                      hdf5::Limits limits = {});
    NwbFile(NwbFile&&) noexcept;
    NwbFile& operator=(NwbFile&&) noexcept;
    ~NwbFile();

    [[nodiscard]] const FileInfo& info() const noexcept;
    [[nodiscard]] const std::optional<Subject>& subject() const noexcept;
    [[nodiscard]] const std::vector<Table>& tables() const noexcept;    ///< by path
    [[nodiscard]] const std::vector<Series>& series() const noexcept;   ///< by path
    [[nodiscard]] const std::vector<Image>& images() const noexcept;    ///< by path
    [[nodiscard]] const std::vector<Object>& objects() const noexcept;  ///< by path
    [[nodiscard]] const std::vector<NotUnderstood>& not_understood() const noexcept;
    /// Of the file and of every table and series.
    [[nodiscard]] std::vector<Problem> problems() const;

    /// Links are followed. Null when there is none.
    [[nodiscard]] const Table* table(std::string_view path) const noexcept;
    [[nodiscard]] const Series* series(std::string_view path) const noexcept;
    /// @throws tb::Error (MissingDataset)
    [[nodiscard]] const Table& require_table(std::string_view path) const;
    [[nodiscard]] const Series& require_series(std::string_view path) const;

    /// Attributes (but namespace, neurodata_type, object_id) and data sets of at most 1024 values
    /// of any group or data set, named or not. Empty when nothing lies there.
    [[nodiscard]] std::vector<Field> fields(std::string_view path) const;
    /// One of them.
    [[nodiscard]] std::optional<Field> field(std::string_view path, std::string_view name) const;

    /// A whole column. @throws tb::Error (MissingDataset, ColumnLength, RaggedIndex, ValueType,
    /// TextEncoding, ...)
    [[nodiscard]] ColumnValues column(const Table& table, std::string_view name) const;
    /// A part of a compound column (`weight` of pixel_mask, `idx_start` of timeseries).
    [[nodiscard]] ColumnValues column_member(const Table& table, std::string_view name,
                                             std::string_view member) const;
    /// Identifiers of the rows; 0, 1, ... where the table has none.
    [[nodiscard]] std::vector<std::int64_t> ids(const Table& table) const;

    /// Samples [begin, end) of a series as stored; shape (samples, ...). Texts: read_texts of
    /// hdf5().
    [[nodiscard]] Array data(const Series& series, std::size_t begin, std::size_t end) const;
    [[nodiscard]] Array data(const Series& series) const;
    /// The same in blocks of at most a few MB, for series of any length.
    /// @param dtype  as hdf5::array_dtype(series.type), or a wider one
    void stream(const Series& series, std::size_t begin, std::size_t end, std::string_view dtype,
                const std::function<void(const hdf5::Block&)>& take) const;
    /// As double in the series' unit: conversion and offset applied.
    [[nodiscard]] std::vector<double> values(const Series& series, std::size_t begin,
                                             std::size_t end) const;
    /// Times [s] of samples [begin, end): read, or computed from rate and starting time.
    /// @throws tb::Error (MissingDataset) when the series has neither
    [[nodiscard]] std::vector<double> times(const Series& series, std::size_t begin,
                                            std::size_t end) const;
    [[nodiscard]] std::vector<double> times(const Series& series) const;

    /// Row (from 0) of the region's table for every channel of the series, or for every value of a
    /// series that has one value per row: the way to join traces and ROIs. @throws tb::Error
    /// (FrameCount) when they are not as many as the channels, (SliceRange) for a row that the
    /// table does not have, (MissingDataset) without a region
    [[nodiscard]] std::vector<std::size_t> region_rows(const Series& series,
                                                       const Region& region) const;

    /// Masks of rows [begin, end) of a table with image_mask, pixel_mask or voxel_mask.
    /// @throws tb::Error (MissingDataset) when it has none of them
    [[nodiscard]] std::vector<RoiMask> masks(const Table& table, std::size_t begin,
                                             std::size_t end) const;

    /// Everything else of the file.
    [[nodiscard]] const hdf5::UntrustedFile& hdf5() const noexcept;

  private:
    struct Impl;
    explicit NwbFile(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Days of an ISO 8601 duration made of weeks, days, hours, minutes and seconds. Nothing for months
/// and years, whose length varies, and for any other text.
[[nodiscard]] std::optional<double> days_of(std::string_view duration);

/// A time with what can be known of it.
[[nodiscard]] TimeText time_text(std::string text);

}  // namespace tb::nwb
