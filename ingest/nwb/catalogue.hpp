// From the listing of an HDF5 file to what an NWB file holds: tables, series, images, objects, and
// what none of them is. Reads nothing but small metadata.
#pragma once

#include "ingest/nwb/nwb_file.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tb::nwb {

struct Catalogue {
    FileInfo info;
    std::optional<Subject> subject;
    std::vector<Table> tables;
    std::vector<Series> series;
    std::vector<Image> images;
    std::vector<Object> objects;
    std::vector<NotUnderstood> not_understood;
    std::vector<Problem> problems;
};

/// @throws tb::Error (data, NotNwb or NwbVersion)
[[nodiscard]] Catalogue catalogue_of(const hdf5::UntrustedFile& file);

/// What catalogue_of has dealt with, by path.
using Consumed = std::set<std::string, std::less<>>;

[[nodiscard]] bool looks_like_table(const hdf5::Node& node);
[[nodiscard]] Table describe_table(const hdf5::Tree& tree, const hdf5::Node& node,
                                   Consumed& consumed);
[[nodiscard]] bool looks_like_series(const hdf5::Tree& tree, const hdf5::Node& node);
[[nodiscard]] Series describe_series(const hdf5::UntrustedFile& file, const hdf5::Node& node,
                                     Consumed& consumed);

/// Attributes and small data sets of an object (NwbFile::fields); read ones are added to
/// `consumed`.
[[nodiscard]] std::vector<Field> read_fields(const hdf5::UntrustedFile& file,
                                             const hdf5::Node& node, Consumed* consumed = nullptr);
/// All values of a data set or a part of it. @throws tb::Error
[[nodiscard]] hdf5::Values read_values(const hdf5::UntrustedFile& file, const std::string& path,
                                       const hdf5::ValueType& type, const hdf5::Slice& slice = {},
                                       std::string_view member = {});

/// The number of an attribute. Nothing when there is none, or it is no single number.
[[nodiscard]] std::optional<double> number_attribute(const hdf5::Node& node, std::string_view name);

}  // namespace tb::nwb
